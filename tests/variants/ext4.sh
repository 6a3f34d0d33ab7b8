#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-ext4": the power goes during a conversion in place on ext4.
# Debian's kernel runs in qemu; there ext4_guest.sh converts a file to and fro
# on a disk of which dm-log-writes keeps every write and every flush, in order.
# Here ext4_states.py lays out what a power cut may have left, lets e2fsck
# replay the journal of ext4, as mounting it would, and resumes the conversion.
# XTSCRYPT_TEST_ALL=1: of many more moments.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"
: "${XTSCRYPT:=$builddir/xtscrypt}"
export XTSCRYPT PATH="$PATH:/usr/sbin:/sbin" LC_ALL=C
srcdir=$(cd "$srcdir" && pwd)
# shellcheck source=tests/lib/guest.sh
. "$srcdir/tests/lib/guest.sh"
work=$builddir/variants/ext4
preload=$(cd "$builddir" && pwd)/tests/lib/preload.so

# The file is converted in two steps.  What mke2fs may leave to the kernel would
# be written meanwhile.
make_disks() {
	mkdir stage folder && cp key stage &&
		seq 10000000 | head -c 8458609 >folder/image &&
		mke2fs -q -d stage stage.disk 16M &&
		mke2fs -q -t ext4 -b 4096 -d folder \
		    -E lazy_itable_init=0,lazy_journal_init=0 disk 64M &&
		cp disk before && truncate -s 1G log
}

make_root() {
	guest_root "$srcdir/tests/variants/ext4_guest.sh" "$XTSCRYPT" \
	    dmsetup "$preload"
}

boots() {
	# shellcheck disable=SC2046 # words
	guest_boot $(guest_disk stage.disk) $(guest_disk disk) \
	    $(guest_disk log)
	debugfs -R 'cat /log' stage.disk >guest.log
	cat guest.log
	grep -x 'guest: done' guest.log
}

# states SCENE: what may be left of it.
states() {
	/usr/bin/python3 -B "$srcdir/tests/variants/ext4_states.py" "$1"
}

# A disk without what was to be made durable loses data, and that is seen.
loses() {
	states lost >lost.log
	cat lost.log
	grep '^[1-9][0-9]* of .* are bad$' lost.log
}

rm -rf "$work"
mkdir -p "$work" && cd "$work" || exit
printf '\0key\r\n' >key && chmod go= key
ok "two disks" make_disks
ok "the guest's programs" make_root
ok "Debian's kernel boots, and the guest ends" boots
for scene in encrypt decrypt encrypt-H decrypt-H; do
	ok "$scene: data survives a power cut at any moment" states "$scene"
done
ok "where nothing is made durable, it does not" loses
rm -f disk before log root.cpio
tap_done
