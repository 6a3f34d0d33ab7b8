#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The /init of the guest of dmcrypt.sh: maps the files of its disk, writes to
# them, and leaves the log, what it wrote, and a LUKS volume there.
# shellcheck disable=SC2046 # header gives no word, or two
# shellcheck source=tests/lib/guest_up.sh
. /guest_up.sh
export XTSCRYPT_PASSPHRASE=secret
export XTSCRYPT_BACKEND=aesni	# not what qemu has of VAES
mapped=/dev/mapper/mapped
cheap="--kdf-passes 1 --kdf-memory 8M"

# header FILE: the option for a header of its own.
header() {
	[ ! -e "$1.hdr" ] || echo "-H $1.hdr"
}

# spans FILE: their numbers.
spans() {
	case $1 in
	*-many)	echo 0 1 2 3 4 5 ;;
	*)	echo 0 ;;
	esac
}

# What info prints, with a name.
map_by_command() {
	line=$(xtscrypt info --json $(header "$1") "$1" |
		sed -n 's/.*"mapping": "\(.*\)",$/\1/p')
	echo "$line"
	case $line in *" NAME") eval "${line%NAME}mapped" ;; *) false ;; esac
}

# Of a block device: its table needs no change.
map_by_keyring() {
	d=$(losetup --find --show "$1") || return
	id=$(xtscrypt info --json $(header "$1") "$d" |
		sed -n 's/.*"id": "\(.*\)",$/\1/p')
	for span in $(spans "$1"); do
		xtscrypt key export --span "$span" $(header "$1") "$d" |
			keyctl padd logon "xtscrypt:$id-$span" @s || return
	done
	xtscrypt key export --dm-table $(header "$1") "$d" |
		dmsetup create mapped || return
	dmsetup table --showkeys mapped | tee table
	! grep -v ':64:logon:xtscrypt:' table
}

unmap() {
	dmsetup remove mapped && losetup -D
}

# works FILE WAY: mapped so, the ext4 in it is there, and takes a new file.
works() {
	map_by_"$2" "$1" || return
	size=$(blockdev --getsize64 $mapped)
	mount -t ext4 $mapped /mnt && cmp /mnt/before written/before &&
		cp "written/$2" /mnt && umount /mnt && unmap &&
		[ "$size" = 12582912 ]
}

# A table of one span alone begins at 0; the plaintext is that of the span.
span_alone() {
	for file in 512-attached-many 4096-detached-many; do
		d=$(losetup --find --show $file) || return
		xtscrypt key export --dm-table --hex --span 3 $(header $file) \
		    "$d" | dmsetup create mapped || return
		dd if=image of=expected bs=2097152 skip=3 count=1
		cmp $mapped expected && unmap || return
	done
}

# refuses WHO COMMAND...: in one line that names who has it, and a hint; no
# header is made.
refuses() {
	who=$1
	shift
	echo "$*"
	xtscrypt "$@" >/said 2>&1
	[ $? = 1 ] && cat /said && [ "$(wc -l </said)" = 2 ] &&
		grep -Fx "xtscrypt: $who" /said && [ ! -e new.hdr ]
}

# Nothing is written, and nothing but the mapping is in the way.
# shellcheck disable=SC2086 # words
mapped_by_others() {
	file=512-detached-one
	cp $file /backup
	apart="-H $file.hdr"
	onto="encrypt --in-place --no-integrity -H new.hdr"
	d=$(losetup --find --show $file) &&
		xtscrypt key export --dm-table --hex $apart "$d" |
		dmsetup create mapped || return
	for command in "decrypt --in-place $apart" "resume $apart" "$onto"; do
		refuses "$d: in use: mapped as $mapped" $command "$d" &&
			refuses "$file: in use: loop device $d, mapped as \
$mapped" $command $file || return
	done
	mount -t ext4 -o ro $mapped /mnt &&
		refuses "$mapped: in use: mounted on /mnt" $onto $mapped &&
		refuses "$mapped: in use: mounted on /mnt" encrypt -f \
		    $cheap -o $mapped pass &&
		refuses "$file: in use: loop device $d, mapped as $mapped, \
mounted on /mnt" decrypt --in-place $apart $file &&
		umount /mnt && unmap && cmp /backup $file || return
	xtscrypt resume $apart $file 2>&1 | grep ': nothing to resume$'
}

# A file, and a device on a file: nothing is written, and nothing else is in the
# way.
# shellcheck disable=SC2086 # words
used_for_swap() {
	onto="encrypt --in-place --no-integrity -H new.hdr"
	dd if=/dev/zero of=swap bs=1048576 count=4 && mkswap swap &&
		chmod 600 swap && cp swap /backup && swapon swap &&
		refuses "swap: in use: swap space" $onto swap &&
		refuses "swap: in use: swap space" encrypt --in-place swap &&
		swapoff swap && d=$(losetup --find --show swap) &&
		swapon "$d" &&
		refuses "$d: in use: swap space" $onto "$d" &&
		refuses "$d: in use: swap space" encrypt -f $cheap \
		    -o "$d" pass &&
		refuses "swap: in use: loop device $d, swap space" $onto swap &&
		swapoff "$d" && losetup -D && cmp /backup swap || return
	xtscrypt $onto $cheap swap && rm swap new.hdr
}

# Where key export fails, there is no key, not even one of zeros.  dmsetup makes
# a device all the same, of no sectors.
nothing() {
	(XTSCRYPT_PASSPHRASE=wrong map_by_command 512-attached-one)
	[ ! -e $mapped ] || return
	(XTSCRYPT_PASSPHRASE=wrong map_by_command 512-attached-many)
	[ -z "$(dmsetup table mapped)" ] && unmap
}

# A header of 2 MiB, and behind it the payload as it is.
make_luks() {
	xtscrypt key export -H 512-detached-one.hdr -o volume-key \
	    512-detached-one && truncate -s 14M luks || return
	cryptsetup luksFormat -q --type luks1 --cipher aes-xts-plain64 \
	    --key-size 512 --master-key-file volume-key --align-payload 4096 \
	    --pbkdf-force-iterations 1000 luks pass || return
	dd if=512-detached-one of=luks bs=2097152 seek=1
}

# judge TEST COMMAND...: for the log.  What fails leaves nothing to the next.
judge() {
	test=$1
	shift
	echo "== $test"
	if "$@"; then
		echo "guest: $test: good"
	else
		echo "guest: $test: bad, $?"
		umount /mnt
		dmsetup remove mapped
		swapoff -a
		losetup -D
	fi
}

all() {
	cd /stage || return
	seq 300000 >written/before
	seq 1000000 1250000 >written/command
	seq 2000000 2250000 >written/keyring
	judge span span_alone
	judge failed nothing
	for file in *-one *-many; do
		for way in command keyring; do
			judge "$file $way" works "$file" $way
		done
	done
	judge mapped mapped_by_others
	judge swap used_for_swap
	judge luks make_luks
	rm -f image expected
	echo 'guest: done'
}

case ${1-} in
all)	all >/stage/log 2>&1 ;;
*)	guest_up loop dm-crypt xts aesni-intel
	keyctl session - /init all
	guest_down ;;
esac
