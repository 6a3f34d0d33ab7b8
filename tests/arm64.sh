#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-arm64": what can be seen in the assembly's object files, of
# either compiler, for ELF and for Mach-O, with branch protection and without.
# shellcheck source=tests/tap.sh
. "${srcdir:=.}/tests/tap.sh"

dir=$builddir/variants/arm64-objects
mkdir -p "$dir" && cd "$dir" || exit
parts='encrypt decrypt expand'

# assemble TO COMMAND...: the three files, without a word.
assemble() {
	to=$1
	shift
	for part in $parts; do
		"$@" -c "$srcdir/src/asm/xts_${part}_arm64.S" \
		    -o "$to-$part.o" 2>words || { cat words; return 1; }
		[ ! -s words ] || { cat words; return 1; }
	done
}

# assemble_all SUFFIX FLAG...
assemble_all() {
	suffix=$1
	shift
	assemble "gcc$suffix" aarch64-linux-gnu-gcc "$@" &&
		assemble "clang$suffix" clang --target=aarch64-linux-gnu "$@" &&
		assemble "macos$suffix" clang --target=arm64-apple-macos "$@"
}

# The instructions alone.
text() {
	case $1 in
	macos*)	llvm-objcopy --dump-section="__TEXT,__text=$1.text" "$1" "$1" ;;
	*)	llvm-objcopy --dump-section=".text=$1.text" "$1" "$1" ;;
	esac
}

same_bytes() {
	for part in $parts; do
		for way in gcc clang macos; do
			text "$way$1-$part.o" || return
			cmp "gcc$1-$part.o.text" "$way$1-$part.o.text" || return
		done
	done
}

# Its one global symbol, and none that it needs.
has_symbol() {
	for part in $parts; do
		llvm-nm -g --format=just-symbols "$1-$part.o" >names &&
			[ "$(cat names)" = "$2xts_${part}_arm64" ] &&
			llvm-nm --defined-only "$1-$part.o" |
			grep -q "T $(cat names)\$" || return
	done
}

has_no_relocation() {
	for object in *.o; do
		! llvm-readobj -r "$object" | grep '0x' || return
	done
}

# code OBJECT...: one instruction a line.
code() {
	aarch64-linux-gnu-objdump -d --no-show-raw-insn "$@" |
		sed -n 's/^ *[0-9a-f]*:[[:space:]]*//p'
}

# Those of which Arm says that their timing does not depend on the data (DIT),
# loads and stores, what takes lengths and addresses alone, and hints.
is_on_the_list() {
	code gcc*.o | awk '{ print $1 }' | sort -u >used
	grep -qx aese used || return
	! grep -vxE "aes(e|d|mc|imc)|and|bic|eor|extr|add|sub|lsr|mov|movi|dup|ext|\
shl|sli|ushr|ldr|ldp|str|stp|ldrb|strb|ands|cset|cmp|tst|b|b\\.(ne|eq|cc)|cbn?z|\
ret|pac(ia|ib)sp|aut(ia|ib)sp|bti" used
}

leaves_x18() {
	code gcc*.o | grep -q '\<x17\>' && ! code gcc*.o | grep '\<[xw]18\>'
}

# Where an indirect call may land, and a return only after the address proved
# to be the one that was signed; and the linker is told so.
is_protected() {
	for object in gcc-protected-*.o clang-protected-*.o; do
		code "$object" >lines
		[ "$(head -n 1 lines)" = paciasp ] || return
		[ "$(tail -n 2 lines | tr '\n' ' ')" = 'autiasp ret ' ] ||
			return
		[ "$(grep -c ret lines)" = 1 ] || return
		readelf -n "$object" 2>&1 | grep -q 'BTI, PAC' || return
	done
}

ok "gcc and clang assemble it" assemble_all ''
ok "with branch protection too" assemble_all -protected \
	-mbranch-protection=standard
ok "both make the same bytes, also for macOS" same_bytes ''
ok "and with branch protection" same_bytes -protected
ok "each file has one symbol" has_symbol gcc ''
ok "and the same for macOS, as it is spelt there" has_symbol macos _
ok "nothing is relocated" has_no_relocation
ok "every instruction is on the list" is_on_the_list
ok "x18 belongs to the system" leaves_x18
ok "branch protection has both its ends" is_protected
tap_done
