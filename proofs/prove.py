#!/usr/bin/python3
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

from contract import KEYS
from elf import Bad
from execute import code_of
from keys import Keys
from machines import engines
from runs import UNITS
from spec import DECRYPT, ENCRYPT
from terms import Terms
from units import LENGTHS, Units

DIRECTIONS = ENCRYPT, DECRYPT
ALIASING = False, True                  # whether out is in
SHARES = 8                              # of the lengths: a task each

Task = namedtuple("Task", "engine function claim direction share")
# paths: what each is about; edges: of branches, as they went; compared: bytes;
# refused: why, or None
Result = namedtuple("Result", "task paths edges compared refused")


def all_tasks(engine):
    yield Task(engine, engine.functions["expand"], "keys", None, 0)
    for direction in DIRECTIONS:
        function = engine.functions[direction]
        yield Task(engine, function, "runs", direction, 0)
        for share in range(SHARES):
            yield Task(engine, function, "units", direction, share)


def questions(task):
    """A prover, and what it is to prove."""
    isa = task.engine.isa
    if task.claim == "keys":
        return Keys(isa, task.function), [()]
    sizes = LENGTHS[task.share::SHARES] if task.claim == "units" else UNITS
    prover = Units if task.claim == "units" else isa.Runs
    return (prover(isa, task.direction, task.function),
            [(size, in_place) for size in sizes for in_place in ALIASING])


def work(task):
    """Whatever goes wrong, the claim is not proved."""
    paths, question = set(), None
    try:
        prover, asked = questions(task)
        for question in asked:
            paths |= {(task.direction, *path)
                      for path in prover.prove(*question)}
    except Exception as error:
        return Result(task, paths, set(), 0,
                      f"{task.function.name}, {task.claim} {question}: "
                      f"{type(error).__name__}: {error}")
    edges = {(task.function.name, *edge) for edge in prover.machine.edges}
    return Result(task, paths, edges, prover.compared, None)


def required(claim):
    """Paths, and bytes of results: from the text of the claim alone."""
    if claim == "units":                # 16 to 4111; their sum, by Gauss
        return 2 * 2 * 4096, 2 * 2 * (16 + 4111) * 4096 // 2
    if claim == "runs":                 # base has no unit yet, and nothing none
        return 2 * 2 * (1 + 8 * 3), 2 * 2 * 2 * 512 * (1 + 8) * 8 // 2
    return 1, KEYS


def edges_in(engine):
    """A branch goes; one with a condition goes, or does not."""
    return sum(len(code_of(engine.isa, Terms(), function).edges)
               for function in engine.functions.values())


CLAIMS = {
    "units": "claim 1, one unit of every length from 16 to 4111 bytes",
    "runs": "claim 2, any number of units of 512 to 4096 bytes, by induction",
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
        good = good and found == required(claim)
        lines.append(f"{text}: {found[0]} of {required(claim)[0]} paths, "
                     f"{found[1]} of {required(claim)[1]} bytes")
    edges = len(set().union(*(result.edges for result in results)))
    possible = edges_in(engine)
    good = good and edges == possible
    lines.append("claims 3, 4 and 5, memory, time and leftovers: on each of "
                 f"these paths, which have {edges} of {possible} edges of "
                 "branches")
    print(f"{engine.program}, {engine.name}: {'proved' if good else 'NOT PROVED'}")
    for line in lines:
        print(f"  {line}")
    return good


def found(program):
    try:
        return engines(program)
    except (Bad, OSError) as error:
        sys.exit(f"prove.py: {program}: {error}")


def main(programs):
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
