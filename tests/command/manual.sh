#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mandoc gives no warning about the manual.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

# Pages that are not installed are not there to be found: ours, and on a small
# system others' too.
is_clean() {
	command -v mandoc || return
	! mandoc -T lint "$srcdir/man/$1" |
		grep -v 'referenced manual not found: Xr'
}

for page in xtscrypt.1 xtscrypt.5 nbdkit-xtscrypt-plugin.1; do
	ok "$page is clean" is_clean "$page"
done
tap_done
