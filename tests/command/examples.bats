# SPDX-License-Identifier: ISC
#
# The manual and the program.  Each display in the EXAMPLES of xtscrypt(1) is
# run as it stands there, with stand-ins for other machines and programs.
load ../lib/helper

page1=$srcdir/man/xtscrypt.1
page5=$srcdir/man/xtscrypt.5

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
image() {
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
	image
	example 7
	xtscrypt decrypt -k new.key -c new.img.xts | cmp - plain
	refused 3 'wrong' xtscrypt decrypt -k my.key -o out new.img.xts
}

@test "example 8: a copy of the header, put back" {
	image
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
	image
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

# Begun and not finished: no file may become longer than this, and a device or
# file without tags is converted from its start.
begin_in_place() {
	cp key my.key
	text 30000000 >disk.img
	cp disk.img before
	run -1 bash -c 'ulimit -f 17000 && exec "$@"' - "$XTSCRYPT" encrypt \
	    $cheap --in-place --no-integrity -k my.key -H disk.hdr disk.img
	[[ $output == *'File too large'*'resume -H disk.hdr disk.img'* ]]
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
	image
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
	image
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

@test "every field of the JSON is in the manual" {
	begin_in_place
	xtscrypt encrypt $cheap -k key --parts 1 plain
	{
		xtscrypt info --json -H disk.hdr disk.img
		xtscrypt info --json plain.xts
		xtscrypt bench --json
	} | python -c 'import json, re, sys
def fields(value):
    if isinstance(value, list):
        if not value:           # the code, where there is no assembly
            return ["function", "bytes", "sha256"]
        return fields(value[0])
    if not isinstance(value, dict):
        return []
    return [f for k, v in value.items() for f in [k] + fields(v)]
info, parts, bench = map(json.loads, re.split("(?m)(?<=^}\n)",
                                              sys.stdin.read())[:3])
info["parts"] = parts["parts"]
print("\n".join(fields(info) + fields(bench)))' |
	    sort >there
	awk '/^\.Sh / { inside = $2 == "JSON" } inside && /^\.It / {
		print $2 }' "$page1" | sort >said
	[ "$(wc -l <there)" -gt 20 ]
	diff said there
}

@test "the test values of xtscrypt(5) are right" {
	printf 'key\n' >key
	python -B - "$srcdir/tests/lib" >values <<-'END'
		import sys
		sys.path.insert(0, sys.argv[1])
		import reference_format as r

		master, file_id = bytes(range(32)), bytes(range(16, 32))
		salt, nonce = bytes(range(32, 48)), bytes(range(48, 72))
		slot = r.Slot(1, 3, 0, 1, 8192, 0, salt, nonce, b"", b"example")
		k = r.blake2b(b"key\n", size=64)
		slot_key = r.slot_key(slot, b"secret", b"key\n")
		box = r.aead_encrypt(master, file_id + r.SLOT.pack(*slot)[:32],
		                     nonce, slot_key)
		header = r.Header(b"XTSCRYPT", 1, 1, 1, 512, 65536, 40, 0, 0, 5,
		                  file_id, 1, 0)
		slot = slot._replace(box=box)
		raw = r.HEADER.pack(*header) + r.SLOT.pack(*slot)
		raw = raw.ljust(4032, b"\0")
		mac = r.header_mac(raw, master)
		checksum = r.blake2b(raw + mac)
		raw += mac + checksum
		layout = r.layout_key(raw, master)
		data = r.xts(b"hello".ljust(16, b"\0"), header, layout,
		             r.Cipher.encryptor)
		nonce = bytes(range(80, 96))
		record = r.make_record(data, 1 << 63, nonce, layout)
		for value in (
		        master, file_id, salt, nonce, record[:16], k,
		        r.blake2b(b"secret", key=k, size=64), slot_key, box,
		        r.kdf(master, 32, 0, b"xtc-head"), layout,
		        r.kdf(layout, 32, 0, b"xtc-segm"),
		        r.kdf(layout, 64, 0, b"xtc-span"),
		        r.kdf(layout, 64, 1, b"xtc-span"), mac, checksum, data,
		        record[16:], r.blake2b(raw + data + record)):
		    print(value.hex())
		with open("sealed", "wb") as file:
		    file.write(raw + data + record)
	END
	[ "$(wc -l <values)" -eq 19 ]
	# Displays have a name of up to 14 columns before the digits.
	awk '/^\.Sh / { inside = $2 == "EXAMPLES" } inside {
		print substr($0, 15) }' "$page5" | tr -d '\n' >digits
	while read -r value; do
		grep -qF "$value" digits
	done <values
	run -0 xtscrypt decrypt -k key --passphrase-file pass -c sealed
	[ "$output" = hello ]
}

# A conversion in place has been interrupted: the reference, which knows the
# page, gets the data out of what is there; and so does resume, at the end.
recovers() {
	reference recover --key-file my.key "$@" disk.img recovered
	cmp recovered before
	xtscrypt resume -k my.key "${@/--detached/-H}" disk.img
}

@test "a journal is as xtscrypt(5) says" {
	begin_in_place
	recovers --detached disk.hdr
	xtscrypt decrypt -k my.key -H disk.hdr -c disk.img | cmp - before
	cp before disk.img
	xtscrypt encrypt -q $cheap --in-place --segment-size 4K -k my.key \
	    disk.img
	run -1 bash -c 'ulimit -f 17000 && exec "$@"' - "$XTSCRYPT" decrypt \
	    --in-place -k my.key disk.img
	recovers
	cmp disk.img before
}

@test "and so is that of an attached encryption, whose data moves up" {
	preloads
	cp key my.key
	text 30000000 >before
	for n in 2 4; do
		cp before disk.img
		run -1 faulty "pwrite@disk.img:$n:28" encrypt $cheap \
		    --in-place -k my.key disk.img
		recovers
		xtscrypt decrypt -k my.key -c disk.img | cmp - before
	done
}

@test "and one where nothing has been changed, which --undo removes" {
	preloads
	image
	mv disk.img.xts disk.img
	cp plain before
	run -1 faulty pwrite@disk.img:1:28 decrypt --in-place -k my.key disk.img
	reference recover --key-file my.key disk.img recovered
	cmp recovered before
	xtscrypt resume --undo -q -k my.key disk.img
	[ ! -e disk.img.xtsjnl ]
	xtscrypt decrypt -k my.key -c disk.img | cmp - before
}

@test "the first screen of the README shows how to begin" {
	head -n 24 "$srcdir/README.md" >screen
	encrypt='./xtscrypt encrypt -k my.key README.md'
	for line in \
	    "./bootstrap && ./xtscrypt keygen my.key && $encrypt" \
	    './bootstrap --check'; do
		grep -qxF "    $line" screen
	done
	for text in 'xtscrypt encrypt disk.img' 'xtscrypt decrypt -k my.key' \
	    '| xtscrypt encrypt -k my.key | ssh'; do
		grep -qF "$text" screen
	done
}
