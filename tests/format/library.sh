#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The library neither prints, prompts, nor exits, and the program needs no
# library but libsodium.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

# What a program speaks, asks and dies with, also as the C library names it
# when _FORTIFY_SOURCE is on.
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

needs_only_libsodium() {
	readelf -d "$builddir/xtscrypt" >"$builddir/tests/format/needed" || return
	grep -q 'NEEDED.*libsodium' "$builddir/tests/format/needed" || return
	! grep NEEDED "$builddir/tests/format/needed" |
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
ok "the program needs no library but libsodium" needs_only_libsodium
[ "$(uname)" != Linux ] || ok "the program has renameat2" has_renameat2
rm -f "$builddir/tests/format/"*.nm "$builddir/tests/format/needed"
tap_done
