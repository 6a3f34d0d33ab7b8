#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""The checker is checked: check_mutants.py [--all] PROGRAM

Each changed specification (wrong_specs.py) has to be refused, and each engine
with several instructions changed (wrong_engines.py).  So has each with one
changed (mutants.py): every instruction of the program's is dropped, one at a
time, and every bit flipped, or one in eight, chosen by chance.  Only those
survive that equivalent.txt has an argument for; and all of those do.
"""

import gc
import multiprocessing
import random
import re
import sys
from collections import namedtuple

import wrong_specs
from machines import engines
from mutants import Mutant, Suite, dropped, flipped
from spec import DECRYPT, ENCRYPT
from values import only_this_task, refuse_optimised, require

NAMES = {"expand": None, "encrypt": ENCRYPT, "decrypt": DECRYPT}
SHARES = 4                              # of a function's mutants: a task each

Task = namedtuple("Task", "name mutants")
SUITES = {}                             # by name: what a process inherits


def numbers(column):
    """Read "1-3,7" as 1, 2, 3 and 7.  A bit may be "dropped"."""
    for part in column.split(","):
        if part == "dropped":
            yield None
        else:
            first, _, last = part.partition("-")
            yield from range(int(first), int(last or first) + 1)


def equivalent(engine, name, lines):
    """The mutants of a function, which is lines of text, that mean the same as
    equivalent.txt has it."""
    found = set()
    with open(engine.isa.EQUIVALENT, encoding="ascii") as file:
        entries = [line.rstrip("\n").split("\t") for line in file
                   if not line.startswith("#") and line.strip()]
    for functions, what, which, bits in entries:
        if {name, f"{name}_{engine.name}"} & {*functions.split(",")}:
            where = [at for at, line in enumerate(lines)
                     if re.fullmatch(what, line)]
            if which != "*":
                where = [where[number - 1] for number in numbers(which)]
            require(where, f"equivalent.txt: {what} is not there")
            found |= {Mutant(at, bit) for at in where for bit in numbers(bits)}
    return found


def work(task):
    """The mutants that survive."""
    return [mutant for mutant in task.mutants
            if SUITES[task.name].survives(mutant)]


def wrong(engine, name, lines, tried, survivors):
    """List what should have been refused, and what should not."""
    listed = equivalent(engine, name, lines)
    for mutant in tried:
        if (mutant in survivors) != (mutant in listed):
            what = lines[mutant.at]
            which = lines[:mutant.at + 1].count(what)
            yield (f"{'survives' if mutant in survivors else 'is refused'}: "
                   f"{name}\t{what}\t{which}\t"
                   f"{'dropped' if mutant.bit is None else mutant.bit}")


def mutants(engine, every):
    """Is each that was changed refused, or equivalent?"""
    tasks, tried, isa = [], {}, engine.isa
    only_this_task()
    for name, function in engine.own.items():
        instructions = isa.decode_all(function.code)
        count = len(instructions)
        bits = flipped(instructions)
        if not every or isa.ALWAYS_SAMPLE:      # the same ones in any build
            bits = random.Random(f"{function.name} {count}").sample(
                bits, len(bits) // isa.ONE_IN)
        tried[name] = dropped(count) + bits
        tasks += [Task(name, tried[name][share::SHARES])
                  for share in range(SHARES)]
        SUITES[name] = Suite(isa, NAMES[name], function)
    gc.freeze()                         # none of that will be garbage
    gc.enable()
    with multiprocessing.get_context("fork").Pool() as pool:
        results = pool.map(work, tasks, chunksize=1)
    problems = []
    for name in tried:
        survivors = {mutant for task, result in zip(tasks, results)
                     for mutant in result if task.name == name}
        problems += wrong(engine, name, isa.texts(engine.functions[name]),
                          tried[name], survivors)
        count = sum(mutant.bit is None for mutant in tried[name])
        print(f"{engine.name} {name}: {count} instructions dropped and "
              f"{len(tried[name]) - count} bits flipped, one at a time; "
              f"{len(tried[name]) - len(survivors)} are refused and "
              f"{len(survivors)} mean the same", flush=True)
    print("\n".join(problems), end="\n" * bool(problems))
    return not problems


def specifications(engine):
    """Is each that was changed refused, and that of the engine not?"""
    wrong_specs.prove(engine)
    with multiprocessing.Pool(maxtasksperchild=1) as pool:
        reasons = pool.starmap(wrong_specs.refusal, [
            (engine, change) for change in wrong_specs.CHANGES], chunksize=1)
    for change, reason in zip(wrong_specs.CHANGES, reasons):
        print(f"{engine.name}, {change}: "
              f"{'refused' if reason else 'SURVIVES'}")
    print(f"{engine.name}: {len(reasons) - reasons.count(None)} of "
          f"{len(reasons)} changed specifications are refused")
    return len(reasons) > 0 and None not in reasons


def main(arguments):
    refuse_optimised()
    good = [all([specifications(engine),
                 engine.isa.wrong_engines.refused(engine),
                 mutants(engine, "--all" in arguments)])
            for engine in engines(arguments[-1])]
    sys.exit(0 if good and all(good) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
