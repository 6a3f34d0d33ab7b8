# SPDX-License-Identifier: ISC
load ../lib/helper

# With --none there is no terminal to ask on.
alone() { pty --none -- "$XTSCRYPT" "$@"; }

@test "a passphrase comes from a file, a descriptor or the environment" {
	seal --passphrase-file pass
	opens --passphrase-file pass
	opens --passphrase-fd 7 7<pass
	XTSCRYPT_PASSPHRASE=secret opens
	seal -f --passphrase-fd 7 7< <(printf secret)
	opens --passphrase-file pass
	XTSCRYPT_PASSPHRASE=secret seal -f
	opens --passphrase-file pass
}

@test "a passphrase option goes before the environment" {
	export XTSCRYPT_PASSPHRASE=wrong
	seal --passphrase-file pass
	opens --passphrase-file pass
	opens --passphrase-fd 7 7<pass
	refused 3 'wrong passphrase' xtscrypt decrypt -o out sealed
}

@test "there is at most one source of a passphrase" {
	refused 2 '' seal --passphrase-file pass --passphrase-fd 7 7<pass
	refused 2 '' seal --passphrase-file pass -p
	refused 2 '' seal -p --passphrase-fd 7 7<pass
	refused 2 '' seal -k key -p --passphrase-file pass
	refused 2 '' seal --passphrase-file pass --passphrase-file bad
	[ "$(here)" = "bad key pass plain" ]
}

@test "the environment is not used where a key file is enough" {
	export XTSCRYPT_PASSPHRASE=secret
	seal -k key
	[ "$(number sealed 65 1)" -eq 2 ]
	opens -k key
	unset XTSCRYPT_PASSPHRASE
	opens -k key
}

@test "a key file and a passphrase make a slot that needs both" {
	seal -k key --passphrase-file pass
	[ "$(number sealed 65 1)" -eq 3 ]
	opens -k key --passphrase-file pass
	refused 3 'sealed: ' xtscrypt decrypt -k key -o out sealed
	[[ $output == *passphrase*key\ file* ]]
	refused 3 'sealed: ' xtscrypt decrypt --passphrase-file pass -o out \
	    sealed
	[[ $output == *passphrase*key\ file* ]]
	refused 3 'wrong passphrase or key file' \
	    xtscrypt decrypt -k key --passphrase-file bad -o out sealed
	refused 3 'wrong passphrase or key file' \
	    xtscrypt decrypt -k pass --passphrase-file pass -o out sealed
}

@test "-k -p takes the passphrase from the environment, where it is set" {
	XTSCRYPT_PASSPHRASE=secret seal -k key -p
	[ "$(number sealed 65 1)" -eq 3 ]
	opens -k key --passphrase-file pass
}

@test "a file that needs a key file says so, before it asks anything" {
	seal -k key
	refused 3 'key file' alone decrypt -o out sealed
	refused 3 'key file' xtscrypt decrypt --passphrase-file pass -o out \
	    sealed
	[[ $output != *wrong* ]]
}

@test "a file that needs a passphrase says so" {
	seal --passphrase-file pass
	refused 3 'passphrase' xtscrypt decrypt -k key -o out sealed
	[[ $output != *wrong* ]]
	refused 3 'passphrase' \
	    xtscrypt decrypt -k key --passphrase-file pass -o out sealed
	[[ $output != *wrong* ]]
}

@test "only slots whose factors match are tried" {
	# The slot of the passphrase would be over the limit.
	seal --passphrase-file pass --kdf-memory 16M
	xtscrypt key add $cheap --passphrase-file pass --new-key-file key sealed
	opens -k key --kdf-max-memory 8M
}

@test "without a secret and without a terminal it is exit 2" {
	seal --passphrase-file pass
	for command in 'encrypt plain' 'decrypt -o out sealed' \
	    'encrypt -k key -p plain' 'key add sealed'; do
		refused 2 'no terminal' alone $command
		[[ ${lines[1]} == *' --passphrase-file '* ]]
		[[ ${lines[1]} == *XTSCRYPT_PASSPHRASE*' -k '* ]]
	done
	for command in add change; do
		refused 2 'no terminal' alone key $command \
		    --passphrase-file pass sealed
		[[ ${lines[1]} == *--new-passphrase-file* ]]
		[[ ${lines[1]} == *--new-key-file* ]]
	done
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "without a terminal a wrong passphrase is reported once" {
	seal --passphrase-file pass
	refused 3 'wrong passphrase' \
	    alone decrypt --passphrase-file bad -o out sealed
	[ "${#lines[@]}" -eq 1 ]
}

@test "a passphrase may be empty only beside a key file" {
	echo >empty
	: >nothing
	chmod go= empty nothing
	for file in empty nothing; do
		refused 2 "$file: the passphrase must not be empty" \
		    seal --passphrase-file $file
		refused 2 "descriptor: the passphrase must not be empty" \
		    seal --passphrase-fd 7 7<$file
	done
	XTSCRYPT_PASSPHRASE= refused 2 \
	    'XTSCRYPT_PASSPHRASE: the passphrase must not be empty' seal
	seal -k key --passphrase-file empty
	opens -k key --passphrase-file nothing
}

@test "a passphrase has up to 4096 bytes" {
	text 4096 | tr '\n' ' ' >long
	text 4097 | tr '\n' ' ' >longer
	seal --passphrase-file long
	opens --passphrase-file long
	opens --passphrase-file <(cat long; echo; echo more)
	refused 2 '' xtscrypt decrypt --passphrase-file longer -o out sealed
	refused 2 '' xtscrypt encrypt $cheap --passphrase-file longer plain
	XTSCRYPT_PASSPHRASE=$(cat longer) refused 2 '' seal -f
}

@test "a passphrase ends before the first newline, and every byte counts" {
	umask 077
	printf 'secret' >without
	printf 'secret\nmore\n' >more
	printf 'secret\r\n' >cr
	printf 'secret \n' >space
	printf 'secret\0\n' >nul
	printf 'secret\0a\n' >nul2
	seal --passphrase-file pass
	opens --passphrase-file without
	opens --passphrase-file more
	for other in cr space nul nul2; do
		refused 3 'wrong passphrase' \
		    xtscrypt decrypt -q --passphrase-file $other -o out sealed
	done
	XTSCRYPT_PASSPHRASE=$'secret\n' refused 3 'wrong passphrase' \
	    xtscrypt decrypt -o out sealed
	seal -f --passphrase-file cr
	opens --passphrase-file cr
	seal -f --passphrase-file nul
	opens --passphrase-file nul
	refused 3 'wrong passphrase' \
	    xtscrypt decrypt --passphrase-file nul2 -o out sealed
}

@test "nothing behind the passphrase is read from a descriptor" {
	seal --passphrase-file pass
	printf 'secret\nmore' | {
		xtscrypt decrypt --passphrase-fd 0 -o out sealed
		cat >rest
	}
	[ "$(cat rest)" = more ]
}

@test "a passphrase is not normalised: it may be any bytes" {
	umask 077
	printf 'caf\xc3\xa9' >composed
	printf 'cafe\xcc\x81' >decomposed
	seal --passphrase-file composed
	opens --passphrase-file composed
	refused 3 'wrong passphrase' \
	    xtscrypt decrypt --passphrase-file decomposed -o out sealed
}

@test "a passphrase file or descriptor that cannot be read is an error" {
	mkdir folder
	refused 1 'missing: No such file' seal --passphrase-file missing
	refused 1 'folder: ' seal --passphrase-file folder
	refused 2 '' seal --passphrase-fd 99
	refused 2 '/dev/fd/7: not open for reading' \
	    seal --passphrase-file /dev/fd/7 7>/dev/null
	for fd in -1 x '' 7x 99999999999; do
		refused 2 '' seal --passphrase-fd "$fd"
	done
	[ "$(here)" = "bad folder key pass plain" ]
}

@test "standard input is the passphrase or the data, not both" {
	seal --passphrase-fd 0 <pass
	opens --passphrase-fd 0 <pass
	refused 2 '' xtscrypt encrypt $cheap --passphrase-fd 0 <pass
	refused 2 '' xtscrypt decrypt --passphrase-fd 0 - <sealed
	refused 2 '' xtscrypt verify --passphrase-fd 0 <sealed
	refused 2 '' xtscrypt verify --passphrase-fd 0 < <(cat sealed)
}

@test "a key file is taken byte for byte" {
	umask 077
	printf 'key\n' >newline
	printf 'key' >without
	printf 'key\0' >nul
	seal -k newline
	opens -k newline
	for other in without nul; do
		refused 3 'wrong key file' \
		    xtscrypt decrypt -k $other -o out sealed
	done
}

@test "a key file may be a FIFO" {
	mkfifo fifo
	timeout 20 cp key fifo &
	seal -k fifo
	opens -k key
	opens -k <(cat key)
}

@test "a key file has 1 byte to 16 MiB" {
	: >empty
	printf x >one
	truncate -s 16M full
	truncate -s $((16 * 1024 * 1024 + 1)) over
	seal -k one
	opens -k one
	seal -f -k full
	opens -k full
	refused 2 'empty: ' seal -f -k empty
	refused 2 'over: ' seal -f -k over
	refused 2 '/dev/null: ' seal -f -k /dev/null
	refused 2 '/dev/zero: ' seal -f -k /dev/zero
	opens -k full
}

@test "a key file that cannot be read is named" {
	mkdir folder
	refused 1 'missing: No such file' seal -k missing
	refused 1 'folder: ' seal -k folder
}

@test "the passphrase leaves the environment at once, and no core is dumped" {
	native "the environment is qemu's"
	mkfifo fifo
	XTSCRYPT_PASSPHRASE=topsecret background "$XTSCRYPT" encrypt $cheap \
	    -o fifo plain
	settle
	# Now it waits for the other end of the FIFO.
	grep -q 'Max core file size *0 *0' /proc/$pid/limits
	# As another user than root it cannot even be read.
	run ! grep -q topsecret /proc/$pid/environ
	receive fifo
	cat <&8 >sealed
	finish
	[ "$status" -eq 0 ]
	printf topsecret >pass
	opens --passphrase-file pass
}

@test "no passphrase is taken from the command line, or repeated" {
	for option in '--passphrase topsecret' --passphrase=topsecret \
	    '-P topsecret' -Ptopsecret '-p topsecret' -ptopsecret; do
		refused 2 '' xtscrypt encrypt $option plain
		[[ $output != *topsecret* ]]
	done
	[ "$(here)" = "bad key pass plain" ]
}

@test "memory that cannot be locked is reported with -v" {
	drop=
	if [ "$(id -u)" -eq 0 ]; then
		drop='setpriv --bounding-set -ipc_lock'
	fi
	locked() {
		ulimit -l "$1"
		$drop "$XTSCRYPT" "${@:2}"
	}
	text 500000 >plain
	run -0 locked 0 encrypt $cheap -f -k key plain
	[ -z "$output" ]
	# The sanitizer never locks memory, but reports success.
	! sanitized || return 0		# it locks nothing, and says it did
	run -0 locked 0 encrypt $cheap -f -v -k key plain
	[[ $output == *'key derivation (8192 KiB) could not be locked'* ]]
	[[ $output == *' bytes of keys and data could not be locked'* ]]
	# Room for the keys, but not for Argon2.
	run -0 locked 4096 encrypt $cheap -f -v -T 1 -k key plain
	[[ $output == *'key derivation (8192 KiB) could not be locked'* ]]
	[[ $output != *' bytes of keys and data'* ]]
	# The keys alone, and with them some of the current data.
	run -0 locked 64 encrypt $cheap -f -v -T 1 -k key plain
	[[ $output == *' bytes of keys and data could not be locked'* ]]
}

@test "the memory of a key derivation is locked" {
	! sanitized || return 0		# it locks nothing, and says it did
	[ "$(ulimit -l)" = unlimited ] || [ "$(id -u)" -eq 0 ] ||
		skip "the system does not allow it"
	run -0 xtscrypt encrypt $cheap -v -k key -o sealed plain
	[[ $output != *'could not be locked'* ]] ||
		skip "the system does not allow it"
	background "$XTSCRYPT" encrypt --kdf-memory 256M --kdf-passes 64 \
	    -k key plain
	locked() {
		[ "$(sed -n 's/^VmLck:[^0-9]*\([0-9]*\).*/\1/p' \
		    "/proc/$pid/status")" -ge 65536 ]
	}
	await locked
	kill "$pid"
}

# Give slot 0 another cost.  No secret opens it then, but the header is good.
cost() {
	le() { printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) \
	    $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)); }
	poke sealed 68 "$(le "$1")$(le "$2")"
	resum sealed
}

@test "a slot over 2 GiB, or 16 GiB of memory x passes, is skipped" {
	seal -k key
	for cost in "1 2097153" "1 4294967295" "9 2097152" "64 262145" \
	    "64 4294967295"; do
		cost $cost
		refused 3 'sealed: ' xtscrypt decrypt -k key -o out sealed
		[[ $output == *"slot 0"* && $output == *--kdf-max-memory* ]]
		[[ $output != *wrong* ]]
		refused 3 'sealed: ' xtscrypt verify -k key sealed
	done
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "--kdf-max-memory sets both limits" {
	seal -k key --kdf-memory 16M
	refused 3 'sealed: ' \
	    xtscrypt decrypt --kdf-max-memory 16383K -k key -o out sealed
	[[ $output == *"slot 0"* && $output == *--kdf-max-memory* ]]
	opens --kdf-max-memory 16M -k key

	seal -f -k key --kdf-memory 8M --kdf-passes 9
	refused 3 'sealed: ' \
	    xtscrypt decrypt --kdf-max-memory 8M -k key -o out sealed
	opens --kdf-max-memory 9M -k key
	opens -k key

	refused 2 kdf-max-memory \
	    seal -f -k key --kdf-memory 16M --kdf-max-memory 8M
	refused 2 kdf-max-memory \
	    seal -f -k key --kdf-passes 9 --kdf-max-memory 8M
	seal -f -k key --kdf-passes 8 --kdf-max-memory 8M
}

@test "a slot over the limit is no obstacle when another one opens" {
	chmod go= plain
	seal -k key --kdf-memory 16M
	xtscrypt key add $cheap -k key --new-key-file pass sealed
	run -0 xtscrypt decrypt --kdf-max-memory 8M -k pass -o out sealed
	[ -z "$output" ]
	cmp plain out
	refused 3 'sealed: ' \
	    xtscrypt decrypt --kdf-max-memory 8M -k plain -o out2 sealed
	[[ $output == *"slot 0"* && $output == *--kdf-max-memory* ]]
}

@test "out of memory is exit 1, and not a wrong passphrase" {
	seal -k key
	# The sanitizer needs 20 TiB of addresses itself.
	limit=1000000
	! sanitized || limit=22000000000
	cost 1 4294967295
	limited() {
		ulimit -v $limit
		"$XTSCRYPT" "$@"
	}
	refused 1 memory limited decrypt --kdf-max-memory 4T -k key -o out \
	    sealed
	[[ $output != *wrong* ]]
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "a slot is not made without the memory for it: the hint names less" {
	seal -k key
	cp sealed before
	limit=1000000
	! sanitized || limit=22000000000
	limited() {
		ulimit -v $limit
		"$XTSCRYPT" "$@"
	}
	huge="--kdf-passes 1 --kdf-memory 4194303M --kdf-max-memory 4T"
	refused 1 'memory for a key derivation with 4194303 MiB' \
	    limited encrypt $huge -k key plain
	[[ ${lines[1]} == *--kdf-memory* ]]
	refused 1 'memory for a key derivation with 4194303 MiB' \
	    limited key add $huge -k key --new-key-file pass sealed
	[[ ${lines[1]} == *--kdf-memory* ]]
	cmp sealed before
	[ "$(here)" = "bad before key pass plain sealed" ]
}

# notes FILE TEXT COMMAND...: it says just this, and nothing with -q.
notes() {
	run -0 "${@:3}"
	[ "$output" = "xtscrypt: $1: $2" ]
	run -0 "${@:3}" -q
	[ -z "$output" ]
}

@test "a passphrase file with more than its line may not be what was meant" {
	seal --passphrase-file pass
	for more in '\nmore' '\n\n' '\n\n\n'; do
		printf "secret$more" >pass
		notes pass 'only the first line is the passphrase' \
		    opens --passphrase-file pass
	done
	# A descriptor is not read further.
	for more in /dev/stdin /dev/fd/0; do
		run -0 opens --passphrase-file $more <pass
		[ -z "$output" ]
	done
	printf secret >pass
	run -0 opens --passphrase-file pass
	[ -z "$output" ]
}

@test "a carriage return is part of the passphrase, and noted" {
	printf 'secret\r\n' >pass
	why='the passphrase ends in a carriage return, which is part of it'
	notes pass "$why" seal -f --passphrase-file pass
	run -0 opens --passphrase-fd 0 <pass
	[ "$output" = "xtscrypt: the passphrase's descriptor: $why" ]
	printf secret >bad
	refused 3 wrong xtscrypt decrypt --passphrase-file bad -c sealed
}

@test "a secret in a file that every user can read is noted" {
	why='every user can read it; "chmod go=" keeps it from others'
	chmod 644 pass key
	notes key "$why" seal -f -k key
	notes pass "$why" seal -f --passphrase-file pass
	seal -f -k key -q
	notes key "$why" opens -k key
	chmod 640 key
	run -0 opens -k key
	[ -z "$output" ]
}

@test "a key file that is an archive, a disk image or large is noted" {
	key_of() { xtscrypt encrypt $cheap -f -o sealed plain -k "$@"; }
	odd() { printf "$2" >key && head -c "$1" /dev/zero >>key; }
	container="is used as a key file, and is an archive or disk image"
	noted() { notes key "$1; nothing can be decrypted without the same \
bytes" key_of key; }
	notes_none() { run -0 key_of key && [ -z "$output" ]; }

	gzip -c plain >made && cp made key && noted "$container"
	tar cf made plain && cp made key && noted "$container"
	for front in '\x28\xb5\x2f\xfd' '\x04\x22\x4d\x18' \
	    '\xfd7zXZ\0' 'BZh91AY&SY' 'PK\3\4' \
	    '7z\xbc\xaf\x27\x1c' 'QFI\xfb' KDMV 'LUKS\xba\xbe' XTSCRYPT; do
		odd 100 "$front"
		noted "$container"
	done
	odd 1000 ''
	poke key 512 'EFI PART'
	noted "$container"
	odd 65536 ''
	poke key 32769 CD001
	noted "$container"
	poke key 32769 XX
	notes_none
	printf . >>key
	noted "is used as a key file, and has more than 64 KiB"

	# What begins so further on, and what a random key may begin as.
	odd 1000 'xPK\3\4'
	notes_none
	odd 0 PK
	notes_none
}
