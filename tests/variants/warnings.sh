#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-warnings": everything, tests and benchmark included, builds
# without a warning.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

# This make's options are not for the builds within.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES

# In a folder of this name, with this compiler.
configured() {
	dir=$builddir/variants/warnings-$1
	mkdir -p "$dir" && cd "$dir" && ../src/configure -q CC="$2"
}

builds() {
	configured "$1" "$1" &&
		"$MAKE" -j 2 CFLAGS='-g -O2 -Werror' all bench/engine &&
		"$MAKE" -j 2 CFLAGS='-g -O2 -Werror' check TESTS=
}

# Other optimizations see other things.
builds_to_debug() {
	configured debug gcc &&
		"$MAKE" -j 2 CFLAGS='-g -Og -Werror' all
}

ok "gcc builds all of it without a warning" builds gcc
ok "clang builds all of it without a warning" builds clang
ok "gcc builds the program for a debugger without one" builds_to_debug
tap_done
