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

@test "encrypt -f -H: the old output may vanish meanwhile" {
	# Without an old header, and with one.
	for i in 1 2; do
		echo old >out
		{ head -c 9 plain; sleep 0.5; rm out; tail -c +10 plain; } |
		    xtscrypt encrypt $cheap -f -k key -H header -o out
		xtscrypt decrypt -k key -H header -c out | cmp - plain
	done
	[ "$(here)" = "bad header key out pass plain" ]
}

# As long as the input is a file: it may have bytes of two moments.
@test "a file that is written to while it is read is an error" {
	for source in plain - /dev/stdin; do
		keyless encrypt $cheap -o sealed "$source" <plain
		poke plain 5000 x
		keyed
		[ "$status" -eq 1 ]
		[[ $(<err) == "xtscrypt: "*": was written to while it was read
xtscrypt: hint: \"cat FILE | xtscrypt encrypt\" takes it as it is" ]]
		[ ! -e sealed ]
	done
	# Reading it, another name of it and a pipe are none of that.
	ln plain second
	xtscrypt encrypt $cheap -k key -o sealed plain
	cat plain | xtscrypt encrypt -f $cheap -k key -o sealed
	opens -k key
}
