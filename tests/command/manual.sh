#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mandoc has nothing to say about the manual.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

# It knows of no page that is not yet installed.
is_clean() {
	command -v mandoc || return
	! mandoc -T lint "$srcdir/man/$1" |
		grep -v 'referenced manual not found: Xr xtscrypt'
}

ok "xtscrypt.1 is clean" is_clean xtscrypt.1
ok "xtscrypt.5 is clean" is_clean xtscrypt.5
tap_done
