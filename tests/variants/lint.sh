#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-lint": checks of the sources that no compiler makes.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"
cd "$srcdir" || exit

# What is written here, by kind: lists of patterns.
c='completions/*.c bench/*.[ch] nbdkit/*.[ch] proofs/*/*.c tests/*/*.[chS]'
library='src/*.[ch] src/asm/*.[hS] src/cmd/*.[ch]'
scripts='.ci/run tests/variant tests/*/*.sh'
bats='tests/*/*.bats tests/*/*.bash'
proofs='proofs/*.py proofs/*/*.py proofs/*/*/*.py'
bench='bench/arm64-model bench/chart bench/files bench/in_place bench/nbd
bench/slothy bench/slothy.d/*.py bench/small bench/*.py'
python="$bench $proofs testdata/*.py tests/*/*.py"
build='bootstrap Makefile.am configure.ac completions/*.awk completions/*.in'
text='*.md */*.md testdata/README'

ml='proofs/hol/*.ml'

sources() {
	# shellcheck disable=SC2086 # patterns; in a tarball .ci is not there
	ls $c $library $scripts $bats $python $build $ml 2>/dev/null
}

each_has_a_licence() {
	! sources | while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ISC' ||
			echo "$file"
	done | grep .
}

# wider COLUMNS FILE...: lines that are, with tabs of eight; not rows of tables,
# which cannot be broken.
wider() {
	columns=$1
	shift
	for file; do
		expand "$file" | awk -v file="$file" -v columns="$columns" '
			length > columns && !/^\|/ {
				print file ":" FNR ": " length }'
	done | grep .
}

lines_fit() {
	# shellcheck disable=SC2046,SC2086 # patterns
	! wider 80 $(ls $c $library $scripts $bats tests/*/*.py Makefile.am \
	    configure.ac 2>/dev/null) && ! wider 120 $text
}

files_fit() {
	# shellcheck disable=SC2086 # patterns
	! wc -l $c $library $bats $bench tests/*/*.sh tests/*/*.py |
		awk '$2 != "total" && $1 > 500' | grep .
}

words() {
	tr -d '\134' | tr -s '[:space:]' '\n' | grep .
}

targets_agree() {
	listed=$(tests/variant --list | words)
	made=$(sed -n '/^LONG_CHECKS = /,/[^\\]$/{ s/LONG_CHECKS = //; p; }' \
		Makefile.am | words)
	echo "$listed" | grep -x fuzz && [ "$listed" = "$made" ]
}

# The command is above the library, and only a folder that can be left out
# shows that nothing below needs it.
library_is_below() {
	! grep -nE '#include ["<](cmd/|\.\./)' src/*.[ch] src/asm/*.[hS]
}

# A breakpoint or a grep finds one function: "static" that begins a line, with
# the name in column one of the next, or before "(", "[", "=" or ";".
statics() {
	# shellcheck disable=SC2086 # patterns
	awk '
	function name(s) {
		sub(/ *[[(=;].*/, "", s); sub(/.*[ *]/, "", s)
		print s, FILENAME
	}
	was_static && /^[a-z_0-9]+\(/ { name($0) }
	{ was_static = /^static / && !/[[(=;]/ }
	/^static / && !was_static { name($0) }
	' src/*.c src/cmd/*.c nbdkit/*.c | sort -u
}

statics_are_unique() {
	statics | grep -qx 'write_whole src/io.c' &&
	! statics | awk '{ print $1 }' | uniq -d | while read -r name; do
		statics | grep "^$name "
	done | grep .
}

# The engine can be lifted out whole: of all others it includes two.
engine='src/xts*.[ch] src/aes_c*.[ch] src/cpu.[ch] src/asm/*.[hS]'
engine="$engine src/poly1305*.[ch]"
engine_stands_alone() {
	# shellcheck disable=SC2086 # patterns
	own=$(printf '"%s"\n' $engine src/err.h src/bytes.h |
		sed 's|"src/|"|; s|"asm/|"|')
	# shellcheck disable=SC2086 # patterns
	grep -q '#include "err.h"' $engine &&
		! grep -H '#include "' $engine | sed 's|"asm/|"|' |
			grep -vF "$own"
}

# Python has an option to leave them out.
no_assertion() {
	# shellcheck disable=SC2086 # patterns
	! grep -n '^[[:space:]]*assert\>' $proofs
}

# Each has a plainer one: detect, again, usually, current, N.  And a comment
# begins with a noun or a verb.
plain_words() {
	words='notic(e|ed|es)|anew|mostly|in hand|so many|be it'
	# shellcheck disable=SC2046,SC2086 # names without spaces; patterns
	! grep -nwiE "$words" $(sources) man/*.[15] $text | grep -v words= &&
		! grep -nE '^[[:space:]]*/[*] (What|Whether|Whoever) ' $library
}

# shellcheck disable=SC2046,SC2086 # names without spaces; patterns
ok "shellcheck finds nothing in scripts" \
	shellcheck -x bootstrap $(ls $scripts 2>/dev/null)
ok "shellcheck finds no error in bats" shellcheck -S error tests/*/*.bats
ok "no line is too long" lines_fit
ok "no file is longer than 500 lines" files_fit
ok "the Makefile has a target of each variant" targets_agree
ok "every source names its licence" each_has_a_licence
ok "no file of the library includes one of the command" library_is_below
ok "the engine includes nothing above it" engine_stands_alone
ok "no proof rests on an assertion" no_assertion
ok "words are plain ones" plain_words
ok "no two files of src/ have a static name in common" statics_are_unique
tap_done
