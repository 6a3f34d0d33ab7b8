#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make prove": the proofs about the programs that it has built, and what
# they rest on.  XTSCRYPT_PROVE_ALL adds what takes too long for every day.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

cd "$builddir" || exit
plain=variants/prove-gcc/xtscrypt
protected=variants/prove-gcc-bp/xtscrypt

# The build at hand is proved as it is, where it is for x86-64.
native=
case $(uname -m) in
x86_64) native=./xtscrypt ;;
esac

# proof PROGRAM ARGUMENT..., which may leave out what is for "make prove-all".
proof() {
	program=$1
	shift
	/usr/bin/python3 -E -B "$srcdir/proofs/$program" "$@"
}

# With what Python leaves assertions out for, no proof starts; and none would
# pass that should not.
optimised() {
	program=$1
	shift
	PYTHONOPTIMIZE=1 /usr/bin/python3 -B "$srcdir/proofs/$program" "$@"
}
refuses_to_start() {
	said=$(optimised prove.py "$plain" 2>&1) && return 1
	echo "$said" | grep 'not with python3 -O'
}

# Of these a part is for one CPU alone, so that they work beside the others.
results=$(mktemp -d) || exit
trap 'rm -rf "$results"' EXIT
beside() {
	name=$1
	shift
	proof "$@" >"$results/$name" 2>&1
	echo "$?" >"$results/$name.status"
}
{
	beside validate validate.py ${XTSCRYPT_PROVE_ALL:+--all} \
		"$plain" "$protected" ${native:+"$native"}
	beside vectors vectors.py ${XTSCRYPT_PROVE_ALL:+--all} \
		"$srcdir/testdata" "$plain" ${native:+"$native"}
} &
passed_beside() {
	cat "$results/$1" && [ "$(cat "$results/$1.status")" -eq 0 ]
}

ok "no proof starts without Python's assertions" refuses_to_start
ok "nor rests on them: a specification that is wrong is refused" \
	optimised wrong_specs.py "$plain" "a tweak that skips one"
ok "each rule by which terms are rewritten holds" proof rules.py
ok "a program is refused where its functions or tables are changed" \
	proof check_elf.py "$protected"
ok "the engines are proved: Arm64, with branch protection and without; x86-64" \
	proof prove.py "$plain" "$protected" ${native:+"$native"}
ok "the engines for Poly1305 are proved, too" \
	proof prove_poly1305.py "$plain" "$protected" ${native:+"$native"}
ok "one of these that is changed is refused" \
	proof check_poly1305.py ${XTSCRYPT_PROVE_ALL:+--all} "$protected"
[ -z "$native" ] ||
	ok "and so is one of those for x86-64" proof check_poly1305.py \
		${XTSCRYPT_PROVE_ALL:+--all} "$native"
# "bench" hashes the same bytes that are proved.
bench_shows_what_is_proved() {
	shown=$("$native" bench |
		sed -n 's/^\([a-z0-9]*_[^ ]*\).* SHA-256 /\1 /p' | sort)
	proved=$(/usr/bin/python3 -E -B - "$srcdir/proofs" "$native" <<-'END' |
		import sys
		sys.path.insert(0, sys.argv[1])
		import elf
		from machines import engines
		from x86 import poly1305
		program = elf.Elf(sys.argv[2])
		for place, engine in enumerate(poly1305.ENGINES):
		    function = poly1305.found(program, engine, place)
		    print(function.name, function.sha256)
		for engine in engines(sys.argv[2]):
		    for function in engine.functions.values():
		        print(function.name, function.sha256)
		END
		sort -u)
	[ -n "$shown" ] && [ "$shown" = "$proved" ]
}
[ -z "$native" ] ||
	ok "bench shows the hashes of what is proved" bench_shows_what_is_proved
ok "an engine or a specification that is changed is refused" \
	proof check_mutants.py ${XTSCRYPT_PROVE_ALL:+--all} "$protected"
[ -z "$native" ] ||
	ok "and so are those for x86-64" proof check_mutants.py "$native"
ok "z3 and cvc5 prove it another way" \
	proof second_opinion.py "$plain" "$protected" ${native:+"$native"}
wait
ok "a CPU and objdump see in the code what the model does" \
	passed_beside validate
ok "the specification has every vector right, and the model of the code too" \
	passed_beside vectors
tap_done
