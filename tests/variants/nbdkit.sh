#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-vm": Debian's kernel has encrypted images as its disks, which
# nbdkit's plugin serves to qemu.  nbdkit_guest.sh writes to the ext4 in them,
# and the tool finds that in the files.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"
: "${XTSCRYPT:=$builddir/xtscrypt}"
export PATH="$PATH:/usr/sbin:/sbin" LC_ALL=C
plugin=$(cd "$builddir" && pwd)/nbdkit/nbdkit-xtscrypt-plugin.so
srcdir=$(cd "$srcdir" && pwd)
# shellcheck source=tests/lib/guest.sh
. "$srcdir/tests/lib/guest.sh"
work=$builddir/variants/nbdkit

make_images() {
	mkdir stage folder && seq 300000 >folder/before &&
		cp folder/before stage &&
		mke2fs -q -d stage stage.disk 16M &&
		mke2fs -q -t ext4 -b 4096 -d folder image 24M &&
		for how in tags no-tags; do
			set -- --kdf-passes 1 --kdf-memory 8M -k key
			[ $how = tags ] || set -- "$@" --no-integrity
			"$XTSCRYPT" encrypt "$@" -o $how image || return
		done
}

make_root() {
	guest_root "$srcdir/tests/variants/nbdkit_guest.sh"
}

# serve FILE: on a socket, with its process in a file.
serve() {
	nbdkit -U "$1.sock" -P "$1.pid" "$plugin" "$1" key-file=key
}

boots() {
	serve tags && serve no-tags || return
	# shellcheck disable=SC2046 # words
	guest_boot $(guest_disk stage.disk) \
	    $(guest_disk "nbd:unix:$PWD/tags.sock") \
	    $(guest_disk "nbd:unix:$PWD/no-tags.sock")
	debugfs -R 'cat /log' stage.disk >guest.log
	cat guest.log
	grep -x 'guest: done' guest.log
}

# ends FILE: the server does, and leaves the file closed.
ends() {
	pid=$(cat "$1.pid") && kill "$pid" || return
	tries=0
	while kill -0 "$pid" 2>kill.log && [ $tries -lt 600 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	"$XTSCRYPT" info "$1" | grep -x 'state       whole' &&
		[ ! -e "$1.xtsjnl" ]
}

written() {
	"$XTSCRYPT" decrypt -f -k key -o opened "$1" &&
		e2fsck -fn opened &&
		debugfs -R 'cat /before' opened >got 2>debugfs.log &&
		cmp got folder/before &&
		debugfs -R 'cat /after' opened >got 2>debugfs.log &&
		cmp got root/programs/busybox
}

rm -rf "$work"
mkdir -p "$work" && cd "$work" || exit
printf '\0key\r\n' >key && chmod go= key
ok "images of ext4, encrypted" make_images
ok "the guest's programs" make_root
ok "Debian's kernel boots with them as disks, and the guest ends" boots
for how in tags no-tags; do
	ok "$how: the server closes the file" ends $how
	ok "$how: the tool finds what the guest wrote" written $how
done
rm -f stage.disk image opened root.cpio
tap_done
