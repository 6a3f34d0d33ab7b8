/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "disk.h"
#include "journalfile.h"
#include "lab.h"
#include "volumes.h"

struct volumes_now volumes_now;

static void
count_damage(void *context, uint64_t from, uint64_t to)
{
	(void)context;
	volumes_now.damaged++;
	volumes_now.bad_from = from;
	volumes_now.bad_to = to;
}

/* Encrypt the plaintext behind the header. */
static void
encrypt(void)
{
	struct volumes_now *now = &volumes_now;
	struct lab lab = {
		.layout = now->layout, .key = now->key, .length = now->length
	};

	lab_run(&lab, XTS_ENCRYPT, now->plain, now->length);
	lab_must(lab.err == XC_OK, "cannot encrypt");
	now->len = HEADER_BYTES + lab.len;
	now->file = lab_memory(now->len);
	key_mac_header(now->file, &now->header, now->key);
	memcpy(now->file + HEADER_BYTES, lab.out, lab.len);
	lab_free(&lab);
}

void
volumes_make(const char *layout, size_t length, bool detached)
{
	struct volumes_now *now = &volumes_now;

	*now = (struct volumes_now){
		.layout = lab_layout(layout), .length = length,
		.detached = detached
	};
	lab_header(&now->header, &now->key, &now->layout, length);
	now->plain = lab_memory(length);
	lab_pattern(now->plain, length);
	encrypt();
	volumes_put();
}

void
volumes_put(void)
{
	const struct volumes_now *now = &volumes_now;
	const size_t from = now->detached ? HEADER_BYTES : 0;

	disk_clear();
	disk_put(VOLUMES_DATA, now->file + from, now->len - from);
	if (now->detached)
		disk_put(VOLUMES_HEADER, now->file, HEADER_BYTES);
}

void
volumes_unmake(void)
{
	free(volumes_now.plain);
	free(volumes_now.file);
	key_free(volumes_now.key);
	disk_clear();
}

struct key *
volumes_key(void)
{
	struct key *key = sodium_malloc(sizeof(*key));

	lab_must(key != NULL, "no memory");
	memcpy(key, volumes_now.key, sizeof(*key));
	return key;
}

int
volumes_start(bool writable)
{
	struct volumes_now *now = &volumes_now;
	const struct volume_how how = {
		.cache = now->cache, .damaged = count_damage
	};
	struct err err = volume_open(&now->v, VOLUMES_DATA,
	    now->detached ? VOLUMES_HEADER : NULL, writable);

	now->damaged = 0;
	if (err.code != XC_OK)
		return err.code;
	err = volume_start(now->v, volumes_key(), &how);
	if (err.code != XC_OK)
		(void)volumes_stop();
	return err.code;
}

int
volumes_stop(void)
{
	int err = volume_close(volumes_now.v).code;

	volumes_now.v = NULL;
	return err;
}

bool
volumes_same(size_t at, size_t len)
{
	uint8_t *got = lab_memory(len);
	bool good = volume_read(volumes_now.v, got, len, at) == XC_OK &&
	    memcmp(got, volumes_now.plain + at, len) == 0;

	free(got);
	return good;
}

const char *
volumes_journal(void)
{
	return volumes_now.detached ? VOLUMES_HEADER JOURNALFILE_SUFFIX :
	    VOLUMES_DATA JOURNALFILE_SUFFIX;
}
