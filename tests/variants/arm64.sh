#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-arm64": what can be seen in the assembly's object files, of
# either compiler, for ELF and for Mach-O, with branch protection and without.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

aes='xts_arm64 xts_expand_arm64'
poly1305=poly1305_mul64
files="$aes $poly1305"
gcc=aarch64-linux-gnu-gcc
clang='clang --target=aarch64-linux-gnu'
macos='clang --target=arm64-apple-macos'
objdump='llvm-objdump --mattr=+aes,+v8.5a'
# shellcheck source=tests/lib/objects.sh
. "$srcdir/tests/lib/objects.sh"

# The instructions alone.
text() {
	case $1 in
	macos*)	llvm-objcopy --dump-section="__TEXT,__text=$1.text" "$1" ;;
	*)	llvm-objcopy --dump-section=".text=$1.text" "$1" ;;
	esac
}

same_bytes() {
	for file in $files; do
		for by in gcc clang macos; do
			text "$by$1-$file.o" || return
			cmp "gcc$1-$file.o.text" "$by$1-$file.o.text" || return
		done
	done
}

has_no_relocation() {
	for object in *.o; do
		! llvm-readobj -r "$object" | grep '0x' || return
	done
}

# Those of which Arm says that their timing does not depend on the data (DIT),
# loads and stores, what takes lengths and addresses alone, and hints.
aes_is_on_the_list() {
	list='aes(e|d|mc|imc)|and|bic|eor|extr|add|sub|lsr|mov|movi|dup|ext'
	list="$list|shl|sli|ushr|ldr|ldp|str|stp|ldrb|strb|ands|cset|cmp|tst"
	list="$list|b|b\\.(ne|eq|lo)|cbn?z|ret|pac(ia|ib)sp|aut(ia|ib)sp|bti"
	# shellcheck disable=SC2086 # a list of words
	uses_only aese "$list" $aes
}

# Poly1305 is products, of general registers alone.
poly1305_is_on_the_list() {
	list='mul|umulh|add|adds|adcs?|and|lsr|mov|sub|cmp|ldp|stp|cbn?z|ret'
	list="$list|paciasp|autiasp"
	uses_only umulh "$list" $poly1305 &&
		! code ./*"$poly1305.o" | grep -E '\<[vqd][0-9]+\>'
}

leaves_x18() {
	code gcc*.o | grep -q '\<x17\>' && ! code gcc*.o | grep '\<[xw]18\>'
}

# Where an indirect call may land, and a return only after the address proved
# to be the one that was signed; and the linker is told so.
is_protected() {
	for object in gcc-protected-*.o clang-protected-*.o; do
		file=${object##*-}
		for name in $(defines "${file%.o}"); do
			code --disassemble-symbols="$name" "$object" >body
			[ "$(head -n 1 body)" = paciasp ] || return
			tail -n 2 body | tr '\n' ' ' >ends
			grep -qx 'autiasp ret ' ends || return
			[ "$(grep -c ret body)" = 1 ] || return
		done
		readelf -n "$object" 2>&1 | grep -q 'BTI, PAC' || return
	done
}

# What the builds that run are linked to.  Ubuntu has it on another server than
# what "bootstrap --check=all" can ask.
libsodium=$builddir/cross/arm64/usr/include/sodium.h
builds_run() {
	test -e "$libsodium" && return
	echo "bootstrap --check=all puts libsodium in cross/arm64"
	return 1
}

ok "gcc and clang assemble it" assemble_all ''
ok "with branch protection too" assemble_all -protected \
	-mbranch-protection=standard
ok "and what the tests look at registers with" \
	assemble_registers registers_arm64
ok "both make the same bytes, also for macOS" same_bytes ''
ok "and with branch protection" same_bytes -protected
ok "only functions have names, and other programs do not see them" \
	has_functions gcc '' elf_hides
ok "of clang too" has_functions clang '' elf_hides
ok "and for macOS, as it is spelt there" has_functions macos _ macos_hides
ok "nothing is relocated" has_no_relocation
ok "every instruction is on the list" aes_is_on_the_list
ok "and every one of Poly1305's" poly1305_is_on_the_list
ok "x18 belongs to the system" leaves_x18
ok "branch protection has both its ends" is_protected
ok "the stack is not executable" has_stack_note
ok "there is none of it for ILP32" is_empty_with -mabi=ilp32
ok "nor where the highest byte comes first" is_empty_with -mbig-endian
if [ ! -e "$libsodium" ] && grep -qsx 'ID=ubuntu' /etc/os-release; then
	skip "there is a libsodium to run it with" \
		"Ubuntu's archive has none for Arm64"
else
	ok "there is a libsodium to run it with" builds_run
fi
tap_done
