#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Proves the Arm64 engine in linked programs: prove.py PROGRAM...

Prints the bytes that are proved; then for each program the claims, with the
number of paths that was proved of each beside the number that there must be,
which is computed from the claim and not from the work.  README.md says what it
all means.  Exits with 1 when anything is refused or falls short.
"""

import sys
from collections import namedtuple
from concurrent.futures import ProcessPoolExecutor

from arm_general import BRANCHES
from contract import KEYS
from decode import decode_all
from elf import Bad, Elf, engine
from keys import Keys
from runs import UNITS, Runs
from spec import DECRYPT, ENCRYPT
from units import LENGTHS, Units

DIRECTIONS = ENCRYPT, DECRYPT
ALIASING = False, True                  # whether out is in
SHARES = 8                              # of the lengths: a task each

Task = namedtuple("Task", "program function claim direction share")
# paths: what each is about; edges: of branches, as they went; compared: bytes;
# refused: why, or None
Result = namedtuple("Result", "task paths edges compared refused")


def all_tasks(program, functions):
    yield Task(program, functions["xts_expand_arm64"], "keys", None, 0)
    for direction in DIRECTIONS:
        function = functions[f"xts_{direction}_arm64"]
        yield Task(program, function, "runs", direction, 0)
        for share in range(SHARES):
            yield Task(program, function, "units", direction, share)


def questions(task):
    """A prover, and what it is to prove."""
    if task.claim == "keys":
        return Keys(task.function), [()]
    sizes = LENGTHS[task.share::SHARES] if task.claim == "units" else UNITS
    prover = Units if task.claim == "units" else Runs
    return (prover(task.direction, task.function),
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


def edges_in(functions):
    """A branch goes; one with a condition goes, or does not."""
    forms = [form for function in functions
             for form, _, _ in decode_all(function.code)]
    return sum(1 if form == "b" else 2 for form in forms if form in BRANCHES)


CLAIMS = {
    "units": "claim 1, one unit of every length from 16 to 4111 bytes",
    "runs": "claim 2, any number of units of 512 to 4096 bytes, by induction",
    "keys": "claim 6, the schedules of every pair of keys",
}


def summary(program, results):
    """The closing lines of one program; true when it is proved."""
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
    possible = edges_in({result.task.function for result in results})
    good = good and edges == possible
    lines.append("claims 3, 4 and 5, memory, time and leftovers: on each of "
                 f"these paths, which have {edges} of {possible} edges of "
                 "branches")
    print(f"{program}: {'proved' if good else 'NOT PROVED'}")
    for line in lines:
        print(f"  {line}")
    return good


def main(programs):
    tasks = []
    for program in programs:
        try:
            functions = engine(Elf(program))
        except (Bad, OSError) as error:
            sys.exit(f"prove.py: {program}: {error}")
        print(f"{program}: the backend's table leads to")
        for name, address, code in functions.values():
            print(f"  {address:#x} {len(code):5} bytes  {name}  SHA-256 "
                  f"{functions[name].sha256}", flush=True)
        tasks += all_tasks(program, functions)
    with ProcessPoolExecutor() as pool:         # fails when a process dies
        results = list(pool.map(work, tasks))
    good = [summary(program, [result for result in results
                              if result.task.program == program])
            for program in programs]
    sys.exit(0 if good and all(good) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
