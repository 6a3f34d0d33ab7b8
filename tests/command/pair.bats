# SPDX-License-Identifier: ISC
#
# A payload and its detached header, replaced together.
load ../lib/helper

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
	held fsync:3 encrypt -f $cheap -k key -H header -o data plain
	[ -e header ] && [ ! -e data ]
	refused 1 'header: in use by another program' again xtscrypt
	rm held
	finish
	[ "$status" -eq 0 ]
	xtscrypt verify -q -k key -H header data
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
