# SPDX-License-Identifier: ISC
load ../lib/helper

@test "the output is another file, mode 0600, until it is whole" {
	start "$XTSCRYPT" encrypt $cheap -k key -o sealed
	unfinished() { ls -A | grep -qvxE 'bad|err|feed|key|pass|plain'; }
	await unfinished
	[ ! -e sealed ]
	other=$(ls -A | grep -vxE 'bad|err|feed|key|pass|plain')
	[ "$(stat -c %a "$other")" = 600 ]
	finish
	[ "$status" -eq 0 ]
	[ "$(here)" = "bad err feed key pass plain sealed" ]
	[ "$(stat -c %a sealed)" = 644 ]
}

@test "a file that has appeared meanwhile is not replaced" {
	start "$XTSCRYPT" encrypt $cheap -k key -o sealed
	echo precious >sealed
	finish
	[ "$status" -eq 1 ]
	[[ $(cat err) == *'sealed: '*exist* ]]
	[ "$(cat sealed)" = precious ]
	[ "$(here)" = "bad err feed key pass plain sealed" ]
}

@test "nothing is created before the key is proved" {
	seal --passphrase-file pass
	mkfifo slow
	send slow
	background "$XTSCRYPT" decrypt --passphrase-file slow -o out sealed
	settle
	[ "$(here)" = "bad err key pass plain sealed slow" ]
	cat bad >&8
	finish
	[ "$status" -eq 3 ]
	[ "$(here)" = "bad err key pass plain sealed slow" ]
}

@test "a full disk is an error, and nothing is left" {
	# A limit on the size of files: it needs no privilege.
	full() {
		ulimit -f 100
		"$XTSCRYPT" "$@"
	}
	text 400000 >plain
	seal -k key
	for command in "encrypt $cheap" decrypt; do
		refused 1 'out: ' full $command -k key -f -o out sealed
		[ "$(here)" = "bad key pass plain sealed" ]
		to_partial() { full "$@" >partial; }
		refused 1 'standard output: ' \
		    to_partial $command -k key -f -c sealed
		rm partial
	done
}

@test "a full device is an error" {
	seal -k key
	refused 1 '/dev/full: No space left' \
	    xtscrypt encrypt $cheap -k key -o /dev/full plain
	refused 1 '/dev/full: No space left' \
	    xtscrypt decrypt -k key -o /dev/full sealed
	refused 1 'standard output: No space left' \
	    bash -c '"$XTSCRYPT" decrypt -k key -c sealed >/dev/full'
	[ -c /dev/full ]
}

@test "the header of what is written directly is replaced last" {
	echo old >header
	refused 1 '/dev/full: No space left' \
	    xtscrypt encrypt $cheap -f -k key -H header -o /dev/full plain
	[ "$(cat header)" = old ]
	[ "$(here)" = "bad header key pass plain" ]
	mkfifo fifo
	receive fifo
	xtscrypt encrypt $cheap -f -k key -H header -o fifo plain
	cat <&8 >payload
	xtscrypt decrypt -k key -H header -c payload | cmp - plain
}

@test "a full disk for a message is no reason to crash" {
	seal -k key
	for what in 'info sealed' 'info --json sealed' 'key list sealed' \
	    help --version; do
		refused 1 'standard output: No space left' \
		    bash -c "\"\$XTSCRYPT\" $what >/dev/full"
	done
}

@test "an output in a folder that is not there is an error" {
	refused 1 'nowhere/out: cannot be created in its folder: No such file' \
	    xtscrypt encrypt $cheap -k key -o nowhere/out plain
	mkdir folder
	refused 1 'folder: ' xtscrypt encrypt $cheap -k key -o folder plain
	refused 1 'folder: ' xtscrypt encrypt $cheap -f -k key -o folder plain
	refused 1 'new/: Is a directory' \
	    xtscrypt encrypt $cheap -k key -o new/ plain
	ln -s new/ link
	refused 1 'link: Is a directory' \
	    xtscrypt encrypt $cheap -k key -o link plain
	[ ! -e new ]
	[ "$(ls -A folder)" = "" ]
}

@test "a symbolic link to the output is followed" {
	mkdir folder
	echo old >folder/real
	ln -s folder/real link
	refused 1 'link: ' xtscrypt encrypt $cheap -k key -o link plain
	[ "$(cat folder/real)" = old ]
	xtscrypt encrypt $cheap -f -k key -o link plain
	[ -L link ]
	[ "$(ls -A folder)" = real ]
	cp folder/real sealed
	opens -k key
}

@test "a symbolic link that leads nowhere yet is followed" {
	mkdir folder
	ln -s folder/real link
	xtscrypt encrypt $cheap -k key -o link plain
	[ -L link ]
	cp folder/real sealed
	opens -k key
}

@test "a symbolic link as the input gives its own name" {
	ln -s plain link
	xtscrypt encrypt $cheap -k key link
	[ "$(here)" = "bad key link link.xts pass plain" ]
	[ ! -L link.xts ]
	[ -f link.xts ]
}

@test "a FIFO is written directly, and stays" {
	mkfifo fifo
	timeout 20 cat fifo >sealed &
	xtscrypt encrypt $cheap -k key -o fifo plain
	wait $!
	[ -p fifo ]
	opens -k key
	timeout 20 cat fifo >got &
	xtscrypt decrypt -k key -o fifo sealed
	wait $!
	cmp plain got
	[ -p fifo ]
}

@test "a FIFO can be the input" {
	mkfifo fifo
	timeout 20 cp plain fifo &
	xtscrypt encrypt $cheap -k key -o sealed fifo
	opens -k key
}

@test "a character device is written directly" {
	run -0 xtscrypt encrypt $cheap -k key -o /dev/null plain
	[ -c /dev/null ]
}

@test "with a detached header its side file is removed, and no other" {
	xtscrypt encrypt $cheap -k key -H header -o payload plain
	touch header.xtshdr
	text 4096 >payload.xtshdr
	poke payload.xtshdr 0 XTSCRYPT
	xtscrypt encrypt $cheap -f -k key -H header -o payload plain
	[ ! -e header.xtshdr ]
	[ -e payload.xtshdr ]
	# It may be what a header is called here, if not by encrypt.
	mv header payload.xtshdr
	xtscrypt decrypt -k key -H payload.xtshdr -o opened payload
	cmp plain opened
}

@test "a new file is not made beside what has its side file's name" {
	xtscrypt encrypt $cheap -k key -H disk.xtshdr -o data plain
	cp disk.xtshdr before
	for f in "" -f; do
		refused 1 "disk.xtshdr: has the name of the side file of disk" \
		    xtscrypt encrypt $cheap $f -k key -o disk plain
		refused 1 "disk.xtshdr: has the name of the side file of disk" \
		    xtscrypt encrypt $cheap $f -k key -H disk -o other plain
	done
	[ ! -e disk ]
	[ ! -e other ]
	cmp disk.xtshdr before
	# Nor is it removed by a change of a header that came there since.
	xtscrypt encrypt $cheap -k key -o there plain
	mv there disk
	refused 1 'disk.xtshdr: ' xtscrypt key change $cheap -k key \
	    --new-passphrase-file pass disk
	cmp disk.xtshdr before
	xtscrypt decrypt -k key -H disk.xtshdr -o opened data
	cmp plain opened
}

@test "an output goes where its folder goes meanwhile" {
	mkdir folder
	start "$XTSCRYPT" encrypt $cheap -k key -o folder/sealed
	holds() { [ "$(ls -A "$1" | wc -l)" -eq "$2" ]; }
	await holds folder 1
	mv folder moved
	mkdir folder
	finish
	[ "$status" -eq 0 ]
	[ "$(ls -A folder moved)" = "$(printf 'folder:\n\nmoved:\nsealed')" ]
	rm feed

	start "$XTSCRYPT" encrypt $cheap -k key -o moved/other
	await holds moved 2
	mv moved folder/again
	kill -TERM "$pid"
	finish
	[ "$status" -eq 143 ]
	[ "$(ls -A folder/again)" = sealed ]
}

# While the reader of a FIFO makes the command wait, its input changes.
while_read() {
	truncate -s 8M big
	mkfifo fifo
	background "$XTSCRYPT" encrypt $cheap -k key -o fifo big
	receive fifo
	head -c 4096 <&8 >/dev/null
	"$@"
	cat <&8 >/dev/null
	finish
	[ "$status" -eq 1 ]
	[[ $(cat err) == "xtscrypt: big: "* ]]
	[ "$(wc -l <err)" -eq 1 ]
}

@test "a file that shrinks while it is read is an error" {
	while_read truncate -s 5M big
}

@test "a file that grows while it is read is an error" {
	while_read truncate -s 9M big
}

@test "an output that was there is replaced whole, with -f" {
	echo precious >out
	exec 9<out
	xtscrypt encrypt $cheap -f -k key -o out plain
	[ "$(cat <&9)" = precious ]
	mv out sealed
	opens -k key
}

@test "with -f what appears meanwhile is replaced" {
	start "$XTSCRYPT" encrypt $cheap -f -k key -o sealed
	echo appeared >sealed
	finish
	[ "$status" -eq 0 ]
	[ "$(here)" = "bad err feed key pass plain sealed" ]
	text 2000000 >plain
	opens -k key
}

# What a file system reports at the very end: preload.c fails each close.
@test "an error of closing an output is an error" {
	preloads
	seal -k key
	make -s -C "${builddir:-$srcdir}" tests/lib/preload.so
	export LD_PRELOAD="${builddir:-$srcdir}/tests/lib/preload.so"
	late() {
		local i
		for i in {1..60}; do
			rm -f report header
			XTSCRYPT_FAULT=close:$i:28 \
			    XTSCRYPT_FAULT_REPORT=report \
			    "$XTSCRYPT" "$@" >got 2>err && status=0 || status=$?
			[ -e report ] || break
			grep -q '/got$' report || continue
			[ "$status" -eq 1 ]
			grep -qx "xtscrypt: .*out.*: No space left on device" \
			    err
			return
		done
		echo "it never closes its output: $*"
		return 1
	}
	late encrypt $cheap -c -k key plain
	late encrypt $cheap -c -k key -H header plain
	[ ! -e header ]
	late encrypt $cheap -o /dev/stdout -k key plain
	late decrypt -c -k key sealed
	late decrypt -k key -o - sealed
	late info sealed
	late info --json sealed
	late key list sealed
	late header save sealed -
	late --version
	late help
}

@test "nothing is wider than the umask" {
	umask 077
	chmod 777 plain
	seal -k key
	[ "$(stat -c %a sealed)" = 700 ]
	chmod 777 sealed
	opens -k key
	[ "$(stat -c %a opened)" = 700 ]
	umask 027
	chmod 666 sealed
	opens -k key
	[ "$(stat -c %a opened)" = 640 ]
}

@test "nobody gets more than an access control list allows" {
	# list FILE ENTRIES [default]: its tags, permissions and ids.
	list() {
		python - "$@" access <<-'EOF' || skip "no such lists here"
			import os, struct, sys
			acl = struct.pack("<I", 2)
			for entry in sys.argv[2].split():
			    entry = map(int, entry.split(","))
			    acl += struct.pack("<HHi", *entry)
			try:
			    os.setxattr(sys.argv[1],
			                "system.posix_acl_" + sys.argv[3], acl)
			except OSError:
			    sys.exit(1)
		EOF
	}
	lists() {
		python -c 'import os, sys
for name in sys.argv[1:]:
    print(len([x for x in os.listxattr(name) if "posix_acl" in x]))' "$@"
	}
	umask 000
	seal -k key
	# user::rwx user:12345:rwx group::--- mask::rwx other::---
	own="1,7,-1 2,7,12345 4,0,-1 16,7,-1 32,0,-1"
	list sealed "$own"
	[ "$(stat -c %a sealed)" = 770 ]
	opens -k key
	[ "$(stat -c %a opened)" = 700 ]
	list plain "$own"
	seal -f -k key
	[ "$(stat -c %a sealed)" = 700 ]
	xtscrypt encrypt $cheap -k key -H header -o data plain
	list header "$own"
	xtscrypt key add $cheap -k key --new-key-file pass header
	[ "$(stat -c %a header)" = 700 ]
	# A user, 2, or a group, 8, who is allowed less than others.
	while read -r mode named; do
		list sealed "1,6,-1 $named 16,6,-1 32,6,-1"
		[ "$(stat -c %a sealed)" = 666 ]
		opens -k key
		[ "$(stat -c %a opened)" = "$mode" ]
	done <<-EOF
		600 2,0,12345 4,6,-1
		644 2,4,12345 4,6,-1
		660 4,6,-1 8,0,12345
		664 4,6,-1 8,4,12345
		666 4,6,-1 8,7,12345
	EOF
	# Of what is allowed to a user, the mask takes some away.
	list sealed "1,6,-1 2,7,12345 4,6,-1 16,4,-1 32,6,-1"
	opens -k key
	[ "$(stat -c %a opened)" = 644 ]
	# A folder may have one for the files in it.
	mkdir folder
	list folder "$own" default
	xtscrypt decrypt -k key -o folder/opened sealed
	xtscrypt decrypt -k key -o folder/new - <sealed
	[ "$(stat -c %a folder/opened)" = 600 ]
	[ "$(lists folder/opened folder/new)" = "$(printf '%s\n' 0 1)" ]
	# What it denies to anyone is not given back, with a list or without.
	rm -r folder
	mkdir folder
	cp --no-preserve=all sealed bare
	mv bare sealed
	chmod 666 sealed
	while read -r kept mode entries; do
		list folder "$entries" default
		xtscrypt decrypt -f -k key -o folder/opened sealed
		xtscrypt decrypt -f -k key -o folder/new - <sealed
		touch folder/other
		[ "$(stat -c %a folder/opened)" = "$mode" ]
		[ "$(stat -c %a folder/new)" = "$kept" ]
		[ "$(stat -c %a folder/other)" = "$kept" ]
		rm folder/other
	done <<-EOF
		600 600 1,7,-1 4,0,-1 32,0,-1
		640 640 1,7,-1 4,5,-1 32,0,-1
		604 604 1,7,-1 4,0,-1 32,5,-1
		664 600 1,7,-1 2,0,12345 4,7,-1 16,7,-1 32,5,-1
		644 604 1,7,-1 2,7,12345 4,0,-1 16,5,-1 32,5,-1
		664 664 1,7,-1 4,7,-1 8,7,12345 16,7,-1 32,5,-1
	EOF
}

@test "a file that cannot be removed is named, and its owner's alone" {
	preloads
	seal -k key
	# All ways to give it its name fail, and so does its removal.
	stays() {
		refused 1 "$1: .xtscrypt-" faulty \
		    "renameat2:1+:5,unlinkat@.xtscrypt-*:1+:1" "${@:2}"
		left=$(echo .xtscrypt-*)
		[[ $output == *": $left, which was created beside it, "* ]]
		[ "$(stat -c %a $left)" = 600 ]
		rm $left
	}
	stays out decrypt -k key -o out sealed
	stays out encrypt $cheap -k key -o out plain
	stays header encrypt $cheap -k key -o /dev/null -H header plain
	stays out header save sealed out
	stays out keygen out
	run -1 faulty "renameat2:1+:5,unlinkat@.xtscrypt-*:1+:1" encrypt \
	    $cheap -k key --recovery-file out -o /dev/null plain
	[[ $output == *"out: .xtscrypt-"*" could not be removed" ]]
	rm .xtscrypt-*
	[ "$(here)" = "bad key pass plain sealed" ]
	# With its name it gets its mode.
	opens -k key
	[ "$(stat -c %a opened)" = 644 ]
}

@test "what cannot be replaced or given a name is refused before the work" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	seal -k key
	mkdir folder
	echo old >old
	chattr +a folder 2>&- || skip "no append-only folders here"
	# No passphrase is read.
	mkfifo slow
	run xtscrypt encrypt $cheap --passphrase-fd 5 -o folder/out plain \
	    5<>slow
	held=$(ls -A folder)
	run -1 xtscrypt decrypt -k key -o folder/out sealed
	run -1 xtscrypt keygen folder/out
	run -1 xtscrypt header save sealed folder/out
	run -1 xtscrypt encrypt $cheap -k key -H folder/out -o data plain
	held=$held$(ls -A folder)
	chattr -a folder
	[ "$held" = "" ]
	chattr +i old
	run -1 xtscrypt encrypt $cheap -f --passphrase-fd 5 -o old plain \
	    5<>slow
	chattr -i old
	[[ $output == *"old: "*"not permitted" ]]
	unshare -m true 2>&- || return 0
	refused 1 'old: is mounted' unshare -m sh -c 'mount --bind key old &&
	    "$0" encrypt -f --passphrase-fd 5 -o old plain' "$XTSCRYPT" \
	    5<>slow
}

@test "a folder is asked for by itself, not by a path" {
	[ "$(id -u)" -eq 0 ] || skip "only root can become another user"
	mkdir -p closed/open
	cp key plain closed/open
	chown 12345 closed/open/key
	chmod 777 closed/open
	run -0 python - "$PWD/closed" "$XTSCRYPT" $cheap <<-'EOF'
		import os, subprocess, sys
		closed, program, *cheap = sys.argv[1:]
		os.chdir(closed + "/open")
		os.chmod(closed, 0)
		fd = os.open(program, os.O_RDONLY)
		os.setgid(12345)
		os.setuid(12345)
		for words in (["encrypt", *cheap, "plain"],
		              ["decrypt", "-f", "plain.xts"]):
		    subprocess.run([f"/proc/self/fd/{fd}", *words, "-k", "key"],
		                   pass_fds=[fd], check=True)
	EOF
	chmod 755 closed
	cmp plain closed/open/plain
	# A working directory deeper than any path may be long.
	run -0 python - "$XTSCRYPT" $cheap <<-'EOF'
		import os, subprocess, sys
		program, *cheap = sys.argv[1:]
		for i in range(25):
		    os.mkdir("d" * 200)
		    os.chdir("d" * 200)
		for name in ("key", "plain"):
		    with open(name, "wb") as file:
		        file.write(name.encode() * 1000)
		for words in (["encrypt", *cheap, "plain"],
		              ["decrypt", "-o", "opened", "plain.xts"]):
		    subprocess.run([program, *words, "-k", "key"], check=True)
		with open("opened", "rb") as file:
		    sys.exit(file.read() != b"plain" * 1000)
	EOF
}
