#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tests/qemu.sh QEMU PROGRAM...: from now on a script stands where each program
# stood and runs it under qemu, so that a test may start it, or have it start
# itself, as if this were its CPU.
set -eu
qemu=$(command -v "$1")
shift
for program; do
	[ ! -e "$program.other" ] || continue
	path=$(cd "$(dirname "$program")" && pwd)/${program##*/}
	mv "$program" "$program.other"
	cat >"$program" <<-END
		#!/bin/sh
		exec '$qemu' -0 "\$0" '$path.other' "\$@"
	END
	chmod +x "$program"
done
