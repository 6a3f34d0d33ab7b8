# SPDX-License-Identifier: ISC
# Files that do not begin as an xtscrypt file, or not where they should.
load ../lib/helper

lost='xtscrypt: hint: if its header was overwritten, "xtscrypt header restore"'
lost+=' puts back a saved one; if it is kept apart, use -H HEADER'

# says FIRST SECOND COMMAND...: these two lines, and exit 4.
says() {
	run -4 "${@:3}"
	[ "$output" = "xtscrypt: $1
$2" ] || { echo "$*: $output"; return 1; }
}

# Bytes that look encrypted.
noise() { head -c "$1" /dev/urandom; }

@test "a file of another program is named as what it is" {
	while IFS='|' read -r begins kind tool; do
		{ printf -- "$begins"; text 9000; } >other
		for command in decrypt\ -c info verify 'key list'; do
			says "other: not an xtscrypt file, but $kind" \
			    "xtscrypt: hint: \"$tool\" opens it" \
			    xtscrypt $command other
		done
		says "standard input: not an xtscrypt file, but $kind" \
		    "xtscrypt: hint: \"$tool\" opens it" \
		    xtscrypt decrypt -c - < <(cat other)
		says "other: not an xtscrypt file, but $kind" \
		    "xtscrypt: hint: \"$tool\" opens it" \
		    xtscrypt key add -k key --new-key-file pass other
	done <<-'END'
	LUKS\xba\xbe\x00\x02|a LUKS volume|cryptsetup open
	age-encryption.org/v1\n|an age file|age -d
	-----BEGIN AGE ENCRYPTED FILE-----\n|an age file|age -d
	-----BEGIN PGP MESSAGE-----\n|a gpg file|gpg -d
	\x8c\x0d\x04\x09\x03\x02|a gpg file|gpg -d
	\x85\x01\x0c\x03|a gpg file|gpg -d
	\x84\x5e\x03|a gpg file|gpg -d
	\xc3\x1e\x06\x1a\x09|a gpg file|gpg -d
	Salted__|an openssl file|openssl enc -d
	PK\x03\x04|a zip archive|unzip
	END
}

@test "a short file of another program is named, too" {
	printf 'Salted__12345678abcdefgh' >other
	says "other: not an xtscrypt file, but an openssl file" \
	    'xtscrypt: hint: "openssl enc -d" opens it' xtscrypt info other
	printf 'Salted_' >other
	run -4 xtscrypt info other
	[ "$output" = "xtscrypt: other: not an xtscrypt file" ]
	run -4 xtscrypt info <other
	[ "$output" = "xtscrypt: standard input: not an xtscrypt file" ]
	run -4 xtscrypt info < <(cat other)
	[ "$output" = "xtscrypt: standard input: not an xtscrypt file" ]
}

@test "an empty input is called that: the program before it may have failed" {
	: >other
	run -4 xtscrypt info other
	[ "$output" = "xtscrypt: other: not an xtscrypt file, but empty" ]
	run -4 xtscrypt decrypt -k key < <(:)
	[ "$output" = \
	    "xtscrypt: standard input: not an xtscrypt file, but empty" ]
}

@test "a header that was wiped: header restore is named, and mends it" {
	seal -k key
	xtscrypt header save sealed saved
	dd if=/dev/zero of=sealed bs=4096 count=1 conv=notrunc status=none
	for command in decrypt\ -c info verify 'key list' \
	    "key add -k key --new-key-file pass"; do
		says "sealed: not an xtscrypt file" "$lost" \
		    xtscrypt $command sealed
	done
	xtscrypt header restore -k key sealed saved
	opens -k key
}

@test "what looks like a VeraCrypt volume may be one" {
	noise 299008 >other
	says "other: not an xtscrypt file" \
	    "${lost/if its/a VeraCrypt volume can look like this; if its}" \
	    xtscrypt info other
	for size in 299007 298496; do
		noise $size >other
		says "other: not an xtscrypt file" "$lost" xtscrypt info other
	done
	head -c 299008 /dev/zero >other
	says "other: not an xtscrypt file" "$lost" xtscrypt info other
}

@test "-H for a file with a header of its own: leave it out, or restore it" {
	seal -k key
	xtscrypt header save sealed saved
	for command in decrypt\ -c verify; do
		says "sealed: has a header of its own, and cannot be the data\
 of a detached one" 'xtscrypt: hint: leave out -H; if the header in it is'\
' damaged, "xtscrypt header restore sealed saved" puts that one back' \
		    xtscrypt $command -k key -H saved sealed
	done
}

@test "a detached header in the place of its data is called that" {
	seal -k key -H apart
	for command in decrypt\ -c verify; do
		run -5 xtscrypt $command -k key apart
		[ "${lines[0]}" = \
		    "xtscrypt: apart: cut short, a header without its data" ]
		[ "${lines[1]}" = "\
xtscrypt: hint: if the data is in a file of its own, name that, and the header\
 with -H apart" ]
	done
	# A header is all of this one.
	xtscrypt encrypt $cheap --no-integrity -k key -o whole /dev/null
	[ "$(stat -c %s whole)" = 4096 ]
	xtscrypt decrypt -k key -o opened whole
	[ ! -s opened ]
}

@test "-H for a file whose header is damaged does not advise zeros for all" {
	seal -k key
	xtscrypt header save sealed saved
	dd if=/dev/zero of=sealed bs=512 count=1 conv=notrunc status=none
	for command in decrypt\ -c verify; do
		run -5 xtscrypt $command -k key -H saved sealed
		[ "${lines[0]}" = "xtscrypt: sealed: is longer by 4096 bytes,\
 the size of a header, than the data of saved" ]
		[ "${lines[1]}" = 'xtscrypt: hint: if its own header is'\
' damaged, "xtscrypt header restore sealed saved" puts that one back;'\
' it is read without -H then' ]
	done
	xtscrypt header restore -k key sealed saved
	opens -k key
	# What is reported of the data otherwise is what was asked for.
	seal -f -k key -H apart
	head -c 4096 /dev/zero >>sealed
	run -5 xtscrypt decrypt --keep-going -k key -H apart -o out sealed
	cmp plain out
}

@test "nor where the length is not known" {
	cat plain | xtscrypt encrypt $cheap -k key - | cat >sealed
	xtscrypt header save sealed saved
	dd if=/dev/zero of=sealed bs=512 count=1 conv=notrunc status=none
	run -5 xtscrypt decrypt -k key -H saved -o out sealed
	[[ ${lines[-1]} == 'xtscrypt: hint: if sealed has a damaged header of'\
' its own, put saved in its place with "xtscrypt header restore"; if not,'\
' --keep-going'* ]]
	xtscrypt header restore -k key sealed saved
	opens -k key
}
