/* SPDX-License-Identifier: ISC */
/*
 * The speed of Poly1305: each backend, and OpenSSL's if it was found when this
 * was built, on messages as long as a record of a journal and as segments are,
 * on one core, by the time of this thread.  All run in turn within each
 * repetition, so that a slow phase of the machine slows all of them; the best
 * of each counts.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sodium.h>
#ifdef HAVE_OPENSSL
#include <openssl/evp.h>
#endif

#include "poly1305.h"

/* AWS-LC, which may be in OpenSSL's place, has no such calls. */
#if defined(HAVE_OPENSSL) && !defined(OPENSSL_IS_AWSLC)
#define HAVE_EVP_MAC
#endif

#define REPETITIONS 31
#define BYTES ((size_t)4 << 20)		/* of a measurement */
#define LONGEST ((size_t)1 << 20)

static const size_t lengths[] = { 512, 4096, 65536, LONGEST };
#define N_LENGTHS (sizeof(lengths) / sizeof(lengths[0]))

static uint8_t *message, key[32], tag[16];

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static void
ours(poly1305_run *run, size_t len)
{
	run(tag, message, len / 16, message, 1, key);
}

#ifdef HAVE_EVP_MAC

static EVP_MAC_CTX *context;

static void
openssl_make(void)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "POLY1305", NULL);

	if (mac == NULL || (context = EVP_MAC_CTX_new(mac)) == NULL)
		abort();
	EVP_MAC_free(mac);
}

static void
openssl(size_t len)
{
	size_t size;

	if (EVP_MAC_init(context, key, sizeof(key), NULL) != 1 ||
	    EVP_MAC_update(context, message, len) != 1 ||
	    EVP_MAC_update(context, message, 16) != 1 ||
	    EVP_MAC_final(context, tag, &size, sizeof(tag)) != 1)
		abort();
}

#else

static void
openssl_make(void)
{
}

static void
openssl(size_t len)
{
	(void)len;
}

#endif

/* Seconds for a message. */
static double
measure(const struct poly1305_backend *b, size_t len)
{
	size_t i, n = BYTES / len;
	double start = now();

	for (i = 0; i < n; i++)
		if (b != NULL)
			ours(b->run, len);
		else
			openssl(len);
	return (now() - start) / (double)n;
}

static void
show(const char *name, size_t len, double seconds, double sodium)
{
	printf("%8zu bytes  %-8s %7.2f GB/s  %5.2f x libsodium\n", len, name,
	    (double)len / seconds / 1e9, sodium / seconds);
}

static void
compare(size_t len)
{
	const struct poly1305_backend *const *b = poly1305_backends;
	double best[8], seconds;
	size_t i, count = 0, round;

	while (b[count] != NULL)
		count++;
	for (round = 0; round < REPETITIONS; round++)
		for (i = 0; i <= count; i++) {
			if (b[i] != NULL && !b[i]->usable())
				continue;
			seconds = measure(b[i], len);
			if (round == 0 || seconds < best[i])
				best[i] = seconds;
		}
	for (i = 0; i < count; i++)
		if (b[i]->usable())
			show(b[i]->name, len, best[i], best[count - 1]);
#ifdef HAVE_EVP_MAC
	show("openssl", len, best[count], best[count - 1]);
#endif
}

int
main(void)
{
	if (sodium_init() < 0 || (message = malloc(LONGEST)) == NULL)
		return EXIT_FAILURE;
	randombytes_buf(message, LONGEST);
	randombytes_buf(key, sizeof(key));
	openssl_make();
	for (size_t i = 0; i < N_LENGTHS; i++)
		compare(lengths[i]);
	free(message);
	return EXIT_SUCCESS;
}
