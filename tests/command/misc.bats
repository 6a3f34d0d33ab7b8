# SPDX-License-Identifier: ISC
load ../lib/helper

commands="encrypt decrypt verify resume info key header keygen bench"

# usage COMMAND...: a usage error is one line, and may have a hint.
usage() { refused 2 '' "$@"; }

@test "keygen makes 64 random bytes, mode 0600, and says nothing" {
	umask 000
	run -0 xtscrypt keygen k1
	[ -z "$output" ]
	[ "$(stat -c '%s %a' k1)" = '64 600' ]
	xtscrypt keygen k2
	run ! cmp -s k1 k2
	seal -k k1
	opens -k k1
}

@test "keygen never overwrites" {
	refused 1 'key: ' xtscrypt keygen key
	printf '\0key\r\n' | cmp - key
	ln -s nowhere link
	refused 1 'link: ' xtscrypt keygen link
	usage xtscrypt keygen -f key
	usage xtscrypt keygen
	usage xtscrypt keygen k1 k2
	refused 1 'nowhere/key: No such file' xtscrypt keygen nowhere/key
	refused 2 'standard output' xtscrypt keygen -
	[ "$(here)" = "bad key link pass plain" ]
}

@test "the first command of the README works word for word" {
	cp "$XTSCRYPT" ./xtscrypt
	cp "$srcdir/README.md" .
	./xtscrypt keygen my.key && ./xtscrypt encrypt -k my.key README.md
	./xtscrypt decrypt -k my.key -c README.md.xts | cmp - README.md
}

@test "help goes to standard output" {
	for command in help --help -h; do
		run -0 --separate-stderr xtscrypt $command
		for name in $commands; do
			[[ $output == *"xtscrypt $name"* ]]
		done
		[ -z "$stderr" ]
	done
}

@test "help COMMAND, COMMAND --help and COMMAND -h are the same" {
	for command in $commands; do
		run -0 --separate-stderr xtscrypt help $command
		[[ $output == *"xtscrypt $command"* ]]
		[ -z "$stderr" ]
		help=$output
		run -0 xtscrypt $command --help
		[ "$output" = "$help" ]
		run -0 xtscrypt $command -h
		[ "$output" = "$help" ]
	done
	usage xtscrypt help frobnicate
	run -0 xtscrypt help
	help=$output
	run -0 xtscrypt help help
	[ "$output" = "$help" ]
	run -0 xtscrypt help key add
	[ "$output" = "$(xtscrypt key add -h)" ]
	[[ $output == *--new-key-file* ]]
	refused 2 'unknown command "key now"' xtscrypt help key now
	refused 2 'unknown command "encrypt now"' xtscrypt help encrypt now
	refused 2 'help takes two operands' xtscrypt help key add now
}

# The long options in what is read, but for those that are no command's.
named() { grep -o -e '--[a-z][a-z-]*' | sort -u | grep -vx -e --version; }

@test "help lists the options that a command takes, and no others" {
	native "these are many runs"
	subcommands=(encrypt decrypt verify resume info 'key list' 'key add'
	    'key remove' 'key change' 'header save' 'header restore' keygen
	    bench)
	sed -n 's/Fl Fl /--/gp' "$srcdir/man/xtscrypt.1" | named >all
	grep -qx -e --span-shift all
	for command in "${subcommands[@]}"; do
		"$XTSCRYPT" $command -h | grep -oE '^  (-., |    )--[a-z-]+' |
		    named >listed
		[ -z "$(comm -23 listed all)" ]
		[ "$command" != encrypt ] || echo --span-shift >>listed
		while read -r option; do
			out=$("$XTSCRYPT" $command $option x \
			    --frobnicate 2>&1) ||
				:
			case $out in
			*"unknown option $option;"* | *"$option: write "*)
				run ! grep -qx -e "$option" listed ;;
			*)
				grep -qx -e "$option" listed ;;
			esac
		done <all
	done
}

@test "help fits a terminal of 80 columns" {
	for command in '' $commands 'key add' 'key change' 'header save' \
	    'header restore'; do
		run -0 xtscrypt help $command
		[ "$(awk 'length > 79' <<<"$output")" = "" ]
	done
}

@test "--version says the name and the version" {
	for option in --version -V; do
		run -0 --separate-stderr xtscrypt $option
		[[ ${lines[0]} =~ ^xtscrypt\ [0-9]+\.[0-9]+\.[0-9]+ ]]
		[ -z "$stderr" ]
	done
}

@test "an unknown command, and a missing one, are answered with a list" {
	run -2 --separate-stderr xtscrypt frobnicate
	[ -z "$output" ]
	[ "$stderr" = "xtscrypt: unknown command \"frobnicate\"
xtscrypt: hint: the commands are: ${commands// /, }, help" ]
	for group in 'key list add remove change export' \
	    'header save restore'; do
		read -r name subcommands <<<"$group"
		hint="xtscrypt: hint: the subcommands are: ${subcommands// /, }"
		usage xtscrypt $name
		[ "$output" = "xtscrypt: $name needs a subcommand
$hint" ]
		for run in "$name" "help $name"; do
			usage xtscrypt $run frobnicate
			[ "$output" = "xtscrypt: unknown command\
 \"$name frobnicate\"
$hint" ]
		done
	done
	usage xtscrypt ''
	usage xtscrypt -k key encrypt plain
	[ "${lines[0]}" = "xtscrypt: the command comes first, before -k" ]
	usage xtscrypt 'key list' plain
	usage xtscrypt key '' plain
}

@test "operands too few or too many are answered with the usage line" {
	for what in 'key list:FILE ...' 'header save:FILE BACKUP' \
	    'keygen:KEYFILE'
	do
		IFS=: read -r command operands <<<"$what"
		usage xtscrypt $command
		[ "$output" = "xtscrypt: $command needs $operands
xtscrypt: usage: xtscrypt $command [options] $operands" ]
	done
	usage xtscrypt header save plain
	usage xtscrypt header save plain a b
	[ "$output" = "xtscrypt: header save takes two operands
xtscrypt: usage: xtscrypt header save [options] FILE BACKUP" ]
	usage xtscrypt bench plain
	[ "$output" = "xtscrypt: bench takes no operand
xtscrypt: usage: xtscrypt bench [options]" ]
	[ "$(here)" = "bad key pass plain" ]
}

@test "usage errors" {
	usage xtscrypt
	usage xtscrypt frobnicate
	usage xtscrypt --frobnicate
	for command in encrypt 'key add' 'header save'; do
		for option in --frobnicate -Z; do
			usage xtscrypt $command -f $option plain
			[ "$output" = "xtscrypt: unknown option $option;\
 \"xtscrypt help $command\" lists them" ]
		done
	done
	refused 2 '"xtscrypt help help" lists them' xtscrypt help --frobnicate
	usage xtscrypt encrypt plain -o
	usage xtscrypt encrypt plain --output
	usage xtscrypt encrypt --stdout=yes plain
	usage xtscrypt encrypt --sector-size 513 plain
	usage xtscrypt decrypt --no-integrity sealed
	usage xtscrypt encrypt --keep-going plain
	for option in '--sector-size 8G' '--segment-size 8G' \
	    '--kdf-memory 8388609' '--kdf-max-memory 4M' --name= \
	    '--length 4194305T'; do
		usage xtscrypt encrypt -k key $option plain
		[[ $output == "xtscrypt: ${option%%[= ]*} takes "* ]]
	done
	refused 2 '-q and -v' xtscrypt encrypt -k key -q -v plain
	refused 2 'one file descriptor' xtscrypt key change --passphrase-fd 7 \
	    --new-passphrase-fd 7 plain 7<pass
	option=--$(printf 'x%.0s' {1..100})
	refused 2 "option ${option:0:63}; " xtscrypt encrypt "$option" plain
	[ ! -e plain.xts ]
}

@test "-c and -o FILE contradict each other" {
	usage xtscrypt encrypt $cheap -k key -c -o out plain
	[ "$(here)" = "bad key pass plain" ]
}

@test "no output is called nothing" {
	usage xtscrypt encrypt $cheap -k key -o '' plain
	seal -k key
	usage xtscrypt decrypt -k key -o '' sealed
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "an option that names a file or a secret is given once" {
	seal -k key
	cp sealed before
	usage xtscrypt encrypt $cheap -k key -o a -o b plain
	usage xtscrypt encrypt $cheap -k key -o a --output a plain
	usage xtscrypt encrypt $cheap -k key -H a -H b plain
	usage xtscrypt encrypt $cheap -k key -k pass plain
	usage xtscrypt encrypt $cheap --passphrase-file pass \
	    --passphrase-file bad plain
	usage xtscrypt encrypt $cheap --passphrase-fd 7 --passphrase-fd 8 \
	    plain 7<pass 8<bad
	for option in '--new-key-file pass' '--new-passphrase-file pass' \
	    '--new-passphrase-fd 7'; do
		usage xtscrypt key add $cheap -k key $option $option sealed \
		    7<pass
	done
	cmp sealed before
	[ "$(here)" = "bad before key pass plain sealed" ]
}

@test "options may stand before or after FILE" {
	xtscrypt encrypt $cheap -k key -o sealed plain
	xtscrypt encrypt plain -f -o sealed $cheap -k key
	xtscrypt encrypt -f -o sealed plain $cheap -k key
	POSIXLY_CORRECT=1 xtscrypt encrypt plain -f -o sealed $cheap -k key
	xtscrypt decrypt sealed -k key -o opened
	cmp plain opened
	xtscrypt key list -- sealed
	xtscrypt key add sealed $cheap -k key --new-key-file pass
}

@test "-- ends the options" {
	cp plain ./-k
	xtscrypt encrypt $cheap -k key -o sealed -- -k
	opens -k key
	refused 1 '-o: No such file' xtscrypt info -- -o
}

@test "short options may be joined, and long ones take = or a space" {
	xtscrypt encrypt $cheap -fkkey -osealed plain
	xtscrypt encrypt $cheap -f --key-file=key --output=sealed plain
	opens --key-file key
}

@test "a second operand is refused without showing it" {
	for command in 'key add' 'key remove' 'key change' keygen; do
		refused 2 "$command takes one operand" \
		    xtscrypt $command sealed topsecret
		[[ $output != *topsecret* ]]
	done
	usage xtscrypt encrypt -p topsecret plain
	[[ $output != *topsecret* ]]
	usage xtscrypt bench topsecret
	[[ $output != *topsecret* ]]
	[ "$(here)" = "bad key pass plain" ]
}

@test "long options may not be abbreviated" {
	usage xtscrypt encrypt $cheap --key key plain
	usage xtscrypt encrypt $cheap --key-fil key plain
	usage xtscrypt encrypt $cheap --passphrase pass plain
	usage xtscrypt encrypt $cheap --passphrase-fil pass plain
	usage xtscrypt encrypt $cheap --passphrase-fil=pass plain
	usage xtscrypt encrypt $cheap --ask plain
	usage xtscrypt encrypt $cheap -k key --out sealed plain
	usage xtscrypt encrypt $cheap -k key --no-int plain
	[ "$(here)" = "bad key pass plain" ]
}

@test "a backend can be chosen, and an unknown one is an error" {
	XTSCRYPT_BACKEND=portable seal -k key
	XTSCRYPT_BACKEND=portable opens -k key
	for name in none '' Portable; do
		XTSCRYPT_BACKEND=$name refused 1 '' \
		    xtscrypt decrypt -k key -o out sealed
		[[ $output == *backend* ]]
	done
	[ "$(here)" = "bad key opened pass plain sealed" ]
}

@test "what needs no engine does not mind an unknown backend" {
	seal -k key
	export XTSCRYPT_BACKEND=none
	run -0 xtscrypt info sealed
	run -0 xtscrypt key list sealed
	run -0 xtscrypt help
	run -0 xtscrypt help encrypt
	run -0 xtscrypt --version
}

@test "an unknown backend is reported with the name of the variable" {
	XTSCRYPT_BACKEND=none refused 1 'XTSCRYPT_BACKEND=none: ' \
	    xtscrypt encrypt $cheap -k key plain
	hint=${lines[1]}
	[[ $hint == 'xtscrypt: hint: this machine can use, for AES-XTS: '*\
'portable; for tags: '*sodium ]]
	xts=${hint#*AES-XTS: }
	tags=${hint##*tags: }
	for name in $(tr -d , <<<"${xts%;*}"); do
		for tag in $(tr -d , <<<"$tags"); do
			XTSCRYPT_BACKEND=$name,$tag \
			    xtscrypt verify -h >/dev/null
		done
	done
	[ "$(here)" = "bad key pass plain" ]
}

@test "bench --json names each backend, at both units" {
	run -0 --separate-stderr xtscrypt bench --json
	[ -z "$stderr" ]
	printf '%s\n' "$output" | python -m json.tool >/dev/null
	[[ $output == *portable* && $output == *512* && $output == *4096* ]]
	run -0 xtscrypt bench
	[[ $output == *portable* && $output == *512* && $output == *4096* ]]
}

@test "-q leaves out notes, not errors" {
	seal -k key
	xtscrypt key add $cheap -k key --new-key-file pass sealed
	run -0 xtscrypt key remove -q -k key --slot 1 sealed
	[ -z "$output" ]
	refused 3 'wrong key file' xtscrypt decrypt -q -k pass -o out sealed
}

@test "-v says which slot opened" {
	seal -k key
	xtscrypt key add $cheap -k key --new-key-file pass --slot 6 sealed
	run -0 xtscrypt decrypt -v -k pass -o opened sealed
	[[ $output == *'slot 6'* ]]
	run -0 xtscrypt key add -v $cheap -k pass --new-key-file bad sealed
	[[ $output == *'opened with slot 6'* ]]
	run -0 xtscrypt decrypt -k pass -o opened2 sealed
	[ -z "$output" ]
}

@test "closed standard streams are no trap" {
	# What is opened must not become one of them.
	run -0 bash -c '"$XTSCRYPT" encrypt --kdf-memory 8M -k key -o sealed \
	    plain <&- >&- 2>&-'
	opens -k key
	run bash -c '"$XTSCRYPT" decrypt -k key -c sealed >&- 2>err'
	[ "$status" -eq 1 ]
	run bash -c '"$XTSCRYPT" encrypt -k key <&- >out 2>err'
	[ "$status" -eq 1 ]
	run -0 bash -c '"$XTSCRYPT" decrypt -k key -o opened2 sealed <&- 2>&-'
	cmp plain opened2
}

@test "no message lands in a file where standard error is closed" {
	xtscrypt encrypt $cheap -v --progress always -k key -o sealed plain \
	    2>&-
	xtscrypt key add -v $cheap -k key --new-key-file pass sealed 2>&-
	xtscrypt key remove -v -k pass --slot 0 sealed 2>&-
	xtscrypt decrypt -v --progress always -k pass -o opened sealed 2>&-
	cmp plain opened
	run -0 xtscrypt verify -k pass sealed
	run -1 bash -c '"$XTSCRYPT" encrypt -k key -o sealed plain 2>&-'
	opens -k pass
}

@test "no data lands in a file where standard output is closed" {
	seal -k key
	cp sealed before
	for command in 'info sealed' 'info --json sealed' 'key list sealed' \
	    'decrypt -k key -c sealed' 'encrypt --kdf-memory 8M -k key -c plain'
	do
		run -1 bash -c "\"\$XTSCRYPT\" $command >&-"
		[[ $output == "xtscrypt: standard output: "* ]]
	done
	cmp sealed before
	text 20000 | cmp - plain
	[ "$(here)" = "bad before key pass plain sealed" ]
}

@test "a standard input that is closed cannot be read" {
	for command in 'encrypt -o out' 'decrypt -o out' verify; do
		run -1 bash -c "\"\$XTSCRYPT\" $command -k key <&-"
		[[ $output == "xtscrypt: standard input: "* ]]
	done
	run -1 bash -c '"$XTSCRYPT" info <&-'
	[ "$(here)" = "bad key pass plain" ]
}

@test "bootstrap shows how far it is while a step takes long" {
	mkdir bin
	printf '#!/bin/sh\n' | tee bin/{autoreconf,automake,pkg-config} >bin/cc
	chmod +x bin/*
	cp "$srcdir/bootstrap" .
	cat >configure <<-'end'
		#!/bin/sh
		echo checking for patience
		until grep patience said; do sleep 0.1; done
		printf 'all:\nclean:\n' >Makefile
	end
	chmod +x configure
	PATH="$PWD/bin:$PATH" CC=cc ./bootstrap >said
	# Other steps may take as long, and this one longer.
	[ "$(grep -vF ... said)" = "bootstrap: making ./configure
bootstrap: configuring
bootstrap: building
bootstrap: ready: ./xtscrypt" ]
	[ "$(grep -A 1 configuring said)" = "bootstrap: configuring
bootstrap: ... checking for patience" ]
	printf 'exit 1\n' >>configure
	rm Makefile
	PATH="$PWD/bin:$PATH" CC=cc run -1 ./bootstrap
	[[ $output == *"failed: ./configure (bootstrap.log "* ]]
}
