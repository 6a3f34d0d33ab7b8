#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/lib/qemu.sh QEMU PROGRAM...: from now on a script stands where each
# program stood and runs it under qemu, so that a test may start it, or have it
# start itself, as if this were its CPU.  A program that was linked again since
# has taken the place of its script, and gets another.
set -eu
qemu=$(command -v "$1")
shift
for program; do
	[ "$(head -c 2 "$program")" != '#!' ] || continue
	path=$(cd "$(dirname "$program")" && pwd)/${program##*/}
	mv "$program" "$program.other"
	cat >"$program" <<-END
		#!/bin/sh
		exec '$qemu' -0 "\$0" '$path.other' "\$@"
	END
	chmod +x "$program"
done
