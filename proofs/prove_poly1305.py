#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""Proves the engines for Poly1305 in each program: prove_poly1305.py PROGRAM...
poly1305_blocks.py and each machine's poly1305.py have what, and POLY.md how.
"""

import sys
from concurrent.futures import ProcessPoolExecutor

import elf
from machines import isa_of
from values import Refused, refuse_optimised


def of(task):
    """The machine's module; the engine's function, and a prover of it."""
    path, place, skew, _ = task
    program = elf.Elf(path)
    poly1305 = isa_of(program).poly1305
    engine = poly1305.ENGINES[place]
    function = poly1305.found(program, engine, place)
    return poly1305, function, poly1305.Prover(engine, function, skew)


def work(task):
    """The branches on this path, if it is proved; or a refusal."""
    poly1305, _, prover = of(task)
    name, *arguments = list(poly1305.paths(prover))[task[3]]
    try:
        getattr(prover, name)(*arguments)
    except Refused as refused:
        return f"{name}: {refused}"
    return prover.machine.edges


def proved(program, place, skews, pool):
    poly1305, function, prover = of((program, place, skews[0], 0))
    tasks = [(program, place, skew, i) for skew in skews
             for i in range(len(list(poly1305.paths(prover))))]
    results = list(pool.map(work, tasks))
    problems = [one for one in results if isinstance(one, str)]
    if not problems and set().union(*results) != prover.code.edges:
        problems = ["a branch was not met"]
    print(f"{program}, {function.name}: "
          f"{'NOT PROVED' if problems else 'proved'}, {len(tasks)} paths, "
          f"{len(function.code)} bytes, SHA-256 {function.sha256}",
          *dict.fromkeys(problems), sep="\n  ", flush=True)
    return not problems


def main(programs):
    refuse_optimised()
    with ProcessPoolExecutor() as pool:
        good = []
        for program in programs:
            poly1305 = isa_of(elf.Elf(program)).poly1305
            good += [proved(program, place, poly1305.SKEWS, pool)
                     for place in range(len(poly1305.ENGINES))]
    sys.exit(0 if good and all(good) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
