/* SPDX-License-Identifier: ISC */
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/resource.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "cmd.h"
#include "help.h"
#include "msg.h"
#include "secret.h"
#include "show.h"
#include "signals.h"
#include "xts.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	bool engine;		/* whether it needs one */
} commands[] = {
	{ "encrypt", cmd_encrypt, true },
	{ "decrypt", cmd_decrypt, true },
	{ "verify", cmd_verify, true },
	{ "info", cmd_info, false },
	{ "key", cmd_key, false },
	{ "header", cmd_header, true },
	{ "keygen", cmd_keygen, false },
	{ "bench", cmd_bench, true },
	{ "help", cmd_help, false },
};

/*
 * A file opened while a standard descriptor is closed would get its number, and
 * messages would be written into it.  What stands in gives an error when used.
 */
static void
fill_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null",
		    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_SYSTEM);
}

/* A core dump would hold keys, and so would a debugger that attaches. */
static void
keep_secrets(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifdef PR_SET_DUMPABLE
	prctl(PR_SET_DUMPABLE, 0L);
#endif
}

static int
choose_engine(void)
{
	const char *name = getenv("XTSCRYPT_BACKEND");
	enum xc_err err = xts_choose(name);

	if (err == XC_OK)
		return EXIT_DONE;
	if (name == NULL)
		return msg_fail("engine", err);
	return msg_refuse("XTSCRYPT_BACKEND=%s: %s", name, err_text(err));
}

static int
dispatch(int argc, char **argv)
{
	int code;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		code = secret_init();
		if (code == EXIT_DONE && commands[i].engine)
			code = choose_engine();
		if (code == EXIT_DONE)
			code = commands[i].run(argc - 1, argv + 1);
		secret_forget();
		return code;
	}
	return msg_usage("no such command as \"%s\"; \"xtscrypt help\" lists "
	    "them", argv[1]);
}

int
main(int argc, char **argv)
{
	fill_standard();
	keep_secrets();
	signals_init();
	if (sodium_init() < 0) {
		msg_error("libsodium cannot start");
		return EXIT_SYSTEM;
	}
	if (argc < 2)
		return msg_usage("no command given; \"xtscrypt help\" lists "
		    "them");
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
		return help_show(CMD_HELP);
	if (strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "--version") == 0) {
		printf("xtscrypt %s\n", PACKAGE_VERSION);
		return show_end();
	}
	return dispatch(argc, argv);
}
