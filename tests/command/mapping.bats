# SPDX-License-Identifier: ISC
#
# What key export writes, and what info says of it.  That dm-crypt takes it is
# for "make check-dmcrypt".
load ../lib/helper

# bare [OPTION...]: plain, without integrity, as sealed.
bare() {
	text "${size:-20480}" >plain
	xtscrypt encrypt $cheap -f --no-integrity -k key "$@" -o sealed plain
}
export_() { xtscrypt key export -k key "$@"; }

# The keys of a span of sealed, as the reference derives them.
expected() {
	export PYTHONPATH=$srcdir/tests/lib
	python -B - "${header:-sealed}" "$1" <<-'END'
		import sys
		from reference_format import (check_header, kdf, layout_key,
		    open_master)
		raw = open(sys.argv[1], "rb").read(4096)
		key = open("key", "rb").read()
		master = open_master(raw, *check_header(raw), None, key)
		layout = layout_key(raw, master)
		sys.stdout.buffer.write(
		    kdf(layout, 64, int(sys.argv[2]), b"xtc-span"))
	END
}

# The file id of sealed, in hexadecimal.
file_id() { od -An -tx1 -j 32 -N 16 "${header:-sealed}" | tr -d ' \n'; }

# mapping WORD...: what info says, as text and as JSON.
mapping() {
	xtscrypt info "$@" | sed -n 's/^mapping  *//p' >text
	xtscrypt info --json "$@" | python -c 'if True:
	    import json, sys
	    print(json.load(sys.stdin)["mapping"])' >json
	cmp text json
	cat text
}

@test "key export writes the two keys of the data" {
	bare
	export_ sealed >keys
	cmp keys <(expected 0)
	export_ --span 0 -o - sealed | cmp - keys
	bare -H header
	export_ -H header sealed >keys
	cmp keys <(header=header expected 0)
}

@test "with -o it makes a file for its owner alone, and replaces none" {
	bare
	umask 000
	export_ -o keys sealed
	[ "$(stat -c '%a %s' keys)" = '600 64' ]
	export_ --dm-table --hex -o table sealed
	[ "$(stat -c %a table)" = 600 ]
	echo precious >other
	refused 1 'other: already exists' \
	    xtscrypt key export -k key -o other sealed
	[ "$(<other)" = precious ]
	refused 2 'same file' xtscrypt key export -k key -o sealed sealed
	refused 1 'nowhere/out: No such file' \
	    xtscrypt key export -k key -o nowhere/out sealed
}

@test "another pair of keys, another span" {
	size=$((5 << 19)) bare --span-shift 20
	refused 1 'sealed: has 3 spans' xtscrypt key export -k key sealed
	[[ ${lines[1]} == *--dm-table*--span* ]]
	for span in 0 1 2; do
		export_ --span $span sealed | cmp - <(expected $span)
	done
	refused 1 'sealed: has no span 3; its last is 2' \
	    xtscrypt key export -k key --span 3 sealed
	refused 1 'sealed: has no span 18446744073709551614' \
	    xtscrypt key export -k key --span 18446744073709551614 sealed
	refused 2 '--span takes the number of a span' \
	    xtscrypt key export -k key --span 18446744073709551615 sealed
	refused 2 '--span takes' xtscrypt key export -k key --span -1 sealed
}

@test "a table has a line for each span, and names keys in the keyring" {
	size=$((5 << 19)) bare --span-shift 20
	run -0 --separate-stderr xtscrypt key export --dm-table sealed
	key=:64:logon:xtscrypt:$(file_id)
	[ "$output" = "$(cat <<-END
		0 2048 crypt aes-xts-plain64 $key-0 0 DEVICE 8
		2048 2048 crypt aes-xts-plain64 $key-1 2048 DEVICE 2056
		4096 1024 crypt aes-xts-plain64 $key-2 4096 DEVICE 4104
	END
	)" ]
	[[ $stderr == *'sealed: replace DEVICE'*losetup* ]]

	size=$((5 << 19)) bare --span-shift 20 -s 4096 -H header
	key=:64:logon:xtscrypt:$(header=header file_id)
	large='2 sector_size:4096 iv_large_sectors'
	run -0 xtscrypt key export -q --dm-table -H header sealed
	[ "$output" = "$(cat <<-END
		0 2048 crypt aes-xts-plain64 $key-0 0 DEVICE 0 $large
		2048 2048 crypt aes-xts-plain64 $key-1 2048 DEVICE 2048 $large
		4096 1024 crypt aes-xts-plain64 $key-2 4096 DEVICE 4096 $large
	END
	)" ]
	run -0 xtscrypt key export -q --dm-table --span 2 -H header sealed
	[ "$output" = \
	    "0 1024 crypt aes-xts-plain64 $key-2 4096 DEVICE 4096 $large" ]
}

@test "with --hex a table has the keys" {
	size=$((3 << 19)) bare --span-shift 20
	export_ -q --dm-table --hex sealed >table
	for span in 0 1; do
		hex=$(expected $span | od -An -tx1 -v | tr -d ' \n')
		[ "$(cut -d ' ' -f 5 table | sed -n $((span + 1))p)" = "$hex" ]
	done
	refused 2 '--hex is for --dm-table' \
	    xtscrypt key export -k key --hex sealed
	[ "$(xtscrypt key export -q --dm-table sealed |
	    sed 's/:[^ ]*/KEY/')" = "$(sed -E 's/[0-9a-f]{128}/KEY/' table)" ]
}

@test "keys never go to a terminal, by whatever name; names of keys may" {
	bare
	for words in sealed '--dm-table --hex sealed' '-o - sealed' \
	    '-o /dev/tty sealed' '-o /dev/stdout sealed'; do
		run -2 pty -- "$XTSCRYPT" key export -k key $words
		[[ $output == *'keys are not written to a terminal'*hint:*-o* ]]
		! grep -q "$(expected 0 | od -An -tx1 -N 8 | tr -d ' ')" \
		    <<<"$output"
	done
	# It is known before a secret is asked for.
	run -2 pty -- "$XTSCRYPT" key export -p -k key sealed
	run -0 pty -- "$XTSCRYPT" key export --dm-table sealed
	[[ $output == *"logon:xtscrypt:$(file_id)-0"* ]]
}

@test "what dm-crypt cannot map is refused, and nothing is written" {
	no() {
		refused "$1" "$2" xtscrypt key export -k key -o out "${@:3}"
		refused "$1" "$2" xtscrypt key export --dm-table "${@:3}"
		[ ! -e out ]
	}
	seal -k key
	no 4 'sealed: dm-crypt cannot map it: it was encrypted with' sealed
	for bytes in 20479 511 4097 100; do
		size=$bytes bare
		no 4 'sealed: dm-crypt cannot map it: the length' sealed
	done
	size=0 bare -H header
	no 4 'sealed: dm-crypt cannot map it: the length' -H header sealed
	size=20992 bare -s 4096
	no 4 'sealed: dm-crypt cannot map it: the length' sealed
	for state in 1:converted 2:writing; do
		reference encrypt --key-file key --no-integrity \
		    --state ${state%:*} plain sealed
		no 4 "${state#*:}" sealed
	done
	bare
	truncate -s -1 sealed
	no 5 'sealed: cut short' sealed
	bare -H header
	no 5 'header: cut short, a header without its data' header
	cat header sealed >whole
	no 4 'whole: has a header of its own' -H header whole
	no 4 'plain: not an xtscrypt file' plain
}

@test "without the secret there are no keys, and nothing is left" {
	bare
	refused 3 'wrong key file' \
	    xtscrypt key export -k bad -o out sealed
	refused 3 'needs a key file' \
	    xtscrypt key export --passphrase-file pass --dm-table --hex sealed
	refused 2 '' xtscrypt key export -k key
	refused 2 '' xtscrypt key export -k key sealed sealed
	[ "$(here)" = "bad key pass plain sealed" ]
}

@test "a full disk is an error, and a FIFO is written to" {
	bare
	refused 1 'standard output: No space left' \
	    sh -c 'exec "$XTSCRYPT" key export -k key sealed >/dev/full'
	mkfifo fifo
	exec 8<>fifo
	background "$XTSCRYPT" key export -k key -o fifo sealed
	head -c 64 <&8 | cmp - <(expected 0)
	wait "$pid"
}

@test "info has the command that maps a file of one span" {
	bare
	key='--key-size 512 --key-file /dev/stdin'
	open="cryptsetup open --type plain --cipher aes-xts-plain64 $key"
	[ "$(mapping sealed)" = "xtscrypt key export sealed |\
 $open --offset 8 --size 40 sealed NAME" ]
	mv sealed 'other name'
	[ "$(mapping 'other name')" = "xtscrypt key export FILE |\
 $open --offset 8 --size 40 FILE NAME" ]
	[ "$(mapping <'other name')" = "$(mapping 'other name')" ]
	mv 'other name' ./-name
	[ "$(mapping -- -name)" = "$(mapping - <./-name)" ]
	bare -s 4096 -H header
	end='--offset 0 --size 40 --sector-size 4096 --iv-large-sectors'
	[ "$(mapping -H header sealed)" = "xtscrypt key export -H header \
sealed | $open $end sealed NAME" ]
	[ "$(mapping header)" = "xtscrypt key export -H header FILE |\
 $open $end FILE NAME" ]
}

@test "of more spans it has the command for dmsetup" {
	size=$((3 << 19)) bare --span-shift 20 -H header
	[ "$(mapping -H header sealed)" = "d=\$(losetup --find --show sealed)\
 && xtscrypt key export --dm-table --hex -H header \$d | dmsetup create NAME" ]
}

@test "info says where there is no mapping, and why" {
	seal -k key
	[ "$(xtscrypt info --json sealed | grep mapping)" = \
	    '  "mapping": null,' ]
	run ! grep -q ^mapping <(xtscrypt info sealed)
	size=20479 bare
	[[ $(xtscrypt info sealed) == *$'\n'"mapping     none: the length \
is 0, or no multiple of the data unit"* ]]
	xtscrypt info --json sealed | grep -q '"mapping": null'
}

@test "a block device is in its table by name" {
	bare
	attach sealed
	run -0 --separate-stderr xtscrypt key export --dm-table "$device"
	[[ $output == *" $device 8" && -z $stderr ]]
}

# 32 lines are more than the socket holds: it waits, with keys to be found.
@test "keys on their way out are in locked memory, and nowhere else" {
	! sanitized || return 0		# it locks nothing, and says it did
	native "the memory is qemu's"
	[ "$(ulimit -l)" = unlimited ] || [ "$(id -u)" -eq 0 ] ||
		skip "the system does not allow it"
	size=$((32 << 20)) bare --span-shift 20
	export_ -q --dm-table --hex sealed >table
	python - <<-'END'
		import os, re, socket, subprocess, sys, time
		into, out = socket.socketpair()
		out.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
		run = subprocess.Popen(
		    [os.environ["XTSCRYPT"], *"key export -q -k key --dm-table"
		     " --hex sealed".split()], stdout=out)
		into.settimeout(20)
		into.recv(1, socket.MSG_PEEK)
		time.sleep(0.3)
		if run.poll() is not None:
		    sys.exit("it does not wait for a reader")
		table = open("table", "rb").read()
		keys = re.findall(rb"[0-9a-f]{128}", table)
		wanted = [key for text in keys
		          for key in (text[:32], bytes.fromhex(text.decode()))]
		found, loose = 0, []
		maps = open(f"/proc/{run.pid}/smaps").read()
		memory = open(f"/proc/{run.pid}/mem", "rb", 0)
		parts = re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", maps)[1:]
		for part, after in zip(parts, parts[1:] + [""]):
		    start, end = part.split()[0].split("-")
		    try:
		        memory.seek(int(start, 16))
		        data = memory.read(int(end, 16) - int(start, 16))
		    except (OSError, OverflowError):
		        continue
		    here = sum(data.count(key) for key in wanted)
		    # What libsodium allocates ends at a page of its own.
		    if (after.startswith(end) and after.split()[1] == "---p"
		            and re.search(r"^VmFlags:.* lo\b", part, re.M)):
		        found += here
		    elif here:
		        loose.append(part.splitlines()[0])
		run.kill()
		run.wait()
		if found == 0 or loose:
		    sys.exit(f"{found} in locked memory; also in {loose}")
	END
}
