# SPDX-License-Identifier: ISC
load ../lib/helper

# A block device of 8 MiB.
make_device() {
	truncate -s 8M disk
	attach disk
}

@test "a block device needs -f, is written in place, and read to its end" {
	make_device
	refused 1 "$device: is a block device" \
	    xtscrypt encrypt $cheap -k key -o "$device" plain
	cmp -n 8388608 disk /dev/zero
	xtscrypt encrypt $cheap -f -k key -o "$device" plain
	[ -b "$device" ]
	xtscrypt verify -q -k key "$device"
	xtscrypt decrypt -k key -o opened "$device"
	cmp plain opened
}

@test "a part of what is on a device" {
	make_device
	xtscrypt encrypt $cheap -f -k key -o "$device" plain
	xtscrypt decrypt -k key --offset 19990 -o opened "$device"
	cmp opened <(tail -c 10 plain)
	run -0 xtscrypt verify -k key --offset 5 --length 10 "$device"
	[ "$output" = "xtscrypt: $device: verified 10 of 20000 bytes" ]
	refused 1 "its plaintext has 20000 bytes" \
	    xtscrypt verify -k key --offset 1M "$device"
	seal -k key
	xtscrypt decrypt -f -k key --offset 5 --length 10 -o "$device" sealed
	cmp -n 10 "$device" <(tail -c +6 plain)
}

@test "a device needs -o for what is made of it" {
	refused 2 '/dev/zero: is not a regular file' \
	    xtscrypt encrypt $cheap -f -k key /dev/zero
	make_device
	refused 2 "$device: is not a regular file" \
	    xtscrypt encrypt $cheap -k key "$device"
	[ ! -e "$device.xts" ]
	xtscrypt encrypt $cheap -k key -o sealed "$device"
	xtscrypt decrypt -k key -o opened sealed
	cmp opened disk
}

@test "a device that is too small is refused before it is written" {
	make_device
	truncate -s 9M huge
	refused 1 "room for 8388608 bytes" \
	    xtscrypt encrypt $cheap -f -k key -o "$device" huge
	cmp -n 8388608 disk /dev/zero
}

teardown() {
	[ -z "${part-}" ] || delpart "$device" 1 || :
	[ -z "${part-}" ] || delpart "$device" 2 || :
	detach
}

@test "a disk and a partition of it are one file" {
	make_device
	addpart "$device" 1 64 8192 2>&- || skip "no partitions to be had"
	part=${device}p1
	await test -b "$part"
	for from in "$part $device" "$device $part"; do
		set -- $from
		refused 2 "are on one disk, of which one is a partition" \
		    xtscrypt encrypt $cheap -f -k key -o "$2" "$1"
	done
	# Two partitions of a disk are two files.
	addpart "$device" 2 8256 8100
	await test -b "${device}p2"
	xtscrypt encrypt $cheap -f -k key --no-integrity -H header \
	    -o "$part" "${device}p2"
}

@test "a device that is mounted is refused, with -f too" {
	make_device
	mke2fs -q -F -t ext4 "$device"
	mkdir mounted
	mount_on mounted
	refused 1 "mounted" \
	    xtscrypt encrypt $cheap -f -k key -o "$device" plain
}

@test "the keys of a device change only with -f" {
	make_device
	xtscrypt encrypt $cheap -f -k key -o "$device" plain
	refused 1 "is a device" xtscrypt key add $cheap -k key \
	    --new-key-file bad "$device"
	xtscrypt key add $cheap -f -k key --new-key-file bad "$device"
	xtscrypt verify -q -k bad "$device"
}

@test "a device that is open to append is written in order" {
	make_device
	text 5000003 >plain
	xtscrypt encrypt $cheap -f -k key -T 4 -c plain >>"$device"
	xtscrypt verify -q -k key "$device"
	xtscrypt encrypt $cheap -k key -o sealed plain
	xtscrypt decrypt -f -k key -T 4 -c sealed >>"$device"
	cmp -n 5000003 plain "$device"
}
