# SPDX-License-Identifier: ISC
#
# The manual and the program.  Each display in the EXAMPLES of xtscrypt(1) is
# run as it stands there, with stand-ins for other machines and programs.
load ../lib/helper
load ../lib/in_place

page1=$srcdir/man/xtscrypt.1

# stand_in NAME: a program of this name, with its lines on standard input.
stand_in() {
	mkdir -p bin
	{ echo '#!/bin/bash'; cat; } >"bin/$1"
	chmod +x "bin/$1"
}

# Put the Nth display into script, and make what it takes for granted.
prepare() {
	displays "$page1" "$1" >script
	[ -s script ]
	mkdir -p remote
	stand_in ssh <<<'[ "$1" = host ] && cd remote && exec sh -c "$2"'
	stand_in show-pass <<<'echo secret'
	stand_in xtscrypt <<-'END'
		case "$1 ${2-}" in
		encrypt\ --part | encrypt\ --parts-done) ;;
		encrypt\ * | key\ add | key\ change)
			set -- "$@" --kdf-passes 1 --kdf-memory 8M ;;
		esac
		exec "$XTSCRYPT" "$@"
	END
}

run_script() { PATH="$PWD/bin:$PATH" bash -eu script; }

example() {
	prepare "$1"
	run_script
}

# An image that the key file my.key opens.
sealed_image() {
	cp plain disk.img
	cp key my.key
	xtscrypt encrypt $cheap --segment-size 4K -k my.key disk.img
}

@test "example 1: an image under a passphrase, and back" {
	cp plain disk.img
	prepare 1
	PATH="$PWD/bin:$PATH" run -0 pty \
	    'expect New passphrase for ' 'send secret\n' \
	    'expect Again: ' 'send secret\n' \
	    'expect Passphrase for ' 'send secret\n' exit -- bash -eu script
	[[ $output == *AES-256-XTS* ]]
	cmp disk.img copy.img
}

@test "example 2: a key file" {
	cp plain notes.txt
	run -0 example 2
	[ "$output" = "$(cat plain)" ]
}

@test "examples 3 and 4: a backup on another machine, and back" {
	cp key my.key
	mkdir folder
	cp plain folder
	example 3
	mv folder before
	example 4
	diff -r before folder
}

@test "example 3 detects that tar has failed" {
	cp key my.key
	run ! example 3
}

@test "example 4 makes nothing of a backup that was cut" {
	cp key my.key
	mkdir folder
	cp plain folder
	example 3
	rm -r folder
	truncate -s -1 remote/folder.tar.xts
	run example 4
	[ ! -e folder.tar ] && [ ! -e folder ]
}

@test "example 5: checking" {
	cp plain notes.txt
	cp key my.key
	xtscrypt encrypt $cheap -k my.key notes.txt
	run -0 example 5
	[[ $output == *authentic* ]]
	flip notes.txt.xts 5000
	run -5 example 5
}

@test "example 6: a key file in place of a passphrase" {
	cp plain disk.img
	cp key my.key
	xtscrypt encrypt $cheap --passphrase-file pass disk.img
	XTSCRYPT_PASSPHRASE=secret run -0 example 6
	[[ $output == *passphrase*'key file'*stick* ]]
	xtscrypt decrypt -k my.key -c disk.img.xts | cmp - plain
	refused 3 'key file' xtscrypt decrypt --passphrase-file pass -o out \
	    disk.img.xts
}

@test "example 7: encrypting again" {
	sealed_image
	example 7
	xtscrypt decrypt -k new.key -c new.img.xts | cmp - plain
	refused 3 'wrong' xtscrypt decrypt -k my.key -o out new.img.xts
}

@test "example 8: a copy of the header, put back" {
	sealed_image
	cp disk.img.xts before
	example 8
	cmp disk.img.xts before
	dd if=/dev/zero of=disk.img.xts bs=4096 count=1 conv=notrunc \
	    status=none
	sed -i '/restore/!d' script
	run_script
	cmp disk.img.xts before
}

@test "example 9: what can be saved" {
	sealed_image
	flip disk.img.xts $((4096 + 4128 + 9))
	run -5 example 9
	dd if=/dev/zero of=plain bs=4096 seek=1 count=1 conv=notrunc \
	    status=none
	cmp saved.img plain
}

@test "example 10: a passphrase from another program" {
	cp plain diary.txt
	example 10
	xtscrypt decrypt --passphrase-file pass -c diary.txt.xts | cmp - plain
}

@test "example 11: an image for dm-crypt" {
	cp plain disk.img
	cp key my.key
	example 11
	[ "$(stat -c %s raw)" -eq "$(stat -c %s disk.img)" ]
	xtscrypt decrypt -k my.key -H hdr -c raw | cmp - plain
}

@test "example 12: an image in place" {
	cp plain disk.img
	cp key my.key
	inode=$(stat -c %i disk.img)
	run -0 example 12
	[[ $output == *authentic* && $(stat -c %i disk.img) == "$inode" ]]
	xtscrypt decrypt -k my.key -H disk.hdr -c disk.img | cmp - plain
	[ ! -e disk.hdr.xtsjnl ]
}

@test "example 13: an image in place, after a crash" {
	begin_in_place
	run -0 example 13
	[[ $output == *'being encrypted in place: 75 % done'* ]]
	xtscrypt decrypt -k my.key -H disk.hdr -c disk.img | cmp - before
	[ ! -e disk.hdr.xtsjnl ]
}

@test "example 14: a device in place" {
	text 20000256 >disk.img
	cp disk.img before
	cp key my.key
	attach disk.img
	prepare 14
	sed -i "s,/dev/sdb,$device," script
	run_script
	cmp "$device" before
	[ -e sdb.hdr.copy ] && [ ! -e sdb.hdr ]
	sed -i /decrypt/d script
	rm sdb.hdr.copy
	run_script
	xtscrypt decrypt -k my.key -H sdb.hdr -c "$device" | cmp - before
}

# A key that only age can open, with an identity in the place of a token.
token() {
	age-keygen -o identity.txt 2>keygen.log
	cp plain disk.img
}

@test "example 15: a key that a token keeps" {
	token
	run -0 example 15
	[[ $output == *authentic* ]]
	[ ! -e my.key ]
	xtscrypt decrypt -k <(age -d -i identity.txt my.key.age) \
	    -c disk.img.xts | cmp - plain
}

@test "example 15 makes nothing where the token does not open the key" {
	token
	prepare 15
	age-keygen -o other.txt 2>keygen.log
	sed -i 's/age -d -i identity/age -d -i other/' script
	run -2 run_script
	[[ $output == *empty* && ! -e disk.img.xts ]]
}

@test "examples 16 and 17: damage is found, repaired, and known to be" {
	sealed_image
	cp disk.img.xts before
	example 16 >par2.log
	dd if=/dev/urandom of=disk.img.xts bs=1 seek=7000 count=900 \
	    conv=notrunc status=none
	run -0 example 17
	[[ $output == *damaged*authentic* ]]
	cmp disk.img.xts before
}

@test "example 18: cron" {
	prepare 18
	mkdir -p home root backup srv
	cp key root/my.key
	cp plain srv/db
	# Five fields, and the rest for sh, with the little that cron sets.
	sed -Ei "s,^([^ ]+ +){5},,; s, /(root|backup|srv)/, $PWD/\1/,g" script
	for run in first second; do
		run -0 env -i HOME="$PWD/home" XTSCRYPT="$XTSCRYPT" \
		    PATH="$PWD/bin:/usr/bin:/bin" sh -c "$(<script)"
		[ -z "$output" ]
	done
	xtscrypt decrypt -k key -c backup/db.xts | cmp - plain
}

@test "example 19: systemd" {
	prepare 19
	mkdir -p credentials root backup srv
	cp key root/my.key
	cp plain srv/db
	# What systemd does with the unit.
	IFS=: read -r name from < <(sed -n 's/^LoadCredential=//p' script)
	cp "$PWD$from" "credentials/$name"
	sed -n "s,%d,$PWD/credentials,; s, /\(backup\|srv\)/, $PWD/\1/,g
	    s/^ExecStart=//p" script >command
	PATH=$PWD/bin:$PATH run -0 $(<command)
	[ -z "$output" ]
	xtscrypt decrypt -k key -c backup/db.xts | cmp - plain
}

@test "systemd takes the service of example 19" {
	type systemd-analyze 2>&- || skip "this machine has no systemd"
	displays "$page1" 19 | sed "s,=xtscrypt,=$XTSCRYPT," >backup.service
	systemd-analyze verify "$PWD/backup.service" 2>&1 |
	    grep backup.service >said || :
	[ ! -s said ]
}

# recorder NAME: a program that keeps its input and arguments, in files.
recorder() {
	stand_in "$1" <<<'cat >"${0##*/}.in$#"; echo "$*" >"${0##*/}.args$#"'
}

@test "example 20: cryptsetup maps it" {
	truncate -s 1G disk.img
	cp key my.key
	xtscrypt encrypt $cheap --no-integrity -k my.key -H hdr -o raw disk.img
	recorder cryptsetup
	stand_in mount <<<'echo "$*" >mounted'
	run -0 example 20
	[ "$(<mounted)" = '/dev/mapper/image /mnt' ]
	xtscrypt key export -k key -H hdr raw | cmp - cryptsetup.in*
	# The line is the one that info has printed.
	expected=$(sed -n 's/^mapping .* | cryptsetup \(.*\)NAME/\1image/p' \
	    <<<"$output")
	[ "$(cat cryptsetup.args*)" = "$expected" ]
}

@test "example 21: keys in the keyring" {
	truncate -s 2M disk.img
	cp key my.key
	xtscrypt encrypt $cheap --no-integrity --span-shift 20 -k my.key \
	    -o sdb disk.img
	prepare 21
	recorder dmsetup
	stand_in keyctl <<<'cat >"$3"; echo "$1 $2 $4" >>keyctl.args'
	sed -i "s,/dev/sdb,sdb,g" script
	run -0 run_script
	[ "$(sort -u keyctl.args)" = 'padd logon @s' ]
	[ "$(cat dmsetup.args*)" = 'create image' ]
	# The table names the keys as they were put there.
	for span in 0 1; do
		name=$(cut -d ' ' -f 5 dmsetup.in* | sed -n $((span + 1))p)
		xtscrypt key export -k key --span $span sdb |
		    cmp - "${name#:64:logon:}"
	done
}

@test "example 22: a part of an image" {
	text 2000000 >plain
	sealed_image
	flip disk.img.xts 5000
	run -0 example 22
	cmp -i 1048576:0 -n 65536 plain part
	[ "$(stat -c %s part)" -eq 65536 ]
	[[ $output == *"disk.img.xts: verified 885888 of 2000000 bytes" ]]
}

# The remote of rclone is a folder here, by its own alias.
rclone_remote() {
	cp key my.key
	mkdir folder
	cp plain folder
	export RCLONE_CONFIG=$PWD/rclone.conf
	printf '[remote]\ntype = alias\nremote = %s\n' "$PWD/remote" \
	    >rclone.conf
}

@test "example 23: a backup by rclone, and back" {
	rclone_remote
	example 23
	[ "$(head -c 8 remote/folder.tar.xts)" = XTSCRYPT ]
	mv folder before
	tar -xf folder.tar
	diff -r before folder
}

@test "example 23 makes nothing of a backup that was cut" {
	rclone_remote
	prepare 23
	sed -i 's/^rclone cat/truncate -s -1 remote\/*; &/' script
	run ! run_script
	[ -s remote/folder.tar.xts ] && [ ! -e folder.tar ]
}

# A stand-in for Slurm runs each job at once; check-slurm has the real one.
@test "example 24: an image in parts, on many machines" {
	text 20000000 >disk.img
	cp key my.key
	prepare 24
	stand_in sbatch <<-'END'
		for word; do
			case $word in
			--array=1-*) last=${word#--array=1-} ;;
			--wrap=*) job=${word#--wrap=} ;;
			--dependency=afterok:7) ;;
			--parsable) echo 7 ;;
			esac
		done
		for i in $(seq ${last:-1}); do
			SLURM_ARRAY_TASK_ID=$i sh -c "$job" || exit
		done
	END
	run_script
	xtscrypt decrypt -k my.key -c disk.img.xts | cmp - disk.img
}

@test "example 25: an image in parts, two at a time, and back" {
	text 20000000 >disk.img
	cp key my.key
	prepare 25
	type -P parallel || stand_in parallel <<-'END'
		shift 3
		while read -r i; do
			"${@/\{\}/$i}" || exit
		done
	END
	run_script
	cmp copy.img disk.img
}

@test "every example has its test" {
	[ "$(displays "$page1")" -eq 25 ]
	for i in {1..25}; do
		grep -qE "^	.*(example|prepare) $i( |\$)" \
		    "$BATS_TEST_FILENAME"
	done
}
