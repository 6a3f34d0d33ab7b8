/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "command.h"
#include "help.h"
#include "msg.h"
#include "option_value.h"
#include "secret.h"
#include "show.h"
#include "swap.h"

const struct command command_list[COMMANDS] = {
#define COMMAND(id, name, function, engine, operands, help) \
	{ CMD_##id, name, function, engine, operands, help },
#define OPTION(...)
#include "command_table.h"
};

#define AT(member) { offsetof(struct options, member), NULL }
#define READ(what) { 0, option_value_##what }

const struct command_option command_options[COMMAND_OPTIONS] = {
#define COMMAND(...)
#define OPTION(name, letter, argument, value, takes, where, commands, help) \
	{ name, letter, argument, value, takes, where, commands, help },
#include "command_table.h"
};

const char *
command_sub(const struct command *c, const char *name)
{
	size_t len = strlen(name);

	return strncmp(c->name, name, len) == 0 && c->name[len] == ' ' ?
	    c->name + len + 1 : NULL;
}

bool
command_is_group(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (command_sub(&command_list[i], name) != NULL)
			return true;
	return false;
}

const struct command *
command_find(const char *name, const char *sub)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *c = &command_list[i];
		const char *its = command_sub(c, name);

		if (sub != NULL ? its != NULL && strcmp(its, sub) == 0 :
		    strcmp(c->name, name) == 0 && strchr(name, ' ') == NULL)
			return c;
	}
	return NULL;
}

static int
choose_engine(void)
{
	const char *name = getenv("XTSCRYPT_BACKEND");
	int err = backend_choose(name);

	if (err == XC_OK)
		return EXIT_DONE;
	if (name == NULL)
		return msg_fail("engine", err);
	msg_error("XTSCRYPT_BACKEND=%s: %s", name, err_text(err));
	return help_backends();
}

/* Run the command for each operand; return the greatest, worst exit code. */
static int
run_each(const struct command *c, const struct options *all)
{
	struct options o = *all;
	unsigned n = all->operands;
	int code = EXIT_DONE, one;

	secret_keep(n > 1);
	do {
		one = c->function(&o);
		code = one > code ? one : code;
		o.operand++;
	} while (--n > 0 && n < all->operands && !secret_missing());
	if ((c->bit & (CMD_INFO | CMD_KEY_LIST)) != 0) {
		one = show_end();
		code = one > code ? one : code;
	}
	return code;
}

static int
execute(const struct command *c, int argc, char **argv)
{
	struct options o;
	int code = secret_init();

	if (code == EXIT_DONE && c->engine)
		code = choose_engine();
	if (code == EXIT_DONE && options_parse(&o, &code, c, argc, argv))
		code = strstr(c->operands, "...") != NULL ?
		    run_each(c, &o) : c->function(&o);
	swap_tell();
	secret_forget();
	secret_keep(false);
	return code;
}

int
command_run(int argc, char **argv)
{
	bool group = command_is_group(argv[0]);
	const char *sub = group ? argv[1] : NULL;
	const struct command *c = command_find(argv[0], sub);

	if (group && sub != NULL &&
	    (strcmp(sub, "-h") == 0 || strcmp(sub, "--help") == 0))
		return help_group(argv[0]);
	if (c == NULL)
		return help_no_command(argv[0], sub);
	return execute(c, group ? argc - 1 : argc, group ? argv + 1 : argv);
}
