# SPDX-License-Identifier: ISC
load ../lib/helper

@test "encrypt adds .xts, says nothing and keeps the source" {
	cp plain before
	run -0 xtscrypt encrypt $cheap -k key plain
	[ -z "$output" ]
	[ "$(here)" = "bad before key pass plain plain.xts" ]
	cmp plain before
	[ "$(head -c 8 plain.xts)" = XTSCRYPT ]
	[ "$(stat -c %s plain.xts)" -eq $((4096 + 20000 + 32)) ]
}

@test "encrypt -o names the output" {
	run -0 xtscrypt encrypt $cheap -k key -o sealed plain
	[ "$(here)" = "bad key pass plain sealed" ]
	opens -k key
}

@test "encrypt -c writes to standard output" {
	xtscrypt encrypt $cheap -k key -c plain >sealed
	[ "$(here)" = "bad key pass plain sealed" ]
	opens -k key
}

@test "encrypt -o - writes to standard output" {
	xtscrypt encrypt $cheap -k key -o - plain >sealed
	[ "$(here)" = "bad key pass plain sealed" ]
	opens -k key
}

@test "encrypt without FILE, or with -, goes from standard input to output" {
	cat plain | xtscrypt encrypt $cheap -k key >sealed
	opens -k key
	cat plain | xtscrypt encrypt $cheap -k key - >sealed
	opens -k key
}

@test "encrypt reads standard input into the file of -o" {
	cat plain | xtscrypt encrypt $cheap -k key -o sealed
	opens -k key
}

@test "encrypt replaces an existing file only with -f" {
	echo precious >plain.xts
	refused 1 'plain.xts: ' xtscrypt encrypt $cheap -k key plain
	[[ $output == *exist* && ${lines[1]} == *-f* ]]
	[ "$(cat plain.xts)" = precious ]
	[ "$(here)" = "bad key pass plain plain.xts" ]
	run -0 xtscrypt encrypt $cheap -f -k key plain
	mv plain.xts sealed
	opens -k key
}

@test "encrypt -f removes the side file of what it replaces" {
	seal -k key
	head -c 4096 sealed >sealed.xtshdr
	seal -f -k key
	[ "$(here)" = "bad key pass plain sealed" ]
	opens -k key
}

@test "encrypt -f leaves the side file of another file" {
	xtscrypt encrypt $cheap -k key -H disk.xtshdr -o data plain
	cp disk.xtshdr before
	echo old >disk
	for header in "" "-H disk"; do
		out=${header:+out}
		refused 1 "disk.xtshdr: has the name of the side file of disk" \
		    xtscrypt encrypt -f $cheap -k key $header \
		    -o "${out:-disk}" plain
		cmp disk.xtshdr before
		[ "$(cat disk)" = old ]
	done
	# An encrypted file of another id, a second name of its own, and a link.
	seal -k key
	mv sealed disk
	refused 1 "disk.xtshdr: " xtscrypt encrypt -f $cheap -k key -o disk \
	    plain
	cmp disk.xtshdr before
	head -c 4096 disk >own
	ln -f own disk.xtshdr
	refused 1 "disk.xtshdr: " xtscrypt encrypt -f $cheap -k key -o disk \
	    plain
	ln -sf own disk.xtshdr
	refused 1 "disk.xtshdr: " xtscrypt encrypt -f $cheap -k key -o disk \
	    plain
	rm disk.xtshdr
	xtscrypt encrypt -f $cheap -k key -o disk plain
}

@test "encrypt -f removes a side file only in the folder that it wrote to" {
	mkdir folder
	xtscrypt encrypt $cheap -k key -o folder/out plain
	head -c 4096 folder/out >side
	cp side folder/out.xtshdr
	start "$XTSCRYPT" encrypt -f $cheap -k key -o folder/out
	mv folder moved
	mkdir folder
	cp moved/out folder/out
	cp side folder/out.xtshdr
	finish
	[ "$status" -eq 0 ]
	[ ! -e moved/out.xtshdr ]
	cmp folder/out.xtshdr side
}

@test "encrypt takes a file called .xts only with -f" {
	mv plain plain.xts
	refused 2 'plain.xts: ' xtscrypt encrypt $cheap -k key plain.xts
	[ "$(here)" = "bad key pass plain.xts" ]
	run -0 xtscrypt encrypt $cheap -f -k key plain.xts
	[ "$(here)" = "bad key pass plain.xts plain.xts.xts" ]
}

@test "encrypt carries permissions without set-id bits, and times" {
	chmod 6750 plain
	touch -d '2001-02-03 04:05:06.789' plain
	xtscrypt encrypt $cheap -k key plain
	[ "$(stat -c %a plain.xts)" = 750 ]
	[ "$(stat -c %.9Y plain.xts)" = "$(stat -c %.9Y plain)" ]
}

@test "every encryption has its own id and keys" {
	seal -k key
	mv sealed other
	seal -k key
	run ! cmp -s -i 32 -n 16 sealed other
	run ! cmp -s -i 4096 -n 16 sealed other
}

@test "--sector-size is 512, the default, or 4096, and nothing else" {
	seal -k key
	[ "$(number sealed 12 4)" -eq 512 ]
	seal -k key -f -s 512
	[ "$(number sealed 12 4)" -eq 512 ]
	seal -k key -f --sector-size 4096
	[ "$(number sealed 12 4)" -eq 4096 ]
	opens -k key
	for size in 0 1 1024 8192 x ''; do
		refused 2 '' seal -k key -f -s "$size"
	done
}

@test "--segment-size is a power of two from 4K to 1M, 64K by default" {
	seal -k key
	[ "$(number sealed 16 4)" -eq 65536 ]
	seal -k key -f --segment-size 4096
	[ "$(number sealed 16 4)" -eq 4096 ]
	[ "$(stat -c %s sealed)" -eq $((4096 + 20000 + 5 * 32)) ]
	opens -k key
	seal -k key -f --segment-size 1M
	[ "$(number sealed 16 4)" -eq 1048576 ]
	opens -k key
	for size in 0 2K 5000 2M x ''; do
		refused 2 '' seal -k key -f --segment-size "$size"
	done
}

@test "--no-integrity makes a payload as long as the plaintext" {
	seal -k key --no-integrity
	[ "$(number sealed 11 1)" -eq 0 ]
	[ "$(number sealed 16 4)" -eq 0 ]
	[ "$(stat -c %s sealed)" -eq $((4096 + 20000)) ]
	opens -k key
}

@test "--no-integrity and --segment-size contradict each other" {
	refused 2 segment seal -k key --no-integrity --segment-size 4K
	refused 2 segment seal -k key --segment-size 4K --no-integrity
	refused 2 segment seal -k key --no-integrity --segment-size 64K
	[ "$(here)" = "bad key pass plain" ]
}

@test "--span-shift, from 20 to 40, changes the keys on the way" {
	text 3145733 >plain
	for sector in 512 4096; do
		for mode in --segment-size=64K --no-integrity; do
			seal -k key -f -s $sector $mode --span-shift 20
			[ "$(number sealed 20 1)" -eq 20 ]
			opens -k key
			reference decrypt --key-file key sealed theirs
			cmp plain theirs
		done
	done
	for shift in 0 19 41 x ''; do
		refused 2 '' seal -k key -f --span-shift "$shift"
	done
}

@test "--span-shift is not in the help" {
	run -0 xtscrypt help encrypt
	[[ $output != *span-shift* ]]
}

@test "--name names the first slot" {
	seal -k key --name 'my key (~24 characters!)'
	run -0 xtscrypt key list sealed
	[[ $output == *'my key (~24 characters!)'* ]]
	for name in 'twenty-five characters...' $'tab\t' 'caf\xc3\xa9'; do
		refused 2 '' seal -k key -f --name "$(printf "$name")"
	done
}

@test "the default derivation is Argon2id with 3 passes and 256 MiB" {
	xtscrypt encrypt -k key -o sealed plain
	[ "$(number sealed 64 1)" -eq 1 ]
	[ "$(number sealed 68 4)" -eq 3 ]
	[ "$(number sealed 72 4)" -eq $((256 * 1024)) ]
	opens -k key
}

@test "--kdf takes libsodium's three levels" {
	native "the third level takes minutes"
	# Passes and KiB of crypto_pwhash_OPSLIMIT_* and MEMLIMIT_*.
	for level in interactive:2:65536 moderate:3:262144 \
	    sensitive:4:1048576; do
		IFS=: read -r name passes memory <<<"$level"
		xtscrypt encrypt -f -k key --kdf "$name" -o sealed plain
		[ "$(number sealed 68 4)" -eq "$passes" ]
		[ "$(number sealed 72 4)" -eq "$memory" ]
	done
	refused 2 '' xtscrypt encrypt -f -k key --kdf fast -o sealed plain
}

@test "--kdf-passes and --kdf-memory set the cost" {
	seal -k key --kdf-passes 2 --kdf-memory 9000K
	[ "$(number sealed 68 4)" -eq 2 ]
	[ "$(number sealed 72 4)" -eq 9000 ]
	opens -k key
}

@test "--kdf leaves what --kdf-passes and --kdf-memory set, in any order" {
	cost() {
		xtscrypt encrypt -f -k key "$@" -o sealed plain
		run -0 xtscrypt info --json sealed
		[[ $output == *"\"passes\": $passes,"* ]]
		[[ $output == *"\"memory\": $memory,"* ]]
	}
	passes=1
	memory=$((8 << 20))
	cost --kdf-passes 1 --kdf-memory 8M --kdf sensitive
	cost --kdf sensitive --kdf-passes 1 --kdf-memory 8M
	cost --kdf-memory 8M --kdf sensitive --kdf-passes 1
	passes=4
	cost --kdf-memory 8M --kdf sensitive
	passes=1
	memory=$((64 << 20))
	cost --kdf-passes 1 --kdf interactive
}

@test "the cost of a derivation has bounds" {
	for passes in 0 65 -1 x ''; do
		refused 2 '' xtscrypt encrypt -k key --kdf-passes "$passes" \
		    plain
	done
	# 4 TiB is one KiB more than the header can say.
	for memory in 0 8191K 4T x ''; do
		refused 2 '' xtscrypt encrypt -k key --kdf-memory "$memory" \
		    --kdf-max-memory 8T plain
	done
	[ "$(here)" = "bad key pass plain" ]
}

@test "a SIZE takes K, M, G and T, powers of 1024, and nothing else" {
	for size in 8388608 8192K 8M; do
		seal -k key -f --kdf-memory $size
		[ "$(number sealed 72 4)" -eq 8192 ]
	done
	for size in 8X 8MM 8.5M -8M +8M ' 8M' '8M ' 0x800000 M \
	    18446744073709551616 18014398509481984K 16777216T; do
		refused 2 '' seal -k key -f --kdf-memory "$size"
	done
}

@test "a slot over a limit is made only with --kdf-max-memory" {
	refused 2 kdf-max-memory xtscrypt encrypt -k key --kdf-memory 3G plain
	refused 2 kdf-max-memory xtscrypt encrypt -k key --kdf-passes 33 \
	    --kdf-memory 512M plain
	[ "$(here)" = "bad key pass plain" ]
}

@test "--length gives the size of piped input" {
	cat plain | xtscrypt encrypt $cheap -k key --length 20000 | cat >sealed
	[ "$(number sealed 24 8)" -eq 20000 ]
	opens -k key
}

@test "a pipe that has more or less than --length is an error" {
	for length in 0 15 19999 20001 1T; do
		for mode in --segment-size=4K --no-integrity; do
			refused 1 "of --length" xtscrypt encrypt -f $cheap \
			    -k key $mode --length $length -o sealed \
			    < <(cat plain)
			[ "$(here)" = "bad key pass plain" ]
		done
	done
}

@test "a file of another size than --length is an error" {
	refused 1 'of --length' seal -k key --length 19999
	refused 1 'of --length' seal -k key --length 20001
	[ "$(here)" = "bad key pass plain" ]
	seal -k key --length 20000
}

@test "without integrity, from a pipe to a pipe, the length must be given" {
	cat plain | refused 2 length xtscrypt encrypt $cheap -k key \
	    --no-integrity
	cat plain | xtscrypt encrypt $cheap -k key --no-integrity \
	    --length 20000 | cat >sealed
	opens -k key
}

@test "a detached header holds the header alone" {
	xtscrypt encrypt $cheap -k key -H header plain
	[ "$(here)" = "bad header key pass plain plain.xts" ]
	[ "$(stat -c %s header)" -eq 4096 ]
	[ "$(stat -c %s plain.xts)" -eq 20032 ]
	cat header plain.xts >sealed
	opens -k key
}

@test "a detached header gives a pipe its length, without integrity too" {
	cat plain | xtscrypt encrypt $cheap -k key -H header --no-integrity |
	    cat >payload
	[ "$(stat -c %s payload)" -eq 20000 ]
	[ "$(number header 24 8)" -eq 20000 ]
	xtscrypt decrypt -k key -H header -o opened payload
	cmp plain opened
}

@test "an existing detached header is replaced only with -f" {
	echo precious >header
	refused 1 'header: ' xtscrypt encrypt $cheap -k key -H header plain
	[ "$(cat header)" = precious ]
	[ "$(here)" = "bad header key pass plain" ]
	xtscrypt encrypt $cheap -f -k key -H header plain
	cat header plain.xts >sealed
	opens -k key
}

@test "an input that cannot be read is named, and nothing is made" {
	mkdir folder
	refused 1 'nothing: No such file or directory' \
	    xtscrypt encrypt $cheap -k key nothing
	refused 1 'folder: ' xtscrypt encrypt $cheap -k key folder
	[ "$(here)" = "bad folder key pass plain" ]
}

@test "standard input is left behind its last byte" {
	truncate -s 100K holes
	for file in plain holes; do
		rest=$({ xtscrypt encrypt $cheap -k key -o sealed; wc -c; } \
		    <$file)
		[ "$rest" -eq 0 ]
		rest=$({ xtscrypt decrypt -k key -o opened; wc -c; } <sealed)
		[ "$rest" -eq 0 ]
		cmp $file opened
		rm sealed opened
	done
}

@test "what is too long, or not as long as said, is refused before all else" {
	long=$(mktemp /dev/shm/xtscrypt-XXXXXX) || skip "no /dev/shm"
	truncate -s $((2 ** 62 + 1)) "$long" || {
		rm "$long"
		skip "no file can be this long here"
	}
	run xtscrypt encrypt -k nothing -o out "$long"
	rm "$long"
	[ "$status" -eq 1 ]
	[[ $output == *'has more than the 2^62 bytes'* ]]
	refused 1 'has 20000 bytes, not the 19999' \
	    xtscrypt encrypt -k nothing --length 19999 plain
}

# A payload and its header, and both of those that are to replace them.
pair() {
	xtscrypt encrypt $cheap -k key -H header -o data plain
	cp header old-header
	cp data old-data
	text 30000 >other
}
again() { "$@" encrypt -f $cheap -k pass -H header -o data other; }

@test "encrypt -f -H leaves both files where one cannot be replaced" {
	preloads
	pair
	before=$(here)
	# What is immutable, or has another file mounted on it: the data by an
	# exchange, a link, or neither; the header.  After EPERM, which an old
	# sandbox gives too, the exchange is done by other calls.
	for error in 1 16; do
		for rules in renameat2:1:$error,renameat:2:$error \
		    renameat2:1:38,renameat:2:$error \
		    renameat2:1:38,linkat:1:1,renameat:2:$error \
		    renameat:2:$error renameat2:1:38,renameat:3:$error; do
			run -1 again faulty $rules
			[ "$(here)" = "$before" ]
			cmp header old-header
			cmp data old-data
		done
	done
	again xtscrypt
	[ "$(here)" = "$before" ]
	xtscrypt verify -q -k pass -H header data
}

@test "encrypt -f -H: data that is mounted, or a header that is immutable" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	pair
	if unshare -m true 2>&-; then
		run -1 unshare -m sh -c 'mount --bind old-data data &&
		    "$0" encrypt -f -k pass --kdf-passes 1 --kdf-memory 8M \
		    -H header -o data other' "$XTSCRYPT"
		cmp header old-header
		cmp data old-data
	fi
	chattr +i header 2>&- || skip "no immutable files here"
	run -1 again xtscrypt
	chattr -i header
	cmp header old-header
	cmp data old-data
}

@test "encrypt -f -H: each payload has its header when it is killed" {
	preloads
	pair
	# Before the header waits, before the data and before the header have
	# their names.
	for rule in renameat:1:kill renameat2:1:kill; do
		run again faulty $rule
		[ "$status" -eq 137 ]
		cmp header old-header
		cmp data old-data
		xtscrypt verify -q -k key -H header data
	done
	for rules in renameat:2:kill renameat2:1:38,renameat:3:kill; do
		run again faulty $rules
		[ "$status" -eq 137 ]
		cmp header old-header
		run -0 xtscrypt decrypt -f -k pass -H header -o opened data
		[[ $output == *"header: is the header of older data; used "* ]]
		[[ $output == *"used .xtshdr-"*" beside it" ]]
		cmp opened other
		xtscrypt decrypt -q -k pass -H header --offset 5 --length 9 \
		    -c data | cmp - <(tail -c +6 other | head -c 9)
		run -4 xtscrypt verify -k pass -H header data
		[[ $output == *"rename .xtshdr-"* ]]
		for command in 'remove --slot 0' 'change --new-key-file pass' \
		    'add --new-key-file pass'; do
			run -1 xtscrypt key $command -k key header
			[[ $output == "xtscrypt: header: .xtshdr-"*\
" beside it may be the newer header of its data"* ]]
			cmp header old-header
		done
		cp old-data data
		xtscrypt verify -q -k key -H header data
	done
	# The same again goes through, and takes away what waited for this data.
	rm .xtshdr-*
	run again faulty renameat:2:kill
	waits=$(echo .xtshdr-*)
	[ -e "$waits" ]
	again xtscrypt
	[ ! -e "$waits" ]
	xtscrypt verify -q -k pass -H header data
}

@test "encrypt -f -H: one at a time where neither file is there, too" {
	preloads
	text 30000 >other
	# The third fsync comes when the header has its name, and the data none.
	background env XTSCRYPT_FAULT=fsync:3:slow \
	    LD_PRELOAD="$builddir/tests/lib/preload.so" "$XTSCRYPT" \
	    encrypt -f $cheap -k key -H header -o data plain
	await [ -e header ]
	run again xtscrypt
	finish
	xtscrypt verify -q -k key -H header data ||
	    xtscrypt verify -q -k pass -H header data
	[ "$(here)" = "bad data err header key other pass plain" ]
}

@test "encrypt -f -H: one at a time where flock is refused, too" {
	preloads
	pair
	start env XTSCRYPT_FAULT=flock:1+:37 \
	    LD_PRELOAD="$builddir/tests/lib/preload.so" "$XTSCRYPT" \
	    encrypt -f $cheap -k pass -H header -o data
	await grep -q "OFDLCK .*:$(stat -c %i data) " /proc/locks
	refused 1 'header: in use by another program' again faulty flock:1+:37
	finish
	[ "$status" -eq 0 ]
	xtscrypt verify -q -k pass -H header data
}

@test "data that is replaced while its header is read is not opened with that" {
	pair
	text 20000 | tr 0-9 1-90 >other
	xtscrypt encrypt $cheap -k key --no-integrity -H header2 -o data2 other
	mkfifo fifo
	background "$XTSCRYPT" decrypt -k key -H fifo -o opened data
	# Its reader has opened the data.
	exec 8>fifo
	mv data2 data
	cat header2 >&8
	finish
	[ "$status" -eq 1 ]
	[ "$(cat err)" = "xtscrypt: data: was replaced or renamed meanwhile" ]
	[ ! -e opened ]
}

@test "a header that came to its place counts, not a copy that still waits" {
	preloads
	pair
	run again faulty renameat:2:kill
	waits=$(echo .xtshdr-*)
	run -1 faulty "openat@$waits:1:13" verify -k pass -H header data
	[ "$output" = "xtscrypt: $waits: Permission denied" ]
	cp "$waits" header
	xtscrypt key change $cheap -k pass --new-key-file key header
	run -0 xtscrypt verify -q -k key -H header data
	[ -z "$output" ]
	refused 3 'header: wrong' xtscrypt verify -k pass -H header data
}

@test "encrypt -f -H: one at a time" {
	pair
	start "$XTSCRYPT" encrypt -f $cheap -k pass -H header -o data
	await grep -q "FLOCK .* $pid " /proc/locks
	refused 1 'header: in use by another program' again xtscrypt
	refused 1 'header: in use by another program' \
	    xtscrypt key add $cheap -k key --new-key-file bad header
	refused 1 'data: in use by another program' xtscrypt encrypt -f \
	    $cheap -k pass -H header2 -o data other
	[ ! -e header2 ]
	finish
	[ "$status" -eq 0 ]
	xtscrypt verify -q -k pass -H header data
	again xtscrypt
	xtscrypt verify -q -k pass -H header data
}
