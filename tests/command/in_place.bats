# SPDX-License-Identifier: ISC
#
# encrypt and decrypt --in-place, and what they refuse at the start.
load ../lib/helper
load ../lib/in_place

@test "a file is encrypted where it lies, and decrypted again" {
	native "these are many conversions"
	image
	chmod 640 image
	before=$(stat -c '%i %a %u' image)
	for options in "" "--no-integrity" "-s 4096 --segment-size 4K" \
	    "-H header" "-H header --no-integrity" "--span-shift 20"; do
		header=$(grep -o -- "-H header" <<<"$options") || :
		convert $options
		xtscrypt decrypt -k key $header -o opened image
		cmp opened original
		xtscrypt decrypt --in-place -k key $header image
		cmp image original
		[ "$(stat -c '%i %a %u' image)" = "$before" ]
		rm opened
		[ "$(here)" = "bad image key original pass plain" ]
	done
}

@test "what encrypt wrote can be decrypted in place, and the other way round" {
	native "these are many conversions"
	image
	for options in "" "-H header" "--no-integrity -H header"; do
		header=${options//--no-integrity/}
		xtscrypt encrypt $cheap -f -k key $options -o image original
		xtscrypt decrypt --in-place -k key $header image
		cmp image original
	done
	xtscrypt encrypt $cheap -k key -o image -f - <original
	xtscrypt decrypt --in-place -k key image
	cmp image original
}

@test "no plaintext is in the journal or in the header" {
	preloads
	image
	marker=$(head -c 8400000 image | tail -c 40 | tr '\n' ' ')
	for n in {4..11}; do
		cp original image
		rm -f header*
		dies_at $n -H header || :
		for file in header header.xtsjnl; do
			[ ! -e $file ] || ! tr '\n' ' ' <$file |
			    grep -aqF "$marker"
		done
	done
}

@test "a wrong secret changes nothing" {
	preloads
	image
	dies_at 5
	cp image before
	cp image.xtsjnl journal
	refused 3 "wrong" xtscrypt resume -k bad image
	cmp image before
	cmp image.xtsjnl journal
	xtscrypt resume -k key image
}

@test "damage is found before anything is changed; later, zeros replace it" {
	preloads
	image
	convert
	cp image good
	flip image 9000000
	cp image before
	run -5 xtscrypt decrypt --in-place -k key image
	[[ $output == *"nothing was changed"* ]]
	cmp image before
	cp good image
	dies 6 decrypt --in-place -k key image
	flip image 9000000
	run -5 xtscrypt resume -k key image
	[[ $output == *"resume image"*"--keep-going"* ]]
	run -5 xtscrypt resume --keep-going -k key image
	[ "$(cmp -l image original | wc -l)" -gt 60000 ]
	[ "$(stat -c %s image)" = "$(stat -c %s original)" ]
	[ "$(cmp -l image original | awk '$2 != 0' | wc -l)" -eq 0 ]
}

@test "holes become data, and that is said" {
	truncate -s 1M image
	printf end >>image
	cp image original
	run -0 convert
	[[ $output == *"image: has holes, which become data"* ]]
	[ $(($(stat -c %b image) * 512)) -ge 1048576 ]
	xtscrypt decrypt --in-place -k key image
	cmp image original
}

@test "what is immutable, or cannot be made durable, is refused at the start" {
	preloads
	image
	for n in 1 2; do
		run -1 faulty fsync:$n:22 \
		    encrypt $cheap --in-place -k key image
		[[ $output == *"cannot make a journal durable" ]]
		cmp image original
	done
	[ "$(here)" = "bad image key original pass plain" ]
	for flag in i a; do
		chattr +$flag image 2>&- || skip "no immutable files here"
		run xtscrypt encrypt --in-place -k key image
		chattr -$flag image
		[[ $status -eq 1 && $output == "xtscrypt: image: "* ]]
	done
	cmp image original
	# The header's journal would be the file itself.
	mv image header.xtsjnl
	run xtscrypt encrypt --in-place -k key -H header header.xtsjnl
	[ "$status" -ne 0 ]
	cmp header.xtsjnl original
}

@test "what cannot be converted is refused before a secret is asked for" {
	image
	text 15 >short
	mkfifo fifo
	ln -s image link
	refused 1 "short: cannot be converted in place" \
	    xtscrypt encrypt --in-place short
	refused 1 "fifo: is neither a regular file nor" \
	    xtscrypt encrypt --in-place fifo
	for file in - /dev/fd/0; do
		refused 2 "--in-place needs the name of a file" \
		    xtscrypt encrypt --in-place $file
	done
	refused 2 "leave out -o and -c" \
	    xtscrypt encrypt --in-place -o new image
	refused 2 "--in-place and --rm" xtscrypt decrypt --in-place --rm image
	for command in encrypt decrypt; do
		refused 2 "leave out --offset and --length" \
		    xtscrypt $command --in-place --length 5 image
	done
	refused 1 "segments of more than 64 KiB" \
	    xtscrypt encrypt --in-place --segment-size 1M image
	refused 1 "pass: already exists, and is not overwritten" \
	    xtscrypt encrypt --in-place -k key -H pass image
	xtscrypt encrypt $cheap --in-place -k key link
	[ -L link ]
	refused 1 "image: is encrypted already" \
	    xtscrypt encrypt --in-place -k key image
	xtscrypt encrypt $cheap --in-place -f -k key -H header image
	xtscrypt decrypt --in-place -k key -H header image
	xtscrypt decrypt --in-place -k key image
	cmp image original
}

@test "a device is converted without tags, its header in a file" {
	text 8388608 >disk
	cp disk original
	attach disk
	refused 1 "$device: is a device" \
	    xtscrypt encrypt $cheap --in-place -k key "$device"
	refused 1 "$device: is a device" \
	    xtscrypt encrypt $cheap --in-place -k key -H header "$device"
	xtscrypt encrypt $cheap --in-place --no-integrity -k key -H header \
	    "$device"
	xtscrypt decrypt -k key -H header -o opened "$device"
	cmp opened original
	[ "$(stat -c %s disk)" -eq 8388608 ]
	xtscrypt decrypt --in-place -k key -H header "$device"
	cmp "$device" original
	[ ! -e header ]
}

@test "what has tags, or a header in front, stays encrypted on a device" {
	text 5000000 >plain
	for how in "" "-H header" --no-integrity; do
		apart=${how#--no-integrity}
		rm -f header
		xtscrypt encrypt $cheap $how -k key -o disk -f plain
		truncate -s %512 disk
		cp disk sealed
		attach disk
		refused 1 "$device: is a device: what has tags, or a header" \
		    xtscrypt decrypt --in-place -k key $apart "$device"
		cmp "$device" sealed
		[ ! -e "$device.xtsjnl" ]
		detach
	done
}

@test "sectors are trusted only where no data moves" {
	image
	start="xtscrypt encrypt $cheap -k key"
	refused 2 "--trust-sectors is for --in-place" \
	    $start --trust-sectors --no-integrity -H header image
	refused 2 "--trust-sectors is for --in-place" \
	    xtscrypt decrypt --trust-sectors -k key image
	refused 2 "--trust-sectors needs -H HEADER" \
	    $start --in-place --no-integrity --trust-sectors image
	refused 2 "--trust-sectors needs --no-integrity" \
	    $start --in-place --trust-sectors -H header image
	refused 2 "--trust-sectors needs -H HEADER" \
	    xtscrypt decrypt --in-place --trust-sectors -k key image
	convert -H header
	refused 1 "image: has tags, or its header in front" xtscrypt decrypt \
	    --in-place --trust-sectors -k key -H header image
	[ ! -e header.xtsjnl ]
	xtscrypt decrypt -q --in-place -k key -H header image
	cmp image original
}

@test "where no header can be made nothing is changed, and nothing stays" {
	preloads
	image
	for fault in \
	    renameat2@header:1:22,linkat@header:1:22,renameat@header:1:22 \
	    fsync:4:5 fsync:5:5; do
		run -1 faulty $fault encrypt $cheap --in-place -k key \
		    -H header image
		[[ ${lines[0]} == "xtscrypt: header: "* ]]
		[[ $output != *resume* ]]
		cmp image original
		[ "$(here)" = "bad image key original pass plain" ]
	done
}

@test "without room nothing is changed, and a hint says how much it takes" {
	preloads
	image
	# ENOSPC
	for fault in pwrite@.xtscrypt-*:1+:28 fallocate@image:1:28; do
		run -1 faulty $fault encrypt $cheap --in-place -k key image
		[[ $output == *": No space left on device"*"hint: nothing was \
changed; room is needed: 16.0 MiB beside the header for the journal (-H says \
where), and 12.1 KiB behind the data" ]]
		cmp image original
	done
	run bash -c 'ulimit -f 16000; trap "" XFSZ; exec "$0" "$@"' \
	    "$XTSCRYPT" encrypt $cheap --in-place -k key image
	[ "$status" -eq 1 ]
	cmp image original
	[ "$(here)" = "bad image key original pass plain" ]
}

@test "a sparse file that takes too much room keeps its holes" {
	truncate -s 40M disk
	mke2fs -q -F -t ext4 -O ^has_journal disk
	mkdir full
	attach disk
	mount_on full
	# In 16 MiB and more is room for a journal, but not for the holes too.
	truncate -s 30M full/image
	printf end >>full/image
	cp --sparse=always full/image original
	before=$(stat -c %b full/image)
	for how in "" "-H full/header" "-H full/header --no-integrity" \
	    "-H header --no-integrity"; do
		if [[ $how = "-H header"* ]]; then
			# Refused as it is, if this folder is in memory.
			[ "$(stat -f -c %T .)" != tmpfs ] || return 0
			text 12000000 >full/more
		fi
		run -1 xtscrypt encrypt $cheap --in-place -k key $how full/image
		[[ $output == *": No space left on device"*"hint: nothing was \
changed"*"30.0 MiB behind the data and in its holes" ]]
		cmp full/image original
		[ "$(stat -c %b full/image)" = "$before" ]
		[ "$(cd full && echo *)" = "image lost+found" ] ||
			[ "$(cd full && echo *)" = "image lost+found more" ]
	done
	rm full/more
	run -0 xtscrypt encrypt $cheap --in-place --no-integrity -k key \
	    -H header full/image
	xtscrypt decrypt -k key -H header -o opened full/image
	cmp opened original
}

teardown() {
	detach
	[ -z "${memory-}" ] || rm -r "$memory"
}

@test "header and journal are not in memory, where the data is on a disk" {
	[ "$(stat -f -c %T /dev/shm)" = tmpfs ] &&
		[ "$(stat -f -c %T .)" != tmpfs ] || skip "not two such disks"
	memory=$(mktemp -d /dev/shm/in_place-XXXXXX)
	image
	run -1 convert --no-integrity -H "$memory/header"
	[ "$output" = "xtscrypt: $memory/header.xtsjnl: the file system cannot \
make a journal durable" ]
	cmp image original
	[ ! -e "$memory/header" ]
	convert --no-integrity -H header
	cp image encrypted
	cp header "$memory/header"
	run -1 xtscrypt decrypt --in-place -k key -H "$memory/header" image
	cmp image encrypted
	cmp header "$memory/header"
	# Where all is in memory, it is lost together.
	cp original "$memory/image"
	cd "$memory"
	xtscrypt encrypt $cheap --in-place -k "$OLDPWD/key" -H new image
	xtscrypt verify -q -k "$OLDPWD/key" -H new image
}
