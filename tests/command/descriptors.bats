# SPDX-License-Identifier: ISC
load ../lib/helper

# Names of descriptors, as the shell and other programs give them, and names
# that lead elsewhere than intended.

@test "a descriptor as the output is written from where it stands" {
	to() {
		{ echo before; xtscrypt encrypt $cheap $2 -k key -o $1 plain
		    echo after; } >out 5>&1
		[ "$(head -c 7 out)" = before ]
		[ "$(tail -c 6 out)" = after ]
		tail -c +8 out | head -c -6 >sealed
		opens -k key
	}
	ln -s /dev/stdout link
	for name in /dev/stdout /dev/fd/1 \
	    /proc/self/fd/1 /proc/thread-self/fd/1 \
	    /dev/fd/5 /proc/self/fd/5 link ../../../../../../../../dev/fd/5; do
		[ "${name#..}" = "$name" ] || ln -sfn /dev/fd fds
		[ "${name#..}" = "$name" ] || name=fds/5
		to "$name" ''
		to "$name" -f
	done
	rm fds
	[ "$(here)" = "bad key link opened out pass plain sealed" ]
}

@test "a descriptor whose file has lost its name is written all the same" {
	seal -k key
	exec 5<>gone 6<gone
	rm gone
	for f in '' -f; do
		xtscrypt decrypt $f -k key -o /dev/fd/5 sealed
	done
	cat plain plain | cmp - /dev/fd/6
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "a descriptor is each other file, too" {
	seal -k key
	# read through a socket, which cannot be opened by name
	socket() {
		python - "$@" <<-'EOF'
			import os, socket, subprocess, sys
			here, there = socket.socketpair()
			with open(sys.argv[1], "rb") as file:
			    there.sendall(file.read())
			there.shutdown(socket.SHUT_WR)
			done = subprocess.run(sys.argv[2:], stdin=here)
			sys.exit(done.returncode)
		EOF
	}
	for from in "socket" "descriptor"; do
		descriptor() { "${@:2}" <"$1"; }
		for name in /dev/stdin /dev/fd/0 /proc/self/fd/0; do
			$from key "$XTSCRYPT" encrypt $cheap -f -k $name \
			    -o sealed plain
			$from key "$XTSCRYPT" decrypt -f -k $name \
			    -o opened sealed
			cmp plain opened
			$from pass "$XTSCRYPT" encrypt $cheap -f -o sealed \
			    --passphrase-file $name plain
			opens --passphrase-file pass
			$from plain "$XTSCRYPT" encrypt $cheap -f -k key \
			    -o sealed $name
			opens -k key
			$from sealed "$XTSCRYPT" decrypt -k key -c $name |
			    cmp - plain
			$from sealed "$XTSCRYPT" info $name | grep -q slot
			$from sealed "$XTSCRYPT" verify -q -k key $name
			head -c 4096 sealed >backup
			$from backup "$XTSCRYPT" header restore -k key sealed \
			    $name
			tail -c +4097 sealed >data
			$from backup "$XTSCRYPT" decrypt -f -k key -H $name \
			    -o opened data
			cmp plain opened
		done
	done
	xtscrypt header save sealed /dev/fd/5 5>saved
	cmp saved backup
	xtscrypt encrypt $cheap -f -k key -H /dev/fd/5 -o data plain 5>header
	xtscrypt decrypt -k key -H header -c data | cmp - plain
}

@test "a descriptor is read on from where it stands" {
	printf 'secret\nrest' >two
	{
		xtscrypt encrypt $cheap --passphrase-file /dev/fd/5 -o sealed \
		    plain
		[ "$(cat <&5)" = rest ]
	} 5<two
	opens --passphrase-file pass
}

@test "one descriptor cannot be the data and a secret" {
	for what in '--passphrase-file /dev/stdin' '--passphrase-fd 0' \
	    '-k /dev/fd/0'; do
		refused 2 'same file' xtscrypt encrypt $cheap $what -o out - \
		    < <(cat plain)
	done
}

@test "a descriptor that is not open, or not for this, is refused" {
	refused 1 '/dev/fd/77: Bad file' xtscrypt encrypt $cheap -k key \
	    -o /dev/fd/77 plain
	refused 1 '/dev/fd/5: Bad file' xtscrypt encrypt $cheap -k key \
	    -o /dev/fd/5 plain 5<bad
	# not one that the program opens for itself
	for i in {3..9}; do
		run xtscrypt encrypt $cheap -k /dev/fd/$i -o out plain 3>&- \
		    4>&- 9>&-
		[ "$status" -ne 0 ]
	done
	[ "$(cat bad)" = wrong ]
	[ ! -e out ]
}

@test "a header is not changed through a descriptor" {
	seal -k key
	head -c 4096 sealed >header
	cp header backup
	exec 5<>header 6<>sealed
	rm header
	for fd in 5 6; do
		for command in "add $cheap --new-key-file bad" \
		    "remove --slot 0" \
		    "change $cheap --new-key-file bad"; do
			refused 2 'not in a descriptor' \
			    xtscrypt key $command -k key /dev/fd/$fd
		done
		refused 2 'not in a descriptor' \
		    xtscrypt header restore /dev/fd/$fd backup
	done
	[ "$(here)" = "backup bad key pass plain sealed" ]
	opens -k key
}

@test "what has lost its name in another process is not replaced" {
	exec 5<>gone
	rm gone
	seal -k key
	sleep 60 5<&5 3>&- &
	pid=$!
	refused 1 '' xtscrypt encrypt $cheap -f -k key -o /proc/$pid/fd/5 plain
	kill $pid
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "only a regular file gives its output a name" {
	mkfifo pipe pipe.xts
	exec 5<plain
	for command in "encrypt $cheap pipe" 'decrypt pipe.xts' \
	    "encrypt $cheap /dev/stdin" "encrypt $cheap /dev/fd/5" \
	    "encrypt $cheap /dev/zero"; do
		refused 2 'is not a regular file' xtscrypt $command -k key
		[[ ${lines[1]} == *'-o FILE'*'-c'* ]]
	done
	refused 2 'is not a regular file' xtscrypt encrypt $cheap -k key \
	    <(cat plain)
	[ ! -e /dev/stdin.xts ]
}

@test "a link of someone else in a folder for all is not followed" {
	[ "$(id -u)" -eq 0 ] || skip "only root can make a link another's"
	mkdir -m 1777 shared
	chown 12345 shared
	echo precious >victim
	ln -s ../victim shared/there
	ln -s ../absent shared/new
	seal -k key
	xtscrypt encrypt $cheap -k key -H header -o data plain
	cp header before
	ln -s ../header shared/header
	chown -h 54321 shared/*
	for out in shared/there shared/new; do
		refused 1 "$out: " xtscrypt encrypt $cheap -f -k key -o $out \
		    plain
		refused 1 "$out: " xtscrypt decrypt -f -k key -o $out sealed
		refused 1 "$out: " xtscrypt header save -f sealed $out
	done
	refused 1 'shared/header: ' xtscrypt key add $cheap -k key \
	    --new-key-file bad shared/header
	cmp header before
	[ "$(cat victim)" = precious ]
	[ ! -e absent ]
	# One's own, and the folder's owner's, are.
	for owner in 0 12345; do
		chown -h $owner shared/there
		xtscrypt encrypt $cheap -f -k key -o shared/there plain
		cp victim sealed
		opens -k key
	done
}
