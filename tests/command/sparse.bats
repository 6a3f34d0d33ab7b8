# SPDX-License-Identifier: ISC
load ../lib/helper

# What a file takes on the disk, in KiB.
taken() { echo $(($(stat -c %b "$1") / 2)); }

# The file system here knows holes: nearly all do.
setup() {
	cd "$BATS_TEST_TMPDIR"
	printf '\0key\r\n' >key
	truncate -s 1M probe
	[ "$(taken probe)" -eq 0 ]
}

# image LENGTH [OFFSET]...: zeros, with a block of text at each offset.
image() {
	rm -f plain
	truncate -s "$1" plain
	shift
	for at; do
		text 4096 | dd of=plain bs=4096 seek="$at" oflag=seek_bytes \
		    conv=notrunc status=none
	done
}

@test "a sparse image comes back sparse" {
	image 40M 0 8M 8396800 20M 41938944
	for how in "" --no-integrity "--sector-size 4096" \
	    "--segment-size 4K" "--segment-size 1M"; do
		for t in 1 2 8; do
			seal -k key $how -T $t -f
			[ "$(taken sealed)" -ge 40960 ]
			opens -k key -T $t
			[ "$(taken opened)" -le 64 ]
		done
	done
}

@test "holes at the start, at the end, everywhere; and a part of a block" {
	for end in 0 1 15 16 100 4095 4096; do
		for at in "" 0 3M "0 1M 2M"; do
			image $((4194304 + end)) $at
			seal -k key -f
			opens -k key
			[ "$(taken opened)" -le 24 ]
			[ "$(stat -c %s opened)" -eq $((4194304 + end)) ]
		done
	done
	for length in 1 4095 4096 4097 8191; do
		image $length
		seal -k key -f
		opens -k key
	done
}

@test "zeros that were written become holes too, but not half blocks of them" {
	{ text 2048; head -c 1000000 /dev/zero; text 5000; } >plain
	seal -k key
	opens -k key
	[ "$(taken opened)" -le 20 ]
	{ text 2048; head -c 6000 /dev/zero; text 100; } >plain
	seal -k key -f
	opens -k key
}

@test "a pipe is unsealed into a file with holes" {
	image 10M 5M
	cat plain | xtscrypt encrypt $cheap -k key | cat >sealed
	cat sealed | xtscrypt decrypt -k key -o opened
	cmp plain opened
	[ "$(taken opened)" -le 24 ]
}

@test "input with holes is read again by the next command after a failure" {
	image 10M 5M
	seal -k key
	whole=$(stat -c %s sealed)
	truncate -s 9M sealed
	truncate -s "$whole" sealed
	{
		xtscrypt decrypt -k key -o opened || [ $? -eq 5 ]
		cat >rest
	} <sealed
	cmp rest sealed
}

@test "--sparse never fills the holes" {
	image 10M 5M
	seal -k key
	opens -k key --sparse never
	[ "$(taken opened)" -ge 10240 ]
	opens -k key --sparse auto
	[ "$(taken opened)" -le 24 ]
	refused 2 "auto or never" "$XTSCRYPT" decrypt --sparse always sealed
}

@test "what is written into, and not created, gets all of the zeros" {
	image 1M 500K
	seal -k key
	head -c 1M /dev/urandom >opened
	xtscrypt decrypt -k key -c sealed 1<>opened
	cmp plain opened
	xtscrypt decrypt -k key -c sealed >opened
	cmp plain opened
	[ "$(taken opened)" -ge 1024 ]
	head -c 1M /dev/urandom >opened
	xtscrypt decrypt -k key -f -o opened sealed
	cmp plain opened
	[ "$(taken opened)" -le 24 ]
}

@test "damage that --keep-going skips may leave holes" {
	text 3000000 >plain
	seal -k key --segment-size 64K
	flip sealed 70000
	flip sealed 140000
	run -5 xtscrypt decrypt --keep-going -k key -o opened sealed
	[ "$(stat -c %s opened)" -eq 3000000 ]
	run cmp -n 65536 plain opened
	[ "$status" -eq 0 ]
	cmp -i 65536 -n 131072 opened /dev/zero
	cmp -i 196608 plain opened
}

@test "a header that has become a hole can be restored" {
	text 20000 >plain
	seal -k key
	xtscrypt header save sealed backup
	mv sealed whole
	tail -c +4097 whole | dd of=sealed bs=4096 seek=1 status=none
	xtscrypt header restore -q -k key sealed backup
	cmp sealed whole
}

@test "encrypt --sparse never trusts no file system about holes" {
	preloads
	image 10M 5M
	# It says that nothing but a hole is left.
	run -0 faulty seek_data:1+:6 encrypt $cheap -k key -o sealed plain
	run -1 opens -k key
	run -0 faulty seek_data:1+:6 encrypt $cheap -f -k key --sparse never \
	    -o sealed plain
	opens -k key
	run -0 faulty seek_data:1+:6 encrypt $cheap -f -k key --sparse never \
	    --no-integrity -T 3 -o sealed plain
	opens -k key
	refused 2 "auto or never" "$XTSCRYPT" encrypt --sparse always plain
}
