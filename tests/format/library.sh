#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The library neither prints, prompts, nor exits; fault.c can make fail what it
# asks of the system; and the program needs no library but libsodium.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

# Calls by which a program prints, asks and exits, also under the names that the
# C library has for them when _FORTIFY_SOURCE is on.
loud='v?(f|d)?printf|v?w?printf|f?puts|f?putc|putchar|fwrite|perror|syslog'
loud="$loud|stdin|stdout|stderr|getpass|v?errx?|v?warnx?|error"
loud="$loud|exit|_exit|_Exit|quick_exit|abort|assert_fail|psignal"

undefined() {
	nm "$builddir/$1" >"$builddir/tests/format/$1.nm" &&
		awk '$1 == "U" { print $2 }' "$builddir/tests/format/$1.nm"
}

has_header_decode() {
	undefined libxtscrypt.a >/dev/null && grep -q ' T _*header_decode$' \
	    "$builddir/tests/format/libxtscrypt.a.nm"
}

is_silent() {
	undefined libxtscrypt.a >/dev/null || return
	! undefined libxtscrypt.a | grep -E "^_*($loud)(_chk|_unlocked)?\$"
}

# The same look at the program, which does print, must find something.
is_loud() {
	undefined xtscrypt | grep -E "^_*($loud)(_chk|_unlocked)?(@.*)?\$"
}

# What the library calls and does not define, without what fortified, versioned
# and 64-bit names of the C library add.
calls() {
	nm "$builddir/libxtscrypt.a" | awk '
		$1 == "U" { used[$2] }
		NF == 3 { defined[$3] }
		END { for (s in used) if (!(s in defined)) print s }' |
		sed 's/@.*//; s/^_*//; s/_chk$//; s/_2$//; s/_time64$//
			s/64$//'
}

# What fault.c has.  What only looks, or makes nothing but a hole, a lock, haste
# or room in memory, is for faults.py, which disturbs whole commands.  The rest
# asks nothing of files.
faulty=$(sed -n 's/^#define \([a-z0-9]*\) fault_.*/\1/p' \
	"$srcdir/tests/lib/fault_calls.h" | tr '\n' '|')
faulty=${faulty%|}
looks='[fl]?statx?|(f?access|readlink|fstat)(at)?|realpath|fcntl|lseek'
looks="$looks|poll|umask|ftruncate|flock|fgetxattr|fremovexattr|fstatv?fs"
looks="$looks|(fd)?opendir|readdir|closedir|dirfd|fallocate"
looks="$looks|sync_file_range|posix_fadvise"
rest='(sodium|crypto|randombytes|pthread|sched)_.*|(mem|str).*|(m|re|c)alloc'
rest="$rest|qsort|free|errno_location|error|stack_chk_fail|GLOBAL_OFFSET_TABLE_"
rest="$rest|tls_get_addr|mmap|munmap|mlockall|geteuid"
rest="$rest|dirname|(xpg_)?basename|snprintf|sysconf|clock_gettime"
rest="$rest|sig(fill|empty|add|del)set"

every_call_is_known() {
	calls | grep -xE "$faulty" && ! calls | grep -vxE "$faulty|$looks|$rest"
}

# Nothing but the modules that are compiled for fault.c makes such a call, and
# there it is renamed.
each_is_renamed() {
	nm "$builddir/tests/lib/libfault.a" | grep 'U fault_open$' || return
	renamed=$(ar t "$builddir/tests/lib/libfault.a" |
		sed -n 's/.*-\(.*\)\.o$/\1/p' | tr '\n' '|')
	! { nm -A "$builddir/tests/lib/libfault.a"
	    nm -A "$builddir/libxtscrypt.a" |
		grep -vE ":(${renamed%|})\.o:"; } |
		grep -E " U _*($faulty)(64)?(_2|_chk)?\$"
}

needs_only_libsodium() {
	needed=$(readelf -d "$builddir/xtscrypt" | grep NEEDED) || return
	echo "$needed" | grep -q libsodium || return
	! echo "$needed" |
		grep -vE 'lib(sodium|c|gcc_s)[-.]|ld-|\[libc\.'
}

# Without it, and without hard links, an output could replace a file that has
# appeared in the last moment.
has_renameat2() {
	undefined xtscrypt | grep '^renameat2\(@.*\)\?$'
}

ok "nm sees the library's functions" has_header_decode
ok "the library neither prints nor exits" is_silent
ok "the program does, and is seen to" is_loud
ok "what it calls of the system is known" every_call_is_known
ok "what fault.c has is renamed wherever it is called" each_is_renamed
ok "the program needs no library but libsodium" needs_only_libsodium
[ "$(uname)" != Linux ] || ok "the program has renameat2" has_renameat2
rm -f "$builddir/tests/format/"*.nm
tap_done
