# SPDX-License-Identifier: ISC
#
# Files that nbdkit's plugin serves to be written.
load ../lib/helper
load ../lib/nbdkit

# A client of nbd.sock, as h, with plain as the file's data.
client() {
	python -c "import errno, nbd, os, sys
h = nbd.NBD()
h.connect_unix('nbd.sock')
plain = open('plain', 'rb').read()
def fails(number, call, *arguments):
    try:
        call(*arguments)
    except nbd.Error as error:
        return error.errnum == number
$(cat)"
}

@test "nbdcopy in, and the tool finds it, in every layout" {
	text 3000000 >plain
	seq 9000000 | tail -c 3000000 >new
	for how in --segment-size=4K --no-integrity "--no-integrity -s 4096" \
	    "-s 4096" "--span-shift 20 -H header"; do
		seal -f -k key $how
		size=$(stat -c %s sealed)
		header= option=
		[[ $how != *-H* ]] || header=header=header option='-H header'
		nbd sealed $header key-file=key --run 'nbdcopy new "$uri"'
		[ "$(stat -c %s sealed)" -eq "$size" ]
		[ "$(echo *.xtsjnl)" = '*.xtsjnl' ]
		xtscrypt decrypt -k key $option -c sealed | cmp - new
		[[ $(xtscrypt info $option sealed) == *'state       whole'* ]]
	done
}

@test "a key that is removed from a detached header stays removed" {
	seal -k key -H header
	cp key other
	echo other >>other
	xtscrypt key add -k key --new-key-file other $cheap header
	serve sealed header=header key-file=key
	nbdinfo "$uri" >info
	refused 1 'in use by another program' xtscrypt key remove -k key \
	    --slot 1 header
	client <<<'h.pwrite(b"new", 0)'
	refused 4 'open for writing' xtscrypt key remove -k key --slot 1 header
	unserve
	xtscrypt key remove -q -k key --slot 1 header
	nbd sealed header=header key-file=key \
	    --run 'nbdcopy plain "$uri"'
	refused 3 'wrong' xtscrypt decrypt -k other -H header -c sealed
}

@test "a file that a server writes to while it is read is an error" {
	# More than a pipe and the threads in front of it hold.
	text 12000000 >plain
	mkfifo pipe
	for option in "" "-H header"; do
		seal -f -k key $option
		exec 8<>pipe
		background "$XTSCRYPT" decrypt -k key $option -c sealed >pipe
		exec 9<pipe 8>&-
		head -c 1000 <&9 >begin
		nbd sealed ${option:+header=header} key-file=key \
		    --run 'nbdcopy plain "$uri"' 9<&-
		cat <&9 >rest
		exec 9<&-
		status=0
		wait "$pid" || status=$?
		[ "$status" -eq 1 ]
		[ "$(<err)" = \
		    "xtscrypt: sealed: was written to while it was read" ]
	done
}

# The key comes when the header was read; meanwhile a server writes.
@test "so it is for verify, for a range and for parts" {
	text 100000 >plain
	for option in "" "-H header"; do
		seal -f -k key $option
		xtscrypt decrypt -f -k key $option --part 1/1 -o out sealed
		for command in verify "verify --offset 5" \
		    "decrypt --length 5 -o part" \
		    "decrypt --parts-done -o out"; do
			keyless $command $option sealed
			nbd sealed ${option:+header=header} key-file=key \
			    --run 'nbdcopy plain "$uri"'
			keyed
			[ "$status" -eq 1 ]
			[ "$(<err)" = "xtscrypt: sealed: was written to \
while it was read" ]
			[ ! -e out ] && [ ! -e part ]
		done
	done
}

@test "a file that is open for writing is not replaced by -f" {
	text 300000 >plain
	for how in --segment-size=4K --no-integrity; do
		seal -f -k key $how
		cp sealed other
		serve sealed key-file=key
		nbdinfo "$uri" >info
		refused 1 'sealed: in use by another program' seal -f -k key
		refused 1 'sealed: in use by another program' xtscrypt \
		    decrypt -k key -f -o sealed other
		client <<<'h.pwrite(b"new", 0); h.flush()'
		unserve
		xtscrypt decrypt -k key -c sealed | cmp - <(
		    printf new; tail -c +4 plain)
	done
}

@test "a file that is replaced meanwhile fails the flush, and closing says so" {
	text 300000 >plain
	for how in --segment-size=4K --no-integrity; do
		rm -f sealed
		seal -k key $how
		cp sealed copy
		serve sealed key-file=key
		client <<-'END'
			h.pwrite(b"new", 0)
			os.rename("copy", "sealed")
			assert fails(errno.EIO, h.flush)
			assert fails(errno.EIO, h.pwrite, b"more", 0,
			             nbd.CMD_FLAG_FUA)
		END
		grep -q 'sealed: was replaced or renamed meanwhile' nbd.log
		: >nbd.log
		unserve
		grep -q 'sealed: was replaced or renamed meanwhile' nbd.log
		[ ! -e sealed.xtsjnl ]
		xtscrypt decrypt -k key -c sealed | cmp - plain
	done
}

@test "a header to be repaired is read with, and said so, and not written" {
	preloads
	text 50000 >plain
	cp key other
	echo other >>other
	seal -k other -H header
	run faulty renameat:2:kill encrypt -f $cheap -k key -H header \
	    -o sealed plain
	[ "$status" -eq 137 ]
	run -0 nbd -r sealed header=header key-file=key \
	    --run 'nbdcopy "$uri" - | cmp - plain'
	[[ $output == *"note: "*"header of older data; used .xtshdr-"* ]]
	run nbd sealed header=header key-file=key --run 'nbdcopy plain "$uri"'
	[ "$status" -ne 0 ]
	[[ $output == *"header: the header has to be repaired first"* ]]
	[[ $output == *'"xtscrypt verify" says how'* ]]
	[ ! -e header.xtsjnl ]
	mv .xtshdr-* header
	nbd sealed header=header key-file=key --run 'nbdcopy plain "$uri"'
	xtscrypt decrypt -k key -H header -c sealed | cmp - plain
}

@test "SIGTERM closes the file with all that was written" {
	text 300000 >plain
	seal -k key --segment-size 4K
	serve sealed key-file=key
	client <<-'END'
		h.pwrite(b"a" * 5000, 10000)
		print(h.pread(2, 9999))
	END
	[ -e sealed.xtsjnl ]
	[[ $(xtscrypt info sealed) == *'open for writing'* ]]
	refused 4 'open for writing' xtscrypt decrypt -k key -c sealed
	unserve TERM
	[ "$status" -eq 0 ]
	[ ! -e sealed.xtsjnl ]
	{ head -c 10000 plain; printf 'a%.0s' {1..5000}
	    tail -c +15001 plain; } >new
	xtscrypt decrypt -k key -c sealed | cmp - new
}

@test "what was flushed survives kill -9, by resume" {
	text 300000 >plain
	seal -k key
	serve sealed key-file=key
	client <<-'END'
		h.pwrite(b"a" * 5000, 10000)
		h.flush()
		h.pwrite(b"b" * 100, 20000, nbd.CMD_FLAG_FUA)
		h.zero(1000, 30000, nbd.CMD_FLAG_FUA)
	END
	unserve KILL
	not_served 1 'sealed: is open for writing, or was not closed' sealed \
	    key-file=key
	[[ $output == *"\"xtscrypt resume $PWD/sealed\""* ]]
	xtscrypt resume -q -k key sealed
	python - <<-'END' >new
		import sys
		data = bytearray(open("plain", "rb").read())
		data[10000:15000] = b"a" * 5000
		data[20000:20100] = b"b" * 100
		data[30000:31000] = bytes(1000)
		sys.stdout.buffer.write(data)
	END
	xtscrypt decrypt -k key -c sealed | cmp - new
	nbd -r sealed key-file=key --run 'nbdcopy "$uri" - | cmp - new'
}

@test "what a crash left open can be closed as the hint says" {
	seal -k key -H header
	serve sealed header=header key-file=key
	client <<<'h.pwrite(b"new", 0, nbd.CMD_FLAG_FUA)'
	unserve KILL
	refused 4 'sealed: is open for writing' xtscrypt decrypt -k key \
	    -H header -c sealed
	[[ $output == *'"xtscrypt resume -H header sealed" closes it' ]]
	for command in 'key list' verify; do
		refused 4 'header: is open for writing' xtscrypt $command header
		[[ $output == *'"xtscrypt resume -H header FILE" closes it' ]]
	done
	xtscrypt resume -q -k key -H header sealed
	xtscrypt decrypt -k key -H header -c sealed | cmp -n 3 - <(printf new)
}

@test "a connection that only reads creates no journal" {
	seal -k key
	cp sealed before
	serve sealed key-file=key
	nbdcopy "$uri" - | cmp - plain
	client <<<'h.flush()'
	unserve
	[ "$status" -eq 0 ]
	cmp sealed before
}

@test "all clients see what one has written" {
	text 300000 >plain
	for how in --segment-size=4K --no-integrity; do
		seal -f -k key $how
		serve sealed key-file=key
		client <<-'END'
			other = nbd.NBD()
			other.connect_unix("nbd.sock")
			h.pread(9000, 1000)
			other.pwrite(b"new", 5000)
			assert h.pread(5, 4999) == (
			    plain[4999:5000] + b"new" + plain[5003:5004])
			h.flush()
			h.zero(100000, 3)
			assert other.pread(100004, 1) == (
			    plain[1:3] + bytes(100000) + plain[100003:100005])
		END
		unserve
	done
}

@test "a write of all of a damaged segment heals it, and no other does" {
	text 50000 >plain
	seal -k key --segment-size 4K
	flip sealed $((4096 + 3 * 4128 + 100))
	flip sealed $((4096 + 7 * 4128 + 100))
	flip sealed $(($(stat -c %s sealed) - 40))
	serve sealed key-file=key
	client <<-'END'
		for size, at in (1, 12288), (4095, 12289), (512, 12288), (
		        9, 49999):
		    data = b"x" * min(size, 50000 - at)
		    assert fails(errno.EIO, h.pwrite, data, at), (size, at)
		    assert fails(errno.EIO, h.pread, 1, at)
		assert h.pread(4096, 8192) == plain[8192:12288]
		h.pwrite(b"n" * 4096, 12288)
		assert h.pread(4096, 12288) == b"n" * 4096
		h.zero(4096 + 200, 7 * 4096 - 100)
		h.pwrite(b"e" * (50000 - 49152), 49152)
	END
	[ "$(grep -c damaged nbd.log)" -eq 2 ]
	unserve
	xtscrypt verify -q -k key sealed
	python - <<-'END' >new
		import sys
		data = bytearray(open("plain", "rb").read())
		data[12288:16384] = b"n" * 4096
		data[28572:32868] = bytes(4296)
		data[49152:] = b"e" * (50000 - 49152)
		sys.stdout.buffer.write(data)
	END
	xtscrypt decrypt -k key -c sealed | cmp - new
}

@test "an error is that of the file which has it" {
	seal -k key -H header
	serve sealed header=header key-file=key
	nbdinfo "$uri" >info
	: >header.xtsjnl
	client <<-'END'
		for i in range(5):
		    assert fails(errno.EIO, h.pwrite, b"new", i)
	END
	[ "$(grep -c "$PWD/header.xtsjnl: already exists, and is not" \
	    nbd.log)" -eq 1 ]
	rm header.xtsjnl
	mkdir header.xtshdr
	client <<<'assert fails(errno.EIO, h.pwrite, b"new", 0)'
	grep -q "$PWD/header.xtshdr: has the name of a side file" nbd.log
	[ "$(grep -c "$PWD/sealed:" nbd.log)" -eq 0 ]
}

@test "zeros are written as they are asked for, and are never fast" {
	text 300000 >plain
	seal -k key
	serve sealed key-file=key
	client <<-'END'
		assert h.can_zero() and h.can_fast_zero() and not h.can_trim()
		assert fails(errno.EOPNOTSUPP, h.zero, 4096, 0,
		             nbd.CMD_FLAG_FAST_ZERO)
		h.zero(200000, 50001)
		assert h.pread(300000, 0) == (
		    plain[:50001] + bytes(200000) + plain[250001:])
	END
}

@test "a last unit that steals is not written, and its file only read" {
	text 20007 >plain
	seal -k key --no-integrity
	cp sealed before
	serve sealed key-file=key
	client <<-'END'
		assert h.is_read_only() and h.pread(20007, 0) == plain
	END
	unserve
	cmp sealed before
}

@test "a file that may not be written is served to be read" {
	[ "$(id -u)" -ne 0 ] || return 0	# root may write it
	seal -k key
	chmod a-w sealed
	run -0 nbd sealed key-file=key --run 'nbdinfo --can read-only "$uri"'
	[[ $output == *'note: '*'sealed: can only be read: '* ]]
	nbd sealed key-file=key --run 'nbdcopy "$uri" - | cmp - plain'
}

@test "no journal is in memory, where the data is on a disk" {
	[ "$(stat -f -c %T /dev/shm)" = tmpfs ] &&
		[ "$(stat -f -c %T .)" != tmpfs ] || skip "not two such disks"
	memory=$(mktemp -d /dev/shm/nbdkit-XXXXXX)
	seal -k key -H "$memory/header"
	run -0 nbd sealed header="$memory/header" key-file=key \
	    --run 'nbdinfo --can read-only "$uri"'
	[[ $output == *"note: "*"can only be read: the file system cannot \
make a journal durable" ]]
	nbd sealed header="$memory/header" key-file=key \
	    --run 'nbdcopy "$uri" - | cmp - plain'
	# What a crash has left is closed all the same.
	mv "$memory/header" header
	serve sealed header=header key-file=key
	client <<<'h.pwrite(b"new", 0); h.flush()'
	unserve KILL
	mv header header.xtsjnl "$memory"
	xtscrypt resume -q -k key -H "$memory/header" sealed
	[ "$(ls "$memory")" = header ]
	[ "$(xtscrypt decrypt -k key -H "$memory/header" -c sealed |
	    head -c 3)" = new ]
	# Without tags there is none; and where all is in memory, it may be.
	seal -f -k key --no-integrity -H "$memory/header"
	nbd sealed header="$memory/header" key-file=key \
	    --run 'nbdcopy plain "$uri"'
	seal -f -k key -H "$memory/new"
	mv sealed "$memory"
	nbd "$memory/sealed" header="$memory/new" key-file=key \
	    --run 'nbdcopy plain "$uri"'
	rm -r "$memory"
}

# What is counted is between the marks, for which there are calls of stat.
@test "a lone write and a flush write 32 KiB at most, and sync once" {
	text 3000000 >plain
	for how in "-s 512" --segment-size=1M; do
		seal -f -k key $how
		cat >mark.py <<-'END'
			import nbd, os, sys
			h = nbd.NBD()
			h.connect_uri(sys.argv[1])
			# The journal is made, and its clock has nothing to do.
			h.pwrite(b"x" * 4096, 8192)
			h.flush()
			os.stat("mark")
			h.pwrite(b"y" * 4096, 8192)
			h.flush()
			os.stat("mark")
			h.pwrite(b"z" * 4096, 2101248, nbd.CMD_FLAG_FUA)
			os.stat("mark")
		END
		: >mark
		timeout 60 strace -f -o trace -e trace=/write,/sync,/stat \
		    nbdkit -U - "$PLUGIN" sealed key-file=key \
		    --run '/usr/bin/python3 -B mark.py "$uri"'
		awk '
			/"mark"/ { marks++; next }
			marks == 1 || marks == 2 {
				if (/pwrite|pwritev/) bytes[marks] += $NF
				if (/sync/) syncs[marks]++
			}
			END {
				for (i = 1; i <= 2; i++)
					print marks, bytes[i], syncs[i]
			}' trace >counted
		cat counted
		while read -r marks bytes syncs; do
			[ "$marks" -eq 3 ]
			[ "$bytes" -ge 4096 ] && [ "$bytes" -le 32768 ]
			[ "$syncs" -eq 1 ]
		done <counted
	done
}
