# SPDX-License-Identifier: ISC
#
# Programs of others upon nbdkit's plugin: file systems, disk images, filters.
load ../lib/helper
load ../lib/nbdkit

page1=$srcdir/man/nbdkit-xtscrypt-plugin.1

# Where the kernel has FUSE and lets us use it; a container may not.
fuse() {
	[ -w /dev/fuse ] && python -c 'open("/dev/fuse", "r+b", 0)' 2>&-
}

teardown() {
	umount mnt 2>&- || fusermount3 -u mnt 2>&- || :
	fusermount3 -u image 2>&- || :
	[ -z "${server-}" ] || unserve KILL
}

# image SIZE: an ext4 of plain and some folders, as plain.
image() {
	mkdir -p folder/sub
	cp plain folder/sub/text
	seq 100000 >folder/numbers
	rm plain
	truncate -s "$1" plain
	mke2fs -q -b 4096 -d folder plain
}

# shown NAME: a file of the ext4 in opened.
shown() { debugfs -R "cat $1" opened 2>&-; }

opens_whole() {
	xtscrypt decrypt -k key -f -o opened sealed
	e2fsck -fn opened
}

@test "a file system is made, filled and checked behind nbdfuse" {
	fuse || return 0
	truncate -s 24M plain
	mkdir image
	for how in --no-integrity ''; do
		seal -f -k key $how
		nbdfuse -P fuse.pid image/disk \
		    [ nbdkit "$PLUGIN" sealed key-file=key ] 3>&- &
		await test -s fuse.pid
		seq 100000 >numbers
		mke2fs -q -b 4096 image/disk
		debugfs -w -R 'write numbers /numbers' image/disk
		e2fsck -fn image/disk
		debugfs -R 'cat /numbers' image/disk 2>&- | cmp - numbers
		fusermount3 -u image
		wait $!
		rm fuse.pid
		opens_whole
		shown /numbers | cmp - numbers
	done
}

@test "qemu-img copies in and out, and compares" {
	image 16M
	cp plain other
	dd if=/dev/urandom of=other bs=4096 count=50 seek=200 conv=notrunc \
	    status=none
	seal -k key
	nbd sealed key-file=key --run '
	    qemu-img compare -f raw -F raw plain "$uri"
	    qemu-img convert -n -f raw -O raw other "$uri"
	    qemu-img compare -f raw -F raw other "$uri"
	    qemu-img convert -f raw "$uri" -O qcow2 copy.qcow2' >said
	[ "$(grep -c identical said)" -eq 2 ]
	qemu-img compare copy.qcow2 other
	xtscrypt decrypt -k key -c sealed | cmp - other
}

@test "a qcow2 lives in it" {
	image 8M
	mv plain disk
	truncate -s 16M plain
	seal -k key --segment-size 16K
	nbd sealed key-file=key --run '
	    qemu-img create -q -f qcow2 "$uri" 8M &&
	    qemu-img convert -n -f raw disk -O qcow2 "$uri" &&
	    qemu-img check -f qcow2 "$uri" &&
	    qemu-img compare -f raw -F qcow2 disk "$uri"'
	xtscrypt decrypt -k key -o inside sealed
	qemu-img compare -f raw -F qcow2 disk inside
}

@test "with the filter cow the file stays as it is" {
	text 1000000 >plain
	seal -k key
	cp sealed before
	seq 9000000 | tail -c 1000000 >new
	nbd --filter=cow sealed key-file=key --run \
	    'nbdcopy new "$uri" && nbdcopy "$uri" - | cmp - new'
	cmp sealed before
}

# mbr FILE: a partition of 8 MiB at 1 MiB, by a table of the oldest kind.
mbr() {
	poke "$1" 446 '\0\0\0\0\x83\0\0\0\0\x08\0\0\0\x40\0\0'
	poke "$1" 510 '\x55\xaa'
}

@test "with the filter partition a file system in it is served" {
	image 8M
	mv plain part
	truncate -s 10M plain
	mbr plain
	dd if=part of=plain bs=1M seek=1 conv=notrunc status=none
	for how in --no-integrity --segment-size=4K; do
		seal -f -k key $how
		nbd --filter=partition sealed key-file=key partition=1 \
		    --run 'nbdcopy "$uri" out && qemu-io -f raw \
		    -c "write -P 90 4096000 9728" "$uri"'
		cmp out part
		head -c 9728 /dev/zero | tr '\0' Z | dd of=part bs=1 \
		    seek=4096000 conv=notrunc status=none
		xtscrypt decrypt -k key -f -o opened sealed
		cmp -i 1048576:0 -n 8388608 opened part
		cmp -n 1048576 opened plain
		dd if=plain of=part bs=1M skip=1 count=8 status=none
	done
}

@test "with the filter exportname it has a name, and a wrong one is refused" {
	seal -k key
	serve -r --filter=exportname sealed key-file=key exportname=disk \
	    exportname-strict=true
	name="nbd+unix:///disk?socket=$PWD/nbd.sock"
	nbdcopy "$name" - | cmp - plain
	run nbdcopy "${name/disk/other}" out
	[ "$status" -ne 0 ]
}

# nbdkit finds the plugin by its name, and the tool is there.
as_installed() {
	mkdir bin
	cat >bin/nbdkit <<-END
		#!/bin/bash
		exec $(command -v nbdkit) "\${@/%xtscrypt/$PLUGIN}"
	END
	chmod +x bin/nbdkit
	ln -s "$XTSCRYPT" bin
	PATH=$PWD/bin:$PATH
	cp key my.key
}

@test "the manual's examples: a copy out, and in" {
	as_installed
	text 1000000 >disk.img
	xtscrypt encrypt $cheap -q -k my.key disk.img
	mv disk.img first
	displays "$page1" 1 >script
	[ -s script ]
	head -n 2 script >out
	bash -eu out
	cmp disk.img first
	seq 9000000 | tail -c 1000000 >disk.img
	sed 1,2d script >in
	bash -eu in
	xtscrypt decrypt -k my.key -c disk.img.xts | cmp - disk.img
}

# mounts FILE: the commands there mount an image, as mnt, which is written to.
mounts() {
	fuse || return 0
	image 16M
	mv plain disk.img
	xtscrypt encrypt $cheap -q -k my.key disk.img
	bash -eu "$1" 3>&-
	cmp mnt/numbers folder/numbers
	echo changed >mnt/numbers
	fusermount3 -u mnt
	await fusermount3 -u image
	await xtscrypt verify -q -k my.key disk.img.xts
	mv disk.img.xts sealed
	opens_whole
	[ "$(shown /numbers)" = changed ]
}

@test "the manual's example mounts an image as a user" {
	as_installed
	displays "$page1" 2 >script
	grep -q '^fuse2fs ' script
	mounts script
}

@test "the README mounts an image as a user in three lines, as it was built" {
	cp key my.key
	mkdir nbdkit
	cp "$PLUGIN" nbdkit
	built='nbdkit ./nbdkit/nbdkit-xtscrypt-plugin.so'
	grep -F "\`$built\` in place of \`nbdkit xtscrypt\`" "$srcdir/README.md"
	grep -B 2 '^    fuse2fs ' "$srcdir/README.md" |
	    sed "s|^    ||; s|nbdkit xtscrypt|$built|" >script
	[ "$(wc -l <script)" -eq 3 ]
	mounts script
}

@test "the manual's example keeps nothing with the filter cow" {
	as_installed
	text 1000000 >disk.img
	xtscrypt encrypt $cheap -q -k my.key disk.img
	cp disk.img.xts before
	displays "$page1" 5 >script
	displays "$page1" 4 >end
	bash -eu script 3>&-
	nbdcopy -- plain "nbd+unix:///?socket=$PWD/disk.sock"
	bash -eu end
	await cmp disk.img.xts before
}

@test "the manual's example serves a partition" {
	as_installed
	image 8M
	truncate -s 10M disk.img
	mbr disk.img
	dd if=plain of=disk.img bs=1M seek=1 conv=notrunc status=none
	xtscrypt encrypt $cheap -q -k my.key disk.img
	displays "$page1" 6 >script
	displays "$page1" 4 >end
	bash -eu script 3>&-
	nbdcopy "nbd+unix:///?socket=$PWD/disk.sock" - | cmp - plain
	bash -eu end
}
