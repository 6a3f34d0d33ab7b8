#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""Wrong code has to be refused: check_poly1305.py [--all] PROGRAM

Of the engines for Poly1305 several instructions are changed, as the machine's
wrong_poly1305.py has it; and instructions are left out, one at a time, and bits
flipped: with --all each instruction, and each bit or where that would take too
long one of each, or else a sample, the same ones in any build.
Exits with 1 when a change was proved that equivalent.txt does not have, or one
of several refused for another reason.  First what integers.py says of each
term on the way is tried with numbers: that the term's bits are the number that
its polynomial is, and no more than its bound.
"""

import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import arm.decode
import elf
import x86.decode
from check_mutants import equivalent
from compared import verdict
from machines import isa_of
from mutants import Mutant, dropped, flipped
from values import Refused, refuse_optimised, require


def some_number(most):
    return random.choice((0, 1, most, most - (most > 0),
                          random.randrange(most + 1)))


def evaluated(polynomial, values):
    total = 0
    for monomial, c in polynomial.items():
        for variable in monomial:
            c *= values(variable)
        total += c
    return total


def try_numbers(algebra):
    """One number for each symbol: how many terms are right, all of them or
    else it raises."""
    names = {n: what for what, n in algebra.variables.items()}
    atoms, free = {}, {}

    def atom_value(atom):
        if atom not in atoms:           # a symbol
            atoms[atom] = some_number((1 << atom.width) - 1)
        return atoms[atom]

    def value(variable):
        atom, *how = names[variable]
        if isinstance(atom, str):
            return free[variable]
        if how[0] == "bit":
            return atom_value(atom) >> how[1] & 1
        return atom_value(atom) >> how[0]

    for atom, (polynomial, most) in algebra.numbers.items():
        if len(polynomial) == 1:
            monomial, = polynomial
            if len(monomial) == 1 and isinstance(names[monomial[0]][0], str):
                free.setdefault(monomial[0], some_number(most))
        atoms[atom] = evaluated(polynomial, value)
        require(0 <= atoms[atom] <= most, "a bound that does not hold")
    meanings = algebra.answers["meaning"]
    for (term,), (polynomial, most) in meanings.items():
        bits = term.constant
        for (atom, up), mask in term.parts.items():
            n = atom_value(atom)
            bits ^= (n << up if up > 0 else n >> -up) & mask
        require(bits == evaluated(polynomial, value) and bits <= most,
                "a term is not the number that it is said to be")
    return len(meanings)


class Engine:
    """One of a program's, by its place."""

    def __init__(self, path, place):
        program = elf.Elf(path)
        self.isa = isa_of(program)
        self.module = self.isa.poly1305
        self.engine = self.module.ENGINES[place]
        self.function = self.module.found(program, self.engine, place)
        self.name = self.engine.name

    def prover(self, function=None):
        return self.module.Prover(self.engine, function or self.function,
                                  self.module.SKEWS[0])

    def paths(self):
        return list(self.module.paths(self.prover()))

    def changed(self, at, bit):
        """A function that makes a prover of the code with that change."""
        def prover_of():
            prover = self.prover()
            if bit is None:
                require(at + 1 < len(prover.code.instructions),
                        "the code does not end with a return")
                prover.code = prover.code.changed(at)
                return prover
            code, place = bytearray(self.function.code), prover.code.places[at]
            code[place + bit // 8] ^= 1 << bit % 8
            return self.prover(self.function._replace(code=bytes(code)))
        return prover_of


def engines(program):
    count = len(isa_of(elf.Elf(program)).poly1305.ENGINES)
    return [Engine(program, place) for place in range(count)]


def check_numbers(program):
    """Of the terms on each kind of path."""
    count = 0
    for engine in engines(program):
        for name, *arguments in {path[0]: path
                                 for path in engine.paths()}.values():
            prover = engine.prover()
            getattr(prover, name)(*arguments)
            for _ in range(TRIES):
                count += try_numbers(prover.algebra)
    print(f"{count} terms are the numbers that they are said to be")


def refused(prover_of, path):
    name, *arguments = path
    try:
        getattr(prover_of(), name)(*arguments)
    except (Refused, arm.decode.Unknown, x86.decode.Unknown):
        return True
    return False


TRIES = 1                               # numbers for the terms of a path


SAME = "means the same"


def survives(task):
    """None if a path refuses it; SAME, or a line that says what it is."""
    program, place, at, bit = task
    engine = Engine(program, place)
    paths = sorted(engine.paths(), key=lambda path: (
        path[0] == "groups", path[0] == "single", path[0] == "powers"))
    if any(refused(engine.changed(at, bit), path) for path in paths):
        return None
    lines = engine.isa.texts(engine.function)
    if Mutant(at, bit) in equivalent(engine, "tag", lines):
        return SAME
    how = "left out" if bit is None else f"bit {bit} flipped"
    return f"{engine.name}, {at}: {lines[at]}: {how}"


def with_several(engine, change):
    """The function with all that is put into it, the last first."""
    function, prover = engine.function, engine.prover()
    for at, added in sorted(((at, added) for where, added in change.items()
                             for at in where(prover)),
                            key=lambda one: one[0], reverse=True):
        function = engine.isa.wrong_poly1305.inserted(function, at, added)
    return function


def refusal(task):
    """Of one path of each kind, those through single blocks first."""
    program, place, name = task
    engine = Engine(program, place)
    try:
        function = with_several(engine,
                                engine.isa.wrong_poly1305.CHANGES[name][0])
        paths = list(engine.module.paths(engine.prover(function)))
        for kind, *arguments in {path[0]: path
                                 for path in reversed(paths)}.values():
            getattr(engine.prover(function), kind)(*arguments)
        return None
    except Refused as reason:
        return str(reason)


def several_refused(program, pool):
    """Is each refused for what is wrong with it, and proved what is not?"""
    wrong = isa_of(elf.Elf(program)).wrong_poly1305
    tried = [(program, place, name, engine.name)
             for name in wrong.CHANGES
             for place, engine in enumerate(engines(program))
             if wrong.ONLY.get(name, engine.name) == engine.name]
    reasons = pool.map(refusal, [one[:3] for one in tried])
    return all([verdict(f"{engine}, {name}", reason, wrong.CHANGES[name][1])
                for (_, _, name, engine), reason in zip(tried, reasons)])


SAMPLE = 60                             # changes of an engine


def tasks(program, every):
    for place, engine in enumerate(engines(program)):
        code = engine.prover().code
        chance = random.Random(f"{engine.function.name} "
                               f"{len(code.instructions)}")
        changes = [(at, bit) for at, one in enumerate(code.instructions)
                   for bit in (None, chance.randrange(8 * one.size))]
        if every and not engine.isa.ALWAYS_SAMPLE:
            changes = dropped(len(code.instructions)) + flipped(
                code.instructions)
        elif not every:
            changes = chance.sample(changes, SAMPLE)
        yield from ((program, place, *one) for one in changes)


def main(arguments):
    refuse_optimised()
    every = "--all" in arguments
    program, = [one for one in arguments if one != "--all"]
    seed = time.time_ns()
    random.seed(seed)
    check_numbers(program)
    wanted = list(tasks(program, every))
    with ProcessPoolExecutor() as pool:
        good = several_refused(program, pool)
        found = list(pool.map(survives, wanted, chunksize=8))
    left = [one for one in found if one not in (None, SAME)]
    print(*left, sep="\n")
    print(f"seed {seed}: of {len(wanted)} wrong engines for Poly1305 "
          f"{found.count(None)} are refused, and {found.count(SAME)} mean "
          "the same")
    sys.exit(0 if good and not left else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
