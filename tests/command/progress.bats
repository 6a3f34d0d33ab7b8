# SPDX-License-Identifier: ISC
#
# Progress on a terminal.
load ../lib/helper

# lasting: from the FIFO fifo there are 2 MB, and no end before the file more is
# removed.
lasting() {
	[ -e fifo ] || mkfifo fifo
	touch more
	{ text 2000000; while [ -e more ]; do sleep 0.05; done; } 2>&- 3>&- \
	    >fifo &
}

@test "progress is shown on a terminal once the work lasts a second" {
	lasting
	run -0 pty 'expect encrypting standard input' 'remove more' exit -- \
	    sh -c "$(redirect "encrypt $cheap -k key -o sealed <fifo")"
	lasting
	run -0 pty 'sleep 1.5' 'remove more' exit -- sh -c \
	    "$(redirect "encrypt $cheap --progress never -fk key -o sealed \
	    <fifo")"
	[[ $output == "xtscrypt: standard input -> sealed "* ]]
	run -0 pty exit -- "$XTSCRYPT" encrypt $cheap -f -k key -o sealed plain
	[[ $output == "xtscrypt: plain -> sealed "* ]]
}

@test "-q shows no progress, but --progress always goes before it" {
	lasting
	run -0 pty 'sleep 1.5' 'remove more' exit -- sh -c \
	    "$(redirect "encrypt $cheap -q -k key -o sealed <fifo")"
	[ -z "$output" ]
	lasting
	run -0 pty 'expect encrypting standard input' 'remove more' exit -- \
	    sh -c "$(redirect "encrypt $cheap -qfk key -o sealed \
	    --progress always <fifo")"
}

@test "no status line is written over data on the same terminal" {
	xtscrypt encrypt $cheap -k key <plain >sealed
	mkfifo fifo
	{ head -c 8000 sealed; sleep 1.5; tail -c +8001 sealed; } \
	    2>&- 3>&- >fifo &
	# Segments are written as they come: half of the text, then a wait.
	run -0 pty exit -- sh -c "$(redirect 'decrypt -k key -c <fifo')"
	[ "$output" = "$(cat plain)" ]
	{ head -c 8000 sealed; sleep 1.5; tail -c +8001 sealed; } \
	    2>&- 3>&- >fifo &
	run -0 pty exit -- sh -c \
	    "$(redirect 'decrypt -k key -o /dev/tty <fifo')"
	[ "$output" = "$(cat plain)" ]
	# What is typed is data, too.
	run -0 pty 'send more than 16 bytes\n' 'sleep 1.5' 'send \x04' \
	    'sleep 0.5' 'send \x04' exit -- \
	    sh -c "$(redirect "encrypt $cheap -k key - >sealed")"
	[ "$output" = "more than 16 bytes" ]
}

@test "until all is on the disk, the status line says what it waits for" {
	preloads
	for command in "encrypt $cheap -fk key -o sealed plain" \
	    "decrypt -k key -o opened sealed"; do
		run -0 pty 'expect writing to disk' 'remove held' exit -- \
		    env LD_PRELOAD="$builddir/tests/lib/preload.so" \
		    XTSCRYPT_FAULT=fsync:1:held XTSCRYPT_FAULT_REPORT=held \
		    "$XTSCRYPT" $command
	done
	cmp plain opened
}

# in_tmux COMMAND: a terminal of its own; what it shows, with what has left it
# at the top, without empty lines.
in_tmux() { tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null "$@"; }
on_screen() { in_tmux capture-pane -p -S - | sed '/^ *$/d'; }
shows() { on_screen | grep -q "$1"; }
two_lines() {
	on_screen >screen
	[ "$(sed 1q screen)" = before ] && [ "$(wc -l <screen)" -eq 2 ]
}

@test "a terminal that becomes narrower shows one status line, and no rest" {
	native "tmux runs what was built"
	preloads
	mkfifo fifo
	in_tmux new-session -d -x 80 -y 24 "exec sh -c 'echo before; \
	    export LD_PRELOAD=\"$builddir/tests/lib/preload.so\" \
	    XTSCRYPT_FAULT=read@fifo:70:held XTSCRYPT_FAULT_REPORT=held; \
	    exec \"$XTSCRYPT\" encrypt $cheap -T 1 -k key \
	    --progress always -o sealed <fifo 2>/dev/tty'"
	exec 9<>fifo
	text 200000 >&9
	# So long that it wraps.  Ten times a second it looks for more to read;
	# one on its way for the old width, at that moment, would stay.
	await shows 'encrypting standard input  192 KiB  [0-9.]* .iB/s$'
	await [ -e held ]
	in_tmux resize-window -x 40 -y 24
	tty=$(in_tmux display-message -p '#{pane_tty}')
	narrow() { [ "$(stty size <"$tty")" = "24 40" ]; }
	await narrow
	rm held
	text 200000 >&9
	await shows '\.\.\.  '
	await two_lines
	in_tmux kill-server
}
