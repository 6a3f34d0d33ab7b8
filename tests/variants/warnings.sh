#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-warnings": everything, tests and benchmark included, builds
# without a warning.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

# This make's options are not for the builds within.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES

builds() {
	dir=$builddir/variants/warnings-$1
	mkdir -p "$dir" && cd "$dir" && ../src/configure -q CC="$1" &&
		"$MAKE" -j 2 CFLAGS='-g -O2 -Werror' all bench/engine &&
		"$MAKE" -j 2 CFLAGS='-g -O2 -Werror' check TESTS=
}

ok "gcc builds all of it without a warning" builds gcc
ok "clang builds all of it without a warning" builds clang
tap_done
