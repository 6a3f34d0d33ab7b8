# SPDX-License-Identifier: ISC
load ../lib/helper

@test "decrypt drops .xts, says nothing and keeps the source" {
	xtscrypt encrypt $cheap -k key plain
	mv plain original
	cp plain.xts before
	run -0 xtscrypt decrypt -k key plain.xts
	[ -z "$output" ]
	[ "$(here)" = "bad before key original pass plain plain.xts" ]
	cmp plain original
	cmp plain.xts before
}

@test "decrypt of a name without .xts needs -o or -c" {
	seal -k key
	refused 2 'sealed: ' xtscrypt decrypt -k key sealed
	[[ $output == *-o* ]]
	[ "$(here)" = "bad key pass plain sealed" ]
	mkdir folder
	cp sealed folder/.xts
	refused 2 'folder/.xts: ' xtscrypt decrypt -k key folder/.xts
	run -0 xtscrypt decrypt -k key -o opened sealed
	cmp plain opened
	xtscrypt decrypt -k key -c sealed | cmp - plain
	xtscrypt decrypt -k key -o - sealed | cmp - plain
}

@test "decrypt without FILE, or with -, goes from standard input to output" {
	seal -k key
	cat sealed | xtscrypt decrypt -k key | cmp - plain
	cat sealed | xtscrypt decrypt -k key - | cmp - plain
	cat sealed | xtscrypt decrypt -k key -o opened
	cmp plain opened
}

@test "decrypt replaces an existing file only with -f" {
	xtscrypt encrypt $cheap -k key plain
	echo precious >plain
	refused 1 'plain: ' xtscrypt decrypt -k key plain.xts
	[[ $output == *exist* && ${lines[1]} == *-f* ]]
	[ "$(cat plain)" = precious ]
	xtscrypt decrypt -f -k key plain.xts
	text 20000 | cmp - plain
}

@test "decrypt carries permissions without set-id bits, and times" {
	xtscrypt encrypt $cheap -k key plain
	chmod 6740 plain.xts
	touch -d '2001-02-03 04:05:06.789' plain.xts
	xtscrypt decrypt -f -k key plain.xts
	[ "$(stat -c %a plain)" = 740 ]
	[ "$(stat -c %.9Y plain)" = "$(stat -c %.9Y plain.xts)" ]
}

@test "a wrong passphrase leaves nothing behind" {
	seal --passphrase-file pass
	run xtscrypt decrypt --passphrase-file bad -o out sealed
	[ "$status" -eq 3 ]
	[ "$output" = "xtscrypt: sealed: wrong passphrase" ]
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "a wrong passphrase leaves what was there" {
	seal --passphrase-file pass
	echo precious >out
	refused 3 'wrong passphrase' \
	    xtscrypt decrypt -f --passphrase-file bad -o out sealed
	[ "$(cat out)" = precious ]
}

@test "a wrong key file leaves nothing behind" {
	chmod go= plain
	seal -k key
	chmod go= plain
	run xtscrypt decrypt -k plain -o out sealed
	[ "$status" -eq 3 ]
	[ "$output" = "xtscrypt: sealed: wrong key file" ]
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "damaged data leaves nothing behind" {
	seal -k key --segment-size 4K
	flip sealed $((4096 + 2 * 4128 + 7))
	refused 5 'sealed: ' xtscrypt decrypt -k key -o out sealed
	[ "$(here)" = "bad key pass plain sealed" ]
	echo precious >out
	refused 5 'sealed: ' xtscrypt decrypt -f -k key -o out sealed
	[ "$(cat out)" = precious ]
}

@test "nothing unverified leaves through a pipe" {
	text 3000000 >plain
	seal -k key --segment-size 4K
	flip sealed $((4096 + 500 * 4128 + 4095))
	for from in sealed -; do
		status=0
		cat sealed | xtscrypt decrypt -k key -c $from 2>err >out ||
		    status=$?
		[ "$status" -eq 5 ]
		size=$(stat -c %s out)
		[ "$size" -le $((500 * 4096)) ]
		cmp -n "$size" out plain
	done
}

@test "a cut pipe is detected" {
	seal -k key --segment-size 4K
	for length in 4096 4097 5000 8224 20000 24255; do
		refused 5 '' xtscrypt decrypt -k key -o out \
		    < <(head -c $length sealed)
		[ "$(here)" = "bad key pass plain sealed" ]
	done
}

@test "bytes after the end are detected" {
	for mode in --segment-size=4K --no-integrity; do
		seal -k key -f $mode
		echo more >>sealed
		refused 5 'sealed: ' xtscrypt decrypt -k key -o out sealed
		refused 5 '' xtscrypt decrypt -k key -o out < <(cat sealed)
		[ "$(here)" = "bad key pass plain sealed" ]
	done
}

@test "without integrity a change is not detected, and stays in its unit" {
	seal -k key --no-integrity
	flip sealed $((4096 + 1024 + 7))
	run -0 xtscrypt decrypt -k key -o out sealed
	cmp -n 1024 out plain
	cmp -i 1536 out plain
	run ! cmp -s -i 1024 -n 16 out plain
}

@test "--keep-going gives what is good, zeros for the rest, and exit 5" {
	seal -k key --segment-size 4K
	flip sealed $((4096 + 1 * 4128 + 7))
	flip sealed $((4096 + 2 * 4128 + 4100))
	flip sealed $((4096 + 4 * 4128 + 9))
	cp plain expected
	dd if=/dev/zero of=expected bs=4096 seek=1 count=2 conv=notrunc \
	    status=none
	truncate -s 16384 expected
	truncate -s 20000 expected
	run -5 xtscrypt decrypt --keep-going -k key -o out sealed
	cmp out expected
	# The ranges, merged.
	[[ $output == *4096*12287* && $output == *16384*19999* ]]
	[[ $output != *8191* && $output != *8192* ]]

	status=0
	cat sealed | xtscrypt decrypt --keep-going -k key -c >out 2>err ||
	    status=$?
	[ "$status" -eq 5 ]
	cmp out expected
}

@test "--keep-going needs -o or -c" {
	xtscrypt encrypt $cheap -k key plain
	refused 2 keep-going xtscrypt decrypt --keep-going -f -k key plain.xts
	# Standard input gives its output no name.
	xtscrypt decrypt --keep-going -k key <plain.xts | cmp - plain
}

@test "--keep-going on a file that is whole changes nothing" {
	seal -k key
	run -0 xtscrypt decrypt --keep-going -k key -o out sealed
	[ -z "$output" ]
	cmp plain out
}

@test "--keep-going does not help against a wrong key" {
	seal -k key
	refused 3 'wrong key file' \
	    xtscrypt decrypt --keep-going -k pass -o out sealed
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "--keep-going on a cut file gives what is left" {
	seal -k key --segment-size 4K
	truncate -s $((4096 + 2 * 4128 + 100)) sealed
	run -5 xtscrypt decrypt --keep-going -k key -o out sealed
	[ "$(stat -c %s out)" -eq 20000 ]
	cmp -n 8192 out plain
	cmp -i 8192 -n $((20000 - 8192)) out /dev/zero
	[[ $output == *8192*19999* ]]
}

@test "--keep-going leaves out what follows the end" {
	seal -k key
	echo more >>sealed
	run -5 xtscrypt decrypt -k key -o out sealed
	[ "$output" = "xtscrypt: sealed: has bytes after its end
xtscrypt: hint: --keep-going -o FILE writes the data without them" ]
	run -5 xtscrypt decrypt --keep-going -k key -o out sealed
	cmp out plain
}

@test "decrypt takes the header from -H" {
	xtscrypt encrypt $cheap -k key -H header plain
	mv plain original
	run -0 xtscrypt decrypt -k key -H header plain.xts
	cmp plain original
	cat plain.xts | xtscrypt decrypt -k key -H header | cmp - original
}

@test "a payload that starts with the magic has a header of its own" {
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	seal -k key
	refused 4 'sealed: ' xtscrypt decrypt -k key -H header -o out sealed
	refused 4 '' xtscrypt decrypt -k key -H header -o out < <(cat sealed)
	refused 4 'sealed: ' xtscrypt verify -k key -H header sealed
	[ "$(here)" = "bad header key pass payload plain sealed" ]
}

@test "a payload without its header is no xtscrypt file" {
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	refused 4 'payload: ' xtscrypt decrypt -k key -o out payload
}

@test "the header of another file is refused" {
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	xtscrypt encrypt $cheap -k key -H header2 -o payload2 plain
	refused 5 'payload: ' xtscrypt decrypt -k key -H header2 -o out payload
	refused 1 'missing: ' xtscrypt decrypt -k key -H missing -o out payload
	[ "$(here)" = "bad header header2 key pass payload payload2 plain" ]
}

# A disk that cannot read these bytes of sealed, from the first to the last.
unreadable() {
	local rules=
	while [ "$1" != -- ]; do
		rules+=${rules:+,}pread@sealed@$1:1+:5
		shift
	done
	faulty "$rules" "${@:2}"
}

@test "--keep-going reads around what a disk cannot read" {
	preloads
	text 1000000 >plain
	seal -k key
	# Of segment 3, one sector, also its first, which is no loss of segment
	# 2; of the last segments, most.
	last=$((4096 + 13 * 65568 + 5000))
	for t in 1 2 8; do
		at=$((4096 + 3 * 65568 + t % 2 * 1024))
		run -5 unreadable $at-$((at + 511)) $last-9999999 -- \
		    decrypt --keep-going -f -k key -T $t -o out sealed
		[[ $output == *"bytes 196608 to 262143 of"* ]]
		[[ $output == *"bytes 851968 to 999999 of"* ]]
		[ "${#lines[@]}" -eq 2 ]
		cp plain want
		dd if=/dev/zero of=want bs=65536 seek=3 count=1 conv=notrunc \
		    status=none
		head -c 148032 /dev/zero | dd of=want bs=851968 seek=1 \
		    conv=notrunc status=none
		cmp out want
		run -5 unreadable $at-$((at + 511)) $last-9999999 -- \
		    verify -k key -T $t sealed
		[[ ${#lines[@]} -eq 3 && ${lines[2]} == *hint* ]]
		[[ $output == *"bytes 196608 to 262143 of"* ]]
	done
	# It is not read twice, and then it is good.
	run -0 faulty pread@sealed:3:5 decrypt --keep-going -f -k key -T 1 \
	    -o out sealed
	cmp out plain
	# Otherwise it stops there, and a hint says how to continue.
	rm out
	run -1 unreadable $at-$at -- decrypt -k key -o out sealed
	[ "${lines[0]}" = "xtscrypt: sealed: Input/output error" ]
	[[ ${lines[1]} == *"--keep-going -o FILE"* ]]
	[ ! -e out ]
}

@test "without integrity a sector that cannot be read costs no more than it" {
	preloads
	for length in 1000000 999999 300001 511 14; do
		for sector in 512 4096; do
			text $length >plain
			seal -f -k key --no-integrity -s $sector -H header
			unit=$(((length - 1) / sector / 2))
			from=$((unit * sector))
			to=$((from + sector))
			# Bytes too few for a unit are part of the one before.
			[ $((length - to)) -ge 16 ] || to=$length
			for t in 1 2 8; do
				run -5 unreadable $((from + 9))-$((from + 9)) \
				    -- \
				    decrypt --keep-going -f -k key -H header \
				    -T $t -o out sealed
				[ "$output" = \
				    "xtscrypt: sealed: bytes $from to \
$((to - 1)) of the plaintext are damaged or were changed" ]
				cp plain want
				head -c $((to - from)) /dev/zero |
				    dd of=want bs=1 seek=$from conv=notrunc \
				    status=none
				cmp out want
			done
		done
	done
	# Several, at both ends and side by side.
	text 1000000 >plain
	seal -f -k key --no-integrity -H header
	run -5 unreadable 0-100 65000-66000 999990-999999 -- \
	    decrypt --keep-going -f -k key -H header -o out sealed
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} == *"bytes 0 to 511 of"* ]]
	[[ ${lines[1]} == *"bytes 64512 to 66047 of"* ]]
	[[ ${lines[2]} == *"bytes 999936 to 999999 of"* ]]
}
