# SPDX-License-Identifier: ISC
#
# A range of the plaintext: --offset and --length of decrypt and verify.
load ../lib/helper

# part OFFSET LENGTH: these bytes of plain.
part() { tail -c +$(($1 + 1)) plain | head -c "$2"; }

# gives OFFSET LENGTH [OPTION...]: decrypt gives those, and verify is content.
gives() {
	xtscrypt decrypt -k key --offset "$1" --length "$2" "${@:3}" -c sealed |
	    cmp - <(part "$1" "$2")
	[ "${how-}" = --no-integrity ] && return
	run -0 xtscrypt verify -k key --offset "$1" --length "$2" "${@:3}" \
	    sealed
	[ "$output" = "xtscrypt: sealed: verified $2 of $(stat -c %s plain) \
bytes" ]
}

# segment N: where segment N of 4096 bytes is in sealed.
segment() { echo $((4096 + $1 * 4128)); }

@test "a range may begin and end anywhere, in every layout" {
	for how in --segment-size=4K --no-integrity -s4096; do
		for tail in 0 7; do
			text $((3 * 4096 + tail)) >plain
			seal -f -k key $how
			gives 4095 2
			gives 511 4097
			gives $((3 * 4096 + tail - 1)) 1
			gives 0 $((3 * 4096 + tail))
		done
	done
	text 3000000 >plain
	seal -f -k key --span-shift 20
	for t in 1 8; do
		gives 1048570 1048590 -T $t
		gives 65530 2900001 -T $t
	done
}

@test "each of the two may be left out, and sizes have suffixes" {
	text 70000 >plain
	seal -k key
	xtscrypt decrypt -k key --offset 64K -o out sealed
	cmp out <(part 65536 4464)
	xtscrypt decrypt -f -k key --length 1K -o out sealed
	cmp out <(part 0 1024)
	run -0 xtscrypt verify -k key --offset 64K sealed
	[ "$output" = "xtscrypt: sealed: verified 4464 of 70000 bytes" ]
	run -0 xtscrypt verify -k key --length 1K sealed
	[ "$output" = "xtscrypt: sealed: verified 1024 of 70000 bytes" ]
	run -0 xtscrypt verify -q -k key --length 1K sealed
	[ -z "$output" ]
}

@test "an empty range is one, at the end too" {
	for how in --segment-size=4K --no-integrity; do
		seal -f -k key $how
		flip sealed 5000
		flip sealed 24000
		for range in --length=0 "--offset 4096 --length 0" \
		    --offset=20000; do
			xtscrypt decrypt -f -k key $range -o out sealed
			[ -e out ] && [ ! -s out ]
		done
	done
	seal -f -k key
	run -0 xtscrypt verify -k key --length 0 sealed
	[ "$output" = "xtscrypt: sealed: verified 0 of 20000 bytes" ]
	: >plain
	seal -f -k key
	run -0 xtscrypt verify -k key --offset 0 sealed
	[ "$output" = "xtscrypt: sealed: verified 0 of 0 bytes" ]
}

# No secret is asked for: there is no such key file.
@test "a range beyond the plaintext is refused before a secret is read" {
	seal -k key
	for range in --offset=20001 --length=20001 "--offset 20000 --length 1" \
	    "--offset 1 --length 20000" --offset=4194304T --length=4194304T \
	    "--offset 4194304T --length 4194304T"; do
		refused 1 'sealed: its plaintext has 20000 bytes, too few' \
		    xtscrypt decrypt -k nofile $range -o out sealed
		refused 1 'sealed: its plaintext has 20000 bytes, too few' \
		    xtscrypt verify -k nofile $range sealed
	done
	[[ $output == *"up to 9223372036854775808"* ]]
	for size in 4194305T 8388608T 9223372036854775808 16777216T -1 1k 0x10 \
	    18446744073709551615 18446744073709551616 ''; do
		refused 2 "--offset takes a size" \
		    xtscrypt decrypt -k key "--offset=$size" -c sealed
		refused 2 "--length takes a size" \
		    xtscrypt verify -k key "--length=$size" sealed
	done
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "a pipe has no part, a file on standard input has" {
	seal -k key
	refused 2 'standard input: is no file or device' \
	    xtscrypt decrypt -k nofile --length 5 < <(cat sealed)
	refused 2 'standard input: is no file or device' \
	    xtscrypt verify -k nofile --offset 5 < <(cat sealed)
	mkfifo fifo
	timeout 20 cp sealed fifo &
	refused 2 'fifo: is no file or device' \
	    xtscrypt decrypt -k nofile --length 5 -o out fifo
	[ "$(here)" = "bad fifo key pass plain sealed" ]
	xtscrypt decrypt -k key --offset 7 --length 9 <sealed |
	    cmp - <(part 7 9)
	xtscrypt verify -k key --offset 7 --length 9 <sealed
}

@test "standard input is left behind the last segment that was read" {
	seal -k key --segment-size 4K
	for range in "8191 1 2" "8191 2 3" "5000 15000 5" "0 0 0"; do
		set -- $range
		for command in decrypt verify; do
			{
				xtscrypt $command -q -k key --offset $1 \
				    --length $2 >/dev/null
				cat >rest
			} <sealed
			size=$(stat -c %s sealed)
			at=$(segment $3)
			[ "$at" -le "$size" ] || at=$size
			[ "$(stat -c %s rest)" -eq $((size - at)) ]
		done
	done
}

@test "a part that is decrypted has a name of its own; nothing is removed" {
	xtscrypt encrypt $cheap -k key plain
	mv plain original
	for option in "--offset 0" "--length 20000" "--offset 5 -f"; do
		refused 2 '--offset and --length need -o FILE or -c' \
		    xtscrypt decrypt -k key $option plain.xts
	done
	refused 2 '--rm would remove what is not decrypted' \
	    xtscrypt decrypt -k key --length 20000 --rm -o plain plain.xts
	[ "$(here)" = "bad key original pass plain.xts" ]
}

@test "verify takes the same range of several files" {
	for i in 1 2 3; do
		text ${i}0000 >f$i
	done
	xtscrypt encrypt $cheap -k key f1 f2 f3
	run -1 xtscrypt verify -k key --offset 5000 --length 10000 f?.xts
	[ "$output" = "xtscrypt: f1.xts: its plaintext has 10000 bytes, too \
few for a range up to 15000
xtscrypt: hint: without --length the range goes to the end
xtscrypt: f2.xts: verified 10000 of 20000 bytes
xtscrypt: f3.xts: verified 10000 of 30000 bytes" ]
	refused 2 'for one FILE' \
	    xtscrypt decrypt -k key --length 5 -c f1.xts f2.xts
}

# A read of any other byte of the payload would fail.
@test "no byte of another segment is read" {
	preloads
	text 409607 >plain
	seal -k key --segment-size 4K
	others="pread@sealed@4096-$(($(segment 20) - 1)):1+:5,pread@sealed@$(
	    segment 22)-$(($(stat -c %s sealed) - 1)):1+:5"
	for t in 1 3; do
		run -0 faulty "$others" verify -k key --offset $((20 * 4096)) \
		    --length 8192 -T $t sealed
		run -0 faulty "$others" decrypt -f -k key -T $t \
		    --offset $((21 * 4096 - 1)) --length 2 -o out sealed
		cmp out <(part $((21 * 4096 - 1)) 2)
		run -5 faulty "$others" verify -k key -T $t \
		    --offset $((20 * 4096)) --length 8193 sealed
		[[ $output == *" to 90112 of "* ]]
		run -5 faulty "$others" verify -k key -T $t \
		    --offset $((20 * 4096 - 1)) --length 8192 sealed
		[[ $output == *" bytes 81919 to "* ]]
	done
	# Nor of another data unit.
	seal -f -k key --no-integrity
	others="pread@sealed@4096-$((4096 + 5119)):1+:5,pread@sealed@$((4096 +
	    6144))-$(($(stat -c %s sealed) - 1)):1+:5"
	run -0 faulty "$others" decrypt -f -k key --offset 5121 --length 1022 \
	    -o out sealed
	cmp out <(part 5121 1022)
	run -1 faulty "$others" decrypt -f -k key --offset 5119 --length 1022 \
	    -o out2 sealed
	run -1 faulty "$others" decrypt -f -k key --offset 5121 --length 1024 \
	    -o out2 sealed
	[ ! -e out2 ]
}

@test "damage counts inside the range, and not outside" {
	text 40000 >plain
	seal -k key --segment-size 4K
	for n in 1 4 5 9; do
		flip sealed $(($(segment $n) + n))
	done
	gives 8192 8192
	gives 24576 10000
	for range in "8191 1" "8000 1000" "0 4097" "16383 2" "36864 1"; do
		set -- $range
		run -5 xtscrypt verify -k key --offset $1 --length $2 sealed
		refused 5 'of the plaintext are damaged' xtscrypt decrypt \
		    -k key --offset $1 --length $2 -o out sealed
	done
	[ "$(here)" = "bad key pass plain sealed" ]
	# A pipe gets what is before the damage.
	run -5 --separate-stderr xtscrypt decrypt -k key --offset 10000 \
	    --length 10000 -c sealed
	[ "$output" = "$(part 10000 6384)" ]
	[[ $stderr == *"bytes 16384 to 19999 of the plaintext are damaged or \
were changed"* ]]
}

@test "--keep-going in part: zeros, and offsets of the plaintext" {
	text 40000 >plain
	seal -k key --segment-size 4K
	for n in 1 4 5 9; do
		flip sealed $(($(segment $n) + n))
	done
	run -5 xtscrypt decrypt --keep-going -k key --offset 5000 \
	    --length 15000 -o out sealed
	[ "$output" = "xtscrypt: sealed: bytes 5000 to 8191 of the plaintext \
are damaged or were changed
xtscrypt: sealed: bytes 16384 to 19999 of the plaintext are damaged or were \
changed" ]
	{
		head -c 3192 /dev/zero
		part 8192 8192
		head -c 3616 /dev/zero
	} | cmp - out
	run -0 xtscrypt decrypt --keep-going -f -k key --offset 8192 \
	    --length 8192 -o out sealed
	cmp out <(part 8192 8192)
}

@test "--keep-going in part reads around what a disk cannot read" {
	preloads
	text 400000 >plain
	for how in --segment-size=4K --no-integrity; do
		seal -f -k key $how -H header
		run -5 faulty "pread@sealed@5040-5050:1+:5" decrypt \
		    --keep-going -f -k key -H header --offset 4700 \
		    --length 100000 -o out sealed
		from=4700 to=8192
		[ "$how" = --segment-size=4K ] || to=5120
		[ "$output" = "xtscrypt: sealed: bytes $from to $((to - 1)) \
of the plaintext are damaged or were changed" ]
		{
			head -c $((to - from)) /dev/zero
			part $to $((104700 - to))
		} | cmp - out
	done
}

@test "a size that is wrong counts wherever the range is" {
	for how in --segment-size=4K --no-integrity; do
		seal -f -k key $how
		cp sealed whole
		truncate -s -1 sealed
		refused 5 'sealed: cut short' \
		    xtscrypt decrypt -k key --length 100 -o out sealed
		run -5 xtscrypt decrypt --keep-going -k key --length 100 \
		    -o out sealed
		[ "$output" = "xtscrypt: sealed: cut short" ]
		cmp out <(part 0 100)
		rm out
		{ cat whole; echo more; } >sealed
		refused 5 'sealed: has bytes after its end' \
		    xtscrypt decrypt -k key --length 100 -o out sealed
		[ ! -e out ]
	done
	seal -f -k key --segment-size 4K
	truncate -s -1 sealed
	refused 5 'sealed: cut short' xtscrypt verify -k key --length 100 sealed
	run -5 xtscrypt verify -k key --offset 19990 sealed
	[ "${lines[0]}" = "xtscrypt: sealed: bytes 19990 to 19999 of the \
plaintext are damaged or were changed" ]
	[ "${lines[1]}" = "xtscrypt: sealed: cut short" ]
}

@test "a length that the header does not give is that of the file" {
	text 40000 >plain
	cat plain | xtscrypt encrypt $cheap -k key --segment-size 4K |
	    cat >sealed
	gives 5000 35000
	refused 1 'has 40000 bytes' xtscrypt verify -k key --length 40001 sealed
	flip sealed $(segment 1)
	run -5 xtscrypt verify -k key --offset 5000 --length 100 sealed
	[ "${lines[0]}" = "xtscrypt: sealed: bytes 5000 to 5099 of the \
plaintext are damaged or were changed" ]
	flip sealed $(segment 9)
	run -5 xtscrypt verify -k key --offset 36000 sealed
	[[ $output == *"36864 to 39999 "*", or the end was cut off"* ]]
	# Only the last segment shows that others were behind it.
	truncate -s "$(segment 6)" sealed
	run -0 xtscrypt verify -k key --offset 8192 --length 12288 sealed
	[ "$output" = "xtscrypt: sealed: verified 12288 of 24576 bytes" ]
	run -5 xtscrypt verify -k key --offset 8192 sealed
	truncate -s $(($(segment 5) + 20)) sealed
	refused 5 'the size is wrong' \
	    xtscrypt verify -k key --offset 8192 --length 1 sealed
	refused 5 'the size is wrong' xtscrypt decrypt --keep-going -k key \
	    --offset 8192 --length 1 -o out sealed
}

@test "a part, and a header of its own" {
	for how in --segment-size=4K --no-integrity; do
		seal -f -k key $how -H header
		gives 5000 4000 -H header
	done
}

@test "no part of a file in the middle of a conversion" {
	for state in 1 2; do
		reference encrypt --key-file key --state $state plain sealed
		refused 4 journal \
		    xtscrypt decrypt -k key --length 1 -o out sealed
		refused 4 journal xtscrypt verify -k key --length 1 sealed
	done
}

@test "zeros in a part become holes" {
	{ text 5000; head -c 3000000 /dev/zero; text 5000; } >plain
	seal -k key
	xtscrypt decrypt -k key --offset 4000 --length 3003000 -o out sealed
	cmp out <(part 4000 3003000)
	[ "$(stat -c %b out)" -lt 64 ]
	xtscrypt decrypt -f -k key --offset 4000 --length 3003000 \
	    --sparse never -o out sealed
	cmp out <(part 4000 3003000)
	[ "$(stat -c %b out)" -gt 5000 ]
}

@test "a terminal gets the text of a part, whatever is around it" {
	{ printf 'a\0b'; text 100; printf '\0'; } >plain
	seal -k key
	run -0 pty exit -- "$XTSCRYPT" decrypt -k key -c --offset 3 \
	    --length 100 sealed
	[ "${output//$'\r'/}" = "$(part 3 100)" ]
	run -2 pty exit -- "$XTSCRYPT" decrypt -k key -c --offset 1 \
	    --length 100 sealed
	[[ $output == *binary* ]]
}

# Of 1 TiB and 5 bytes, with a hole where the rest would be.
@test "a part of an image of 1 TiB" {
	tib=$((1 << 40))
	text $((4 * 65536)) >plain
	for how in "" --no-integrity; do
		for at in 0 $((tib - 2 * 65536)) $((tib / 2)); do
			cp plain here
			[ "$at" != $((tib - 2 * 65536)) ] ||
			    head -c $((2 * 65536 + 5)) plain >here
			reference encrypt --key-file key $how --at $at \
			    --length $((tib + 5)) here sealed
			[ "$(stat -c %s sealed)" -gt $tib ]
			xtscrypt decrypt -f -k key --offset $((at + 65530)) \
			    --length 65541 -o out sealed
			cmp out <(part 65530 65541)
			[ -z "$how" ] || continue
			xtscrypt verify -q -k key --offset $at \
			    --length $(($(stat -c %s here))) sealed
			run -5 xtscrypt verify -k key --offset $((tib / 3)) \
			    --length 1M sealed
		done
	done
}
