# SPDX-License-Identifier: ISC
load ../lib/helper

# bad STATUS TEXT [FILE]: decrypt and verify refuse it so, from a pipe too, and
# make nothing.
bad() {
	local before=$(here) file=${3-file.xts}
	refused "$1" "$2" xtscrypt decrypt -k key -o out "$file"
	[[ $output == "xtscrypt: $file: "* ]]
	refused "$1" "$2" xtscrypt decrypt -k key -o out < <(cat "$file")
	# All of it is a part, too.
	refused "$1" "$2" xtscrypt decrypt -k key --offset 0 -o out "$file"
	# Verify reports where the damage is before it says of what kind.
	run -"$1" xtscrypt verify -k key "$file"
	[[ $output == "xtscrypt: $file: "*"$2"* ]]
	[ "$(here)" = "$before" ]
}

# The same for what the header alone shows.
bad_header() {
	bad "$@"
	local before=$(here) file=${3-file.xts}
	refused "$1" "$file: $2" xtscrypt info "$file"
	refused "$1" "$file: $2" xtscrypt info --json "$file"
	refused "$1" "$file: $2" xtscrypt key list "$file"
	refused "$1" "$file: $2" xtscrypt header save "$file" backup
	[ "$(here)" = "$before" ]
}

# A good file of five segments and 100 bytes.
good() {
	text 20580 >plain
	xtscrypt encrypt $cheap -k key --segment-size 4K -o file.xts plain
}

# each ERRORS COMMAND: for each case of refused.txt with one of these errors.
each() {
	local n=0
	good
	mkdir cases
	python "$srcdir/tests/lib/refused.py" file.xts cases >list
	while IFS=$'\t' read -r file error exit said reason; do
		[[ " $1 " == *" $error "* ]] || continue
		echo "$error: $reason"
		$2 "$exit" "$said" "$file"
		n=$((n + 1))
	done <list
	[ "$n" -gt 10 ]
}

@test "each header that is damaged or of another kind is refused" {
	each 'MAGIC VERSION CHECKSUM CIPHER' bad_header
}

@test "each header with a value outside the tables is refused" {
	each FIELD bad_header
}

@test "each payload that is damaged, cut or too long is refused" {
	each 'DAMAGED CUT TRAILING' bad
}

@test "a file of anything else is no xtscrypt file" {
	text 9000 >file.xts
	bad_header 4 'not an xtscrypt file'
	text 3 >file.xts
	bad_header 4 'not an xtscrypt file'
}

@test "a header that its key did not make is refused" {
	# The slot still opens, but the MAC does not match.
	good
	poke file.xts 48 '\2'
	resum file.xts
	bad 3 'wrong key file'
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
