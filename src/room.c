/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "err.h"
#include "room.h"

int
room_reserve(int fd, uint64_t before, uint64_t size)
{
	int err = XC_OK;

#ifdef FALLOC_FL_KEEP_SIZE
	if (size <= before)
		return XC_OK;
	while (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)size) != 0) {
		if (errno == EINTR)
			continue;
		if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
			err = errno;
		break;
	}
	/* ext4 keeps the blocks that it had found by then. */
	if (err != XC_OK)
		room_give_back(fd, before);
#else
	(void)fd;
	(void)before;
	(void)size;
#endif
	return err;
}

void
room_give_back(int fd, uint64_t before)
{
	struct stat st;

	/* Programs that take no lock may have added to it. */
	if (fstat(fd, &st) == 0 && (uint64_t)st.st_size == before)
		(void)!ftruncate(fd, (off_t)before);
}
