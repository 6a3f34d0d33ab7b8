# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Checks of the object files of any CPU's assembly.  A test that
# includes this has set
#
#	files			their names, without folder and ".S"
#	gcc clang macos		three compilers, with what they need to be told
#	objdump			LLVM's, which reads the objects of all three
#
# and has a function "defines FILE", which prints the names of its functions, a
# line each.  Objects are called by who made them and how: gcc-protected-FILE.o.
: "${builddir:?}" "${files:?}" "${gcc:?}" "${clang:?}" "${macos:?}"
: "${objdump:?}"

srcdir=$(cd "$srcdir" && pwd) && dir=$builddir/variants/${0##*/}-objects &&
	rm -rf "$dir" && mkdir -p "$dir" && cd "$dir" || exit

# assemble TO COMMAND...: each file, without a word.
assemble() {
	to=$1
	shift
	for file in $files; do
		"$@" -I"$srcdir/src" -c "$srcdir/src/asm/$file.S" \
		    -o "$to-$file.o" 2>words || { cat words; return 1; }
		[ ! -s words ] || { cat words; return 1; }
	done
}

# assemble_all SUFFIX FLAG...
assemble_all() {
	suffix=$1
	shift
	# shellcheck disable=SC2086 # lists of words
	assemble "gcc$suffix" $gcc "$@" &&
		assemble "clang$suffix" $clang "$@" &&
		assemble "macos$suffix" $macos "$@"
}

# What test programs look at registers with: for a Mac too.
assemble_registers() {
	for compiler in "$gcc" "$clang" "$macos"; do
		$compiler -I"$srcdir/src" -c "$srcdir/tests/lib/$1.S" \
		    -o registers.o 2>words || { cat words; return 1; }
		[ ! -s words ] || { cat words; return 1; }
	done
	rm -f registers.o
}

# lines [--disassemble-symbols=NAME] OBJECT...: each instruction on a line, with
# its address; no comments, no names, and not what fills the gap before the next
# function.
lines() {
	$objdump -d --no-show-raw-insn --no-print-imm-hex "$@" |
		sed -n '
			s/[[:space:]]*\(#\|\/\/\|;\|<\).*//
			/^ *[0-9a-f]*:/!d
			/:[[:space:]]*\(data16[[:space:]]*\)*nop/d
			s/[[:space:]]\{1,\}/ /gp'
}

code() {
	lines "$@" | sed 's/^ [0-9a-f]*: //'
}

# The functions that a file is for.
defines() {
	case $1 in
	xts_expand_*)	echo "$1" ;;
	poly1305_*)	echo "poly1305_tag_${1#poly1305_}" ;;
	*)		echo "xts_encrypt_${1#xts_}"
			echo "xts_decrypt_${1#xts_}" ;;
	esac
}

# has_functions OBJECTS PREFIX HOW: nothing has a name but the functions that a
# file is for, and where each ends; each of them is as a way of looking at it
# says.
has_functions() {
	for file in $files; do
		llvm-nm --defined-only --format=just-symbols "$1-$file.o" |
			grep -v '^ltmp[0-9]*$' | sort >names
		defines "$file" | sed "s/^/$2/; p; s/\$/_end/" | sort |
			cmp - names || return
		while read -r name; do
			"$3" "$1-$file.o" "$name" || return
		done <names
	done
}

# For ELF: a function that has a size, or its end; no other object file's
# program sees either.
elf_hides() {
	readelf -sW "$1" | awk -v name="$2" '
		BEGIN { kind = name ~ /_end$/ ? "NOTYPE" : "FUNC" }
		$8 == name && ($3 > 0 || kind == "NOTYPE") &&
		    $4 $5 $6 == kind "GLOBALHIDDEN" { n++ }
		END { exit n != 1 }'
}

macos_hides() {
	llvm-nm -m "$1" | grep -q "(__TEXT,__text) private external $2\$"
}

# uses_only INSTRUCTION EXPRESSION FILE...: those that it allows and no other,
# among them one without which nothing was looked at.
uses_only() {
	one=$1 allowed=$2
	shift 2
	for file; do
		code gcc-*"$file.o" clang-*"$file.o"
	done | awk '{ print $1 }' | sort -u >used
	grep -qx "$one" used && ! grep -vxE "$allowed" used
}

# Where pointers have 32 bits, the engine is the portable one.
is_empty_with() {
	for file in $files; do
		# shellcheck disable=SC2086 # a list of words
		$gcc "$1" -c "$srcdir/src/asm/$file.S" -o small.o &&
			[ -z "$(code small.o)" ] || return
	done
}

# No memory of the program becomes executable for want of a word.
has_stack_note() {
	for object in gcc*.o clang*.o; do
		readelf -SW "$object" | grep 'GNU-stack' >note || return
		! grep -w 'AX\|X' note || return
	done
}
