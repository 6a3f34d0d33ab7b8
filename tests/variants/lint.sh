#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-lint": what no compiler says of the sources.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"
cd "$srcdir" || exit

scripts() {
	ls bootstrap .ci/run tests/variant tests/*/*.sh 2>/dev/null
}

sources() {
	ls bootstrap .ci/run ./*.am ./*.ac src/*.[ch] src/asm/*.[hS] \
	    src/cmd/*.[ch] \
	    completions/*.awk completions/*.c completions/*.in \
	    bench/*.[ch] bench/arm64-model bench/files proofs/*.c proofs/*.py \
	    tests/*/*.[ch] tests/*/*.S tests/*/*.sh tests/variant tests/*/*.ba* \
	    tests/*/*.py 2>/dev/null
}

each_has_a_licence() {
	! sources | while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ISC' ||
			echo "$file"
	done | grep .
}

# The command is above the library, and only a folder that can be left out
# shows that nothing below needs it.
library_is_below() {
	! grep -nE '#include ["<](cmd/|\.\./)' src/*.[ch] src/asm/*.[hS]
}

# shellcheck disable=SC2046 # names without spaces
ok "shellcheck finds nothing in scripts" shellcheck -x $(scripts)
ok "shellcheck finds no error in bats" shellcheck -S error tests/*/*.bats
ok "every source names its licence" each_has_a_licence
ok "no file of the library includes one of the command" library_is_below
tap_done
