# SPDX-License-Identifier: ISC
load ../lib/helper

@test "SIGINT, SIGTERM and SIGHUP clean up, and are what it dies of" {
	for signal in INT TERM HUP; do
		start "$XTSCRYPT" encrypt $cheap -k key -o sealed
		kill -$signal "$pid"
		finish
		[ "$status" -eq $((128 + $(kill -l $signal))) ]
		[ "$(here)" = "bad err feed key pass plain" ]
		rm feed
	done
}

@test "a signal leaves what was there" {
	echo precious >sealed
	start "$XTSCRYPT" encrypt $cheap -f -k key -o sealed
	kill -TERM "$pid"
	finish
	[ "$status" -eq 143 ]
	[ "$(cat sealed)" = precious ]
	[ "$(here)" = "bad err feed key pass plain sealed" ]
}

@test "a signal is its death, and no exit code that looks alike" {
	start /usr/bin/python3 -c 'import subprocess, sys
child = subprocess.Popen(sys.argv[1:])
print(child.pid, file=open("child", "w"), flush=True)
print(child.wait(), file=open("result", "w"))' \
	    "$XTSCRYPT" encrypt $cheap -k key -o sealed
	await [ -s child ]
	kill -TERM "$(cat child)"
	finish
	[ "$(cat result)" = -15 ]
}

@test "a signal ends decrypt too, and leaves nothing" {
	text 4000000 >plain
	seal -k key
	feed "$XTSCRYPT" decrypt -k key -o out
	head -c 3000000 sealed | timeout 20 cat >&8
	kill -INT "$pid"
	finish
	[ "$status" -eq 130 ]
	[ "$(here)" = "bad err feed key pass plain sealed" ]
}

@test "every signal that would end it cleans up" {
	text 4000000 >plain
	seal -k key
	for signal in QUIT USR2 XCPU VTALRM PROF IO PWR STKFLT; do
		feed "$XTSCRYPT" decrypt -k key -o out
		head -c 3000000 sealed | timeout 20 cat >&8
		compgen -G '.xtscrypt-*'
		kill -$signal "$pid"
		finish
		[ "$status" -eq $((128 + $(kill -l $signal))) ]
		[ "$(here)" = "bad err feed key pass plain sealed" ]
		rm feed
	done
}

@test "a signal ends it while it waits for a FIFO to be opened" {
	mkfifo fifo
	background "$XTSCRYPT" encrypt $cheap -k key -o fifo plain
	settle
	kill -TERM "$pid"
	finish
	[ "$status" -eq 143 ]
}

@test "a signal ends header save while it waits for a FIFO to be opened" {
	seal -k key
	mkfifo fifo
	background "$XTSCRYPT" header save sealed fifo
	settle
	kill -TERM "$pid"
	finish
	[ "$status" -eq 143 ]
	[ "$(here)" = "bad err fifo key pass plain sealed" ]
}

@test "a signal ends it while it waits for a key" {
	mkfifo fifo
	background "$XTSCRYPT" encrypt $cheap -k fifo plain
	settle
	kill -TERM "$pid"
	finish
	[ "$status" -eq 143 ]
	[ "$(here)" = "bad err fifo key pass plain" ]
}

@test "a signal ends it while its messages are not read" {
	text 4000000 >plain
	seal -k key --segment-size 4K
	python -c 'with open("sealed", "r+b") as sealed:
    for at in range(4096, 4000000, 2 * 4128):
        sealed.seek(at)
        sealed.write(b"changed")'
	mkfifo full
	exec 8<>full
	dd if=/dev/zero of=full bs=4096 oflag=nonblock status=none 2>err || true
	grep -q "temporarily unavailable" err
	for t in 1 2 8; do
		for signal in INT TERM; do
			background sh -c 'exec "$@" 2>full' sh \
			    "$XTSCRYPT" verify -k key -T $t sealed 8>&-
			settle
			kill -$signal "$pid"
			await gone
			status=0
			wait "$pid" || status=$?
			[ "$status" -eq $((128 + $(kill -l $signal))) ]
		done
	done
}

@test "what was ignored stays ignored" {
	start env --ignore-signal=INT,TERM,HUP \
	    "$XTSCRYPT" encrypt $cheap -k key -o sealed
	for signal in INT TERM HUP; do
		kill -$signal "$pid"
	done
	sleep 0.2
	finish
	[ "$status" -eq 0 ]
	xtscrypt decrypt -k key -c sealed | cmp - <(text 2000000)
}

@test "a closed pipe ends it silently, of SIGPIPE" {
	text 3000000 >plain
	seal -k key
	for command in "encrypt $cheap" decrypt; do
		env --default-signal=PIPE "$XTSCRYPT" $command -k key -f -c \
		    sealed 2>err | head -c 1 >/dev/null ||
		    true
		statuses=("${PIPESTATUS[@]}")
		[ ! -s err ]
	done
	run bash -c 'env --default-signal=PIPE "$XTSCRYPT" decrypt -k key -c \
	    sealed 2>err | head -c 1 >/dev/null; echo ${PIPESTATUS[0]}'
	[ "$output" = 141 ]
	[ ! -s err ]
}

@test "a closed pipe is an error where SIGPIPE is ignored" {
	text 3000000 >plain
	seal -k key
	run bash -c 'env --ignore-signal=PIPE "$XTSCRYPT" decrypt -k key -c \
	    sealed 2>err | head -c 1 >/dev/null; echo ${PIPESTATUS[0]}'
	[ "$output" = 1 ]
	[[ $(cat err) == "xtscrypt: standard output: Broken pipe" ]]
}

@test "a closed pipe for what info says ends it silently, of SIGPIPE" {
	seal -k key
	run bash -c 'mkfifo fifo; exec 8<>fifo 9>fifo; exec 8<&-
	    env --default-signal=PIPE "$XTSCRYPT" info sealed >&9 2>err'
	[ "$status" -eq 141 ]
	[ ! -s err ]
}

@test "SIGUSR1 prints the progress, and never kills" {
	start "$XTSCRYPT" encrypt $cheap -k key -o sealed
	kill -USR1 "$pid"
	await test -s err
	kill -USR1 "$pid"
	sleep 0.2
	finish
	[ "$status" -eq 0 ]
	[[ $(head -n 1 err) == xtscrypt:* ]]
	xtscrypt decrypt -k key -c sealed | cmp - <(text 2000000)
}

@test "SIGUSR1 does not kill while a key is waited for" {
	mkfifo fifo
	background "$XTSCRYPT" encrypt $cheap -k fifo plain
	settle
	kill -USR1 "$pid"
	sleep 0.1
	timeout 20 cp key fifo
	finish
	[ "$status" -eq 0 ]
}

@test "--progress always shows it without a terminal, never does not" {
	start "$XTSCRYPT" encrypt $cheap -k key -o sealed --progress always
	await test -s err
	finish
	[ "$status" -eq 0 ]
	rm feed
	for when in auto never; do
		start "$XTSCRYPT" encrypt $cheap -f -k key -o sealed \
		    --progress $when
		sleep 1.3
		finish
		[ "$status" -eq 0 ]
		[ ! -s err ]
		rm feed
	done
	refused 2 '' xtscrypt encrypt $cheap -k key --progress perhaps plain
}

# first COMMAND...: as process 1 of a container with an open standard input.
first() {
	mkfifo feed
	exec 8<>feed
	background unshare -pf --kill-child -- "$@" <feed 8>&-
	await pgrep -P "$pid" -x xtscrypt >child
	read -r child <child
	settle "$child"
}

@test "process 1, which no default action ends, ends with 128 + N" {
	native "it takes a kernel"
	unshare -pf true 2>&- || skip "no namespace of processes here"
	# At work, with something to clean up; and before that.
	for signal in INT TERM HUP QUIT; do
		for from in "-k key -" "-k feed plain"; do
			first "$XTSCRYPT" encrypt $cheap -o sealed $from
			kill -$signal "$child"
			finish
			[ "$status" -eq $((128 + $(kill -l $signal))) ]
			[ "$(here)" = "bad child err feed key pass plain" ]
			rm feed child
		done
	done
}

@test "process 1 dies of a closed pipe, and of a signal at the prompt" {
	native "it takes a kernel"
	unshare -pf true 2>&- || skip "no namespace of processes here"
	text 4000000 >plain
	{
		status=0
		unshare -pf "$XTSCRYPT" encrypt $cheap -k key -c plain \
		    2>err || status=$?
		echo $status >status
	} | head -c 1 >first
	[ "$(cat status)" -eq 141 ]
	[ ! -s err ]
	for signal in INT:130 QUIT:131 HUP:129 TERM:143; do
		run -${signal#*:} pty -t 10 'expect New passphrase for ' \
		    'echo off' "signal ${signal%:*}" exit 'echo on' -- \
		    sh -c 'trap "" QUIT HUP INT TERM
			unshare -pf env --default-signal \
			"$XTSCRYPT" encrypt --kdf-memory 8M -o sealed plain'
	done
}
