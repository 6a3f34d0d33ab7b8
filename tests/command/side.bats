# SPDX-License-Identifier: ISC
#
# Side files: a header that was being replaced when its writer ended.
load ../lib/helper

@test "a side file with the header of another file is not written over" {
	seal -k key --segment-size 4K
	cp sealed before
	xtscrypt header save sealed backup
	xtscrypt encrypt $cheap -k key --segment-size 4K -o other plain
	head -c 4096 other >side
	cp side sealed.xtshdr
	refused 1 'sealed.xtshdr: ' xtscrypt key change $cheap -k key \
	    --new-passphrase-file pass sealed
	cmp sealed before
	# A checksum and a magic that are wrong.
	for at in 100 0; do
		cp before sealed
		flip sealed $at
		cp sealed damaged
		for force in "" -f; do
			refused 1 'another file' xtscrypt header restore \
			    $force -k key sealed backup
			[[ $output == *"move "*"sealed.xtshdr away"* ]]
		done
		cmp sealed damaged
		cmp sealed.xtshdr side
	done
	rm sealed.xtshdr
	run -0 xtscrypt header restore -k key sealed backup
	cmp sealed before
}

@test "header restore -f without tags leaves such a side file, too" {
	seal -k key --no-integrity
	xtscrypt encrypt $cheap -k key --no-integrity -o other plain
	xtscrypt header save other backup
	head -c 4096 sealed >sealed.xtshdr
	for at in 100 0; do
		cp sealed damaged
		flip damaged $at
		cat damaged >sealed
		refused 1 'another file' \
		    xtscrypt header restore -f sealed backup
		cmp sealed damaged
		flip sealed $at
		cmp -n 4096 sealed sealed.xtshdr
	done
	# Its own is another thing; but it proves nothing.
	flip sealed 0
	cp sealed damaged
	cp sealed.xtshdr backup
	refused 1 check xtscrypt header restore -k key sealed backup
	cmp sealed damaged
	run -0 xtscrypt header restore -f sealed backup
	[ ! -e sealed.xtshdr ]
}

# A crash after the side file was written, while the header was.
crashed() {
	seal --passphrase-file pass
	cp sealed before
	xtscrypt key change $cheap --passphrase-file pass --new-key-file key \
	    sealed
	head -c 4096 sealed >side
	cp sealed after
	# Half of the new header stands over the old one.
	{ head -c 2048 after; tail -c +2049 before; } >sealed
	cp side sealed.xtshdr
}

@test "a good side file opens a file with a bad header, and that is said" {
	crashed
	run -0 xtscrypt decrypt -k key -o opened sealed
	[[ $output == "xtscrypt: "*sealed.xtshdr* ]]
	cmp plain opened
	# Not every byte of the file itself is good.
	run -4 xtscrypt verify -k key sealed
	[[ $output == *sealed.xtshdr*"the header is damaged"* ]]
	run -0 xtscrypt info sealed
	[[ $output == *sealed.xtshdr* ]]
	run -0 xtscrypt key list sealed
	[[ $output == *sealed.xtshdr* ]]
	# Reading has changed nothing.
	cmp side sealed.xtshdr
}

@test "verify with a side file's header checks the data all the same" {
	crashed
	flip sealed 5000
	run -5 xtscrypt verify -k key sealed
	[[ $output == *"bytes 0 to 19999 of the plaintext"* ]]
}

@test "a detached header has a side file too" {
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	cp header header.xtshdr
	flip header 100
	run -0 xtscrypt decrypt -k key -H header -o opened payload
	[[ $output == "xtscrypt: "*header.xtshdr* ]]
	cmp plain opened
	run -4 xtscrypt verify -k key -H header payload
	[[ $output == *header.xtshdr*"the header is damaged"* ]]
}

@test "the next writer of the header finishes what a crash left" {
	crashed
	xtscrypt key add $cheap -k key --new-key-file bad sealed
	[ ! -e sealed.xtshdr ]
	[ "$(number sealed 48 8)" -eq 3 ]
	run -0 xtscrypt decrypt -k bad -o opened sealed
	[ -z "$output" ]
	cmp plain opened
}

@test "header save takes the good side file of a bad header" {
	crashed
	xtscrypt header save sealed backup
	cmp backup side
}

@test "header restore after a crash leaves no side file" {
	crashed
	run -0 xtscrypt header restore -k key sealed side
	cmp sealed after
	[ ! -e sealed.xtshdr ]
}

@test "a side file beside a good header is removed by the next writer" {
	crashed
	cp before sealed
	run -0 xtscrypt decrypt --passphrase-file pass -o opened sealed
	[ -z "$output" ]
	cmp plain opened
	cmp side sealed.xtshdr
	xtscrypt key add $cheap --passphrase-file pass --new-key-file bad sealed
	[ ! -e sealed.xtshdr ]
	opens --passphrase-file pass
	opens -k bad
}

@test "header restore over a lost magic removes the side file" {
	crashed
	poke sealed 0 '\0\0\0\0\0\0\0\0'
	head -c 4096 before >backup
	refused 1 'older than' xtscrypt header restore sealed backup
	run -0 xtscrypt header restore -f --passphrase-file pass sealed backup
	cmp sealed before
	[ ! -e sealed.xtshdr ]
}

@test "header restore keeps the side file until the header is good" {
	crashed
	poke sealed 0 '\0\0\0\0\0\0\0\0'
	head -c 4096 before >backup
	# Neither a header nor another side file can be written.
	full() {
		ulimit -f 2
		"$XTSCRYPT" "$@"
	}
	refused 1 'File too large' full header restore -f \
	    --passphrase-file pass sealed backup
	cmp side sealed.xtshdr
	run -0 xtscrypt decrypt -k key -o opened sealed
	cmp plain opened
}

@test "a bad side file does not help a bad header" {
	crashed
	flip sealed.xtshdr 100
	refused 4 'sealed: the header is damaged' \
	    xtscrypt decrypt -k key -o out sealed
	truncate -s 4095 sealed.xtshdr
	refused 4 'sealed: the header is damaged' \
	    xtscrypt decrypt -k key -o out sealed
	[ ! -e out ]
}

@test "where the side file cannot be made nothing is changed" {
	seal -k key
	cp sealed before
	mkdir sealed.xtshdr
	refused 1 'sealed.xtshdr: has the name of the side file of sealed' \
	    xtscrypt key add $cheap -k key --new-key-file pass sealed
	cmp sealed before
	name=$(printf 'n%.0s' {1..250})
	mv sealed "$name"
	refused 1 "$name: the name is too long: its keys could not" \
	    xtscrypt key add $cheap -k key --new-key-file pass "$name"
	cmp "$name" before
}

@test "messages name the side file where it is, behind a link too" {
	crashed
	mkdir folder
	mv sealed sealed.xtshdr folder
	ln -s folder/sealed link
	run -0 xtscrypt info link
	[[ $output == *"used the one in "*folder/sealed.xtshdr* ]]
	rm folder/sealed.xtshdr
	mkdir folder/sealed.xtshdr
	cp after folder/sealed
	refused 1 'folder/sealed.xtshdr: ' \
	    xtscrypt key add $cheap -k key --new-key-file bad link
}

@test "what is no side file, but has its name, is not removed" {
	seal -k key
	cp sealed before
	text 100000 >sealed.xtshdr
	refused 1 'sealed.xtshdr: ' \
	    xtscrypt key add $cheap -k key --new-key-file pass \
	    sealed
	cmp sealed before
	text 100000 | cmp - sealed.xtshdr
	rm sealed.xtshdr
	mkdir sealed.xtshdr
	refused 1 'sealed' xtscrypt key remove -k key --slot 0 sealed
	refused 1 'sealed.xtshdr: ' xtscrypt key change $cheap -k key \
	    --new-key-file pass sealed
	cmp sealed before
	[ -d sealed.xtshdr ]
}

@test "the reference opens a file by its side file too" {
	crashed
	reference decrypt --key-file key sealed theirs
	cmp plain theirs
}

@test "a damaged header from a pipe has no side file, and is reported so" {
	seal -k key
	flip sealed 100
	refused 4 "header is damaged" xtscrypt info <(cat sealed)
}

@test "a side file helps where the front of the header is gone" {
	seal -k key --segment-size 4K
	cp sealed before
	head -c 4096 sealed >side
	# One byte; the magic and the version; the first sector.
	for gone in 1 10 512; do
		cp before sealed
		cp side sealed.xtshdr
		dd if=/dev/zero of=sealed bs=$gone count=1 conv=notrunc \
		    status=none
		run -0 xtscrypt decrypt -k key -f -o opened sealed
		[[ $output == *"used the one in "*sealed.xtshdr ]]
		cmp plain opened
		run -4 xtscrypt verify -k key sealed
		[[ $output == *"the header is damaged"* ]]
		if [ $gone -eq 512 ]; then
			# Of its file id nothing is left to compare.
			refused 1 'nothing shows whether' xtscrypt key add \
			    $cheap -k key --new-key-file bad sealed
			[[ $output == *"header restore"* ]]
			cmp sealed.xtshdr side
			run -0 xtscrypt header restore -k key sealed side
			cmp sealed before
		else
			run -0 xtscrypt key add $cheap -k key --new-key-file \
			    bad \
			    sealed
			opens -k bad
		fi
		[ ! -e sealed.xtshdr ]
	done
}

@test "a side file helps where the first sector cannot be read" {
	preloads
	seal -k key
	head -c 4096 sealed >sealed.xtshdr
	bad_sector() {
		XTSCRYPT_FAULT=pread:$1:5 \
		    LD_PRELOAD=$builddir/tests/lib/preload.so "$XTSCRYPT" \
		    "${@:2}"
	}
	# The first pread is of the header: the key file is a stream.
	run -0 faulty pread:1:5 decrypt -k key -o opened sealed
	[[ $output == *"used the one in "*sealed.xtshdr ]]
	cmp plain opened
	rm sealed.xtshdr
	refused 1 'sealed: Input/output error' faulty pread:1:5 decrypt -k key \
	    -o out sealed
}

@test "a side file of another file is not used" {
	xtscrypt encrypt $cheap -k key -H disk.xtshdr -o data plain
	cp disk.xtshdr before
	cp plain disk
	refused 4 'disk: not an xtscrypt file' \
	    xtscrypt decrypt -k key -o out disk
	seal -k key
	mv sealed disk
	flip disk 100
	cp disk damaged
	refused 4 'disk: the header is damaged' \
	    xtscrypt decrypt -k key -o out disk
	refused 4 'disk: the header is damaged' xtscrypt key add $cheap -k key \
	    --new-key-file bad disk
	cmp disk damaged
	cmp disk.xtshdr before
}
