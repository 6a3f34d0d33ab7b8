# SPDX-License-Identifier: ISC
load ../lib/helper

@test "verify reports that a good file is good, and writes nothing" {
	seal -k key
	run -0 xtscrypt verify -k key sealed
	[[ $output == "xtscrypt: sealed: "*authentic*20000* ]]
	[ "$(here)" = "bad key pass plain sealed" ]
	run -0 xtscrypt verify -k key <sealed
	[[ $output == "xtscrypt: standard input: "*authentic*20000* ]]
	run -0 xtscrypt verify -q -k key - < <(cat sealed)
	[ -z "$output" ]
}

@test "verify takes any name, and a detached header" {
	xtscrypt encrypt $cheap -k key plain
	xtscrypt verify -k key plain.xts
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	run -0 xtscrypt verify -k key -H header payload
	flip payload 5
	run -5 xtscrypt verify -k key -H header payload
}

@test "verify lists each damaged range of the plaintext, merged" {
	text 40000 >plain
	seal -k key --segment-size 4K
	for segment in 1 2 3 6; do
		flip sealed $((4096 + segment * 4128 + segment))
	done
	# The last record's tag.
	flip sealed $(($(stat -c %s sealed) - 1))
	for from in sealed -; do
		run -5 xtscrypt verify -k key $from <sealed
		[[ $output == *4096*16383*24576*28671*36864*39999* ]]
		[[ $output != *8192* && $output != *8191* ]]
		for line in "${lines[@]}"; do
			[[ $line == "xtscrypt: "* ]]
		done
	done
}

@test "verify detects each way to damage a payload" {
	text 20000 >plain
	seal -k key --segment-size 4K
	cp sealed good
	segment() { tail -c +$((4097 + $1 * 4128)) good | head -c 4128; }
	head -c 4096 good >header

	cat header <(segment 1) <(segment 0) <(segment 2) <(segment 3) \
	    <(segment 4) >swapped
	cat header <(segment 0) <(segment 1) <(segment 1) <(segment 3) \
	    <(segment 4) >doubled
	cat header <(segment 0) <(segment 2) <(segment 3) <(segment 4) >dropped
	head -c $((4096 + 4 * 4128)) good >cut
	{ cat good; printf x; } >longer
	{ cat good; segment 4; } >more
	seal -f -k key --segment-size 4K
	cat header <(segment 0) <(tail -c +$((4097 + 4128)) sealed) >foreign
	cp good zeros
	dd if=/dev/zero of=zeros bs=1 seek=$((4096 + 4128)) count=4128 \
	    conv=notrunc status=none

	for file in swapped doubled dropped cut longer more foreign zeros; do
		run -5 xtscrypt verify -k key $file
		[[ $output == "xtscrypt: $file: "* ]]
		run -5 xtscrypt verify -k key < <(cat $file)
	done
	run -0 xtscrypt verify -k key good
}

@test "verify says what to do about damage" {
	rest='"xtscrypt decrypt --keep-going -o FILE", which writes'
	seal -k key --segment-size 4K
	flip sealed 5000
	run -5 xtscrypt verify -k key sealed
	[ "${#lines[@]}" -eq 2 ]
	[ "${lines[1]}" = "xtscrypt: hint: use a backup, or $rest what is good,\
 and zeros for the rest" ]
	# As it says.
	run -5 xtscrypt decrypt --keep-going -o saved -k key sealed
	cmp -i 4096 plain saved
	flip sealed 5000
	echo more >>sealed
	refused 5 'has bytes after its end' xtscrypt verify -k key sealed
	[[ $output == *"$rest the data without them" ]]
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	flip payload 5
	run -5 xtscrypt verify -k key -H header payload
	[[ ${lines[1]} == *"put header in its place"*"a backup, or $rest"* ]]
	[ "${#lines[@]}" -eq 2 ]
}

@test "verify of a file without integrity is exit 4, with the reason" {
	seal -k key --no-integrity
	refused 4 'sealed: ' xtscrypt verify -k key sealed
	[[ $output == *integrity* ]]
	refused 4 '' xtscrypt verify -k key <sealed
	[[ $output == *integrity* ]]
}

@test "verify needs a secret that opens" {
	seal -k key
	refused 3 'sealed: wrong key file' \
	    xtscrypt verify -k pass sealed
	refused 3 'sealed: ' xtscrypt verify --passphrase-file pass sealed
}

@test "verify takes no option that writes" {
	seal -k key
	for option in '-o out' -c -f --keep-going; do
		refused 2 '' xtscrypt verify $option -k key sealed
	done
	[ "$(here)" = "bad key pass plain sealed" ]
}
