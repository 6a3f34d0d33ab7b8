# SPDX-License-Identifier: ISC
#
# One file that several programs decrypt, each a part.
load ../lib/helper
load ../lib/parts

@test "what is missing is found, and nothing has the name before" {
	for how in $small --no-integrity; do
		rm -f out
		text $((4 * 524288 + 20)) >long
		xtscrypt encrypt $cheap -f -k key $how -o sealed long
		run -1 xtscrypt decrypt --parts-done -k key -o out sealed
		[[ $output == *out.xtsparts:*'--part I/N'* ]]
		xtscrypt decrypt --part 2/2 -k key -o out sealed
		n=5 missing=1-2 part=4
		[ $how != --no-integrity ] || n=3 missing=1 part=2
		refused 5 "out: divided into $n parts, these are missing or \
damaged: $missing" xtscrypt decrypt --parts-done -k key -o out sealed
		[ ! -e out ]
		xtscrypt decrypt --part 1/2 -k key -o out sealed
		flip out.xtsparts $((3 * 524288 + 5))
		refused 5 "damaged: $part" \
		    xtscrypt decrypt --parts-done -k key -o out sealed
		xtscrypt decrypt --part $part/$n -k key -o out sealed
		echo here >out
		refused 1 'out: already exists' \
		    xtscrypt decrypt --parts-done -k key -o out sealed
		refused 1 'out: already exists' \
		    xtscrypt decrypt --part 1/2 -k key -o out sealed
		[ "$(<out)" = here ]
		xtscrypt decrypt --parts-done -f -k key -o out sealed
		cmp out long
		[ ! -e out.xtsparts ]
	done
}

@test "no plaintext of a damaged segment is written" {
	text $((2 * 524288)) >long
	xtscrypt encrypt $cheap -k key $small -o sealed long
	flip sealed $(($(stripe 1) + 5))
	xtscrypt decrypt --part 1/2 -k key -o out sealed
	refused 5 'bytes 524288 to 528383 of the plaintext are damaged' \
	    xtscrypt decrypt --part 2/2 -k key -o out sealed
	[[ $output == *hint:*'decrypt --keep-going -o FILE'* ]]
	cmp -n 4096 -i 524288:0 out.xtsparts /dev/zero
	# Segments that were damaged are not parts to be written again.
	flip out.xtsparts 5
	refused 5 'sealed: bytes 524288 to 528383 of the plaintext are' \
	    xtscrypt decrypt --parts-done -k key -o out sealed
	[[ $output == *hint:*'decrypt --keep-going -o FILE'* ]]
	[ ! -e out ]
}

@test "only a file of ours is written to" {
	text 5000 >long
	xtscrypt encrypt $cheap -k key $small -o sealed long
	cp long victim
	chmod 600 victim
	try() {
		refused 1 'xtsparts: is not what your parts are written to' \
		    xtscrypt decrypt --part 1/1 -k key -o out sealed
		refused 1 'xtsparts: is not what your parts are written to' \
		    xtscrypt decrypt --parts-done -k key -o out sealed
		rm -rf out.xtsparts
		cmp victim long
	}
	ln -s victim out.xtsparts
	try
	ln victim out.xtsparts
	try
	mkdir out.xtsparts
	try
	mkfifo out.xtsparts
	try
	truncate -s 5000 out.xtsparts
	chmod 640 out.xtsparts
	try
	truncate -s 5001 out.xtsparts
	chmod 600 out.xtsparts
	try
	if [ "$(id -u)" -eq 0 ]; then
		cp long out.xtsparts
		chmod 600 out.xtsparts
		chown 1234 out.xtsparts
		try
	fi
}

@test "what is in the file already is not believed" {
	text 1200000 >long
	xtscrypt encrypt $cheap -k key $small -o sealed long
	# Forged, whole or short, or what the parts of another file left.
	head -c 1200000 /dev/zero >zeros
	xtscrypt encrypt $cheap -k key $small -o other zeros
	for there in "cp zeros" "head -c 700000 zeros >" "other"; do
		rm -f out.xtsparts
		if [ "$there" = other ]; then
			xtscrypt decrypt --part 1/1 -k key -o out other
		else
			eval "$there out.xtsparts"
		fi
		chmod 600 out.xtsparts
		xtscrypt decrypt --part 2/3 -k key -o out sealed
		refused 5 'out: divided into 3 parts, these are missing or '\
'damaged: 1,3' xtscrypt decrypt --parts-done -k key -o out sealed
		[ ! -e out ]
		xtscrypt decrypt --part 1/3 -k key -o out sealed
		xtscrypt decrypt --part 3/3 -k key -o out sealed
		xtscrypt decrypt --parts-done -k key -o out sealed
		cmp out long
		rm out
	done
}

@test "a file without a length has parts, and an empty one too" {
	text 1200000 >long
	cat long | xtscrypt encrypt $cheap -k key $small | cat >sealed
	for i in 3 1 2; do
		xtscrypt decrypt --part $i/3 -k key -o out sealed
	done
	xtscrypt decrypt --parts-done -k key -o out sealed
	cmp out long
	: >empty
	xtscrypt encrypt $cheap -k key empty
	rm empty
	xtscrypt decrypt --part 1/1 -k key empty.xts
	xtscrypt decrypt --parts-done -k key empty.xts
	[ -e empty ] && [ ! -s empty ]
}
