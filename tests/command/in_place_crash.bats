# SPDX-License-Identifier: ISC
#
# A conversion in place that ends early, and what becomes of the file.
load ../lib/helper
load ../lib/in_place

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
	held fsync:5 encrypt $cheap --in-place -k key image
	kill -INT "$pid"
	rm held
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
	held fsync:5 encrypt $cheap --in-place -k key image
	# Two at once count as one: so timeout and shells send them.
	kill -INT "$pid" "$pid"
	sleep 2
	kill -TERM "$pid"
	await gone
	[ -e held ]
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
	    'sleep 0.6' 'signal TERM' exit -- env XTSCRYPT_FAULT=fsync:7:held \
	    XTSCRYPT_FAULT_REPORT=/dev/tty \
	    LD_PRELOAD="$builddir/tests/lib/preload.so" "$XTSCRYPT" encrypt \
	    $cheap --in-place -k key image
	[[ $output != *stopped* ]]
	run -0 pty 'expect image: resumes at 50 %' exit -- "$XTSCRYPT" resume \
	    -k key image
	xtscrypt decrypt --in-place -k key image
	cmp image original
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
