#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-qemu": a backend of x86-64 is refused where the CPU, or the
# operating system on it, lacks one thing of those that it needs.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

# starts BACKEND CPU: the program, with this backend, up to its command.
starts() {
	XTSCRYPT_BACKEND=$1 qemu-x86_64 -cpu "$2" "$builddir/xtscrypt" \
	    verify -h >said 2>&1
}

refused() {
	for lacks in $2; do
		! starts "$1" "max,-$lacks" &&
			grep -q ': this CPU cannot run that backend$' said ||
			return
	done
}

# This emulator may have it, but compute something else.
found() {
	starts "$1" max || grep -q ': the backend fails its self-test$' said
}

dir=$(mktemp -d)
builddir=$(cd "$builddir" && pwd)
cd "$dir" || exit
ok "aesni is for a CPU that has all it needs" starts aesni max
ok "and for no other" refused aesni 'aes avx xsave'
ok "so is vaes256" found vaes256
ok "and for no other" refused vaes256 'vaes avx2 aes avx xsave'
cd / && rm -r "$dir"
tap_done
