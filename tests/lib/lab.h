/* SPDX-License-Identifier: ISC */
/*
 * Helpers of the tests of the format: randomness that is the same every time,
 * headers, and jobs from memory to memory.  Whatever goes wrong with these
 * themselves ends the test.
 */
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "header.h"
#include "job.h"
#include "kdf.h"
#include "key.h"
#include "layout.h"

#define LAB_RANGES 16
#define LAB_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The cheapest derivation that the format allows. */
#define LAB_COST (struct kdf_cost){ 1, HEADER_MEMORY_MIN }

/* Library and engine ready, randomness from seed 0. */
void lab_start(void);

/* XTSCRYPT_TEST_QUICK=1: the loops are thinned out.  lab_start says so. */
bool lab_quick(void);

/* XTSCRYPT_TEST_ALL=1: the loops are run whole. */
bool lab_all(void);

/*
 * Work in a new folder below this one, or below /tmp where that is not there;
 * and remove it, in which by then nothing is left.
 */
void lab_enter(const char *where);
void lab_leave(void);

/* Bails out with what when not good. */
void lab_must(bool good, const char *what);

/*
 * From here on random bytes are those of seed: byte i is byte i % 64 of the
 * BLAKE2b-512 of LE64(seed), LE64(i / 64).  testdata/gen_format.py knows them.
 */
void lab_random(uint64_t seed);

/* Byte i of a plaintext: (7 i + i / 256 + i / 65536) mod 256. */
void lab_pattern(uint8_t *buf, size_t len);

/* malloc, but it always succeeds; and never of nothing. */
uint8_t *lab_memory(size_t len);

/* A file without a name, holding this many bytes, and standing at its start. */
int lab_file(const uint8_t *bytes, size_t len);

/* Put new contents into such a file. */
void lab_fill(int fd, const uint8_t *bytes, size_t len);

/* A fresh whole file of this layout; one passphrase slot, not to be opened. */
void lab_header(struct header *header, struct key **key,
    const struct layout *layout, uint64_t length);

/* "integrity sector segment span", as testdata has it. */
struct layout lab_layout(const char *text);

/* A passphrase. */
struct key_secret lab_secret(const char *passphrase);

/* Make the checksum right again. */
void lab_checksum(uint8_t bytes[HEADER_BYTES]);

/* A job from bytes to bytes. */
struct lab {
	struct layout layout;
	struct key *key;
	uint64_t length;
	const struct layout_range *range;
	bool in_stream, out_stream;	/* not seekable */
	bool keep_going, verify;
	unsigned threads;	/* 0: 1, which takes nonces in order */
	size_t chunk;

	/* what became of it, until the next lab_run or lab_free */
	int err;
	struct job_result result;
	uint8_t *out;
	size_t len;
	size_t nbad;
	uint64_t bad[LAB_RANGES][2];
};

/* Lay its payloads out like this, under fresh keys of its own. */
void lab_keys(struct lab *lab, const struct layout *layout);

/* Between what it runs, a bit each; for a plaintext of this length. */
enum lab_way { LAB_IN_STREAM = 1, LAB_OUT_STREAM = 2, LAB_UNKNOWN = 4 };
#define LAB_WAYS 8
void lab_way(struct lab *lab, int way, uint64_t length);

void lab_run(struct lab *lab, enum xts_direction direction, const uint8_t *in,
    size_t len);
void lab_free(struct lab *lab);

/* lab_free, and of the keys too. */
void lab_end(struct lab *lab);

/* Return whether it went well and brought just these bytes. */
bool lab_gave(const struct lab *lab, const uint8_t *bytes, size_t len);

#endif
