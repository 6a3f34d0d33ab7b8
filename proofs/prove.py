#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""Proves the engines in linked programs: prove.py PROGRAM...

Prints the bytes that are proved; then for each program the claims, with the
number of paths that was proved of each beside the number that there must be,
which is computed from the claim and not from the work.  README.md says what it
all means.  Exits with 1 when anything is refused or falls short.
"""

import sys
from collections import namedtuple
from concurrent.futures import ProcessPoolExecutor
from itertools import product

from contract import KEYS
from elf import Bad
from execute import code_of
from keys import Keys
from machines import engines
from paths import all_lengths
from spec import DECRYPT, ENCRYPT
from terms import Terms
from values import only_this_task, refuse_optimised, require

DIRECTIONS = ENCRYPT, DECRYPT
ALIASING = False, True                  # whether out is in

Task = namedtuple("Task", "engine claim direction setting")
# paths: what each is about; edges: of branches, as they went; compared: bytes;
# refused: why, or None
Result = namedtuple("Result", "task paths edges compared refused")


def all_tasks(engine):
    yield Task(engine, "keys", None, ())
    for direction, setting in product(DIRECTIONS, engine.isa.SETTINGS):
        yield Task(engine, "paths", direction, setting)


def questions(task):
    """A prover, and what it is to prove."""
    isa, functions = task.engine.isa, task.engine.functions
    if task.claim == "keys":
        return Keys(isa, functions["expand"]), [()]
    prover = isa.paths(task.direction, functions[task.direction])
    return prover, [(name, *task.setting, in_place)
                    for name in prover.names() for in_place in ALIASING]


def work(task):
    """Prove one claim; after any failure it is not proved."""
    only_this_task()
    paths, question = set(), None
    try:
        prover, asked = questions(task)
        for question in asked:
            paths |= {(task.direction, *path)
                      for path in prover.prove(*question)}
    except Exception as error:
        return Result(task, paths, set(), 0,
                      f"{task.direction or 'expand'} {question}: "
                      f"{type(error).__name__}: {error}")
    edges = {(task.direction, *edge) for edge in prover.machine.edges}
    return Result(task, paths, edges, prover.compared, None)


def required(engine, claim):
    """Paths, and bytes of results; for both directions, in place and not."""
    if claim == "keys":
        return 1, KEYS
    prover = engine.isa.paths(ENCRYPT, engine.functions[ENCRYPT])
    require(all_lengths(prover.LENGTHS), "lengths are left out")
    times = 2 * 2 * len(engine.isa.SETTINGS)
    return times * prover.PATHS, times * prover.BYTES


def edges_in(engine):
    """A branch goes; one with a condition goes, or does not."""
    return sum(len(code_of(engine.isa, Terms(), function).edges)
               for function in engine.functions.values())


CLAIMS = {
    "paths": "claims 1 and 2, units of every length from 16 to 2^24, and any "
             "number of units of every multiple of 512 up to there",
    "keys": "claim 6, the schedules of every pair of keys",
}


def summary(engine, results):
    """The closing lines of one engine; true when it is proved."""
    good = not any(result.refused for result in results)
    lines = [result.refused for result in results if result.refused]
    for claim, text in CLAIMS.items():
        ours = [result for result in results if result.task.claim == claim]
        paths = len(set().union(*(result.paths for result in ours)))
        found = paths, sum(result.compared for result in ours)
        wanted = required(engine, claim)
        good = good and found == wanted
        lines.append(f"{text}: {found[0]} of {wanted[0]} paths, {found[1]} of "
                     f"{wanted[1]} bytes")
    edges = len(set().union(*(result.edges for result in results)))
    possible = edges_in(engine)
    good = good and edges == possible
    lines.append("claims 3, 4 and 5, memory, time and leftovers: on each of "
                 f"these paths, which have {edges} of {possible} edges of "
                 "branches")
    entry = engine.functions[ENCRYPT].entry
    if entry is not None:
        lines.append("claim 7, branch protection: on each of them, from "
                     f"{entry} on")
    print(f"{engine.program}, {engine.name}: "
          f"{'proved' if good else 'NOT PROVED'}")
    for line in lines:
        print(f"  {line}")
    return good


def found(program):
    try:
        return engines(program)
    except (Bad, OSError) as error:
        sys.exit(f"prove.py: {program}: {error}")


def main(programs):
    refuse_optimised()
    proved = [engine for program in programs for engine in found(program)]
    for engine in proved:
        print(f"{engine.program}: the backend {engine.name} leads to")
        for function in engine.functions.values():
            print(f"  {function.address:#x} {len(function.code):5} bytes  "
                  f"{function.name}  SHA-256 {function.sha256}", flush=True)
    with ProcessPoolExecutor() as pool:         # fails when a process dies
        results = list(pool.map(work, [task for engine in proved
                                       for task in all_tasks(engine)]))
    good = [summary(engine, [result for result in results
                             if result.task.engine[:3] == engine[:3]])
            for engine in proved]
    sys.exit(0 if good and all(good) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
