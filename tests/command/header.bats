# SPDX-License-Identifier: ISC
load ../lib/helper

@test "header save copies the header, without a secret, mode 0600" {
	seal -k key
	run -0 xtscrypt header save sealed backup
	[ -z "$output" ]
	[ "$(stat -c '%s %a' backup)" = '4096 600' ]
	cmp -n 4096 sealed backup
	[ "$(here)" = "backup bad key pass plain sealed" ]
}

@test "header save replaces a backup only with -f" {
	seal -k key
	echo precious >backup
	refused 1 'backup: ' xtscrypt header save sealed backup
	[ "$(cat backup)" = precious ]
	run -0 xtscrypt header save -f sealed backup
	cmp -n 4096 sealed backup
	[ "$(stat -c '%s %a' backup)" = '4096 600' ]
}

@test "header save refuses what is no good header" {
	seal -k key
	refused 4 'plain: not an xtscrypt file' \
	    xtscrypt header save plain backup
	refused 1 'missing: No such file' xtscrypt header save missing backup
	refused 2 '' xtscrypt header save -f sealed sealed
	flip sealed 100
	refused 4 'sealed: the header is damaged' \
	    xtscrypt header save sealed backup
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "header save takes a detached header too" {
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	xtscrypt header save header backup
	cmp header backup
}

@test "header save - writes to standard output" {
	seal -k key
	run -0 bash -c '"$XTSCRYPT" header save sealed - | cat >backup'
	[ -z "$output" ]
	cmp -n 4096 sealed backup
	[ "$(stat -c %s backup)" -eq 4096 ]
	refused 2 'same file' \
	    bash -c '"$XTSCRYPT" header save sealed - >>sealed'
	run -2 pty exit -- "$XTSCRYPT" header save sealed -
	[[ $output == "xtscrypt: standard output: "*binary*-f* ]]
	[[ $output != *XTSCRYPT* ]]
	run -0 pty exit -- "$XTSCRYPT" header save -f sealed -
	[[ $output == *XTSCRYPT* ]]
	[ "$(here)" = "backup bad key pass plain sealed" ]
}

@test "header restore writes the backup's exact bytes" {
	seal -k key
	xtscrypt header save sealed backup
	run -0 xtscrypt header restore -k key sealed backup
	cmp -n 4096 sealed backup
	opens -k key
	[ "$(here)" = "backup bad key opened pass plain sealed" ]
}

@test "header restore refuses the header of another file, with -f too" {
	seal -k key
	cp sealed before
	xtscrypt encrypt $cheap -k key -o other plain
	xtscrypt header save other backup
	refused 1 'another file' xtscrypt header restore sealed backup
	refused 1 'another file' xtscrypt header restore -f sealed backup
	cmp sealed before
}

@test "header restore needs -f for an older generation, and says why" {
	seal -k key
	xtscrypt header save sealed backup
	xtscrypt key change $cheap -k key --new-key-file pass sealed
	cp sealed before
	refused 1 older xtscrypt header restore sealed backup
	cmp sealed before
	run -0 xtscrypt header restore -f sealed backup
	opens -k key
	refused 3 'wrong key file' xtscrypt decrypt -k pass -o out sealed
}

@test "header restore takes a newer generation without a message" {
	seal -k key
	cp sealed old
	xtscrypt key change $cheap -k key --new-key-file pass sealed
	xtscrypt header save sealed backup
	run -0 xtscrypt header restore -k pass old backup
	[ "$output" = "xtscrypt: old: restored the header from backup" ]
	run -0 xtscrypt header restore -q -k pass old backup
	[ -z "$output" ]
	cmp old sealed
}

@test "header restore repairs a damaged header that the key fits" {
	seal -k key --segment-size 4K
	cp sealed before
	xtscrypt header save sealed backup
	dd if=/dev/zero of=sealed bs=4096 count=1 conv=notrunc status=none
	refused 3 'key file' xtscrypt header restore sealed backup
	refused 3 'wrong key file' \
	    xtscrypt header restore -k pass sealed backup
	run -0 xtscrypt header restore -k key sealed backup
	cmp sealed before

	flip sealed 100
	run -0 xtscrypt header restore -k key sealed backup
	cmp sealed before
}

@test "header restore detects by the first segment that a backup is foreign" {
	seal -k key --segment-size 4K
	xtscrypt encrypt $cheap -k key --segment-size 4K -o other plain
	xtscrypt header save other backup
	flip sealed 100
	cp sealed before
	refused 5 'another file' xtscrypt header restore -k key sealed backup
	[[ $output == *"-f restores it unchecked"* ]]
	cmp sealed before
	# Whose key it is must be shown with -f too.
	refused 3 'wrong key file' \
	    xtscrypt header restore -f -k pass sealed backup
	cmp sealed before
}

@test "header restore -f continues where the first segment is lost too" {
	seal -k key --segment-size 4K
	cp sealed before
	xtscrypt header save sealed backup
	dd if=/dev/zero of=sealed bs=4096 count=2 conv=notrunc status=none
	cp sealed damaged
	refused 5 'first segment' xtscrypt header restore -k key sealed backup
	cmp sealed damaged
	run -0 xtscrypt header restore -f -k key sealed backup
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == "xtscrypt: sealed: "*unchecked*"another file"* ]]
	run -5 xtscrypt decrypt --keep-going -k key -o opened sealed
	cmp -n 4096 opened /dev/zero
	cmp -i 4096 opened plain
	# Cut before the end of the first segment.
	head -c 6000 damaged >sealed
	refused 5 'first segment' xtscrypt header restore -k key sealed backup
	run -0 xtscrypt header restore -f -k key sealed backup
}

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

@test "header restore takes a header alone, not FILE in its place" {
	seal -k key
	xtscrypt header save sealed backup
	cp backup before
	refused 2 'sealed: is not only a header; the order is FILE BACKUP' \
	    xtscrypt header restore backup sealed
	refused 2 'is not only a header' \
	    xtscrypt header restore -f backup <(cat sealed)
	cmp backup before
	run -0 xtscrypt header restore -k key sealed <(cat backup)
}

@test "header restore works where the only segment is short or empty" {
	for length in 0 5 17; do
		text $length >plain
		seal -f -k key
		cp sealed before
		xtscrypt header save -f sealed backup
		flip sealed 100
		run -0 xtscrypt header restore -k key sealed backup
		cmp sealed before
	done
}

@test "header restore ignores what follows the payload" {
	seal -k key
	xtscrypt header save sealed backup
	xtscrypt encrypt $cheap -k key -o other plain
	xtscrypt header save other foreign
	head -c 5000 /dev/zero >>sealed
	cp sealed before
	dd if=/dev/zero of=sealed bs=4096 count=1 conv=notrunc status=none
	cp sealed damaged
	refused 5 'sealed: ' xtscrypt header restore -k key sealed foreign
	cmp sealed damaged
	run -0 xtscrypt header restore -k key sealed backup
	cmp sealed before
}

@test "header restore takes no backup of an empty file for another file's" {
	: >nothing
	xtscrypt encrypt $cheap -k key -o empty nothing
	xtscrypt header save empty backup
	text 50000 >image
	cp image before
	refused 5 'another file' xtscrypt header restore -k key image backup
	cmp image before
	dd if=/dev/zero of=empty bs=4096 count=1 conv=notrunc status=none
	head -c 5000 /dev/zero >>empty
	run -0 xtscrypt header restore -k key empty backup
	cmp -n 4096 empty backup
}

@test "header restore without integrity needs -f, and says why" {
	seal -k key --no-integrity
	cp sealed before
	xtscrypt header save sealed backup
	flip sealed 100
	cp sealed damaged
	refused 1 check xtscrypt header restore sealed backup
	[[ $output == *-f* ]]
	cmp sealed damaged
	run -0 xtscrypt header restore -f sealed backup
	cmp sealed before
}

@test "header restore refuses a backup that is no good header" {
	seal -k key
	cp sealed before
	xtscrypt header save sealed backup
	flip backup 100
	refused 4 'backup: the header is damaged' \
	    xtscrypt header restore -f sealed backup
	refused 4 'plain: not an xtscrypt file' \
	    xtscrypt header restore -f sealed plain
	head -c 4095 before >short
	refused 4 'short: ' xtscrypt header restore -f sealed short
	refused 1 'missing: No such file' \
	    xtscrypt header restore sealed missing
	cmp sealed before
}

@test "header restore repairs a detached header" {
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	xtscrypt header save header backup
	xtscrypt key change $cheap -k key --new-key-file pass header
	run -0 xtscrypt header restore -f header backup
	cmp header backup
	xtscrypt decrypt -k key -H header -o opened payload
	cmp plain opened
}

@test "the header commands take two files, and nothing else" {
	seal -k key
	refused 2 '' xtscrypt header
	refused 2 '' xtscrypt header save sealed
	refused 2 '' xtscrypt header restore sealed
	refused 2 '' xtscrypt header save sealed backup topsecret
	[[ $output != *topsecret* ]]
	refused 2 '' xtscrypt header copy sealed backup
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

@test "what is wrong with a detached header names its file" {
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	refused 3 'header: wrong key file' \
	    xtscrypt decrypt -k bad -H header -o opened payload
	cp header before
	poke header 21 '\1'
	resum header
	refused 4 'header: is being converted' \
	    xtscrypt verify -k key -H header payload
	cp before header.xtshdr
	flip header 100
	run -4 xtscrypt verify -k key -H header payload
	[[ $output == *"header: the header is damaged, though"* ]]
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

@test "a FIFO has no header to change" {
	mkfifo fifo
	seal -k key
	xtscrypt header save sealed backup
	refused 4 'fifo: not an xtscrypt file' timeout 5 "$XTSCRYPT" key add \
	    $cheap -k key --new-key-file bad fifo
	refused 4 'fifo: not an xtscrypt file' timeout 5 "$XTSCRYPT" header \
	    restore fifo backup
}

# It has the file open.
holds() { readlink /proc/$pid/fd/* | grep -q "/$1\$"; }

@test "a header is not changed in a file that was replaced meanwhile" {
	mkfifo secret
	for detached in '' '-H header'; do
		file=${detached:+header}
		file=${file:-sealed}
		seal -f -k key $detached
		background "$XTSCRYPT" key add $cheap -k key \
		    --new-passphrase-file secret $file
		send secret
		await grep -q "FLOCK .* $pid " /proc/locks
		# One that does not know of the lock.
		xtscrypt encrypt -f $cheap -k key ${detached:+-H newer} \
		    -o "newer${detached:+-data}" plain
		mv newer $file
		cp $file new
		await holds secret
		echo other >&8
		finish
		[ "$status" -eq 1 ]
		[ "$(cat err)" = \
		    "xtscrypt: $file: was replaced or renamed meanwhile" ]
		cmp $file new
		[ ! -e $file.xtshdr ]
	done
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

@test "header restore does not take a plain file for a lost header" {
	xtscrypt encrypt $cheap -k key --segment-size 4K -o sealed plain
	xtscrypt header save sealed backup
	cp plain disk
	cp backup disk.xtshdr
	refused 3 'backup: ' xtscrypt header restore disk backup
	refused 5 'disk: the backup belongs to another file' \
	    xtscrypt header restore -k key disk backup
	cmp plain disk
	cmp backup disk.xtshdr
}

@test "header restore opens the backup before it replaces a good header" {
	seal -k key
	cp sealed before
	xtscrypt header save sealed backup
	# A MAC that is wrong, under a checksum that is right.
	flip backup 4032
	resum backup
	refused 3 'backup: ' xtscrypt header restore sealed backup
	refused 3 'backup: wrong key file' \
	    xtscrypt header restore -k key sealed backup
	cmp sealed before
	run -0 xtscrypt header restore -f sealed backup
	cmp -n 4096 sealed backup
}

@test "header restore replaces a whole header of another kind only with -f" {
	seal -k key --segment-size 4K
	cp sealed before
	xtscrypt header save sealed backup
	poke sealed 8 '\2'
	cp sealed newer
	refused 4 'sealed: made by a newer version of xtscrypt' \
	    xtscrypt header restore -k key sealed backup
	[[ $output == *"-f replaces"* ]]
	cmp sealed newer
	run -0 xtscrypt header restore -f -k key sealed backup
	cmp sealed before
	# A cipher and a state that this version does not know.
	for at in 10 21; do
		cp before sealed
		poke sealed $at '\x7'
		resum sealed
		cp sealed newer
		refused 4 'sealed: ' xtscrypt header restore -k key sealed \
		    backup
		cmp sealed newer
		run -0 xtscrypt header restore -f -k key sealed backup
		cmp sealed before
	done
}
