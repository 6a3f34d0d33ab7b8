# SPDX-License-Identifier: ISC
load ../lib/helper

@test "encrypt asks twice on the terminal, without echo" {
	run -0 pty 'expect New passphrase for plain: ' 'echo off' \
	    'send secret\n' 'expect Again: ' 'echo off' 'send secret\n' \
	    exit 'echo on' -- "$XTSCRYPT" encrypt $cheap -o sealed plain
	[[ $output != *secret* ]]
	opens --passphrase-file pass
}

@test "encrypt asks again where the two differ, three times at most" {
	run -0 pty 'expect New passphrase for ' 'send secret\n' \
	    'expect Again: ' 'send secert\n' \
	    'expect New passphrase for ' 'send secret\n' \
	    'expect Again: ' 'send secret\n' exit -- \
	    "$XTSCRYPT" encrypt $cheap -o sealed plain
	opens --passphrase-file pass
	rm sealed opened
	run -2 pty 'expect New passphrase for ' 'send a\n' \
	    'expect Again: ' 'send b\n' \
	    'expect New passphrase for ' 'send c\n' \
	    'expect Again: ' 'send d\n' \
	    'expect New passphrase for ' 'send e\n' \
	    'expect Again: ' 'send f\n' exit 'echo on' -- \
	    "$XTSCRYPT" encrypt $cheap -o sealed plain
	[ "$(here)" = "bad key pass plain" ]
}

@test "decrypt asks once, while the passphrase is right" {
	seal --passphrase-file pass
	run -0 pty 'expect Passphrase for ' 'echo off' 'send secret\n' exit \
	    'echo on' -- "$XTSCRYPT" decrypt -o opened sealed
	[[ $output != *secret* && $output != *wrong* ]]
	cmp plain opened
}

@test "a prompt shows the name of the file, and no terminal acts on it" {
	seal --passphrase-file pass
	mv sealed $'se\e[2Jaled'
	run -0 pty 'expect Passphrase for se?[2Jaled: ' 'send secret\n' \
	    exit -- "$XTSCRYPT" decrypt -o opened $'se\e[2Jaled'
	long=$(printf %0250d 0)
	mv $'se\e[2Jaled' $long
	run -0 pty "expect Passphrase for $long: " 'send secret\n' exit -- \
	    "$XTSCRYPT" decrypt -f -o opened $long
	run -0 pty 'expect Passphrase for standard input: ' 'send secret\n' \
	    exit -- sh -c "$(redirect "decrypt -f -o opened <$long")"
}

@test "an empty answer counts as a try, and is asked for again" {
	seal --passphrase-file pass
	run -0 pty 'expect Passphrase for ' 'send \n' \
	    'expect must not be empty; try again' \
	    'expect Passphrase for ' 'send wrong\n' \
	    'expect Passphrase for ' 'send secret\n' exit -- \
	    "$XTSCRYPT" decrypt -o opened sealed
	cmp plain opened
	run -3 pty 'expect Passphrase for ' 'send \n' \
	    'expect Passphrase for ' 'send \n' \
	    'expect Passphrase for ' 'send wrong\n' exit 'echo on' -- \
	    "$XTSCRYPT" decrypt -f -o opened sealed
	run -2 pty 'expect Passphrase for ' 'send wrong\n' \
	    'expect Passphrase for ' 'send \n' \
	    'expect Passphrase for ' 'send \n' exit 'echo on' -- \
	    "$XTSCRYPT" decrypt -f -o opened sealed
	[[ $output == *'must not be empty'* ]]
}

@test "decrypt gives three tries" {
	seal --passphrase-file pass
	run -0 pty 'expect Passphrase for ' 'send wrong\n' \
	    'expect wrong passphrase; try again' \
	    'expect Passphrase for ' 'send wronger\n' \
	    'expect wrong passphrase; try again' \
	    'expect Passphrase for ' 'send secret\n' exit -- \
	    "$XTSCRYPT" decrypt -o opened sealed
	cmp plain opened
	rm opened
	run -3 pty 'expect Passphrase for ' 'send wrong\n' \
	    'expect Passphrase for ' 'send wronger\n' \
	    'expect Passphrase for ' 'send wrongest\n' \
	    'expect wrong passphrase' exit 'echo on' -- \
	    "$XTSCRYPT" decrypt -o opened sealed
	[[ $output != *Passphrase*Passphrase*Passphrase*Passphrase* ]]
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "the terminal is asked while standard input is the data" {
	run -0 pty 'expect New passphrase for ' 'send secret\n' \
	    'expect Again: ' 'send secret\n' exit -- sh -c \
	    "$(redirect "encrypt $cheap <plain >sealed")"
	opens --passphrase-file pass
	run -0 pty 'expect Passphrase for ' 'send secret\n' exit -- sh -c \
	    "$(redirect 'decrypt <sealed >opened 2>err')"
	cmp plain opened
	[ ! -s err ]
	run -0 pty 'expect Passphrase for ' 'send secret\n' exit -- sh -c \
	    'cat sealed | "$XTSCRYPT" decrypt | cat >opened'
	cmp plain opened
}

@test "the content of standard input is not taken for the passphrase" {
	seal --passphrase-file pass
	run -3 pty 'expect Passphrase for ' 'send wrong\n' \
	    'expect Passphrase for ' 'send wrong\n' \
	    'expect Passphrase for ' 'send wrong\n' exit -- sh -c \
	    "$(redirect 'decrypt -o out sealed <pass')"
}

@test "-k -p asks beside the key file, also for an empty passphrase" {
	run -0 pty 'expect New passphrase for ' 'send \n' \
	    'expect Again: ' 'send \n' exit -- \
	    "$XTSCRYPT" encrypt $cheap -k key -p -o sealed plain
	[ "$(number sealed 65 1)" -eq 3 ]
	run -0 pty 'expect Passphrase for ' 'send \n' exit -- \
	    "$XTSCRYPT" decrypt -k key -p -o opened sealed
	cmp plain opened
}

@test "a key file that can be read only once serves every try" {
	seal -k key --passphrase-file pass
	mkfifo fifo
	timeout 20 cp key fifo 3>&- &
	run -0 pty -t 10 'expect Passphrase for ' 'send wrong\n' \
	    'expect Passphrase for ' 'send secret\n' exit -- \
	    "$XTSCRYPT" decrypt -k fifo -p -o opened sealed
	cmp plain opened
}

@test "-k alone asks nothing" {
	run -0 pty exit -- "$XTSCRYPT" encrypt $cheap -k key -o sealed plain
	[[ $output == "xtscrypt: plain -> sealed "* ]]
	run -0 pty exit -- "$XTSCRYPT" decrypt -k key -o opened sealed
	[[ $output == "xtscrypt: sealed -> opened "* ]]
}

@test "the environment goes before the prompt" {
	export XTSCRYPT_PASSPHRASE=secret
	run -0 pty exit -- "$XTSCRYPT" encrypt $cheap -o sealed plain
	[[ $output == "xtscrypt: plain -> sealed "* ]]
	run -0 pty exit -- "$XTSCRYPT" decrypt -o opened sealed
	[[ $output == "xtscrypt: sealed -> opened "* ]]
	# It is not asked again instead.
	XTSCRYPT_PASSPHRASE=wrong run -3 pty exit -- \
	    "$XTSCRYPT" decrypt -o out sealed
	[[ $output != *Passphrase* ]]
}

@test "an empty answer or the end of input gives no secret" {
	seal --passphrase-file pass
	run pty 'expect Passphrase for ' 'send \x04' exit 'echo on' -- \
	    "$XTSCRYPT" decrypt -o out sealed
	[ "$status" -eq 2 ]
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "a file that needs a key file says so before any prompt" {
	seal -k key
	run -3 pty exit -- "$XTSCRYPT" decrypt -o out sealed
	[[ $output == *'key file'* && $output != *Passphrase:* ]]
}

@test "what is no xtscrypt file is reported before any prompt" {
	run -4 pty exit -- "$XTSCRYPT" decrypt -o out plain
	[[ $output != *Passphrase:* ]]
}

@test "an output that exists is reported before any prompt" {
	seal --passphrase-file pass
	run -1 pty exit -- "$XTSCRYPT" decrypt -o bad sealed
	[[ $output == *bad:*exist* && $output != *Passphrase:* ]]
	run -1 pty exit -- "$XTSCRYPT" encrypt -o bad plain
	[[ $output == *bad:*exist* && $output != *assphrase:* ]]
}

@test "a folder that takes no output is reported before any prompt" {
	seal --passphrase-file pass
	mkdir -m 555 locked
	drop=
	[ "$(id -u)" -ne 0 ] ||
	    drop='setpriv --inh-caps=-all --bounding-set=-all'
	ln -s nodir/x dangling
	for out in nodir/x locked/x dangling; do
		for command in "encrypt -o $out plain" \
		    "decrypt -o $out sealed" \
		    "encrypt -o out -H $out plain"; do
			run -1 pty exit -- $drop "$XTSCRYPT" $command
			[[ $output == "xtscrypt: $out: cannot be created "* ]]
			[[ $output != *assphrase:* ]]
		done
	done
}

@test "a signal at the prompt brings the echo back" {
	seal --passphrase-file pass
	for signal in INT TERM HUP QUIT; do
		run pty 'expect Passphrase for ' 'echo off' "signal $signal" \
		    exit 'echo on' -- "$XTSCRYPT" decrypt -o out sealed
		[ "$status" -eq $((128 + $(kill -l $signal))) ]
		[ "$(here)" = "bad key pass plain sealed" ]
	done
	run -130 pty 'expect Passphrase for ' 'echo off' 'send \x03' \
	    exit 'echo on' -- "$XTSCRYPT" decrypt -o out sealed
}

@test "stopped at the prompt it brings the echo back, and asks again" {
	seal --passphrase-file pass
	run -0 pty 'expect Passphrase for ' 'echo off' 'send \x1a' stopped \
	    'echo on' foreground 'expect Passphrase for ' 'echo off' \
	    'send secret\n' exit 'echo on' -- \
	    "$XTSCRYPT" decrypt -o opened sealed
	cmp plain opened
}

@test "a passphrase is kept byte for byte from the terminal too" {
	run -0 pty 'expect New passphrase for ' 'send a  \xc3\xa9"$\\\n' \
	    'expect Again: ' 'send a  \xc3\xa9"$\\\n' exit -- \
	    "$XTSCRYPT" encrypt $cheap -o sealed plain
	printf 'a  \xc3\xa9"$\\' >pass
	opens --passphrase-file pass
}

@test "without FILE a terminal is no input" {
	for command in encrypt decrypt verify info; do
		run -2 pty exit -- "$XTSCRYPT" $command
		[[ $output == "xtscrypt: "* ]]
		[[ $output != *assphrase:* ]]
	done
}

@test "ciphertext goes to a terminal only with -f or -o -" {
	run -2 pty exit -- "$XTSCRYPT" encrypt $cheap -k key -c plain
	[[ $output == "xtscrypt: "*terminal* ]]
	run -2 pty exit -- sh -c "$(redirect "encrypt $cheap -k key <plain")"
	[[ $output == "xtscrypt: "*terminal* ]]
	run -0 pty exit -- "$XTSCRYPT" encrypt $cheap -k key -f -c plain
	[[ $output == *XTSCRYPT* ]]
	run -0 pty exit -- "$XTSCRYPT" encrypt $cheap -k key -o - plain
	[[ $output == *XTSCRYPT* ]]
}

@test "a terminal is one under any name: no ciphertext without -f" {
	for name in /dev/tty /dev/stdout; do
		run -2 pty exit -- "$XTSCRYPT" encrypt $cheap -k key \
		    -o $name plain
		[[ $output == "xtscrypt: $name: "*terminal* ]]
		[[ $output != *XTSCRYPT* ]]
		run -0 pty exit -- "$XTSCRYPT" encrypt $cheap -k key -f \
		    -o $name plain
		[[ $output == *XTSCRYPT* ]]
	done
}

@test "text goes to a terminal, binary only with -f or -o -" {
	seal -k key
	run -0 pty exit -- "$XTSCRYPT" decrypt -k key -c sealed
	[ "$output" = "$(cat plain)" ]

	printf 'caf\xc3\xa9\tand\r\ncream\n' >plain
	seal -f -k key
	run -0 pty exit -- "$XTSCRYPT" decrypt -k key -c sealed

	{ text 9000; printf 'some\0zero\n'; } >plain
	seal -f -k key --segment-size 4K
	run pty exit -- "$XTSCRYPT" decrypt -k key -c sealed
	[ "$status" -eq 2 ]
	[[ $output == *"xtscrypt: "*binary* ]]
	[[ $output != *zero* ]]
	run -0 pty exit -- "$XTSCRYPT" decrypt -k key -f -c sealed
	[[ $output == *zero* ]]
	run -0 pty exit -- "$XTSCRYPT" decrypt -k key -o - sealed
	[[ $output == *zero* ]]
}

@test "a header is not written to a terminal without -f" {
	run -2 pty exit -- "$XTSCRYPT" encrypt $cheap -k key -H /dev/stdout \
	    -o data plain
	[[ $output == "xtscrypt: /dev/stdout: "*binary* ]]
	[ ! -e data ]
}

@test "a terminal is one under any name: only text without -f" {
	seal -k key
	for name in /dev/tty /dev/stdout; do
		run -0 pty exit -- "$XTSCRYPT" decrypt -k key -o $name sealed
		[ "$output" = "$(cat plain)" ]
	done
	printf 'some\0zero\n' >plain
	seal -f -k key
	for name in /dev/tty /dev/stdout; do
		run -2 pty exit -- "$XTSCRYPT" decrypt -k key -o $name sealed
		[[ $output == "xtscrypt: $name: "*binary* ]]
		[[ $output != *some* && $output != *zero* ]]
		run -0 pty exit -- "$XTSCRYPT" decrypt -k key -f -o $name \
		    sealed
		[[ $output == *zero* ]]
	done
}

@test "an escape sequence does not reach the terminal" {
	printf 'red: \e[31m\n' >plain
	seal -k key
	run -2 pty exit -- "$XTSCRYPT" decrypt -k key -c sealed
	[[ $output != *$'\e'* ]]
}

@test "text is UTF-8 of any language" {
	printf 'na\xc3\xafve \xd0\xb6 \xe4\xb8\xad \xf0\x9f\x94\x91\n' >plain
	seal -k key
	run -0 pty exit -- "$XTSCRYPT" decrypt -k key -c sealed
	[ "$output" = "$(cat plain)" ]
}

@test "no control character and no other coding reaches the terminal" {
	for bytes in '\xc2\x9b' '\x9b' '\xff\xfe' '\0' '\e' '\x7f' '\b' \
	    '\xe9' '\xc0\x9b' '\xed\xa0\x80'; do
		printf "before ${bytes}31m after\n" >plain
		seal -f -k key
		run -2 pty exit -- "$XTSCRYPT" decrypt -k key -c sealed
		[[ $output == "xtscrypt: "*binary* ]]
		[[ $output != *before* && $output != *after* ]]
	done
}

@test "a character may lie across two segments" {
	for before in 4095 4094 4093; do
		{ text $before; printf '\xf0\x9f\x94\x91 and more text\n'; } \
		    >plain
		seal -f -k key --segment-size 4K
		run -0 pty exit -- "$XTSCRYPT" decrypt -k key -c sealed
		[ "$output" = "$(cat plain)" ]
	done
	# And half of one may not.
	{ text 4095; printf '\xc2\x9b31m more text and more\n'; } >plain
	seal -f -k key --segment-size 4K
	run -2 pty exit -- "$XTSCRYPT" decrypt -k key -c sealed
	[[ $output != *31m* ]]
}

@test "key add asks for the old secret, then twice for the new one" {
	seal --passphrase-file pass
	run -0 pty 'expect Passphrase for ' 'send secret\n' \
	    'expect New passphrase for ' 'echo off' 'send second\n' \
	    'expect Again: ' 'send second\n' exit 'echo on' -- \
	    "$XTSCRYPT" key add $cheap sealed
	printf second >second
	opens --passphrase-file second
	opens --passphrase-file pass
}

@test "key remove asks for the passphrase of another slot" {
	seal --passphrase-file pass
	xtscrypt key add $cheap --passphrase-file pass \
	    --new-passphrase-file bad sealed
	run -0 pty \
	    'expect Passphrase of another slot of sealed: ' 'send wrong\n' \
	    'expect sealed: wrong passphrase; try again' \
	    'expect Passphrase of another slot of sealed: ' \
	    'send secret\n' exit -- "$XTSCRYPT" key remove --slot 1 sealed
	opens --passphrase-file pass
}

@test "key add --new-ask-passphrase asks, also beside a new key file" {
	seal -k key
	run -0 pty 'expect New passphrase for ' 'send second\n' \
	    'expect Again: ' 'send second\n' exit -- \
	    "$XTSCRYPT" key add $cheap -k key --new-ask-passphrase sealed
	run -0 pty 'expect New passphrase for ' 'send third\n' \
	    'expect Again: ' 'send third\n' exit -- \
	    "$XTSCRYPT" key add $cheap -k key --new-ask-passphrase \
	    --new-key-file bad sealed
	printf second >second
	opens --passphrase-file second
	printf third >third
	opens -k bad --passphrase-file third
	refused 3 '' xtscrypt decrypt -k bad -o out sealed
	refused 3 '' xtscrypt decrypt --passphrase-file third -o out sealed
}

@test "key change asks for the old secret, then twice for the new one" {
	seal --passphrase-file pass
	run -0 pty 'expect Passphrase for ' 'send secret\n' \
	    'expect New passphrase for ' 'send second\n' \
	    'expect Again: ' 'send second\n' exit -- \
	    "$XTSCRYPT" key change $cheap sealed
	printf second >second
	opens --passphrase-file second
	refused 3 'wrong passphrase' \
	    xtscrypt decrypt --passphrase-file pass -o out sealed
}

@test "a terminal that is a descriptor or a file does not echo a passphrase" {
	seal --passphrase-file pass
	for from in '--passphrase-fd 0' '--passphrase-file /dev/stdin' \
	    '--passphrase-file /dev/tty' '--passphrase-file /dev/fd/0'; do
		run -0 pty 'expect Passphrase for ' 'echo off' 'send secret\n' \
		    exit 'echo on' -- \
		    "$XTSCRYPT" decrypt -f $from -o opened sealed
		[[ $output != *secret* ]]
		cmp plain opened
	done
}

@test "on a terminal, what was made is said" {
	head -c 1258291 /dev/zero >disk.img
	run -0 pty exit -- "$XTSCRYPT" encrypt $cheap -k key disk.img
	[ "$output" = "xtscrypt: disk.img -> disk.img.xts (1.2 MiB)" ]
	run -0 pty exit -- "$XTSCRYPT" decrypt -k key -o out disk.img.xts
	[ "$output" = "xtscrypt: disk.img.xts -> out (1.2 MiB)" ]
	run -0 pty exit -- "$XTSCRYPT" encrypt $cheap -k key -H head \
	    --no-integrity -o sealed plain
	[ "$output" = "xtscrypt: plain -> sealed (19.5 KiB)" ]
	run -0 pty exit -- \
	    sh -c "exec '$XTSCRYPT' encrypt $cheap -f -k key -o sealed <plain"
	[ "$output" = "xtscrypt: standard input -> sealed (23.6 KiB)" ]

	# Not with -q, of standard output, to a file or after a failure.
	run -0 pty exit -- "$XTSCRYPT" decrypt -q -f -k key -o out sealed
	[ -z "$output" ]
	run -0 pty exit -- \
	    sh -c "exec '$XTSCRYPT' decrypt -k key -c sealed >out"
	[ -z "$output" ]
	run -0 pty exit -- \
	    sh -c "exec '$XTSCRYPT' decrypt -f -k key -o out sealed 2>err"
	[ -z "$output$(cat err)" ]
	flip sealed 5000
	run -5 pty exit -- "$XTSCRYPT" decrypt -f -k key -o out sealed
	[[ $output != *"->"* ]]
}
