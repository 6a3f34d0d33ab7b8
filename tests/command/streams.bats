# SPDX-License-Identifier: ISC
load ../lib/helper

# Lengths around every rule: a unit of 512 or 4096, a segment of 4096.
lengths="0 1 15 16 17 512 527 528 4096 4111 4112 4144 12305"

# each_way ENCRYPT DECRYPT: both modes, both sectors, every length, with two
# functions that go from plain to sealed and from sealed to opened.
each_way() {
	for length in $lengths; do
		text $length >plain
		for sector in 512 4096; do
			for mode in --segment-size=4K --no-integrity; do
				"$1" -k key -s $sector $mode $cheap
				"$2" -k key
				cmp plain opened
			done
		done
	done
}

@test "every length goes from file to file" {
	to_file() { xtscrypt encrypt -f "$@" -o sealed plain; }
	from_file() { xtscrypt decrypt -f "$@" -o opened sealed; }
	each_way to_file from_file
}

@test "every length goes from pipe to pipe" {
	to_pipe() {
		cat plain | xtscrypt encrypt --length $length "$@" - |
		    cat >sealed
	}
	from_pipe() { cat sealed | xtscrypt decrypt "$@" | cat >opened; }
	each_way to_pipe from_pipe
}

@test "every length goes from file to pipe" {
	to_pipe() { xtscrypt encrypt -c "$@" plain | cat >sealed; }
	from_file() { xtscrypt decrypt -c "$@" sealed | cat >opened; }
	each_way to_pipe from_file
}

@test "every length goes from pipe to file, where it is patched in" {
	to_file() {
		cat plain | xtscrypt encrypt -f "$@" -o sealed -
		[ "$(number sealed 24 8)" -eq $length ]
	}
	from_pipe() { cat sealed | xtscrypt decrypt -f "$@" -o opened; }
	each_way to_file from_pipe
}

@test "from pipe to pipe the length is not said, unless it is under 16" {
	for length in 0 1 15; do
		text $length | xtscrypt encrypt $cheap -k key - | cat >sealed
		[ "$(number sealed 24 8)" -eq $length ]
		xtscrypt decrypt -k key -c sealed | cmp - <(text $length)
	done
	for length in 16 17 70000; do
		text $length | xtscrypt encrypt $cheap -k key | cat >sealed
		[ "$(number sealed 24 8)" = 18446744073709551615 ]
		xtscrypt decrypt -k key -c sealed | cmp - <(text $length)
	done
}

@test "standard input and output that are files keep their length" {
	xtscrypt encrypt $cheap -k key <plain | cat >sealed
	[ "$(number sealed 24 8)" -eq 20000 ]
	cat plain | xtscrypt encrypt $cheap -k key >sealed
	[ "$(number sealed 24 8)" -eq 20000 ]
	opens -k key
}

@test "tar, encrypt, decrypt and tar again, in pipes" {
	mkdir folder
	text 300000 >folder/a
	text 5 >folder/b
	tar c folder | xtscrypt encrypt $cheap -k key | cat |
	    xtscrypt decrypt -k key | { mkdir copy && tar x -C copy; }
	diff -r folder copy/folder
}

@test "input is read from where its descriptor stands" {
	{
		dd bs=10 count=1 of=/dev/null status=none
		xtscrypt encrypt $cheap -k key
	} <plain | cat >sealed
	[ "$(number sealed 24 8)" -eq 19990 ]
	xtscrypt decrypt -k key -c sealed | cmp - <(tail -c +11 plain)

	{ printf 'ten bytes.'; cat sealed; } >behind
	{
		dd bs=10 count=1 of=/dev/null status=none
		xtscrypt decrypt -k key
	} <behind | cmp - <(tail -c +11 plain)
}

@test "output is written from where its descriptor stands, and moves it on" {
	for mode in --segment-size=4K --no-integrity; do
		{
			printf before
			cat plain | xtscrypt encrypt $cheap -k key $mode
			printf after
		} >whole
		[ "$(head -c 6 whole)" = before ]
		[ "$(tail -c 5 whole)" = after ]
		tail -c +7 whole | head -c -5 >sealed
		[ "$(number sealed 24 8)" -eq 20000 ]
		opens -k key
		{
			printf before
			xtscrypt decrypt -k key <sealed
			printf after
		} >whole
		{ printf before; cat plain; printf after; } | cmp - whole
	done
}

@test "standard output that is a file is not truncated after the last byte" {
	text 100000 >whole
	xtscrypt encrypt $cheap -k key <plain 1<>whole
	cmp -i 24128 whole <(text 100000)
	head -c 24128 whole >sealed
	opens -k key
}

@test "an output opened to append counts as a pipe" {
	printf before >whole
	cat plain | xtscrypt encrypt $cheap -k key >>whole
	tail -c +7 whole >sealed
	[ "$(number sealed 24 8)" = 18446744073709551615 ]
	opens -k key

	printf before >whole
	xtscrypt decrypt -k key -c sealed >>whole
	{ printf before; cat plain; } | cmp - whole

	printf before >whole
	refused 2 length bash -c \
	    'cat plain | "$XTSCRYPT" encrypt --no-integrity -k key >>whole'
	[ "$(cat whole)" = before ]
}

@test "a slow pipe, in many small pieces, is the same as a fast one" {
	text 9000 >plain
	{
		for i in {0..8}; do
			tail -c +$((i * 1000 + 1)) plain | head -c 1000
			sleep 0.01
		done
	} | xtscrypt encrypt $cheap -k key --segment-size 4K >sealed
	opens -k key
	{
		for i in {0..7}; do
			tail -c +$((i * 1700 + 1)) sealed | head -c 1700
			sleep 0.01
		done
	} | xtscrypt decrypt -k key | cmp - plain
}

@test "a segment leaves decrypt as soon as it was authenticated" {
	seal -k key --segment-size 4K
	feed "$XTSCRYPT" decrypt -k key >out
	head -c $((4096 + 3 * 4128)) sealed >&8
	await test -s out
	tail -c +$((4096 + 3 * 4128 + 1)) sealed >&8
	finish
	[ "$status" -eq 0 ]
	cmp plain out
}

@test "where a stream may have been cut, the message says so" {
	cat plain | xtscrypt encrypt $cheap -k key --segment-size 4K |
	    cat >sealed
	[ "$(number sealed 24 8)" = 18446744073709551615 ]
	cut='bytes 8192 to 9559 of the plaintext are damaged or were changed,'
	cut+=' or the end was cut off'
	for command in 'decrypt -o out' verify; do
		refused 5 "$cut" xtscrypt $command -k key < \
		    <(head -c 13752 sealed)
		refused 5 "$cut" xtscrypt $command -k key - < \
		    <(head -c 13752 sealed)
	done
	# Damage before the end is no cut.
	flip sealed 5000
	refused 5 'bytes 0 to 4095 ' xtscrypt verify -k key sealed
	[[ $output != *cut* ]]
	# Nor where the length is known.
	seal -f -k key
	truncate -s -100 sealed
	run -5 xtscrypt verify -k key sealed
	[[ $output != *'cut off'* ]]
}

@test "tar -I packs with encrypt and unpacks with decrypt" {
	mkdir folder
	cp plain key folder
	for e in '' ' -e'; do
		tar -c -I "$XTSCRYPT encrypt $cheap -k key$e" -f \
		    folder.tar.xts \
		    folder
		xtscrypt verify -q -k key folder.tar.xts
		mkdir out
		# It adds -d.
		tar -x -I "$XTSCRYPT decrypt -k key" -f folder.tar.xts -C out
		diff -r folder out/folder
		rm -r out
	done
	# What is damaged is no archive.
	flip folder.tar.xts 5000
	run ! tar -t -I "$XTSCRYPT decrypt -k key" -f folder.tar.xts
	refused 2 'unknown option -e' xtscrypt decrypt -e -k key folder.tar.xts
	refused 2 'unknown option -d' xtscrypt encrypt -d -k key plain
}

@test "without a FILE, nothing on standard input is a mistake" {
	: >empty
	for from in /dev/null empty <(:); do
		for more in '' '-o out' '-H out' '--length 0'; do
			refused 2 'no file given, and standard input is empty' \
			    xtscrypt encrypt $cheap -k key $more <"$from"
			[[ ${lines[1]} == *"-k names a key file;"* ]]
		done
	done
	XTSCRYPT_PASSPHRASE=secret refused 2 'standard input is empty' \
	    xtscrypt encrypt $cheap
	[[ ${lines[1]} == *"name a file,"* ]]
	[ "$(here)" = "bad empty key pass plain" ]

	xtscrypt encrypt $cheap -k key - | xtscrypt decrypt -k key | cmp - empty
	xtscrypt encrypt $cheap -k key -c empty | xtscrypt decrypt -k key |
	    cmp - empty
	for command in "encrypt $cheap" decrypt verify; do
		run -2 pty exit -- "$XTSCRYPT" $command -k key
		[[ $output == *"is a terminal"*"-k names a key file;"* ]]
	done
}
