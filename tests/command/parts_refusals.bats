# SPDX-License-Identifier: ISC
#
# What cannot be written in parts, or belongs to another file.
load ../lib/helper
load ../lib/parts

@test "a part of another file, or of no such file" {
	begin 2 $small
	text 2000 >other
	refused 1 'other: has 2000 bytes, but sealed was made for 2097172' \
	    xtscrypt encrypt --part 1/2 -k key -o sealed other
	mv sealed first
	begin 2 $small
	# Segments of a file with the same plaintext, under another key.
	part "" 1/2
	mv sealed second
	mv first sealed
	part "" 2/2
	dd if=second of=sealed bs=$(stripe 1) skip=1 seek=1 count=1 \
	    conv=notrunc status=none
	refused 5 'damaged: 1' finish
	for option in --part=1/2 --parts-done; do
		run -1 xtscrypt encrypt $option -k key -o nothing long
		[[ $output == *nothing:*No\ such*'--parts N'* ]]
		refused 4 'other: not an xtscrypt file' \
		    xtscrypt encrypt $option -k key -o other long
	done
	mkdir folder
	refused 1 'folder: ' xtscrypt encrypt --part 1/2 -k key -o folder long
	mkfifo fifo
	refused 1 'fifo: ' xtscrypt encrypt --part 1/2 -k key -o fifo long
	# Whole already: no hint leads to overwriting it.
	seal -f -k key
	for option in --part=1/2 --parts-done; do
		refused 1 'sealed: is not being written in parts' \
		    xtscrypt encrypt $option -k key -o sealed plain
		[[ $output != *hint* ]]
	done
	[ "$(here)" = "bad fifo folder key long other pass plain sealed \
second" ]
}

@test "a header of another file does not take the parts" {
	begin 2 $small -H header
	part "-H header" 1/2
	mv sealed first
	mv header header1
	begin 2 $small -H header
	part "-H header" 1/2 2/2
	cp header header2
	refused 5 'damaged: 1-2' finish -H header1
	finish -H header
	refused 1 'header: is not being written' finish -H header
	mv first sealed
	refused 5 'damaged: 2' finish -H header1
}

@test "an output that is cut or longer is refused" {
	begin 2 $small
	part "" 1/2 2/2
	cp sealed before
	truncate -s -1 sealed
	refused 5 'sealed: cut short' finish
	refused 5 'sealed: cut short' part "" 1/2
	cp before sealed
	echo >>sealed
	refused 5 'sealed: has bytes after its end' finish
	refused 5 'sealed: has bytes after its end' part "" 2/2
	cp before sealed
	finish
}

@test "the numbers of a part, and what goes with it" {
	begin 2 $small
	for number in 0/2 3/2 1/0 1/65536 65536/65536 1 1/ /2 1/2/3 -1/2 1/+2 \
	    ' 1/2' 1/2x 4294967297/4294967298 ''; do
		refused 2 '--part takes I/N' xtscrypt encrypt \
		    "--part=$number" -k key -o sealed long
		refused 2 '--part takes I/N' xtscrypt decrypt \
		    "--part=$number" -k key -o out sealed
	done
	for number in 0 65536 x 1/2 ''; do
		refused 2 '--parts takes a number' xtscrypt encrypt \
		    "--parts=$number" -k key -o new long
	done
	for options in "--parts 2 --part 1/2" "--part 1/2 --parts-done" \
	    "--parts 2 --parts-done"; do
		refused 2 'contradict each other' \
		    xtscrypt encrypt $options -k key -o new long
	done
	refused 2 '--parts and --stdout contradict each other' \
	    xtscrypt encrypt --parts 2 -k key -c long
	refused 2 '--parts-done and --stdout contradict each other' \
	    xtscrypt encrypt --parts-done -k key -c long
	for option in --in-place --rm "--length 5"; do
		refused 2 "--parts and ${option% *} contradict each other" \
		    xtscrypt encrypt --parts 2 -k key $option long
	done
	for option in --rm --keep-going "--offset 5" "--length 5"; do
		refused 2 "--part and ${option% *} contradict each other" \
		    xtscrypt decrypt --part 1/2 -k key $option -o out sealed
	done
	refused 2 '--part and --in-place contradict each other' \
	    xtscrypt decrypt --part 1/2 -k key --in-place sealed
	refused 2 '--part needs the names of the input and the output' \
	    xtscrypt decrypt --part 1/2 -k key -o - sealed
	for option in --part=1/2 --parts-done; do
		refused 2 'already ends in .xts' \
		    xtscrypt encrypt $option -k key long.xts
		[[ ${lines[1]} == *": name the file that is encrypted, as "* ]]
	done
	# Even what --parts has chosen by default.
	for option in "--name x" --recovery "--recovery-file new" \
	    "--kdf moderate" "--kdf-passes 3" "--kdf-memory 256M" \
	    "--sector-size 512" "--segment-size 64K" "--span-shift 30" \
	    --no-integrity; do
		refused 2 "${option% *} is chosen with --parts" \
		    xtscrypt encrypt --part 1/2 -k key $option -o sealed long
	done
	refused 2 '--sector-size is chosen with --parts' \
	    xtscrypt encrypt --parts-done -s512 -k key -o sealed long
	refused 2 'one FILE' xtscrypt encrypt --parts 2 -k key long plain
	refused 2 '--parts needs the names of the input and the output' \
	    xtscrypt encrypt --parts 2 -k key - <long
	[ "$(here)" = "bad key long pass plain sealed" ]
}

@test "what has no parts: a pipe, an empty file, a device for an output" {
	mkfifo fifo
	timeout 20 cp plain fifo &
	refused 1 'fifo: is empty, or no file or device' \
	    xtscrypt encrypt --parts 2 -k key -o sealed fifo
	: >empty
	refused 1 'empty: is empty, or no file' \
	    xtscrypt encrypt --parts 2 -k key -o sealed empty
	refused 1 '/dev/null: is no regular file' \
	    xtscrypt encrypt --parts 2 -f -k key -o /dev/null plain
	seal -k key
	refused 1 'already exists' \
	    xtscrypt encrypt --parts 2 -k key -o sealed plain
	[ "$(here)" = "bad empty fifo key pass plain sealed" ]
}

@test "headers with hostile numbers of parts are refused" {
	text 9000 >long
	begin 2 $small
	part "" 1/2 2/2
	cp sealed before
	for poke in '21 \0' '21 \1' '21 \4' '22 \0'; do
		set -- $poke
		cp before sealed
		poke sealed $1 "$2"
		resum sealed
		refused 4 'sealed: the header has a value that is not allowed' \
		    finish
	done
	# Allowed, but the key did not make it.
	for poke in '22 \3 3' '23 \377 3' '24 \3 5' '48 \2 3'; do
		set -- $poke
		cp before sealed
		poke sealed $1 "$2"
		resum sealed
		run -$3 finish
		run -4 xtscrypt decrypt -k key -c sealed
	done
}
