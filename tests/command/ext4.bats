# SPDX-License-Identifier: ISC
load ../lib/helper

# A folder of files of all kinds, and an ext4 image of it.
image() {
	mkdir folder folder/sub
	for length in 0 1 4095 4096 100000 3000000; do
		text $length >folder/$length
	done
	ln -s ../4096 folder/sub/link
	ln folder/4095 folder/sub/hard
	truncate -s 24M image
	mke2fs -q -t ext4 -d folder image
	cp image before
}

# The image opened is whole, and holds the folder.
same() {
	cmp image before
	e2fsck -fn image
	mkdir copy
	debugfs -R 'rdump / copy' image
	rmdir copy/lost+found
	diff -r --no-dereference folder copy
}

@test "an ext4 image is encrypted, decrypted, checked and compared" {
	image
	run -0 xtscrypt encrypt $cheap -k key image
	rm image
	run -0 xtscrypt verify -k key image.xts
	run -0 xtscrypt decrypt -k key image.xts
	same
}

@test "an ext4 image without integrity, in units of 4096 bytes" {
	image
	run -0 xtscrypt encrypt $cheap -s 4096 --no-integrity --span-shift 22 \
	    -k key image
	rm image
	run -0 xtscrypt decrypt -k key image.xts
	same
}
