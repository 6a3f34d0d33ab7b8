#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-sanitize", after the suite: no program that it ran, and no
# one heard, had anything reported.
# shellcheck source=tests/tap.sh
. "${srcdir:=.}/tests/tap.sh"

reports=$builddir/reports

nothing_reported() {
	! cat "$reports"/* 2>/dev/null | grep .
}

# The sanitizers must be there to say nothing.
is_seen() {
	nm "$XTSCRYPT" | grep -q __asan_init &&
		nm "$XTSCRYPT" | grep -q __ubsan_handle
}

ok "the program is built with ASan and UBSan" is_seen
ok "reports would have been seen" test -d "$reports"
ok "no sanitizer reported anything" nothing_reported
tap_done
