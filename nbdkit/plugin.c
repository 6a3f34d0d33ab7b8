/* SPDX-License-Identifier: ISC */
/*
 * A plugin of nbdkit: serves the plaintext of an encrypted file as a disk.
 * See nbdkit-plugin(3) for when each of these is called.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define NBDKIT_API_VERSION 2
#include <nbdkit-plugin.h>
#include <sodium.h>

#include "backend.h"
#include "cmd/dumps.h"
#include "cmd/msg.h"
#include "disk.h"
#include "kdf.h"
#include "poly1305.h"
#include "settings.h"
#include "xts.h"
#include "xts_backend.h"

#define THREAD_MODEL NBDKIT_THREAD_MODEL_PARALLEL

#define LARGEST (32U << 20)	/* bytes of a request */

static struct settings settings = {
	.cache = SETTINGS_CACHE, .limit = KDF_MEMORY_LIMIT
};

static void
plugin_load(void)
{
	int err;

	dumps_prevent();
	msg_level(MSG_VERBOSE);	/* if nbdkit shows it */
	if (sodium_init() < 0) {
		msg_error("libsodium cannot start");
		exit(EXIT_FAILURE);
	}
	if ((err = backend_choose(NULL)) != XC_OK) {
		msg_fail(NULL, err);
		exit(EXIT_FAILURE);
	}
}

static void
plugin_unload(void)
{
	disk_close();
	settings_free(&settings);
}

static void
plugin_dump(void)
{
	printf("xtscrypt_backend=%s\n", xts_chosen()->name);
	printf("xtscrypt_tag_backend=%s\n", poly1305_chosen()->name);
}

static int
plugin_config(const char *key, const char *value)
{
	return settings_take(&settings, key, value);
}

static int
plugin_config_complete(void)
{
	return settings_check(&settings);
}

/* While nbdkit still has the user's terminal. */
static int
plugin_get_ready(void)
{
	return disk_open(&settings);
}

static int
plugin_after_fork(void)
{
	return disk_start();
}

static void *
plugin_open(int readonly)
{
	return disk_join(readonly == 0) == 0 ? NBDKIT_HANDLE_NOT_NEEDED : NULL;
}

static int64_t
plugin_get_size(void *handle)
{
	(void)handle;
	return (int64_t)disk_shape().length;
}

static const char *
plugin_export_description(void *handle)
{
	(void)handle;
	return disk_shape().segment != 0 ?
	    "decrypted by xtscrypt, authenticated" :
	    "decrypted by xtscrypt, not authenticated";
}

/*
 * Any request is served.  One that is no multiple of a segment, or of what
 * disks write today, reads and encrypts more than that.
 */
static int
plugin_block_size(void *handle, uint32_t *minimum, uint32_t *preferred,
    uint32_t *maximum)
{
	const size_t segment = disk_shape().segment;

	(void)handle;
	*minimum = 1;
	*preferred = segment != 0 ? (uint32_t)segment : 4096;
	*maximum = LARGEST;
	return 0;
}

static int
plugin_can_write(void *handle)
{
	(void)handle;
	return disk_writable();
}

static int
plugin_yes(void *handle)
{
	(void)handle;
	return 1;
}

static int
plugin_can_fua(void *handle)
{
	(void)handle;
	return NBDKIT_FUA_NATIVE;
}

/* By reading it: what is verified stays in memory. */
static int
plugin_can_cache(void *handle)
{
	(void)handle;
	return NBDKIT_CACHE_EMULATE;
}

static int
plugin_pread(void *handle, void *buf, uint32_t count, uint64_t offset,
    uint32_t flags)
{
	(void)handle;
	(void)flags;
	return disk_read(buf, count, offset);
}

static int
plugin_pwrite(void *handle, const void *buf, uint32_t count, uint64_t offset,
    uint32_t flags)
{
	(void)handle;
	return disk_write(buf, count, offset, (flags & NBDKIT_FLAG_FUA) != 0);
}

/* Zeros are encrypted like all else: never faster than a write. */
static int
plugin_zero(void *handle, uint32_t count, uint64_t offset, uint32_t flags)
{
	(void)handle;
	if ((flags & NBDKIT_FLAG_FAST_ZERO) != 0) {
		nbdkit_set_error(EOPNOTSUPP);
		return -1;
	}
	return disk_zero(count, offset, (flags & NBDKIT_FLAG_FUA) != 0);
}

static int
plugin_flush(void *handle, uint32_t flags)
{
	(void)handle;
	(void)flags;
	return disk_flush();
}

static struct nbdkit_plugin plugin = {
	.name = "xtscrypt",
	.longname = "xtscrypt plugin of nbdkit",
	.version = PACKAGE_VERSION,
	.description = "Serves a file that xtscrypt has encrypted as a disk, "
	    "to read and to write.",
	.load = plugin_load,
	.unload = plugin_unload,
	.dump_plugin = plugin_dump,
	.config = plugin_config,
	.config_complete = plugin_config_complete,
	.config_help = SETTINGS_HELP,
	.magic_config_key = "file",
	.get_ready = plugin_get_ready,
	.after_fork = plugin_after_fork,
	.cleanup = disk_close,
	.open = plugin_open,
	.get_size = plugin_get_size,
	.export_description = plugin_export_description,
	.block_size = plugin_block_size,
	.can_write = plugin_can_write,
	.can_multi_conn = plugin_yes,
	.can_fua = plugin_can_fua,
	.can_cache = plugin_can_cache,
	.can_fast_zero = plugin_yes,
	.pread = plugin_pread,
	.pwrite = plugin_pwrite,
	.zero = plugin_zero,
	.flush = plugin_flush,
	/* In errno other code leaves what it wants. */
	.errno_is_preserved = 0
};

NBDKIT_REGISTER_PLUGIN(plugin)
