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

@test "a FIFO has no header to change" {
	mkfifo fifo
	seal -k key
	xtscrypt header save sealed backup
	refused 4 'fifo: not an xtscrypt file' timeout 60 "$XTSCRYPT" key add \
	    $cheap -k key --new-key-file bad fifo
	refused 4 'fifo: not an xtscrypt file' timeout 60 "$XTSCRYPT" header \
	    restore fifo backup
}

@test "a header is not changed in a file that was replaced meanwhile" {
	mkfifo secret
	for detached in '' '-H header'; do
		file=${detached:+header}
		file=${file:-sealed}
		seal -f -k key $detached
		background "$XTSCRYPT" key add $cheap -k key \
		    --new-passphrase-file secret $file
		send secret
		settle
		grep -q "FLOCK .* $pid " /proc/locks
		# One that does not know of the lock.
		xtscrypt encrypt -f $cheap -k key ${detached:+-H newer} \
		    -o "newer${detached:+-data}" plain
		mv newer $file
		cp $file new
		echo other >&8
		finish
		[ "$status" -eq 1 ]
		[ "$(cat err)" = \
		    "xtscrypt: $file: was replaced or renamed meanwhile" ]
		cmp $file new
		[ ! -e $file.xtshdr ]
	done
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
