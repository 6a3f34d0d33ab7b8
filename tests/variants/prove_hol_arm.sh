#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make prove-hol-arm": the model of Arm64 in logic beside a CPU, and what
# is proved in HOL Light of the programs that "make prove" builds.
# XTSCRYPT_PROVE_ALL adds all changes that have to be refused.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

cd "$builddir" || exit

hol() {
	program=$1
	shift
	/usr/bin/python3 -B "$srcdir/proofs/hol/$program" variants/hol "$@"
}

ok "a CPU does with each form what the model in logic does" hol check_arm.py
ok "what is proved of the engine, and not of one that is changed" \
	hol check_engine.py plain=variants/prove-gcc/xtscrypt \
	protected=variants/prove-gcc-bp/xtscrypt \
	${XTSCRYPT_PROVE_ALL:+--mutants}
tap_done
