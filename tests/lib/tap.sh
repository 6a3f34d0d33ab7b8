# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# The Test Anything Protocol, for test scripts:
#
#	. "${srcdir:=.}/tests/lib/tap.sh"
#	ok "nothing is true" true
#	tap_done

# Make gives these; by hand, a test runs in the tree that it was built in.
set -u
: "${srcdir:=.}" "${builddir:=$PWD}"
tap_run=0

# One test, good when the command succeeds; what it says is for the log.
ok() {
	tap_what=$1
	shift
	tap_run=$((tap_run + 1))
	if tap_said=$("$@" 2>&1); then
		echo "ok $tap_run - $tap_what"
	else
		echo "not ok $tap_run - $tap_what"
	fi
	printf '%s\n' "$tap_said" | sed 's/^/# /'
}

# One test that this machine cannot run, and why.
skip() {
	tap_run=$((tap_run + 1))
	echo "ok $tap_run - $1 # SKIP $2"
}

tap_done() {
	echo "1..$tap_run"
}
