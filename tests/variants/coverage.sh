#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-coverage", after the suite: which share of the lines,
# functions and branches of each file of src/ it ran, and that none of the three
# falls.
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

# The shares, in percent, below which something new has no test.
keeps() {
	awk -F '[|%]' '
	/ Total:/ { good = $2 >= 98.7 && $4 >= 99.6 && $6 >= 92.9 }
	END { exit !good }' "$data.list"
}

ok "gcov has data of the suite" collects
ok "the table" lists
ok "98.7 % of lines, 99.6 % of functions, 92.9 % of branches, or more" keeps
tap_done
