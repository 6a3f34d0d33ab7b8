#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-backends": the commands, and the formats of the library, with
# each backend by name.  A backend that this CPU cannot run is skipped; every
# other test uses the first that it can run.  The portable one runs the tests of
# every command; the others those of commands that work on payloads, since code
# that prompts, parses and names files is the same for all.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

# This make's options are not for the one within.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES

# What the command says of a backend; nothing when it can be used.
says() {
	{ XTSCRYPT_BACKEND=$1 "$builddir/xtscrypt" verify -h >/dev/null
	} 2>&1 | head -n 1
}

# Only these are reasons to skip; a failed self-test is none.  The portable one
# is never skipped.
lacking() {
	case $1:$(says "$1") in
	portable,*) ;;
	*": XTSCRYPT_BACKEND=$1: this CPU cannot run that backend" | \
	*": XTSCRYPT_BACKEND=$1: no such backend")
		return 0 ;;
	esac
	return 1
}

commands_pass() {
	(cd "$srcdir/tests/command" && export XTSCRYPT_BACKEND="$1" || exit
	case $1 in
	portable,*)	printf '%s\n' *.bats ;;
	*)		printf '%s.bats\n' decrypt device encrypt in_place \
			    in_place_crash in_place_others interop pair range \
			    sparse streams threads verify ;;
	esac | xargs -n 1 -P 2 bats --tap)
}

programs_pass() {
	for program in format/test_format format/test_lengths \
	    format/test_payload; do
		XTSCRYPT_BACKEND=$1 XTSCRYPT_TEST_QUICK=1 \
		    "$builddir/tests/$program" || return
	done
}

first=
for backend in vaes512,ifma vaes256,avx2 aesni,sodium arm64,mul64 \
    portable,sodium; do
	if lacking $backend; then
		for what in command format; do
			skip "$backend: every $what" "CPU: $(says $backend)"
		done
	elif [ -z "$first" ]; then
		first=$backend
		ok "$backend: can be used" test -z "$(says $backend)"
	else
		ok "$backend: commands" commands_pass $backend
		ok "$backend: every format" programs_pass $backend
	fi
done
tap_done
