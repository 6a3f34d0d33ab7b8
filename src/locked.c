/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>

#include <stdatomic.h>

#include <sodium.h>

#include "locked.h"

static atomic_uint_fast64_t secrets;	/* threads allocate, too */
static uint64_t derivation;

void *
locked_malloc(size_t size)
{
	void *p = sodium_malloc(size);

	/* sodium_malloc has tried, but does not report the result. */
	if (p != NULL && sodium_mlock(p, size) != 0)
		atomic_fetch_add(&secrets, size);
	return p;
}

#if defined(MCL_ONFAULT) && defined(MAP_NORESERVE)

/* Lock all current memory, and none that is mapped later. */
static bool
lock_present(void)
{
	return mlockall(MCL_CURRENT | MCL_ONFAULT) == 0;
}

/*
 * Lock later mappings too, and populate them at once: a derivation fills what
 * it maps, and a fault for each page takes longer.  Only mapping that much
 * shows whether it can be locked.
 */
static bool
lock_future(size_t bytes)
{
	void *p;

	if (mlockall(MCL_FUTURE) != 0)
		return false;
	p = mmap(NULL, bytes, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return false;
	munmap(p, bytes);
	return true;
}

void
locked_end(void)
{
	/* Not munlockall: our own secrets stay locked. */
	(void)lock_present();
}

bool
locked_begin(uint64_t bytes)
{
	const uint64_t more = 1 << 20;	/* the C library's overhead */
	bool locked = false;

	if (bytes <= SIZE_MAX - more && lock_present()) {
		locked = lock_future((size_t)(bytes + more));
		if (!locked)
			locked_end();
	}
	if (!locked && bytes > derivation)
		derivation = bytes;
	return locked;
}

#else

/* Without MCL_ONFAULT every page would be touched, needed or not. */
void
locked_end(void)
{
}

bool
locked_begin(uint64_t bytes)
{
	if (bytes > derivation)
		derivation = bytes;
	return false;
}

#endif

struct locked_missed
locked_missed(void)
{
	return (struct locked_missed){ atomic_load(&secrets), derivation };
}
