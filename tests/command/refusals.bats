# SPDX-License-Identifier: ISC
load ../lib/helper

# bad STATUS TEXT: decrypt and verify refuse file.xts so, from a pipe too, and
# make nothing.
bad() {
	local before=$(here)
	refused "$1" "file.xts: $2" xtscrypt decrypt -k key file.xts
	refused "$1" "$2" xtscrypt decrypt -k key -o out < <(cat file.xts)
	refused "$1" "file.xts: $2" xtscrypt verify -k key file.xts
	[ "$(here)" = "$before" ]
}

# The same for what the header alone shows.
bad_header() {
	local before=$(here)
	bad 4 "$1"
	refused 4 "file.xts: $1" xtscrypt info file.xts
	refused 4 "file.xts: $1" xtscrypt info --json file.xts
	refused 4 "file.xts: $1" xtscrypt key list file.xts
	refused 4 "file.xts: $1" xtscrypt header save file.xts backup
	[ "$(here)" = "$before" ]
}

# A good file of 5 segments.
good() {
	xtscrypt encrypt $cheap -k key --segment-size 4K -o file.xts plain
}

@test "an empty file is no xtscrypt file" {
	: >file.xts
	bad_header 'not an xtscrypt file'
}

@test "a file of anything else is no xtscrypt file" {
	text 9000 >file.xts
	bad_header 'not an xtscrypt file'
	text 3 >file.xts
	bad_header 'not an xtscrypt file'
	printf 'XTSCRYPU' >file.xts
	truncate -s 9000 file.xts
	bad_header 'not an xtscrypt file'
}

@test "a file shorter than a header is refused" {
	good
	for length in 4095 4064 1000 10 8 7; do
		truncate -s $length file.xts
		bad_header ''
	done
}

@test "another version is refused, whatever else has changed" {
	good
	poke file.xts 8 '\2'
	bad_header ''
	[[ $output == *version* ]]
	poke file.xts 8 '\1\1'
	bad_header ''
	[[ $output == *version* ]]
	poke file.xts 8 '\0\0'
	bad_header ''
	[[ $output == *version* ]]
}

@test "a damaged header is told from a wrong passphrase" {
	good
	for at in 10 24 32 64 200 1088 4031 4032 4063 4064 4095; do
		flip file.xts $at
		bad_header 'the header is damaged'
		flip file.xts $at
	done
	xtscrypt verify -k key file.xts
}

@test "a field outside the tables is refused, though the checksum is right" {
	good
	cp file.xts good
	for field in '10 \2' '11 \2' '11 \0' '13 \3' '16 \1' '18 \2' '20 \23' \
	    '20 \51' '21 \3' '22 \1' '31 \100' '48 \0' '56 \1' '64 \0' \
	    '65 \0' '65 \4' '66 \1' '68 \0' '68 \101' '73 \0' '76 \1' \
	    '168 a\0b' '168 \37' '168 \177' '192 \0\1' '1087 \1' \
	    '1088 \1' '4031 \1'; do
		cp good file.xts
		poke file.xts ${field% *} "${field#* }"
		resum file.xts
		bad_header ''
	done
	# No slot at all.
	cp good file.xts
	dd if=/dev/zero of=file.xts bs=1 seek=64 count=128 conv=notrunc \
	    status=none
	resum file.xts
	bad_header ''
}

@test "a header that its key did not make is refused" {
	# The slot still opens, the MAC does not fit.
	good
	poke file.xts 48 '\2'
	resum file.xts
	bad 3 'wrong passphrase or key file'
}

@test "a file in the middle of a conversion is refused, with the reason" {
	for state in 1 2; do
		reference encrypt --key-file key --state $state plain file.xts
		bad 4 ''
		[[ $output == *journal* ]]
		# What the header says can be read.
		run -0 xtscrypt info file.xts
		[[ $output == *in\ place* ]]
	done
}

@test "the last segment cut anywhere is damage" {
	good
	cp file.xts whole
	size=$(stat -c %s file.xts)
	for less in 1 15 16 31 32 33 48 3000 3616 3647 3648 3649 7776; do
		cp whole file.xts
		truncate -s $((size - less)) file.xts
		bad 5 ''
	done
	truncate -s 4096 file.xts
	bad 5 ''
}

@test "a payload of another length than the header says is damage" {
	# Each is whole, but for the header.
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	for length in 19999 20001 0 5; do
		text $length >other
		xtscrypt encrypt $cheap -f -k key -H header2 -o payload2 other
		refused 5 'payload2: ' \
		    xtscrypt decrypt -k key -H header -o out payload2
	done
	[ ! -e out ]
}

@test "without integrity a payload of another length is damage" {
	xtscrypt encrypt $cheap -k key --no-integrity -o file.xts plain
	echo >>file.xts
	refused 5 'file.xts: ' xtscrypt decrypt -k key file.xts
	refused 5 '' xtscrypt decrypt -k key -o out < <(cat file.xts)
	truncate -s 24095 file.xts
	refused 5 'file.xts: ' xtscrypt decrypt -k key file.xts
	refused 5 '' xtscrypt decrypt -k key -o out < <(cat file.xts)
	truncate -s 4096 file.xts
	refused 5 'file.xts: ' xtscrypt decrypt -k key file.xts
	[ ! -e out ] && [ ! -e file ]
}

@test "a folder is no xtscrypt file" {
	mkdir file.xts
	for command in "decrypt -k key" "verify -k key" info "key list"; do
		refused 1 'file.xts: Is a directory' xtscrypt $command file.xts
	done
}

@test "a file that cannot be read is refused" {
	seal -k key
	chmod 000 sealed
	drop=
	[ "$(id -u)" -ne 0 ] || drop='setpriv --bounding-set=-all'
	refused 1 'sealed: Permission denied' $drop "$XTSCRYPT" info sealed
	refused 1 'sealed: Permission denied' \
	    $drop "$XTSCRYPT" decrypt -k key -o out sealed
}
