/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <sodium.h>

#include "cmd.h"
#include "io.h"
#include "msg.h"
#include "options.h"
#include "signals.h"

#define KEY_FILE_BYTES 64

static enum xc_err
fill(int fd, const char *path)
{
	struct io io = { .fd = fd };
	uint8_t *bytes = sodium_malloc(KEY_FILE_BYTES);
	enum xc_err err;

	if (bytes == NULL)
		return XC_E_NOMEM;
	randombytes_buf(bytes, KEY_FILE_BYTES);
	err = io_write(&io, bytes, KEY_FILE_BYTES, 0);
	sodium_free(bytes);
	if (err == XC_OK)
		err = io_sync(fd);
	return err == XC_OK ? io_sync_directory(path) : err;
}

int
cmd_keygen(int argc, char **argv)
{
	struct options o;
	enum xc_err err;
	int code, fd;

	if (!options_parse(&o, &code, CMD_KEYGEN, argc, argv, 1, 1))
		return code;
	signals_hold();
	fd = open(o.file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err = fd < 0 ? XC_E_SYSTEM : fill(fd, o.file);
	if (err == XC_OK && close(fd) != 0)
		err = XC_E_SYSTEM;
	code = EXIT_DONE;
	if (fd < 0 && errno == EEXIST) {
		code = msg_refuse("%s: exists already, and is not overwritten",
		    o.file);
	} else if (err != XC_OK) {
		code = msg_fail(o.file, err);
	}
	if (err != XC_OK && fd >= 0)
		unlink(o.file);
	signals_release();
	return code;
}
