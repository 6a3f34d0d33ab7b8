#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-backends": what can be seen in the object files of x86-64's
# assembly, of either compiler, for ELF and for Mach-O.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

aes='xts_aesni xts_expand_aesni xts_vaes256 xts_vaes512'
poly1305='poly1305_avx2 poly1305_ifma'
files="$aes $poly1305"
gcc="$(command -v x86_64-linux-gnu-gcc || echo gcc) -fcf-protection"
clang='clang --target=x86_64-linux-gnu -fcf-protection'
macos='clang --target=x86_64-apple-macos'
objdump=llvm-objdump
# shellcheck source=tests/lib/objects.sh
. "$srcdir/tests/lib/objects.sh"

# Bytes may differ: compilers fill the gap before the next function with words
# of their own, and where a constant is, which the linker will say, Mach-O has
# part of in the instruction, and ELF beside it.
same_code() {
	for file in $files; do
		for by in gcc clang macos; do
			lines "$by-$file.o" |
				sed 's/-\{0,1\}[0-9]*(%rip)/(%rip)/' >$by.lines
			[ -s $by.lines ] && cmp gcc.lines $by.lines || return
		done
	done
}

# Whatever the address of the code, it needs no change: what is relocated are
# distances, to its constants and, for short units, to aesni's functions.
only_distances() {
	llvm-readobj -r gcc-*.o clang-*.o | grep -w R_X86_64_PC32 |
		grep -q '\.rodata' || return
	! llvm-readobj -r ./*.o | grep 'R_X86_64\|_RELOC_' | grep -vE \
		-e ' R_X86_64_PC32 \.(rodata|text) ' \
		-e ' R_X86_64_PLT32 xts_(en|de)crypt_aesni ' \
		-e ' X86_64_RELOC_SIGNED(_[124])? 0 __const$' \
		-e ' X86_64_RELOC_BRANCH 0 _xts_(en|de)crypt_aesni$'
}

# Steps of AES, moves, shuffles, shifts, logic and sums of vectors, whose time
# is the same for all data; no product, carry-less or not, and no division, of
# which that is not certain.  After them, what takes lengths and addresses
# alone.
aes_is_on_the_list() {
	list='vaes(enc|dec)(last)?|vaesimc'
	list="$list|vmov(dqa|dqu)(64)?|vmovq|vmovhps|vpextrq|vpinsrq"
	list="$list|vinserti128|vextractf128|vbroadcast[fi]128"
	list="$list|vbroadcasti32x4|vpshuf[bd]|vpermq"
	list="$list|vshufi32x4|valignq|vpblendvb|vpslldq|vpmultishiftqb"
	list="$list|vpxor[dq]?|vxorps|vpandq|vpternlogq|vpadd[dq]|vpcmpltuq"
	list="$list|kaddb|kmovd|kxorq|vzeroupper"
	list="$list|mov[lq]|(add|adc|sub|and|xor|sar|shr|neg)[lq]"
	list="$list|leaq|(cmp|test|dec)[lq]|endbr64|jmp|je|jne|pushq|leave|retq"
	# shellcheck disable=SC2086 # a list of words
	uses_only vaesenc "$list" $aes &&
		! code gcc-*.o clang-*.o | grep '^mov.*mm[0-9]'	# of SSE
}

# Poly1305 is products: of these, and no division.
poly1305_is_on_the_list() {
	list='vpmuludq|vpmadd52[lh]uq|mulq|imulq'
	list="$list|vpaddq|vps[lr]lq|vp(and|or|xor)[dq]?|vpternlogq"
	list="$list|vmov(dqa|dqu)(64)?|vpbroadcastq|vpermq|vpunpck[lh]qdq"
	list="$list|vzeroupper"
	list="$list|mov[lq]|(add|adc|sub|and|xor|sh[lr])[lq]"
	list="$list|leaq|(test|dec)[lq]|endbr64|jne|je|pushq|popq|leave|retq"
	# shellcheck disable=SC2086 # a list of words
	uses_only mulq "$list" $poly1305
}

# lacks EXPRESSION EXCEPT FILE...: none of what a CPU need not have that is said
# to run these.  Of 32 bytes AVX has moves and floating point; integers are
# AVX2's.
avx='^v(movdqu|xorps|extractf128|broadcastf128)[[:space:]]'
evex='%zmm|%k[0-7]|mm(1[6-9]|[23][0-9])'
evex="$evex|v(movdq[au]64|pxor[dq]|pandq|pternlogq|pmultishiftqb|alignq"
evex="$evex|shufi32x4|broadcasti32x4)|vpermq %"
lacks() {
	what=$1 except=$2
	shift 2
	for file; do
		code gcc-"$file".o clang-"$file".o | grep -Ev "$except" >body
		grep -q %xmm body && ! grep -E "$what" body || return
	done
}

# Where an indirect call lands; one way out, and before it the registers are as
# SSE wants them; and the linker is told of the landing pads.
is_protected() {
	for object in gcc-*.o clang-*.o; do
		file=${object#*-}
		for name in $(defines "${file%.o}"); do
			code --disassemble-symbols="$name" "$object" >body
			[ "$(head -n 1 body)" = endbr64 ] || return
			[ "$(grep -c '^ret' body)" = 1 ] || return
			[ "$(tail -n 1 body)" = retq ] || return
			[ "$(grep -c vzeroupper body)" = 1 ] || return
		done
		readelf -n "$object" 2>&1 | grep -q 'IBT, SHSTK' || return
	done
}

ok "gcc and clang assemble it" assemble_all ''
ok "and what the tests look at registers with" \
	assemble_registers registers_x86
ok "both make the same instructions, also for macOS" same_code
ok "only functions have names, and other programs do not see them" \
	has_functions gcc '' elf_hides
ok "of clang too" has_functions clang '' elf_hides
ok "and for macOS, as it is spelt there" has_functions macos _ macos_hides
ok "what is relocated are distances" only_distances
ok "every instruction is on the list" aes_is_on_the_list
ok "and every one of Poly1305's" poly1305_is_on_the_list
ok "AVX is enough for aesni" lacks "%ymm|$evex" "$avx" \
	xts_aesni xts_expand_aesni
ok "AVX2 is enough for vaes256 and avx2" lacks "$evex" '^$' \
	xts_vaes256 poly1305_avx2
ok "branch protection finds what it needs" is_protected
ok "the stack is not executable" has_stack_note
ok "there is none of it for x32" is_empty_with -mx32
tap_done
