# SPDX-License-Identifier: ISC
load ../lib/helper

# All of a file but its header.
payload() { tail -c +4097 "$1"; }

add() { xtscrypt key add $cheap "$@" sealed; }

# Slots 0 to 7 open with the key files k0 to k7.
full() {
	for i in {0..7}; do
		printf 'key %d' $i >k$i
	done
	chmod go= k?
	seal -k k0
	for i in {1..7}; do
		add -k k0 --new-key-file k$i
	done
}

@test "key list shows slots, factors, costs and names, without a secret" {
	seal --passphrase-file pass --name 'by heart'
	add --passphrase-file pass --new-key-file key --slot 5 --name stick
	add --passphrase-file pass --new-key-file key \
	    --new-passphrase-file bad
	run -0 xtscrypt key list sealed
	[ "$(grep -c . <<<"$output")" -ge 3 ]
	[[ $output == *0*passphrase*'by heart'* ]]
	[[ $output == *1*passphrase*key\ file*5*key\ file*stick* ]]
}

@test "key add lets another secret open, and leaves the data alone" {
	seal --passphrase-file pass
	payload sealed >before
	run -0 add --passphrase-file pass --new-key-file key
	opens --passphrase-file pass
	opens -k key
	payload sealed | cmp - before
	[ "$(number sealed 48 8)" -eq 2 ]
	[ "$(number sealed $((64 + 128)) 1)" -eq 1 ]
	[ "$(here)" = "bad before key opened pass plain sealed" ]
}

@test "key add takes each kind of new secret" {
	seal -k key
	add -k key --new-passphrase-file pass
	opens --passphrase-file pass
	add -k key --new-passphrase-fd 7 7<bad
	opens --passphrase-file bad
	add -k key --new-key-file plain --new-passphrase-file bad
	opens -k plain --passphrase-file bad
	[ "$(number sealed 48 8)" -eq 4 ]
}

@test "key add takes the old secret from the environment, not the new one" {
	export XTSCRYPT_PASSPHRASE=secret
	seal
	add --new-key-file key
	opens -k key
	refused 2 '' pty --none -- "$XTSCRYPT" key add $cheap sealed
	[ "$(number sealed 48 8)" -eq 2 ]
}

@test "key add --slot says where, and only an empty slot will do" {
	seal -k key
	add -k key --new-key-file pass --slot 7
	[ "$(number sealed $((64 + 7 * 128)) 1)" -eq 1 ]
	cp sealed before
	refused 1 'slot 7' add -k key --new-key-file bad --slot 7
	refused 1 'slot 0' add -k key --new-key-file bad --slot 0
	for slot in 8 -1 x ''; do
		refused 2 '' add -k key --new-key-file bad --slot "$slot"
	done
	cmp sealed before
}

@test "a slot is a number from 0 to 7, wherever it is given" {
	seal -k key
	cp sealed before
	for slot in 8 9 08 09 17 18 19 70 78 255 4294967296; do
		for command in "add $cheap --new-key-file pass" \
		    "change $cheap --new-key-file pass" remove; do
			refused 2 'slot takes' \
			    xtscrypt key $command -k key --slot $slot sealed
		done
	done
	cmp sealed before
}

@test "a name belongs to one slot" {
	seal -k key --name first
	cp sealed before
	refused 1 first add -k key --new-key-file pass --name first
	cmp sealed before
	add -k key --new-key-file pass --name second
	add -k key --new-key-file bad
	add -k key --new-key-file plain
	run -0 xtscrypt key list sealed
	[[ $output == *first*second* ]]
}

@test "a name has up to 24 characters of printable ASCII" {
	seal -k key
	for name in 'twenty-five characters...' $'tab\t' $'caf\xc3\xa9'; do
		refused 2 '' add -k key --new-key-file pass --name "$name"
	done
	add -k key --new-key-file pass --name 'twenty-four characters..'
}

@test "a wrong secret changes nothing" {
	seal -k key
	add -k key --new-key-file pass
	cp sealed before
	chmod go= plain
	for command in "add --new-key-file bad" "change --new-key-file bad"; do
		refused 3 'wrong key file' \
		    xtscrypt key $command -k plain sealed
	done
	refused 3 'the secret opens none of the other slots' \
	    xtscrypt key remove --slot 1 -k plain sealed
	cmp sealed before
	[ "$(here)" = "bad before key pass plain sealed" ]
}

@test "key add finds no room when all 8 slots are used" {
	full
	cp sealed before
	refused 1 'sealed: ' add -k k0 --new-key-file key
	cmp sealed before
	for i in {0..7}; do
		opens -k k$i
	done
}

@test "key change replaces a slot also when all 8 are used" {
	full
	payload sealed >before
	run -0 xtscrypt key change $cheap -k k5 --new-key-file key sealed
	opens -k key
	for i in 0 1 2 3 4 6 7; do
		opens -k k$i
	done
	refused 3 'wrong key file' xtscrypt decrypt -k k5 -o out sealed
	payload sealed | cmp - before
	[ "$(number sealed 48 8)" -eq 9 ]
}

@test "key change replaces the slot that opened, and its name stays" {
	seal -k key --name mine
	run -0 xtscrypt key change $cheap -k key --new-passphrase-file pass \
	    sealed
	opens --passphrase-file pass
	refused 3 'passphrase' xtscrypt decrypt -k key -o out sealed
	run -0 xtscrypt key list sealed
	[[ $output == *passphrase*mine* ]]
	[ "$(number sealed 48 8)" -eq 2 ]
}

@test "key change replaces another slot with --slot or --name" {
	seal -k key
	add -k key --new-key-file pass --name second
	xtscrypt key change $cheap -k key --new-key-file bad --slot 1 sealed
	opens -k key
	opens -k bad
	refused 3 'wrong key file' xtscrypt decrypt -k pass -o out sealed
	xtscrypt key change $cheap -k key --new-key-file plain --name second \
	    sealed
	opens -k key
	opens -k plain
	refused 3 'wrong key file' xtscrypt decrypt -k bad -o out sealed
	refused 1 'sealed: ' xtscrypt key change $cheap -k key \
	    --new-key-file pass --name third sealed
	refused 1 'sealed: ' xtscrypt key change $cheap -k key \
	    --new-key-file pass --slot 2 sealed
}

@test "key remove drops a slot, and says that older copies still open" {
	seal -k key
	add -k key --new-key-file pass --name second
	payload sealed >before
	run -0 xtscrypt key remove -k key --slot 1 sealed
	[[ $output == "xtscrypt: "*older\ copies* ]]
	refused 3 'wrong key file' xtscrypt decrypt -k pass -o out sealed
	opens -k key
	payload sealed | cmp - before
	# Its 128 bytes are zero.
	cmp -i 192:0 -n 128 sealed /dev/zero
	[ "$(number sealed 48 8)" -eq 3 ]

	add -k key --new-key-file pass --name second
	run -0 xtscrypt key remove -k key --name second sealed
	refused 3 'wrong key file' xtscrypt decrypt -k pass -o out sealed
}

@test "a secret has one slot" {
	seal -k key
	add -k key --new-passphrase-file pass
	cp sealed before
	refused 1 'slot 0 already has this secret' add -k key --new-key-file key
	refused 1 'slot 1 already has this secret' \
	    add -k key --new-passphrase-file pass
	refused 1 'slot 1 already has this secret' xtscrypt key change $cheap \
	    -k key --new-passphrase-file pass sealed
	cmp sealed before
	# Another cost with the same secret is a change.
	xtscrypt key change --kdf-passes 2 --kdf-memory 8M -k key \
	    --new-key-file key sealed
	opens -k key
}

@test "key remove needs a secret that opens another slot" {
	seal -k key
	add -k key --new-key-file pass
	cp sealed before
	refused 3 'sealed: ' \
	    xtscrypt key remove -k pass --slot 1 sealed
	[[ ${lines[1]} == *'the secret of another slot'* ]]
	refused 3 'sealed: ' xtscrypt key remove -k key --slot 0 sealed
	add -k key --new-passphrase-file bad --slot 5
	cp sealed before
	refused 3 'sealed: ' \
	    xtscrypt key remove --passphrase-file bad --slot 5 sealed
	cmp sealed before
	xtscrypt key remove -k pass --slot 0 sealed
	opens -k pass
}

@test "key remove never removes the last slot" {
	seal -k key
	cp sealed before
	refused 1 last xtscrypt key remove -k key --slot 0 sealed
	cmp sealed before
}

@test "key remove needs --slot or --name, of a slot that is there" {
	seal -k key --name first
	add -k key --new-key-file pass --name second
	cp sealed before
	refused 2 '' xtscrypt key remove -k key sealed
	refused 2 '' xtscrypt key remove -k key --slot 1 --name second sealed
	refused 1 'sealed: ' xtscrypt key remove -k key --slot 3 sealed
	refused 1 'sealed: ' xtscrypt key remove -k key --name third sealed
	cmp sealed before
}

@test "a slot of unknown kind stays byte for byte" {
	reference encrypt --passphrase secret --unknown-slot plain sealed
	dd if=sealed of=before bs=1 skip=64 count=128 status=none
	add --passphrase-file pass --new-key-file key
	cmp -i 64:0 -n 128 sealed before
	xtscrypt key change $cheap -k key --new-key-file plain sealed
	cmp -i 64:0 -n 128 sealed before
	xtscrypt key remove -k plain --slot 1 sealed
	cmp -i 64:0 -n 128 sealed before
	opens -k plain
	run -0 xtscrypt key list sealed
	[[ ${lines[0]} == *0*unknown* ]]
}

@test "a slot of unknown kind can be removed, and does not count as the last" {
	reference encrypt --passphrase secret --unknown-slot plain sealed
	refused 1 last xtscrypt key remove --passphrase-file pass --slot 1 \
	    sealed
	xtscrypt key remove --passphrase-file pass --slot 0 sealed
	cmp -i 64:0 -n 128 sealed /dev/zero
	opens --passphrase-file pass
	reference decrypt --passphrase secret sealed theirs
	cmp plain theirs
}

@test "a file whose slots are all of unknown kind does not open" {
	seal -k key
	poke sealed 64 '\x4d'
	resum sealed
	refused 3 'sealed: ' xtscrypt decrypt -k key -o out sealed
	[[ $output != *wrong* ]]
}

@test "the reference opens what add, change and remove have written" {
	full
	xtscrypt key remove -k k0 --slot 3 sealed
	xtscrypt key change $cheap -k k4 --new-passphrase-file pass sealed
	add -k k0 --new-key-file key
	reference decrypt --passphrase secret sealed theirs
	cmp plain theirs
	reference decrypt --key-file key sealed theirs
	cmp plain theirs
}

@test "key works on a detached header, which a new file replaces" {
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	ln header old
	cp payload before
	xtscrypt key add $cheap -k key --new-key-file pass header
	[ "$(stat -c %s header)" -eq 4096 ]
	[ "$(number old 48 8)" -eq 1 ]
	[ "$(number header 48 8)" -eq 2 ]
	cmp payload before
	xtscrypt decrypt -k pass -H header -o opened payload
	cmp plain opened
	xtscrypt key change $cheap -k pass --new-key-file bad header
	xtscrypt key remove -k bad --slot 0 header
	xtscrypt decrypt -f -k bad -H header -o opened payload
	[ "$(here)" = "bad before header key old opened pass payload plain" ]
}

@test "a header that is replaced keeps its permissions" {
	seal -k key
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	chmod 640 sealed header
	add -k key --new-key-file pass
	xtscrypt key add $cheap -k key --new-key-file pass header
	[ "$(stat -c %a sealed)" = 640 ]
	[ "$(stat -c %a header)" = 640 ]
}

@test "a detached header that is replaced has a new time" {
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	chmod 604 header
	touch -d 2001-02-03 header
	touch began
	xtscrypt key add $cheap -k key --new-key-file pass header
	[ ! header -ot began ]
	[ "$(stat -c %a header)" = 604 ]
}

@test "key add and change take the cost of the new slot" {
	seal -k key
	xtscrypt key add --kdf-passes 2 --kdf-memory 9M -k key \
	    --new-key-file pass sealed
	[ "$(number sealed $((192 + 4)) 4)" -eq 2 ]
	[ "$(number sealed $((192 + 8)) 4)" -eq 9216 ]
	xtscrypt key change --kdf-passes 4 --kdf-memory 10M -k pass \
	    --new-key-file bad sealed
	[ "$(number sealed $((192 + 4)) 4)" -eq 4 ]
	[ "$(number sealed $((192 + 8)) 4)" -eq 10240 ]
	# Of what is not given, change keeps what the slot has.
	xtscrypt key change -k bad --new-key-file pass sealed
	[ "$(number sealed $((192 + 4)) 4)" -eq 4 ]
	[ "$(number sealed $((192 + 8)) 4)" -eq 10240 ]
	xtscrypt key change --kdf-passes 1 -k pass --new-key-file bad sealed
	[ "$(number sealed $((192 + 4)) 4)" -eq 1 ]
	[ "$(number sealed $((192 + 8)) 4)" -eq 10240 ]
	xtscrypt key change --kdf interactive -k bad --new-key-file pass sealed
	[ "$(number sealed $((192 + 4)) 4)" -eq 2 ]
	[ "$(number sealed $((192 + 8)) 4)" -eq 65536 ]
	refused 2 'kdf-max-memory 64M' xtscrypt key change -k key --slot 1 \
	    --kdf-max-memory 9M --new-key-file bad sealed
	refused 2 kdf-max-memory xtscrypt key add --kdf-memory 3G -k key \
	    --new-key-file plain sealed
}

@test "the header of a file in conversion is not changed" {
	for state in 1 2; do
		reference encrypt --passphrase secret --state $state plain \
		    sealed
		cp sealed before
		refused 4 'sealed: ' add --passphrase-file pass \
		    --new-key-file key
		cmp sealed before
	done
}

@test "a file that cannot be changed is named" {
	refused 1 'missing: No such file' \
	    xtscrypt key add -k key --new-key-file pass missing
	refused 1 'missing: No such file' xtscrypt key list missing
	refused 4 'plain: not an xtscrypt file' \
	    xtscrypt key add -k key --new-key-file pass plain
	refused 4 'plain: not an xtscrypt file' xtscrypt key list plain
	refused 2 '' xtscrypt key
	refused 2 '' xtscrypt key list
	refused 2 '' xtscrypt key open sealed
}

@test "the generation ends at 2^64 - 1, and does not start over" {
	reference encrypt --passphrase secret \
	    --generation 18446744073709551615 plain sealed
	cp sealed before
	refused 4 'sealed: ' add --passphrase-file pass --new-key-file key
	cmp sealed before
	opens --passphrase-file pass
}

@test "only one at a time changes a header" {
	seal -k key
	cp sealed before
	exec 7<sealed
	flock 7
	refused 1 'sealed: in use by another program' add -k key \
	    --new-key-file pass
	cmp sealed before
	exec 7<&-
	add -k key --new-key-file pass
	opens -k pass
}

@test "a symbolic link to a header is followed" {
	mkdir folder
	xtscrypt encrypt $cheap -k key -o folder/sealed plain
	xtscrypt encrypt $cheap -k key -H folder/header -o payload plain
	ln -s folder/sealed sealed
	ln -s folder/header header
	xtscrypt key add $cheap -k key --new-key-file pass sealed
	xtscrypt key add $cheap -k key --new-key-file pass header
	[ -L sealed ]
	[ -L header ]
	opens -k pass
	xtscrypt decrypt -k pass -H header -o out payload
	[ "$(ls -A folder)" = $'header\nsealed' ]
}

# cost FILE N: passes and memory of slot N.
cost() {
	echo $(number "$1" $((64 + 128 * $2 + 4)) 4) \
	    $(number "$1" $((64 + 128 * $2 + 8)) 4)
}

@test "a key file of keygen alone costs the least, and any other as usual" {
	xtscrypt keygen random
	xtscrypt encrypt -k random -o sealed plain
	[ "$(cost sealed 0)" = "1 8192" ]
	opens -k random
	head -c 64 plain >text
	head -c 63 random >shorter
	cat random random >longer
	for i in {1..64}; do
		printf "\\x$(printf %x $((i * (i + 1) / 2 % 256)))"
	done >triangular
	[ "$(stat -c %s triangular)" -eq 64 ]
	chmod go= text shorter longer triangular
	for with in '-k key' '-k text' '-k shorter' '-k longer' \
	    '-k triangular' \
	    '-k random --passphrase-file pass' '--passphrase-file pass'; do
		xtscrypt encrypt -f $with -o sealed plain
		[ "$(cost sealed 0)" = "3 262144" ]
	done
	# What is said counts, also a part of it.
	xtscrypt encrypt -f -k random --kdf interactive -o sealed plain
	[ "$(cost sealed 0)" = "2 65536" ]
	xtscrypt encrypt -f -k random --kdf-passes 2 -o sealed plain
	[ "$(cost sealed 0)" = "2 8192" ]
	xtscrypt encrypt -f -k key --kdf minimal -o sealed plain
	[ "$(cost sealed 0)" = "1 8192" ]
	# A limit that allows it is enough.
	xtscrypt encrypt -f -k random --kdf-max-memory 8M -o sealed plain
	refused 2 --kdf-max-memory xtscrypt encrypt -f -k key \
	    --kdf-max-memory 8M -o sealed plain
}

@test "a new secret never takes over the least cost" {
	xtscrypt keygen random
	xtscrypt keygen random2
	xtscrypt encrypt -k random -o sealed plain
	xtscrypt key add -k random --new-key-file random2 sealed
	[ "$(cost sealed 1)" = "1 8192" ]
	xtscrypt key change -k random2 --new-passphrase-file pass sealed
	[ "$(cost sealed 1)" = "3 262144" ]
	xtscrypt key change --kdf interactive --passphrase-file pass \
	    --new-passphrase-file bad sealed
	[ "$(cost sealed 1)" = "2 65536" ]
	xtscrypt key change --passphrase-file bad \
	    --new-passphrase-file pass sealed
	[ "$(cost sealed 1)" = "2 65536" ]
	xtscrypt key change --passphrase-file pass --new-key-file random2 sealed
	[ "$(cost sealed 1)" = "1 8192" ]
	opens -k random2
}

# Of another writer: xtscrypt gives each name once.
@test "a name that several slots have chooses none of them" {
	seal -k key --name one
	xtscrypt key add -q $cheap -k key --new-key-file pass --name two sealed
	python - <<'END'
import reference_format as reference

with open("sealed", "r+b") as sealed, open("key", "rb") as key:
    raw = bytearray(sealed.read(4096))
    master = reference.open_master(raw, *reference.check_header(raw), None,
                                   key.read())
    at = raw.index(b"two")
    raw[at:at + 3] = b"one"
    raw[4032:4064] = reference.header_mac(raw, master)
    raw[4064:] = reference.blake2b(raw[:4064])
    sealed.seek(0)
    sealed.write(raw)
END
	cp sealed before
	refused 1 'several slots have that name' \
	    xtscrypt key remove -k key --name one sealed
	cmp sealed before
	xtscrypt key remove -q -k key --slot 1 sealed
	opens -k key
}
