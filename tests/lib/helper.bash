# SPDX-License-Identifier: ISC
#
# Helpers of the command-line tests.  Each test starts in an empty directory of
# its own, with a passphrase (pass), another (bad), a key file (key) and some
# text (plain); standard input is empty.

bats_require_minimum_version 1.5.0
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
: "${srcdir:=$BATS_TEST_DIRNAME/../..}"
: "${XTSCRYPT:=$srcdir/xtscrypt}"
export XTSCRYPT

# A derivation that takes no time; every command that makes a slot gets it.
cheap="--kdf-passes 1 --kdf-memory 8M"

setup() {
	cd "$BATS_TEST_TMPDIR"
	unset XTSCRYPT_PASSPHRASE
	umask 022
	exec </dev/null
	printf 'secret\n' >pass
	printf 'wrong\n' >bad
	printf '\0key\r\n' >key
	chmod go= pass bad key
	text 20000 >plain
}

# A test that hangs ends as a failure.
xtscrypt() { timeout --foreground 60 "$XTSCRYPT" "$@"; }
python() { /usr/bin/python3 "$@"; }
reference() { python "$srcdir/tests/lib/reference.py" "$@"; }

# On a terminal; see pty.py.
pty() { python "$srcdir/tests/lib/pty.py" "$@"; }

# Redirect what does not belong to the terminal, and run the command alone.
redirect() { echo "exec \"\$XTSCRYPT\" $1"; }

# The first N bytes of 1, 2, 3...: text, and no 16 bytes of it twice.
text() { seq 10000000 2>&- | head -c "$1"; }

# Only on a CPU that is there: under qemu it would take too long, or show what
# is qemu's.
native() {
	[ -z "${XTSCRYPT_TEST_EMULATED-}" ] || skip "CPU is emulated: $1"
}

# faulty RULES COMMAND...: with calls that fail; see preload.c.
faulty() {
	XTSCRYPT_FAULT=$1 LD_PRELOAD=$builddir/tests/lib/preload.so \
	    timeout --foreground 60 "$XTSCRYPT" "${@:2}"
}
preloads() {
	native "preload.so is not of its kind"
	: "${builddir:=$srcdir}"
}

# Does the system say who has a file open for writing, in this folder?
knows_writers() {
	local own='@(ef53|58465342|1021994|9123683e|f2f52010|4d44|2011bab0)'
	[[ $(uname)-$(stat -f -c %t . 2>&-) == Linux-$own ]] ||
		skip "nothing shows who has a file open for writing"
}

# Was the program built with AddressSanitizer?
sanitized() { grep -q __asan_init "$XTSCRYPT"; }

# Seal plain, and open it again.
seal() { xtscrypt encrypt $cheap "$@" -o sealed plain; }
opens() { xtscrypt decrypt "$@" -f -o opened sealed && cmp plain opened; }

# attach FILE: its loop device, which takes root, is in device until detach, or
# the end of the test however that comes.  What losetup says beside the name,
# such as a warning of a size, is no part of it.
attach() {
	device=$(losetup --find --show "$1" 2>/dev/null) ||
		skip "no loop device to be had"
}

# mount_on FOLDER [OPTION...]: mount that device on it, as long.
mount_on() {
	mount "${@:2}" "$device" "$1"
	mounted=$PWD/$1
}

detach() {
	[ -z "${mounted-}" ] || umount "$mounted"
	mounted=
	[ -z "${device-}" ] || losetup --detach "$device"
	device=
}

teardown() { detach; }

# displays PAGE [N]: the commands of the Nth display in a manual's EXAMPLES, or
# how many there are.
displays() {
	awk -v wanted="${2-}" '
		/^\.Sh / { inside = $2 == "EXAMPLES" }
		/^\.Ed/ { display = 0 }
		inside && display && n == wanted {
			sub(/^\$ /, "")
			gsub(/\\e/, "\\")
			print
		}
		inside && /^\.Bd/ { display = 1; n++ }
		END { if (wanted == "") print n }' "$1"
}

# Everything in this directory, on one line.
here() (
	shopt -s dotglob
	echo *
)

# refused STATUS TEXT COMMAND...: it fails with this status, and says so in one
# line with this text; there may be a hint.
refused() {
	local expected=$1 what=$2
	shift 2
	run "$@"
	[[ $status -eq $expected && ${#lines[@]} -le 2 &&
	    ${lines[0]} == "xtscrypt: "*"$what"* &&
	    ${lines[1]-xtscrypt: } == "xtscrypt: "* ]] && return
	printf '%s\n' "$*" "status $status, expected $expected" \
	    "expected: $what" "$output"
	return 1
}

# await COMMAND...: until it succeeds, for 20 seconds.
await() {
	local i
	for i in {1..400}; do
		"$@" && return
		sleep 0.05
	done
	printf 'never came true: %s\n' "$*"
	return 1
}

# background COMMAND...: messages go to the file err.  Signals have their
# default effect, which the shell would take from it.
background() {
	env --default-signal=INT,QUIT,TERM,HUP,PIPE,USR1,USR2 "$@" \
	    <&0 2>err 3>&- 9>&- &
	pid=$!
}

# settle [PID]: until xtscrypt, in the background, is in a call that waits: it
# sleeps whenever one looks.
settle() { await waits "${1-$pid}"; }
waits() {
	local i
	for i in {1..6}; do
		[[ $(</proc/$1/comm) == @(xtscrypt|qemu-)* &&
		    $(</proc/$1/stat) == *') S '* ]] || return
		sleep 0.05
	done
}

# held CALL:N COMMAND...: xtscrypt in the background, in the Nth such call; that
# lasts until the file held is removed.
held() {
	rm -f held
	XTSCRYPT_FAULT=$1:held XTSCRYPT_FAULT_REPORT=held \
	    LD_PRELOAD=$builddir/tests/lib/preload.so \
	    background "$XTSCRYPT" "${@:2}"
	await [ -e held ]
}

# keyless COMMAND...: xtscrypt in the background, until it waits for its key, of
# the FIFO fifo; keyed gives it that, and takes its status.
keyless() {
	rm -f fifo
	mkfifo fifo
	background "$XTSCRYPT" "$1" -k fifo "${@:2}"
	settle
}
keyed() {
	timeout 20 cp key fifo
	status=0
	wait "$pid" || status=$?
}

# feed COMMAND...: in the background, with descriptor 8 on its standard input.
feed() {
	mkfifo feed
	exec 9<>feed
	background "$@" <feed
	exec 8>feed 9>&-
}

# start COMMAND...: the same, with 2 MB to begin with.
start() {
	feed "$@"
	text 2000000 | timeout 20 cat >&8
}

# Close what was open for the command in the background, and wait for it.
finish() {
	exec 8>&-
	await gone || kill -KILL "$pid"
	status=0
	wait "$pid" || status=$?
}
gone() { ! kill -0 "$pid" 2>&-; }

# receive FIFO, send FIFO: it is descriptor 8, whether or not the other end is
# open already, or ever.
receive() { exec 8< <(timeout 20 cat "$1" 3>&-); }
send() { exec 8<>"$1"; }

# number FILE OFFSET BYTES: an integer in a file.
number() { od -An -tu"$3" -j "$2" -N "$3" "$1" | tr -d ' '; }

# poke FILE OFFSET STRING: write there what printf makes of a string.
poke() { printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

# Change one bit of one byte.
flip() { poke "$1" "$2" "\\x$(printf %x $(($(number "$1" "$2" 1) ^ 1)))"; }

# Make the checksum of a header right again.
resum() {
	poke "$1" 4064 "$(head -c 4064 "$1" | b2sum -l 256 | head -c 64 |
	    sed 's/../\\x&/g')"
}
