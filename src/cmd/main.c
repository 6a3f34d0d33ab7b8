/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "command.h"
#include "dumps.h"
#include "help.h"
#include "msg.h"
#include "show.h"
#include "signals.h"

/*
 * Open missing standard descriptors: a file opened later would get such a
 * number, and messages would be written into it.  Using what is opened here
 * fails.
 */
static void
fill_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null",
		    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_SYSTEM);
}

int
main(int argc, char **argv)
{
	fill_standard();
	dumps_prevent();
	signals_init();
	if (sodium_init() < 0) {
		msg_error("libsodium cannot start");
		return EXIT_SYSTEM;
	}
	if (argc < 2)
		return msg_usage("no command given; \"xtscrypt help\" lists "
		    "them");
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
		return help_all();
	if (strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "--version") == 0) {
		printf("xtscrypt %s\n", PACKAGE_VERSION);
		return show_end();
	}
	return command_run(argc - 1, argv + 1);
}
