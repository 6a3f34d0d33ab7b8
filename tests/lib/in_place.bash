# SPDX-License-Identifier: ISC
#
# Helpers of the tests of conversions in place, beside helper.bash.

# Three chunks, the last of them short.
image() { text $((2 * 8388608 + 70001)) >image; cp image original; }

convert() { xtscrypt encrypt $cheap --in-place -k key "$@" image; }

# Die at the Nth fsync.  By the third the journal has its name; a header has
# two; then each step has two, of the journal and of the data.
dies() {
	run faulty "fsync:$1:kill" "${@:2}"
	[ "$status" -eq 137 ]
}
dies_at() { dies "$1" encrypt $cheap --in-place -k key "${@:2}" image; }

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
