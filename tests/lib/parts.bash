# SPDX-License-Identifier: ISC
#
# Helpers of the tests of files in parts, beside helper.bash.

# What stripe 0 and stripe N of a file with segments of 4096 bytes begin with.
stripe() { echo $((4096 + $1 * 128 * 4128)); }

# Segments so small that a file of few bytes has stripes: 512 KiB each.
small=--segment-size=4K

# begin N [OPTION...]: a plaintext of four stripes and a bit, to be sealed.
begin() {
	[ -s long ] || text $((4 * 524288 + 20)) >long
	xtscrypt encrypt $cheap --parts "$1" -k key "${@:2}" -o sealed long
}

# part HEADER I/N...: these parts; HEADER is -H and a name, or nothing.
part() {
	for i in "${@:2}"; do
		xtscrypt encrypt --part "$i" -k key $1 -o sealed long
	done
}

finish() { xtscrypt encrypt --parts-done -k key "$@" -o sealed long; }
