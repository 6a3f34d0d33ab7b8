#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""Proves the engines for Poly1305 in each program: prove_poly1305.py PROGRAM...
x86/poly1305.py has what, and x86/POLY.md how.
"""

import sys
from concurrent.futures import ProcessPoolExecutor

import elf
from values import Refused, refuse_optimised
from x86 import poly1305
from x86.machine import SKEWS


def of(task):
    """The engine's function, and a prover of it."""
    program, place, skew, _ = task
    engine = poly1305.ENGINES[place]
    function = poly1305.found(elf.Elf(program), engine, place)
    return function, poly1305.Prover(engine, function, skew)


def work(task):
    """The branches on this path, if it is proved; or a refusal."""
    _, prover = of(task)
    name, *arguments = list(poly1305.paths(prover))[task[3]]
    try:
        getattr(prover, name)(*arguments)
    except Refused as refused:
        return f"{name}: {refused}"
    return prover.machine.edges


def proved(program, place, pool):
    engine = poly1305.ENGINES[place]
    function, prover = of((program, place, SKEWS[0], 0))
    poly1305.check_horner(engine.lanes)
    tasks = [(program, place, skew, i) for skew in SKEWS
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
        good = [proved(program, place, pool) for program in programs
                for place in range(len(poly1305.ENGINES))]
    sys.exit(0 if good and all(good) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
