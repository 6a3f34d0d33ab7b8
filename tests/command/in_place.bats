# SPDX-License-Identifier: ISC
load ../lib/helper

# Three chunks, the last of them short.
image() { text $((2 * 8388608 + 70001)) >image; cp image original; }

convert() { xtscrypt encrypt $cheap --in-place -k key "$@" image; }

# Die at the Nth fsync.  By the third the journal has its name; a header has
# two; then each step has two, of the journal and of the data.
dies() {
	run faulty "fsync:$1:kill" "${@:2}"
	[ "$status" -eq 137 ]
}
dies_at() { dies "$1" encrypt $cheap --in-place -k key "${@:2}" image; }

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

@test "a crash anywhere can be resumed" {
	preloads
	for options in "" "-H header --no-integrity"; do
		header=${options//--*/}
		for n in {1..12}; do
			rm -f image* header*
			image
			run faulty "fsync:$n:kill" \
			    encrypt $cheap --in-place -k key $options image
			[ "$status" -eq 137 ] || [ $n -gt 10 ]
			rm -f .xtscrypt-*
			[ ! -e image.xtsjnl ] && [ ! -e header.xtsjnl ] ||
				xtscrypt resume -k key $header image
			cmp -s image original || {
				xtscrypt decrypt -k key $header -o opened image
				cmp opened original
				rm opened
				[ "${header:+-}" = "" ] || [ -e header ]
			}
			[ ! -e image.xtsjnl ] && [ ! -e header.xtsjnl ]
		done
	done
}

@test "a decryption that crashed can be resumed, its header lost or not" {
	preloads
	image
	convert -H header
	cp image sealed
	cp header saved
	for n in {3..11}; do
		cp sealed image
		cp saved header
		dies $n decrypt --in-place -k key -H header image
		rm -f .xtscrypt-*
		[ $((n % 2)) -eq 0 ] || rm header
		xtscrypt resume -k key -H header image
		cmp image original
		[ ! -e header ] && [ ! -e header.xtsjnl ]
	done
}

# refuses WAY HINT COMMAND...: with status 4, these two lines, nothing changed.
refuses() {
	local way=$1 hint=$2
	shift 2
	tar cf before image* header*
	run "$@"
	echo "$*: $status, $output"
	[ "$status" -eq 4 ]
	[[ ${lines[0]} == *": is being ${way}ed in place" ]]
	[ "${lines[1]#*: hint: }" = "\"xtscrypt resume $hint\" continues" ]
	tar df before
	[ ! -e new ]
}

# What each command is given, of a header H, beside data FILE.
everything="encrypt $cheap --in-place -k key H FILE
decrypt -k key H -o new FILE
decrypt --in-place -k key H FILE
verify -k key H FILE
key export -k key H -o new FILE"
of_header="key list HEADER
key add -k key --new-key-file pass HEADER
key remove -k key --slot 0 HEADER
key change -k key --new-key-file pass HEADER
header save HEADER new
header restore -k key HEADER backup"

@test "until it is resumed, every other command refuses and says how" {
	preloads
	native "these are many commands"
	image
	xtscrypt encrypt $cheap -k key -o other plain
	xtscrypt header save other backup
	for kind in "encrypt image" "encrypt header" "decrypt image" \
	    "decrypt header"; do
		read -r way holder <<<"$kind"
		apart=
		[ $holder = image ] || apart="-H header"
		rm -f image* header*
		cp original image
		[ $way = encrypt ] || convert $apart
		: >header.none
		cost=$cheap
		[ $way = encrypt ] || cost=
		dies 6 $way $cost --in-place -k key $apart image
		rm -f .xtscrypt-*
		while read -r command; do
			command=${command/ H / $apart }
			refuses $way "${apart:+$apart }image" \
			    xtscrypt ${command/FILE/image}
		done <<<"$everything"
		hint=image
		[ $holder = image ] || hint="-H header FILE"
		while read -r command; do
			refuses $way "$hint" \
			    xtscrypt ${command/HEADER/$holder}
		done <<<"$of_header"
		refuses $way "$hint" \
		    xtscrypt encrypt $cheap -f -k key -o $holder plain
		[ $holder != image ] || refuses $way image \
		    xtscrypt encrypt $cheap -k key -o new image
		xtscrypt resume -k key $apart image
		[ $way = decrypt ] || xtscrypt verify -q -k key $apart image
	done
	refused 1 "image: nothing to resume" xtscrypt resume -k key image
	[[ ${lines[1]} == *": if its header is in a file of its own, name that \
with -H" ]]
	refused 1 "image: nothing to resume" xtscrypt resume -k key -H x image
	[[ ${lines[1]} == *": neither x nor a journal beside it is there" ]]
}

@test "beside what has the journal's name and is none nothing is done" {
	preloads
	native "these are many commands"
	image
	text 20000 >whole
	xtscrypt encrypt $cheap -k key -o sealed whole
	xtscrypt header save sealed backup
	dies_at 6
	rm -f .xtscrypt-*
	cp image.xtsjnl good
	for file in image whole sealed; do
		journal=$file.xtsjnl
		cp $file before
		for bad in "cp good $journal && flip $journal 3" \
		    "cp good $journal && truncate -s 12288 $journal &&
		    dd if=/dev/zero of=$journal bs=4096 count=3 conv=notrunc" \
		    "truncate -s 0 $journal" "cp plain $journal" \
		    "ln -s good $journal" "mkfifo $journal"; do
			rm -f $journal
			eval "$bad"
			while read -r command; do
				command=${command/ H / }
				command=${command/FILE/$file}
				refused 4 "$journal: has the name of the jour" \
				    xtscrypt ${command/HEADER/$file}
				cmp $file before
				[ ! -e new ]
			done <<<"$everything
$of_header
encrypt -k key -o new FILE
encrypt -f -k key -o FILE plain
info FILE"
			run xtscrypt resume -k key $file
			[ $status -eq 4 ]
			[[ $output == "xtscrypt: $journal: "* ]]
			cmp $file before
		done
		rm $journal
	done
	cp good image.xtsjnl
	xtscrypt resume -k key image
	xtscrypt verify -q -k key image
}

@test "info shows which way and how far, without a secret" {
	preloads
	image
	dies_at 5
	xtscrypt info image | grep -x \
	    "state       being encrypted in place: 33 % done"
	# With integrity there is no mapping, then or later.
	run ! grep ^mapping <(xtscrypt info image)
	xtscrypt info --json image | python -c 'import json, sys
c = json.load(sys.stdin)
assert c["conversion"] == {"to": "encrypted", "percent": 33}, c'
	xtscrypt resume -q -k key image
	dies 6 decrypt --in-place -k key image
	xtscrypt info image | grep "being decrypted in place"
	xtscrypt resume -q -k key image
	dies_at 5 --no-integrity -H header
	xtscrypt info -H header image | grep -x \
	    "mapping     none until the conversion is done"
}

@test "what was not begun can be undone, and nothing else" {
	preloads
	image
	dies_at 3
	xtscrypt resume -k key --undo image
	cmp image original
	dies_at 7 -H header
	refused 1 "cannot be left as it was" \
	    xtscrypt resume -k key --undo -H header image
	xtscrypt resume -k key -H header image
	dies 3 decrypt --in-place -k key -H header image
	rm -f .xtscrypt-*
	xtscrypt resume -k key --undo -H header image
	xtscrypt verify -q -k key -H header image
}

@test "a name that has to be quoted is not put into a command" {
	preloads
	image
	for name in "a image" '$(x)'; do
		cp original "$name"
		run faulty fsync:3:kill encrypt $cheap --in-place -k key -H \
		    "h $name" "$name"
		[ "$status" -eq 137 ]
		refused 4 "$name: is being encrypted in place" \
		    xtscrypt decrypt -k key -H "h $name" -c "$name"
		[[ ${lines[1]} == *"\"xtscrypt resume -H HEADER FILE\" con"* ]]
		xtscrypt resume -q --undo -k key -H "h $name" "$name"
		cmp "$name" original
	done
}

@test "a signal stops it at a chunk, and the message says how to continue" {
	preloads
	image
	XTSCRYPT_FAULT=fsync:5:slow LD_PRELOAD=$builddir/tests/lib/preload.so \
	    background "$XTSCRYPT" encrypt $cheap --in-place -k key image
	await [ -e image.xtsjnl ]
	sleep 1
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 130 ]
	grep -Fx "xtscrypt: image: stopped; nothing is lost" err
	grep -Fx 'xtscrypt: hint: "xtscrypt resume image" continues' err
	xtscrypt info image | grep "33 % done"
	xtscrypt resume -k key image
	xtscrypt decrypt --in-place -k key image
	cmp image original
}

@test "a second signal ends it at once, and nothing is lost" {
	preloads
	image
	XTSCRYPT_FAULT=fsync:5:slow XTSCRYPT_FAULT_REPORT=slow \
	    LD_PRELOAD=$builddir/tests/lib/preload.so \
	    background "$XTSCRYPT" encrypt $cheap --in-place -k key image
	await [ -e slow ]
	kill -INT "$pid"
	kill -INT "$pid"
	sleep 0.6
	kill -0 "$pid"
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
	[[ $(<err) != *stopped* ]]
	xtscrypt resume -k key image
	xtscrypt decrypt --in-place -k key image
	cmp image original
}

@test "on a terminal the first signal is answered before the step ends" {
	preloads
	image
	run -143 pty 'expect fsync' 'send \x03' \
	    'expect image: stopping after the current step; a second' \
	    'sleep 0.6' 'signal TERM' exit -- env XTSCRYPT_FAULT=fsync:7:slow \
	    XTSCRYPT_FAULT_REPORT=/dev/tty \
	    LD_PRELOAD="$builddir/tests/lib/preload.so" "$XTSCRYPT" encrypt \
	    $cheap --in-place -k key image
	[[ $output != *stopped* ]]
	run -0 pty 'expect image: resumes at 50 %' exit -- "$XTSCRYPT" resume \
	    -k key image
	xtscrypt decrypt --in-place -k key image
	cmp image original
}

@test "a key that is added while all is verified is not lost" {
	preloads
	text 300000 >plain
	xtscrypt encrypt $cheap -k key -H header -o image plain
	cp image before
	XTSCRYPT_FAULT=pread@image@200000-200001:1:slow \
	    XTSCRYPT_FAULT_REPORT=slow \
	    LD_PRELOAD=$builddir/tests/lib/preload.so \
	    background "$XTSCRYPT" decrypt --in-place -k key -H header image
	await [ -e slow ]
	xtscrypt key add $cheap -k key --new-key-file pass header
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 1 ]
	grep -Fx 'xtscrypt: header: was replaced or renamed meanwhile' err
	cmp image before
	xtscrypt verify -q -k pass -H header image
}

@test "a file that is moved meanwhile is converted, and its name is not" {
	preloads
	image
	cp image other
	XTSCRYPT_FAULT=fsync:5:slow XTSCRYPT_FAULT_REPORT=slow \
	    LD_PRELOAD=$builddir/tests/lib/preload.so \
	    background "$XTSCRYPT" encrypt $cheap --in-place -k key image
	await [ -e slow ]
	mv image moved
	mv other image
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 1 ]
	grep -Fx 'xtscrypt: image: was replaced or renamed meanwhile' err
	cmp image original
	[ ! -e image.xtsjnl ]
	xtscrypt decrypt -k key -c moved | cmp - original
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

@test "a journal that is lost, foreign or of another moment is refused" {
	preloads
	image
	dies_at 7 -H header
	mv header.xtsjnl away
	refused 4 "its journal is missing" \
	    xtscrypt resume -k key -H header image
	refused 4 "its journal is missing" \
	    xtscrypt decrypt -k key -H header -o new image
	cp original other
	run faulty "fsync:7:kill" encrypt $cheap --in-place -k key -H second \
	    other
	cp second.xtsjnl header.xtsjnl
	refused 4 "header.xtsjnl: is the journal of another file than image" \
	    xtscrypt resume -k key -H header image
	mv away header.xtsjnl
	cp image before
	poke image 3 x
	poke image 8388610 x
	poke image 16777217 x
	refused 4 "image: data, header and journal are of different moments" \
	    xtscrypt resume -k key -H header image
	[[ ${lines[1]} == *": nothing was written; put back the three of"* ]]
	cp before image
	flip header.xtsjnl 100
	refused 4 "the journal is damaged" \
	    xtscrypt resume -k key -H header image
	flip header.xtsjnl 100
	xtscrypt resume -k key -H header image
	xtscrypt verify -q -k key -H header image
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

@test "a file on a file system without locks is left alone" {
	preloads
	image
	# ENOLCK, EOPNOTSUPP: another program could not be detected.
	for error in 37 95; do
		refused 1 "image: its file system has no locks" \
		    faulty flock:1+:$error,ofd_setlk:1+:$error \
		    encrypt $cheap --in-place -k key image
		[ "${#lines[@]}" -eq 1 ]
	done
	cmp image original
}

@test "a file that others have is left alone" {
	image
	ln image second
	refused 1 "image: has other names (hard links)" convert
	rm second
	exec 7<image
	flock 7
	refused 1 "image: in use by another program" convert
	exec 7>&-
	python -c '
import fcntl, struct, subprocess, sys
f = open("image", "r+b")
fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
sys.exit(subprocess.call(sys.argv[1:]) != 1)' "$XTSCRYPT" encrypt $cheap \
	    --in-place -k key image
	cmp image original
	attach image
	refused 1 "image: in use: loop device $device" convert
	cmp image original
}

@test "a header or a journal that others have is left alone" {
	preloads
	image
	convert -H header
	cp image before
	exec 7<header
	flock 7
	refused 1 "header: in use by another program" \
	    xtscrypt decrypt --in-place -k key -H header image
	exec 7>&-
	cmp image before
	[ ! -e header.xtsjnl ]
	dies 6 decrypt --in-place -k key -H header image
	cp image before
	for file in header header.xtsjnl; do
		exec 7<$file
		flock 7
		refused 1 "$file: in use by another program" \
		    xtscrypt resume -k key -H header image
		exec 7>&-
		cmp image before
	done
	xtscrypt resume -k key -H header image
	cmp image original
	# The data itself is neither.
	for command in "encrypt $cheap" decrypt; do
		run xtscrypt $command --in-place -k key -H image image
		[[ $status -ne 0 && ${#lines[@]} -le 2 ]]
		cmp image original
	done
	[ "$(here)" = "bad before image key original pass plain" ]
}

@test "a loop device is found whatever the name of its file" {
	name=$'an image\nof two lines'
	image
	mv image "$name"
	attach "$name"
	refused 1 "in use: loop device $device" \
	    xtscrypt encrypt $cheap --in-place -k key "$name"
	cmp "$name" original
}

@test "a mounted image is left alone, and the message names the place" {
	truncate -s 32M image
	mke2fs -q image
	cp image original
	mkdir -p "mounted/a place"
	attach image
	mount_on "mounted/a place" -o ro
	run convert
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "xtscrypt: image: in use: loop device $device, \
mounted on $PWD/mounted/a place" ]
	cmp image original
	[ ! -e image.xtsjnl ]
}

@test "a device that is mounted is left alone, also by resume" {
	preloads
	truncate -s 32M disk
	mke2fs -q disk
	mkdir mounted
	attach disk
	mount_on mounted
	for command in "encrypt --in-place --no-integrity -k key -H header" \
	    "resume -k key -H header"; do
		run xtscrypt $command "$device"
		echo "$command: $output"
		[[ $status -eq 1 && ${#lines[@]} -eq 2 && ${lines[0]} == \
"xtscrypt: $device: in use: mounted on $PWD/mounted" ]]
	done
	[ ! -e header ]
}

# meanwhile FSYNC HEADER COMMAND...: start a conversion that waits at this
# fsync; HEADER is -H and a name, or nothing.
meanwhile() {
	rm -f slow
	XTSCRYPT_FAULT=fsync:$1:slow XTSCRYPT_FAULT_REPORT=slow \
	    LD_PRELOAD=$builddir/tests/lib/preload.so background \
	    "$XTSCRYPT" "${@:3}" --in-place -k key $2 image
	await [ -e slow ]
	size=$(stat -c %s image)
}

# size_matters HOW HEADER WHAT: it ends and reports that the file became longer
# or shorter, and what helps; resume does the same, and writes nothing.
size_matters() {
	local status=0 sizes hint
	wait "$pid" || status=$?
	[ "$status" -eq 1 ]
	sizes="it has $(stat -c %s image) bytes in place of $size"
	hint="hint: when $3, \"xtscrypt resume ${2:+$2 }image\" continues"
	grep "image: became $1 while it was read: $sizes\$" err
	grep -F "$hint" err
	[ "$(grep -vc 'its only header is in' err)" -eq 2 ]
	cp image before
	refused 4 "data, header and journal are of different moments: $sizes" \
	    xtscrypt resume -k key $2 image
	[[ ${lines[1]} == *"$hint" ]]
	cmp image before
}

@test "a file that became longer meanwhile is converted when it is as it was" {
	preloads
	image
	meanwhile 5 "" encrypt $cheap
	printf x >>image
	size_matters longer "" "what was added is cut off"
	truncate -s -1 image
	xtscrypt resume -k key image
	xtscrypt decrypt --in-place -k key image
	cmp image original
	# After the last step, too.
	meanwhile 11 "-H header" encrypt $cheap --no-integrity
	printf x >>image
	size_matters longer "-H header" "what was added is cut off"
	truncate -s -1 image
	xtscrypt resume -k key -H header image
	xtscrypt decrypt -k key -H header -c image | cmp - original
}

# loses_end HEADER: its end is cut off meanwhile, and comes back.
loses_end() {
	tail -c 5000000 image >end
	truncate -s -5000000 image
	size_matters shorter "$1" "its end is put back from a copy"
	cat end >>image
	xtscrypt resume -k key $1 image
}

@test "a file that is cut meanwhile is converted when its end is back" {
	preloads
	image
	meanwhile 7 "" encrypt $cheap
	loses_end ""
	xtscrypt decrypt -k key -c image | cmp - original
	xtscrypt encrypt $cheap -f -k key -H header -o image original
	meanwhile 7 "-H header" decrypt
	loses_end "-H header"
	cmp image original
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
	refused 2 "leave out --offset and --length" \
	    xtscrypt encrypt --in-place --length 5 image
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

@test "where sectors are trusted, the journal is small; a crash is resumed" {
	preloads
	image
	bare="--no-integrity --trust-sectors -H header"
	for n in {4..11}; do
		rm -f image* header*
		image
		run faulty "fsync:$n:kill" \
		    encrypt $cheap --in-place -k key $bare image
		[ "$status" -eq 137 ] || [ $n -gt 10 ]
		rm -f .xtscrypt-*
		[ ! -e header.xtsjnl ] || {
			[ "$(stat -c %s header.xtsjnl)" -eq 552960 ]
			xtscrypt resume -k key -H header image
		}
		cmp -s image original ||
			xtscrypt decrypt -k key -H header -c image |
			    cmp - original
		[ ! -e header.xtsjnl ]
	done
	cp image sealed
	cp header saved
	for n in {4..9}; do
		cp sealed image
		cp saved header
		dies $n decrypt --in-place --trust-sectors -k key -H header \
		    image
		rm -f .xtscrypt-*
		xtscrypt resume -k key -H header image
		cmp image original
		[ ! -e header ] && [ ! -e header.xtsjnl ]
	done
}

# As it was: the sector, in bytes or for all of it, of the second chunk.
old() {
	dd if=original of=image bs=1 skip=$((8388608 + $1)) \
	    seek=$((8388608 + $1)) count=${2-512} conv=notrunc status=none
}

@test "a torn sector is named and nothing is written; a copy of it mends that" {
	preloads
	text $((8388608 + 70001)) >image
	cp image original
	dies_at 9 --no-integrity --trust-sectors -H header
	for sector in 0 512 6144 69120; do
		old $sector
	done
	reference recover --key-file key --detached header image recovered
	cmp recovered original
	old 2048 200
	cp image before
	cp header.xtsjnl journal
	refused 5 "image: torn sector at 8390656" \
	    xtscrypt resume -k key -H header image
	[[ $output == *"hint: put these bytes there from a copy"* ]]
	run -5 reference recover --key-file key --detached header image \
	    recovered
	cmp image before
	cmp header.xtsjnl journal
	old 2048
	xtscrypt resume -k key -H header image
	xtscrypt decrypt -k key -H header -c image | cmp - original
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
