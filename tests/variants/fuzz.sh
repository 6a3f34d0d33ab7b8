#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make fuzz": libFuzzer finds nothing in FUZZ_SECONDS, starting from files
# of the reference's.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"
: "${FUZZ_SECONDS:=60}"
work=$builddir/fuzz

# encrypt OPTION... PLAIN FILE
encrypt() {
	/usr/bin/python3 -B "$srcdir/tests/lib/reference.py" encrypt \
	    --key-file key --passes 1 --memory 8192 "$@"
}

# Files of every kind, those that have to be refused, and the headers of both.
# What a generation says, the fuzzer knows.
seed() {
	rm -rf "$work"
	mkdir -p "$work/decrypt/corpus" "$work/header/corpus" || return
	cd "$work" || return
	echo key >key
	generation=0
	for length in 0 1 16 17 100 4112 9000; do
		head -c "$length" "$srcdir/tests/lib/reference.py" >plain
		for options in '' '--segment 4096 --sector 4096' \
		    '--segment 4096 --unknown-slot' '--no-integrity'; do
			generation=$((generation % 31 + 1))
			# Bytes 16 to 65 alone of each third one.
			part=$((generation % 3 == 0 ? 32 + 16 * 256 + 50 * \
			    268435456 : 0))
			file=decrypt/corpus/$length$options
			# shellcheck disable=SC2086 # options
			encrypt $options --generation $((generation + part)) \
			    plain "$file" || return
		done
	done
	seq 10000 | head -c 20580 >plain
	encrypt --segment 4096 --generation 1 plain good || return
	/usr/bin/python3 -B "$srcdir/tests/lib/refused.py" good \
	    decrypt/corpus >list || return
	for file in decrypt/corpus/*; do
		head -c 4096 "$file" >"header/corpus/${file##*/}"
	done
}

# octal NUMBER...: these bytes.
octal() {
	for byte; do
		# shellcheck disable=SC2059 # bytes are printed as octal escapes
		printf "\\$(printf %o "$byte")"
	done
}

# Of each scene, the journal as it is; with all made authentic, and then with
# another epoch, length and kind; cut short; and beside a file of another size.
seed_journals() {
	mkdir -p "$work/journal/corpus" || return
	cd "$work/journal/corpus" || return
	for scene in 0 1 2 3 4 5 6 7 8 9 10 11 12; do
		for how in 0 1 15 16 32; do
			octal $scene $how 64 64 >$scene.$how || return
		done
		octal $scene 15 0 0 0 56 0 2 0 80 0 3 3 40 0 3 4 40 0 3 \
		    >$scene.changed || return
	done
}

# Run one, in a folder where what it finds stays.
fuzz() {
	cd "$work/$1" && "$builddir/tests/format/fuzz_$1" -seed=1 -timeout=10 \
	    -max_total_time="$FUZZ_SECONDS" -max_len=65536 \
	    -print_final_stats=1 corpus >log 2>&1
	echo $? >status
}

found_nothing() {
	tail -n 30 "$work/$1/log"
	[ "$(cat "$work/$1/status")" = 0 ]
}

# A fuzzer that gets nowhere finds nothing: the files to start from must reach
# at least this many places, the same each time, and what it made of them some
# more, a number that varies.
covers() {
	from=$(sed -n 's/.*INITED *cov: \([0-9]*\).*/\1/p' "$work/$1/log")
	to=$(sed -n 's/.*DONE *cov: \([0-9]*\).*/\1/p' "$work/$1/log")
	echo "reached $from, then $to"
	[ "${from:-0}" -ge "$2" ] && [ "${to:-0}" -gt "$from" ]
}

ok "there are files to start from" seed
ok "and journals" seed_journals
for name in header decrypt journal; do
	fuzz $name &
done
wait
ok "header_decode, $FUZZ_SECONDS seconds" found_nothing header
ok "it came far into header_decode" covers header 50
ok "decrypting a file, $FUZZ_SECONDS seconds" found_nothing decrypt
ok "it came far into decrypting" covers decrypt 180
ok "resuming by a journal, $FUZZ_SECONDS seconds" found_nothing journal
ok "it came far into resuming" covers journal 850
tap_done
