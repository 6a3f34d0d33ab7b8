/* SPDX-License-Identifier: ISC */
#include <fcntl.h>

#include "writeback.h"

/* The system calls of so much cost little beside its copy. */
#define AT_ONCE (1U << 20)

/* Ask for the disk to begin; what it cannot write, the next fsync reports. */
static void
start_disk(const struct io *io, uint64_t offset, size_t len)
{
#ifdef SYNC_FILE_RANGE_WRITE
	sync_file_range(io->fd, (off_t)(io->start + offset), (off_t)len,
	    SYNC_FILE_RANGE_WRITE);
#else
	(void)io, (void)offset, (void)len;
#endif
}

int
writeback_write(const struct io *io, const uint8_t *buf, size_t len,
    uint64_t offset)
{
	int err = XC_OK;

	for (size_t done = 0, n; done < len && err == XC_OK; done += n) {
		n = len - done < AT_ONCE ? len - done : AT_ONCE;
		err = io_write(io, buf + done, n, offset + done);
		if (err == XC_OK)
			start_disk(io, offset + done, n);
	}
	return err;
}
