#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The /init of the guest of ext4.sh: converts a file on the second disk, and
# leaves every write of that on the third.
# shellcheck source=tests/lib/guest_up.sh
. /guest_up.sh
export XTSCRYPT_BACKEND=aesni	# not what qemu has of VAES

# scene NAME COMMAND...: all before it is on the disk.
scene() {
	sync
	dmsetup message logged 0 mark "$1" || return
	shift
	(cd /mnt && "$@") || return
	sync
}

# encrypts OPTION..., decrypts OPTION...
encrypts() {
	xtscrypt encrypt --kdf-passes 1 --kdf-memory 8M --in-place \
	    -k /stage/key "$@" image
}
decrypts() {
	xtscrypt decrypt --in-place -k /stage/key "$@" image
}

# With every fsync left out.
loses() {
	export XTSCRYPT_FAULT=fsync:1+:lost LD_PRELOAD=/programs/preload.so
	encrypts "$@"
}

all() {
	dmsetup create logged --table \
	    "0 $(blockdev --getsz /dev/vdb) log-writes /dev/vdb /dev/vdc" &&
		mount -t ext4 /dev/mapper/logged /mnt &&
		scene encrypt encrypts &&
		scene decrypt decrypts &&
		scene encrypt-H encrypts --no-integrity -H header &&
		scene decrypt-H decrypts -H header &&
		scene lost loses &&
		scene end true &&
		umount /mnt &&
		dmsetup remove logged &&
		echo 'guest: done'
}

guest_up aesni-intel dm-log-writes
all >/stage/log 2>&1
guest_down
