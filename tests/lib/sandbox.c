/* SPDX-License-Identifier: ISC */
/*
 *	sandbox CALL ERRNO COMMAND [ARGUMENT ...]
 *
 * Run a command in which a call of the kernel fails, as in a sandbox that is
 * older than the call: with EPERM or ENOSYS, by number.  "sandbox" alone prints
 * the calls that it knows: all that are newer than Linux 3.2 and that a program
 * or its C library could use.  Exit status 99: it cannot be done here.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALL(name) { #name, SYS_##name }

static const struct { const char *name; long number; } calls[] = {
#ifdef SYS_renameat2
	CALL(renameat2), CALL(getrandom), CALL(memfd_create), CALL(execveat),
	CALL(membarrier),
#endif
#ifdef SYS_copy_file_range
	CALL(mlock2), CALL(copy_file_range), CALL(preadv2), CALL(pwritev2),
#endif
#ifdef SYS_statx
	CALL(statx),
#endif
#ifdef SYS_rseq
	CALL(rseq),
#endif
#ifdef SYS_io_uring_setup
	CALL(io_uring_setup),
#endif
#ifdef SYS_clone3
	CALL(pidfd_open), CALL(clone3),
#endif
#ifdef SYS_openat2
	CALL(openat2),
#endif
#ifdef SYS_faccessat2
	CALL(faccessat2),
#endif
#ifdef SYS_close_range
	CALL(close_range),
#endif
#ifdef SYS_futex_waitv
	CALL(futex_waitv),
#endif
#ifdef SYS_fchmodat2
	CALL(fchmodat2),
#endif
};

#define COUNT (sizeof(calls) / sizeof(calls[0]))
#define CANNOT 99

/* From here on, and for what is executed, the call fails. */
static int
forbid(long number, int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	};
	const struct sock_fprog program = {
		sizeof(filter) / sizeof(filter[0]), filter
	};

	return prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	if (argc == 1)
		for (size_t i = 0; i < COUNT; i++)
			puts(calls[i].name);
	if (argc < 4)
		return argc == 1 ? 0 : CANNOT;
	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(argv[1], calls[i].name) != 0)
			continue;
		if (forbid(calls[i].number, atoi(argv[2])) == 0)
			execvp(argv[3], argv + 3);
		perror("sandbox");
	}
	return CANNOT;
}
