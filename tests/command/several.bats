# SPDX-License-Identifier: ISC
#
# Several FILEs at a time, and --rm.
load ../lib/helper

three() {
	for i in 1 2 3; do
		text $((i * 1000)) >f$i
	done
}

@test "several files are encrypted, checked, shown and decrypted" {
	three
	xtscrypt encrypt $cheap -k key f1 f2 f3
	run -0 xtscrypt verify -k key f?.xts
	[ "${#lines[@]}" -eq 3 ]
	run -0 xtscrypt info f?.xts
	[ "$(grep -c 'an xtscrypt file' <<<"$output")" -eq 3 ]
	[[ $output == *f1.xts:*'1000 bytes'*f2.xts:*'2000 bytes'*f3.xts:* ]]
	xtscrypt info --json f?.xts >json
	python -c 'import json
text = open("json").read()
while text.strip():
    one, end = json.JSONDecoder().raw_decode(text.lstrip())
    print(one["length"])
    text = text.lstrip()[end:]' >lengths
	[ "$(echo $(<lengths))" = "1000 2000 3000" ]
	run -0 xtscrypt key list f1.xts f2.xts
	[ "${lines[0]}" = f1.xts: ] && [ "${lines[2]}" = f2.xts: ]
	[ "${#lines[@]}" -eq 4 ]
	mkdir before
	mv f? before
	xtscrypt decrypt -k key f?.xts
	for i in 1 2 3; do
		cmp f$i before/f$i
	done
	# Each has keys of its own.
	[ "$(cut -b 33-48 f1.xts)" != "$(cut -b 33-48 f2.xts)" ]
}

@test "one that fails does not stop the others: the greatest status" {
	three
	xtscrypt encrypt $cheap -k key f1 f2 f3
	flip f2.xts 5000
	run -5 xtscrypt verify -k key f1.xts nofile f2.xts plain f3.xts
	[[ $output == *f1.xts*authentic*nofile*f2.xts*damaged*plain*'not an'* ]]
	[[ $output == *f3.xts*authentic* ]]
	rm f?
	run -5 xtscrypt decrypt -k key f1.xts f2.xts f3.xts
	[ -e f1 ] && [ ! -e f2 ] && [ -e f3 ]
	run -4 xtscrypt info f1.xts nofile plain f3.xts
	[[ $output == *nofile:*plain:* && $output == *f1.xts:*f3.xts:* ]]
	run -1 xtscrypt encrypt $cheap -k key nofile plain
	[ -e plain.xts ]
	run -3 xtscrypt verify -k pass f1.xts nofile
}

@test "a secret that can be read once serves all of them" {
	three
	xtscrypt encrypt $cheap --passphrase-fd 0 f1 f2 f3 <pass
	xtscrypt verify --passphrase-file /dev/stdin f?.xts <pass
	xtscrypt verify --passphrase-file <(cat pass) f?.xts
	XTSCRYPT_PASSPHRASE=secret xtscrypt verify f?.xts
}

@test "one command gives its files one salt, and another command another" {
	three
	salt() { od -An -tx1 -j 80 -N 16 "$1"; }
	xtscrypt encrypt $cheap -k key f1 f2
	xtscrypt encrypt $cheap -k key f3
	[ "$(salt f1.xts)" = "$(salt f2.xts)" ]
	[ "$(salt f1.xts)" != "$(salt f3.xts)" ]
	mkdir before
	mv f? before
	xtscrypt decrypt -k key f1.xts f3.xts
	xtscrypt decrypt -k key f2.xts
	for i in 1 2 3; do
		cmp f$i before/f$i
	done
	# A secret that was changed in one has no effect on the others.
	xtscrypt key change $cheap -k key --new-key-file pass f1.xts
	run -3 xtscrypt verify -k key f1.xts f2.xts f3.xts
	[[ $output == *f1.xts:\ wrong*f2.xts*authentic*f3.xts*authentic* ]]
}

@test "one prompt for all, and three tries at the first" {
	three
	run -0 pty \
	    'expect New passphrase for f1 and the other files: ' \
	    'send secret\n' \
	    'expect Again: ' 'send secret\n' exit -- \
	    "$XTSCRYPT" encrypt $cheap f1 f2 f3
	xtscrypt encrypt $cheap --passphrase-file bad -o other.xts plain
	run -3 pty 'expect Passphrase for f1.xts: ' 'send wrong1\n' \
	    'expect try again' 'expect Passphrase for f1.xts: ' \
	    'send secret\n' exit -- \
	    "$XTSCRYPT" verify f1.xts other.xts f2.xts
	[[ $output == *f1.xts*authentic*other.xts:\ wrong*f2.xts*authentic* ]]
	[ "$(grep -c 'Passphrase for' <<<"$output")" -eq 2 ]
}

@test "where no secret can be had, one message is enough" {
	three
	refused 2 'no terminal' python "$srcdir/tests/lib/pty.py" --none -- \
	    "$XTSCRYPT" encrypt f1 f2 f3
	refused 1 'No such file' xtscrypt encrypt -k nofile f1 f2 f3
}

@test "what is for one file is not for several" {
	three
	for option in '-o out' -c '-H hdr' '--recovery-file code' \
	    '--length 5'; do
		refused 2 'for one FILE' \
		    xtscrypt encrypt $cheap -k key $option f1 f2
	done
	refused 2 'for one FILE' xtscrypt encrypt $cheap -k key f1 -
	for command in 'decrypt -c' 'decrypt -o out' 'decrypt -H hdr' \
	    'verify -H hdr'; do
		refused 2 'for one FILE' xtscrypt $command -k key f1 f2
	done
	refused 2 'for one FILE' xtscrypt info -H hdr f1 f2
	[ "$(here)" = "bad f1 f2 f3 key pass plain" ]
}

@test "--rm removes what was encrypted, and what was decrypted" {
	three
	cp f1 before
	xtscrypt encrypt $cheap -k key --rm f1 f2
	[ "$(here)" = "bad before f1.xts f2.xts f3 key pass plain" ]
	xtscrypt decrypt -k key --rm f1.xts f2.xts
	[ "$(here)" = "bad before f1 f2 f3 key pass plain" ]
	cmp f1 before
}

@test "--rm keeps a source that it cannot look at" {
	preloads
	cp plain saved
	for call in lstat fstat; do
		kept=
		for n in {1..8}; do
			rm -f plain.xts
			cp saved plain
			run faulty $call@plain:$n:5 encrypt -q $cheap -k key \
			    --rm plain
			if [ "$status" -eq 0 ]; then
				[ ! -e plain ]
				continue
			fi
			[ "$output" = "xtscrypt: plain: Input/output error" ]
			cmp saved plain
			kept=$n
		done
		[ -n "$kept" ]
	done
}

@test "--rm says when the source could not be removed" {
	preloads
	refused 1 'plain: Operation not permitted' \
	    faulty unlinkat@plain:1:1 encrypt $cheap -k key --rm plain
	[ "$(here)" = "bad key pass plain plain.xts" ]
	xtscrypt decrypt -k key -c plain.xts | cmp plain -
}

@test "--rm keeps what cannot be replaced by its output" {
	three
	xtscrypt encrypt $cheap -k key f1
	flip f1.xts 5000
	rm f1
	run -5 xtscrypt decrypt -k key --rm f1.xts
	[ -e f1.xts ]
	run -5 xtscrypt decrypt -k key --rm --keep-going -o out f1.xts
	[ -e f1.xts ]
	ln f2 second
	ln -s f3 link
	refused 1 'another name' xtscrypt encrypt $cheap -k key --rm f2
	refused 1 'only regular' xtscrypt encrypt $cheap -k key --rm link
	refused 2 '--rm' xtscrypt encrypt $cheap -k key --rm -c plain
	refused 2 '--rm' xtscrypt encrypt $cheap -k key --rm -o out2 - <plain
	mkfifo fifo
	timeout 20 cat fifo >got &
	refused 1 'no regular file' \
	    xtscrypt encrypt $cheap -k key --rm -o fifo plain
	refused 1 'no regular file' \
	    xtscrypt encrypt $cheap -k key --rm -H /dev/null -o out2 plain
	[ -e f2 ] && [ -e f3 ] && [ -h link ] && [ -e plain ]
}

@test "--rm keeps what a power cut could lose the output of" {
	[ "$(stat -f -c %T /dev/shm)" = tmpfs ] &&
		[ "$(stat -f -c %T .)" != tmpfs ] || skip "not two such disks"
	memory=$(mktemp -d /dev/shm/several-XXXXXX)
	cp plain before
	refused 1 'a power cut would lose it' \
	    xtscrypt encrypt $cheap -k key --rm -o "$memory/out" plain
	refused 1 'a power cut would lose it' xtscrypt encrypt $cheap -k key \
	    --rm -H "$memory/header" -o out plain
	xtscrypt encrypt $cheap -f -k key --rm -o out plain
	[ ! -e plain ]
	refused 1 'a power cut would lose it' \
	    xtscrypt decrypt -k key --rm -o "$memory/plain" out
	cmp "$memory/plain" before
	# From memory to memory nothing changes, and out of it all is better.
	xtscrypt encrypt $cheap -f -k key --rm -o "$memory/out" "$memory/plain"
	xtscrypt decrypt -k key --rm -o plain "$memory/out"
	cmp plain before
	[ "$(ls "$memory")" = header ]
	rm -r "$memory"
}

# changed COMMAND...: encrypt --rm plain, of which the key comes when the input
# is open; until then the command changes it.
changed() {
	text 20000 >plain
	rm -f plain.xts
	keyless encrypt $cheap --rm plain
	"$@"
	keyed
	[ "$status" -eq 1 ]
	[ -e plain ]
}
@test "--rm keeps a file that changes meanwhile, or another of its name" {
	text 30000 >other
	for change in 'chmod 600 plain' 'mv other plain'; do
		changed $change
		grep -q 'plain: .*meanwhile' err
		[ -e plain.xts ]
	done
	changed poke plain 5000 x
	[ ! -e plain.xts ]
}

@test "--rm keeps a file that another program has open for writing" {
	knows_writers
	xtscrypt encrypt $cheap -k key plain
	for command in "encrypt -f $cheap" "decrypt -o new"; do
		[[ $command == encrypt* ]] && file=plain || file=plain.xts
		exec 8>>"$file"
		refused 1 "$file: is not removed: another program has" \
		    xtscrypt $command -k key --rm "$file"
		[ -e "$file" ] && [ ! -e new ]
		# To read it is no use that loses anything.
		exec 8<"$file"
		xtscrypt $command -k key --rm "$file"
		exec 8<&-
		[ ! -e "$file" ]
	done
	changed eval 'exec 8>>plain'
	exec 8>&-
	grep -q 'plain: is not removed: another program has it open' err
}

@test "no file is replaced by the output of one before it" {
	three
	ln -s f1.xts link
	for later in f1.xts ./f1.xts link; do
		text 99 >f1.xts
		run -2 xtscrypt encrypt $cheap -f -k key f1 f2 "$later"
		[ "${lines[0]}" = "xtscrypt: $later: the output of f1 would \
replace it before it is read" ]
		[ "$(<f1.xts)" = "$(text 99)" ]
		xtscrypt verify -q -k key f2.xts "$later.xts"
	done
	# Once it was read, it may be; and one that is not there is made.
	xtscrypt encrypt $cheap -f -k key f1.xts f1
	xtscrypt verify -q -k key f1.xts f1.xts.xts
	run -2 xtscrypt decrypt -f -k key f1.xts.xts f1.xts
	rm f1.xts
	xtscrypt decrypt -k key f1.xts.xts
	[ "$(<f1.xts)" = "$(text 99)" ]
}
