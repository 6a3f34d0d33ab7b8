# SPDX-License-Identifier: ISC
#
# One file that several programs write, each a part: --parts, --part and
# --parts-done of encrypt and decrypt.
load ../lib/helper
load ../lib/parts

@test "parts in any order make what one program makes, in every layout" {
	for how in "$small" "$small -s 4096" "$small --span-shift 20" \
	    --no-integrity "--no-integrity -s 4096"; do
		for header in "" "-H header"; do
			rm -f header sealed
			begin 4 $how $header
			part "$header" 3/4 1/4 4/4 2/4
			finish $header
			xtscrypt decrypt -k key $header -c sealed |
			    cmp - long
			[[ $how == --no* ]] ||
			    xtscrypt verify -k key $header sealed
			xtscrypt encrypt $cheap -f -k key $how $header \
			    -o other long
			[ "$(stat -c %s sealed)" = "$(stat -c %s other)" ]
		done
	done
	! compgen -G '.xts*' && ! compgen -G '*.xtshdr'
}

@test "the README's lines are a use that works" {
	sed -n 's/^    \(xtscrypt encrypt --part.*[^ ]\)  *#.*/\1/p' \
	    "$srcdir/README.md" >script
	[ "$(wc -l <script)" -eq 2 ]
	mapfile -t lines <script
	text 30000 >disk.img
	xtscrypt keygen my.key
	eval "${lines[0]}"
	for i in {1..16}; do
		eval "${lines[1]/1\/16/$i\/16}"
	done
	eval "${lines[1]/--part 1\/16/--parts-done}"
	xtscrypt decrypt -k my.key -c disk.img.xts | cmp - disk.img
}

@test "until all is there, every other command refuses, and names the one" {
	for how in $small --no-integrity; do
		rm -f sealed
		begin 3 $how
		part "" 1/3 2/3 3/3
		cp sealed before
		printf 'x\n' >new
		for command in \
		    "decrypt -k key -o out sealed" \
		    "decrypt -k key --part 1/2 -o out sealed" \
		    "decrypt -k key --parts-done -o out sealed" \
		    "decrypt -k key --length 5 -c sealed" \
		    "decrypt -k key --in-place sealed" \
		    "resume -k key sealed" \
		    "key add -k key --new-passphrase-file new sealed" \
		    "key change -k key --new-passphrase-file new sealed" \
		    "key remove -k key --slot 0 sealed" \
		    "key export -k key -o out sealed" \
		    "header save sealed saved" \
		    "header restore -k key sealed before"; do
			run -4 xtscrypt $command
			[[ $output == *'written in parts'*--parts-done* ]] || {
				echo "$command"; echo "$output"; false; }
		done
		run -4 xtscrypt verify -k key sealed
		cmp sealed before
		run -0 xtscrypt info sealed
		[[ $output == *$'\n''state       being written in parts, 3 '* ]]
		xtscrypt info --json sealed | python -c 'import json, sys
i = json.load(sys.stdin)
assert i["state"] == "parts" and i["parts"] == 3 and i["generation"] == 1
assert i["mapping"] is None'
		finish
		run -0 xtscrypt info sealed
		[[ $output == *$'\n''state       whole'* ]]
		[[ $output == *$'\n''generation  2'* ]]
	done
	[ ! -e out ] && [ ! -e saved ]
}

@test "a part of a file that is written to meanwhile is an error" {
	begin 2
	keyless encrypt --part 1/2 -o sealed long
	poke long 5 x
	keyed
	[ "$status" -eq 1 ]
	[ "$(<err)" = "xtscrypt: long: was written to while it was read
xtscrypt: hint: write this part again" ]
	part "" 2/2 1/2
	finish
	xtscrypt decrypt -k key -c sealed | cmp - long
}

@test "what is missing or damaged is found by the number of its part" {
	for how in $small --no-integrity; do
		rm -f sealed
		begin 4 $how
		part "" 1/4 3/4
		refused 5 'divided into 4 parts, these are missing or '\
'damaged: 2,4' finish
		[[ $output == *'xtscrypt encrypt --part I/4'* ]]
		run -4 xtscrypt decrypt -k key -c sealed
		part "" 2/4
		refused 5 'damaged: 4' finish
		part "" 4/4
		at=600000 damaged=1-2
		[ $how = $small ] || at=1100000 damaged=2-3
		flip sealed 13000
		flip sealed $at
		refused 5 "damaged: $damaged" finish
		part "" 1/4 2/4 3/4
		finish
		xtscrypt decrypt -k key -c sealed | cmp - long
	done
}

# says TEXT OPERAND...: on a terminal, and nothing else.
says() {
	run -0 pty exit -- "$XTSCRYPT" "${@:2}" -k key
	[ "${output//$'\r'/}" = "xtscrypt: $1" ]
}

@test "a terminal shows what is done, and what is to do" {
	text 1200000 >long
	says 'sealed: no part is written yet: "xtscrypt encrypt --part I/2" '\
'writes one' encrypt $cheap $small --parts 2 -o sealed long
	says 'sealed: wrote part 1 of 2' encrypt --part 1/2 -o sealed long
	says 'sealed: wrote part 2 of 2' encrypt --part 2/2 -o sealed long
	says 'sealed: all parts are there' encrypt --parts-done -o sealed long
	says 'out.xtsparts: wrote part 1 of 1' decrypt --part 1/1 -o out sealed
	says 'out: all parts are there' decrypt --parts-done -o out sealed
	cmp out long
}

@test "of no part, all are missing" {
	begin 1 $small
	refused 5 'divided into 1 parts, these are missing or damaged: 1' finish
	rm sealed
	begin 65535 $small
	refused 5 'damaged: 13107,26214,39321,52428,65535' finish
	[[ ${lines[0]} == *,65535 ]]
	part "" 1/1
	finish
}

@test "of very many missing parts, the first are listed" {
	for stripes in 86 87; do
		truncate -s $((stripes * 524288)) long
		rm -f sealed
		begin 65535 $small
		refused 5 "damaged: $((65535 / stripes + 1)),1" finish
		[[ ${lines[0]} == *,64773,65535 ]] || [ $stripes -gt 86 ]
		[[ ${lines[0]} == *,64782,... ]] || [ $stripes -lt 87 ]
	done
}

@test "a part may be written again, and cut in another way" {
	for how in $small --no-integrity; do
		rm -f sealed
		begin 2 $how
		part "" 2/2 2/2 1/2 2/2
		part "" 1/3 3/3 4/9
		# Fewer stripes than parts: some have nothing to do.
		part "" 1/65535 65535/65535
		finish
		xtscrypt decrypt -k key -c sealed | cmp - long
		rm sealed
		begin 2 $how
		part "" 1/1
		finish
		xtscrypt decrypt -k key -c sealed | cmp - long
	done
}

@test "half of the parts of another number are found out" {
	begin 4 $small
	part "" 1/8 2/8 3/8 4/8
	refused 5 'damaged: 3-4' finish
}

@test "all of a file's parts at once" {
	for how in $small --no-integrity; do
		rm -f sealed
		begin 5 $how
		pids=
		for i in 1 2 3 4 5; do
			xtscrypt encrypt --part $i/5 -k key -o sealed long &
			pids="$pids $!"
		done
		wait $pids
		finish
		xtscrypt decrypt -k key -c sealed | cmp - long
	done
}

@test "parts-done does not run beside a part, nor two of them" {
	begin 2 $small
	part "" 1/2 2/2
	exec 9<sealed
	flock -s 9
	refused 1 'sealed: in use by another program' finish
	part "" 1/2
	flock -x 9
	refused 1 'in use by another program' part "" 1/2
	refused 1 'in use by another program' finish
	exec 9<&-
	finish
}

@test "without locks parts are written all the same, and a note warns" {
	preloads
	note=": its file system has no locks: a part that is still being"
	# ENOLCK, EOPNOTSUPP
	for error in 37 95; do
		no=flock:1+:$error,ofd_setlk:1+:$error
		rm -f sealed out
		begin 2 $small
		for i in 1 2; do
			run -0 faulty $no encrypt --part $i/2 -k key -o sealed \
			    long
			[ -z "$output" ]
		done
		run -0 faulty $no encrypt --parts-done -k key -o sealed long
		[[ $output == "xtscrypt: sealed$note"* ]]
		for i in 1 2; do
			run -0 faulty $no decrypt --part $i/2 -k key -o out \
			    sealed
			[ -z "$output" ]
		done
		run -0 faulty $no decrypt --parts-done -k key -o out sealed
		[[ $output == "xtscrypt: out$note"* ]]
		cmp out long
	done
}

@test "a file of one byte, and of one stripe and a tail" {
	for length in 1 15 16 524288 524303 524304; do
		text $length >long
		rm -f sealed out
		begin 2 $small
		part "" 1/2 2/2
		finish
		for i in 1 2; do
			xtscrypt decrypt --part $i/2 -k key -o out sealed
		done
		xtscrypt decrypt --parts-done -k key -o out sealed
		cmp out long
	done
}

@test "holes are read as zeros, and a passphrase will do" {
	truncate -s 3M long
	xtscrypt encrypt $cheap --parts 3 --passphrase-file pass $small \
	    -o sealed long
	for i in 1 2 3; do
		xtscrypt encrypt --part $i/3 --passphrase-file pass \
		    -o sealed long
	done
	refused 3 'wrong passphrase' xtscrypt encrypt --part 1/3 \
	    --passphrase-file bad -o sealed long
	refused 3 'wrong passphrase' xtscrypt encrypt --parts-done \
	    --passphrase-file bad -o sealed long
	XTSCRYPT_PASSPHRASE=secret xtscrypt encrypt --parts-done -o sealed long
	xtscrypt decrypt --passphrase-file pass -c sealed | cmp - long
}

@test "the name is that of the file, and its times and permissions too" {
	text 5000 >long
	chmod 640 long
	touch -d 2001-02-03 long
	xtscrypt encrypt $cheap --parts 1 -k key long
	xtscrypt encrypt --part 1/1 -k key long
	xtscrypt encrypt --parts-done -k key long
	[ "$(stat -c %a long.xts)" = 640 ]
	rm long
	umask 002
	xtscrypt decrypt --part 1/1 -k key long.xts
	[ "$(here)" = "bad key long.xts long.xtsparts pass plain" ]
	[ "$(stat -c %a long.xtsparts)" = 600 ]
	xtscrypt decrypt --parts-done -k key long.xts
	[ "$(stat -c %a long)" = 640 ]
	[ "$(here)" = "bad key long long.xts pass plain" ]
}

@test "a source that has changed is found where there are no tags" {
	begin 2 --no-integrity
	part "" 1/2 2/2
	flip long 1500000
	refused 5 'damaged: 2' finish
	part "" 2/2
	finish
}

# stopped SIGNAL FILE COMMAND...: a signal, while it writes to FILE.
stopped() {
	held pwrite@$2:1 "${@:3}" -T1 -k key
	kill -"$1" "$pid"
	rm held
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq $((128 + $(kill -l "$1"))) ]
}

@test "a signal stops a part; written again, it is right" {
	preloads
	text $((16 * 524288 + 20)) >long
	begin 2 $small
	part "" 2/2
	for signal in INT TERM KILL; do
		stopped $signal sealed encrypt --part 1/2 -o sealed long
		refused 5 'damaged: 1' finish
		part "" 2/2 1/2
		flip sealed $(($(stripe 7) + 5))
	done
	part "" 1/2
	finish
	xtscrypt decrypt --part 2/2 -k key -o out sealed
	for signal in INT TERM KILL; do
		stopped $signal out.xtsparts decrypt --part 1/2 -o out sealed
		refused 5 'damaged: ' \
		    xtscrypt decrypt --parts-done -k key -o out sealed
		[ ! -e out ]
	done
	xtscrypt decrypt --part 1/2 -k key -o out sealed
	xtscrypt decrypt --parts-done -k key -o out sealed
	cmp out long
}

@test "after an error a part is written again, and then right" {
	text $((4 * 524288 + 20)) >long
	begin 2 $small
	preloads
	run faulty "pwrite@sealed:2:28" encrypt --part 1/2 -T1 -k key \
	    -o sealed long
	[[ $status -eq 1 && $output == "xtscrypt: sealed: "* ]]
	run faulty "fsync@sealed:1:5" encrypt --part 2/2 -T1 -k key \
	    -o sealed long
	[[ $status -eq 1 && $output == "xtscrypt: sealed: "* ]]
	refused 5 'damaged: 1' finish
	part "" 1/2 2/2
	run faulty "fsync@sealed:1:5" encrypt --parts-done -k key -o sealed long
	[[ $status -eq 1 && $output == "xtscrypt: sealed: "* ]]
	run -4 xtscrypt decrypt -k key -c sealed
	finish
	xtscrypt decrypt -k key -c sealed | cmp - long
}

@test "parts are written through a descriptor, too" {
	for header in "" "-H header"; do
		rm -f header sealed
		begin 2 "$small" $header
		for i in 1 2; do
			xtscrypt encrypt --part $i/2 -k key $header \
			    -o /dev/fd/3 long 3<>sealed
		done
		finish $header
		xtscrypt decrypt -k key $header -c sealed | cmp - long
	done
}
