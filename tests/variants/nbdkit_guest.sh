#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The /init of the guest of nbdkit.sh: reads and writes the ext4 on its second
# and third disk.
# shellcheck source=tests/lib/guest_up.sh
. /guest_up.sh

# Through the disk, and not only this kernel's memory.
use() {
	mount -t ext4 "$1" /mnt && cmp /mnt/before /stage/before &&
		cp /programs/busybox /mnt/after && umount /mnt || return
	echo 3 >/proc/sys/vm/drop_caches
	mount -t ext4 "$1" /mnt && cmp /mnt/after /programs/busybox &&
		umount /mnt
}

guest_up ext4
{ use /dev/vdb && use /dev/vdc && echo 'guest: done'; } >/stage/log 2>&1
guest_down
