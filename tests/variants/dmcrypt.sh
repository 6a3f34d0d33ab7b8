#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-dmcrypt": others read and write what xtscrypt encrypted
# without integrity.  Debian's kernel runs in qemu, with programs of this
# machine; there dmcrypt_guest.sh has dm-crypt map each file, by the command
# that info prints and by the table and keyring of the manual, and writes to the
# ext4 in it.  What that left is decrypted here.  What dm-crypt or swap has is
# not converted in place.  A LUKS header that cryptsetup made there, for a key
# that key export wrote, lets qemu and nbdkit read the data, too.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"
: "${XTSCRYPT:=$builddir/xtscrypt}"
export PATH="$PATH:/usr/sbin:/sbin" LC_ALL=C XTSCRYPT_PASSPHRASE=secret
srcdir=$(cd "$srcdir" && pwd)
# shellcheck source=tests/lib/guest.sh
. "$srcdir/tests/lib/guest.sh"
work=$builddir/variants/dmcrypt

# Files, by the bytes of a unit, the place of the header, the spans.
files=$(for unit in 512 4096; do for where in attached detached; do
	for spans in one many; do echo "$unit-$where-$spans"; done; done; done)

# header FILE: the option for a header of its own.
header() {
	[ ! -e "stage/$1.hdr" ] || echo "-H stage/$1.hdr"
}

# 12 MiB: six of the spans of the files that have many.
make_image() {
	mkdir folder && seq 300000 >folder/before &&
		truncate -s 12M stage/image &&
		mke2fs -q -b 4096 -d folder stage/image
}

encrypts() {
	set -- "$1" --no-integrity -s "${1%%-*}" --kdf-passes 1 --kdf-memory 8M
	case $1 in *-many) set -- "$@" --span-shift 21 ;; esac
	case $1 in *-detached-*) set -- "$@" -H "stage/$1.hdr" ;; esac
	file=$1
	shift
	"$XTSCRYPT" encrypt "$@" -o "stage/$file" stage/image
}

make_root() {
	guest_root "$srcdir/tests/variants/dmcrypt_guest.sh" "$XTSCRYPT" \
	    cryptsetup dmsetup keyctl losetup
}

# The folder stage as a disk; what is on it in the end comes back as after.
boots() {
	# shellcheck disable=SC2046 # words
	mke2fs -q -d stage disk 256M && guest_boot $(guest_disk disk)
	e2fsck -fn disk && mkdir after && debugfs -R 'rdump / after' disk &&
		grep -x 'guest: done' after/log
}

# guest TEST: what the guest says of it.
guest() {
	sed -n "/^== $1\$/,/^== /p" after/log
	grep -x "guest: $1: good" after/log
}

decrypts() {
	# shellcheck disable=SC2046 # none, or two words
	"$XTSCRYPT" decrypt $(header "$1") -f -o opened "after/$1" &&
		e2fsck -fn opened || return
	for name in before command keyring; do
		debugfs -R "cat /$name" opened >got 2>debugfs.log &&
			cmp got "after/written/$name" || return
	done
}

luks=driver=luks,key-secret=pass,file.filename=after/luks
secret=secret,id=pass,file=pass

qemu_reads() {
	qemu-img convert --object $secret --image-opts $luks -O raw theirs &&
		cmp theirs opened
}

nbdkit_reads() {
	# shellcheck disable=SC2016 # nbdkit's shell expands it
	nbdkit -r -U - file after/luks --filter=luks passphrase=+pass \
	    --run 'qemu-img convert -f raw "$uri" -O raw theirs2' &&
		cmp theirs2 opened
}

# The same bytes in both, at a place that is no multiple of a span or a page.
qemu_writes() {
	qemu-io --object $secret --image-opts $luks \
	    -c 'write -P 90 3000320 9728' &&
		tail -c 12582912 after/luks >payload &&
		"$XTSCRYPT" decrypt -H stage/512-detached-one.hdr -o written \
		    payload || return
	head -c 9728 /dev/zero | tr '\0' Z |
		dd of=opened bs=512 seek=5860 conv=notrunc && cmp written opened
}

rm -rf "$work"
mkdir -p "$work/stage/written" && cd "$work" || exit
printf secret >pass
cp pass stage
ok "an image of ext4" make_image
for file in $files; do
	ok "xtscrypt encrypts it: $file" encrypts "$file"
done
ok "the guest's programs" make_root
ok "Debian's kernel boots, and the guest ends" boots
for file in $files; do
	ok "$file: mapped by the command of info" guest "$file command"
	ok "$file: mapped by keys in the keyring" guest "$file keyring"
	ok "$file: xtscrypt decrypts what was written there" decrypts "$file"
done
ok "a span is mapped by its own table" guest span
ok "without the keys nothing is mapped" guest failed
ok "what is mapped is not converted; it is said who has it" guest mapped
ok "nor is swap space" guest swap
ok "cryptsetup makes a LUKS header for the key" guest luks
ok "and xtscrypt's header still opens it" decrypts 512-detached-one
ok "qemu reads the data behind it" qemu_reads
ok "nbdkit reads the data behind it" nbdkit_reads
ok "xtscrypt decrypts what qemu wrote" qemu_writes
rm -f disk root.cpio
tap_done
