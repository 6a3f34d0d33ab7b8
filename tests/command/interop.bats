# SPDX-License-Identifier: ISC
#
# Against reference.py, which was written from the description of the format
# alone.
load ../lib/helper

lengths="0 1 15 16 17 512 527 528 4096 4111 4112 4144 12305"

@test "the reference decrypts what xtscrypt encrypts" {
	for length in $lengths; do
		text $length >plain
		seal -f -k key --segment-size 4K
		reference decrypt --key-file key sealed theirs
		cmp plain theirs
		seal -f -k key --no-integrity -s 4096
		reference decrypt --key-file key sealed theirs
		cmp plain theirs
	done
}

@test "xtscrypt decrypts what the reference encrypts" {
	for length in $lengths; do
		text $length >plain
		reference encrypt --key-file key --sector 4096 --segment 4096 \
		    plain sealed
		opens -k key
		reference encrypt --key-file key --no-integrity plain sealed
		opens -k key
	done
}

@test "each kind of secret goes both ways" {
	seal --passphrase-file pass
	reference decrypt --passphrase secret sealed theirs
	cmp plain theirs
	reference encrypt --passphrase secret plain sealed
	opens --passphrase-file pass

	seal -f -k key --passphrase-file pass
	reference decrypt --key-file key --passphrase secret sealed theirs
	cmp plain theirs
	reference encrypt --key-file key --passphrase secret plain sealed
	opens -k key --passphrase-file pass

	echo >empty
	seal -f -k key --passphrase-file empty
	reference decrypt --key-file key --passphrase '' sealed theirs
	cmp plain theirs
	reference encrypt --key-file key --passphrase '' plain sealed
	opens -k key --passphrase-file empty
}

@test "detached headers go both ways" {
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	reference decrypt --key-file key --detached header payload theirs
	cmp plain theirs
	reference encrypt --key-file key --detached header plain payload
	xtscrypt decrypt -k key -H header -o opened payload
	cmp plain opened
}

@test "streams of unknown length go both ways" {
	for length in 16 4111 12288 20000; do
		text $length >plain
		cat plain | xtscrypt encrypt $cheap -k key | cat >sealed
		reference decrypt --key-file key sealed theirs
		cmp plain theirs
		reference encrypt --key-file key --unknown-length \
		    --segment 4096 plain sealed
		opens -k key
		cat sealed | xtscrypt decrypt -k key | cmp - plain
	done
}

@test "spans of 1 MiB go both ways" {
	text 2097670 >plain
	reference encrypt --key-file key --span 20 plain sealed
	opens -k key
	reference encrypt --key-file key --span 20 --sector 4096 \
	    --no-integrity plain sealed
	opens -k key
	seal -f -k key --span-shift 20
	reference decrypt --key-file key sealed theirs
	cmp plain theirs
}

@test "any slot, with any name, and a slot of unknown kind before it" {
	reference encrypt --passphrase secret --slot 7 --name 'last one' \
	    --unknown-slot plain sealed
	opens --passphrase-file pass
	run -0 xtscrypt key list sealed
	[[ $output == *6*unknown*7*passphrase*last\ one* ]]
}

@test "other costs go both ways" {
	reference encrypt --passphrase secret --passes 3 --memory 10001 \
	    plain sealed
	opens --passphrase-file pass
	seal -f --passphrase-file pass --kdf-passes 4 --kdf-memory 8193K
	reference decrypt --passphrase secret sealed theirs
	cmp plain theirs
}
