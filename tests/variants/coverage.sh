#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-coverage", after the suite: which share of the lines,
# functions and branches of each file of src/ it ran.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"
branches='--rc lcov_branch_coverage=1'
data=$builddir/coverage.info
srcdir=$(cd "$srcdir" && pwd)

collects() {
	# shellcheck disable=SC2086 # two words
	lcov -q $branches -c -d "$builddir" -o "$data.all" &&
		lcov -q $branches -e "$data.all" "$srcdir/src/*" -o "$data"
}

lists() {
	# shellcheck disable=SC2086 # two words
	lcov $branches --list "$data" >"$data.list" &&
		sed -n '/|Lines/,$p' "$data.list"
}

ok "gcov has data of the suite" collects
ok "the table" lists
tap_done
