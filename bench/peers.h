/* SPDX-License-Identifier: ISC */
/*
 * The libraries that configure found, for comparison.  One unit a call is all
 * that they offer.
 */
#ifndef PEERS_H
#define PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer {
	const char *name;
	void (*make)(const uint8_t key[64]);

	/* One unit in place, the number its tweak. */
	void (*crypt)(uint8_t *buf, size_t unit, uint64_t number, bool encrypt);

	/*
	 * Does it have units of any length in place, where mbedTLS 2.28
	 * fails, or only multiples of 512?
	 */
	bool any_length;
};

/* No VAES for this one, before it is made; false if it cannot be told. */
bool peer_hold_to_aesni(const struct peer *peer);

extern const struct peer peers[];	/* ends with a name that is NULL */

#endif
