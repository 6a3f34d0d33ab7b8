#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-sanitize" and "make check-tsan", after the suite: nothing was
# reported of any program that it ran, also where a test would have missed it.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

reports=$builddir/reports

nothing_reported() {
	! cat "$reports"/* 2>/dev/null | grep .
}

# The sanitizers must be there to say nothing.
is_seen() {
	for s in ${SANITIZERS:-__asan_init __ubsan_handle}; do
		nm "$XTSCRYPT" | grep -q "$s" || return
	done
}

ok "the program is built with the sanitizers" is_seen
ok "reports would have been seen" test -d "$reports"
ok "no sanitizer reported anything" nothing_reported
tap_done
