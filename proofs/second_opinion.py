#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""A second opinion on the Arm64 engine: second_opinion.py PROGRAM...

Follows each path's instructions in linked programs, by a meaning of each that
is its own, and has z3 and cvc5 prove that they compute what the standards say.
Of what prove.py is made of it shares the reading of programs and of encodings
(elf.py and arm/decode.py), and what holds at the heads of loops (arm/paths.py),
which both have to prove.  Exits with 1 when anything is not proved.
"""

import sys
from collections import namedtuple
from concurrent.futures import ProcessPoolExecutor

from arm.decode import Unknown
from elf import Bad
from machines import engines
from paths import all_lengths
from smt import bits, lemmas, solve, wrong
from smt.arm import BRANCH
from smt.book import Book, Obligations
from smt.calls import Expansion
from smt.paths import Paths
from smt.trace import Refused
from values import Refused as Differs
from values import refuse_optimised

DIRECTIONS = "encrypt", "decrypt"
ALIASING = False, True                  # whether out is in
SHARES = 4                              # of the paths, for one process each

Task = namedtuple("Task", "engine function share")
Result = namedtuple("Result", "task paths count texts branches")


def work(task):
    obligations = Obligations()
    book, function = Book(obligations), task.engine.functions[task.function]
    isa, made, path = task.engine.isa, set(), None
    try:
        if task.function == "expand":
            call = Expansion(isa.decode_all(function.code), book)
            call.call()
            made.add(())
        else:
            call = Paths(isa, task.function, function, book)
            for path in [*call.names()][task.share::SHARES]:
                for in_place in ALIASING:
                    made |= call.prove(path, in_place)
    except (Refused, Differs, RecursionError) as error:     # nothing cuts it
        raise Refused(f"{task.engine.program}: {task.function} {path}: "
                      f"{error}") from None
    return Result(task, made, obligations.count, list(obligations.texts),
                  call.trace.branches)


def tasks(engine):
    yield Task(engine, "expand", 0)
    for direction in DIRECTIONS:
        for share in range(SHARES):
            yield Task(engine, direction, share)


def report(good, what, *why):
    print(f"{'' if good else 'NOT PROVED: '}{what}")
    for line in why:
        print(f"  {line}")
    sys.stdout.flush()
    return good


def refuted(what, preamble, texts):
    """Whether each solver says of all of them that they cannot be."""
    answers = solve.answers(preamble, texts)
    kept = [text for text, *said in zip(texts, *answers.values())
            if said != ["unsat"] * len(answers)]
    return report(texts and not kept, f"{what}: {len(texts) - len(kept)} of "
                  f"{len(texts)} refuted by {' and '.join(answers)}",
                  *"\n".join(kept[:3]).splitlines())


def both_ways(code):
    return {(at, taken) for at, (form, _, _) in enumerate(code)
            if form in BRANCH for taken in {True, form == "b"}}


def summary(engine, function, results):
    """Of one function: what was followed, and what there was to follow."""
    made = set().union(*(result.paths for result in results))
    count = sum(result.count for result in results)
    branches = set().union(*(result.branches for result in results))
    wanted = both_ways(code_of(engine, function))
    paths = 1
    if function != "expand":
        prover = engine.isa.paths(function, engine.functions[function])
        paths = len(ALIASING) * prover.PATHS * all_lengths(prover.LENGTHS)
    return report(len(made) == paths and branches == wanted,
                  f"{engine.program}: {function}: {len(made)} of {paths} "
                  f"paths, {len(branches & wanted)} of {len(wanted)} edges of "
                  f"branches, {count} equalities")


def code_of(engine, function):
    return engine.isa.decode_all(engine.functions[function].code)


def prove(programs):
    """One by one, what was proved."""
    found = [engine for program in programs for engine in engines(program)]
    with ProcessPoolExecutor() as pool:         # fails when a process dies
        results = list(pool.map(work, [task for engine in found
                                       for task in tasks(engine)]))
    for engine in found:
        for function in "expand", *DIRECTIONS:
            yield summary(engine, function, [
                result for result in results if result.task.function == function
                and result.task.engine.program == engine.program])
    texts = list({text: None for result in results for text in result.texts})
    yield refuted("of these, what differs in more than names",
                  bits.PREAMBLE, texts)
    for what, good in wrong.refuse({function: code_of(found[0], function)
                                    for function in found[0].functions}):
        yield report(good, f"found false by both: {what}")


def main(programs):
    refuse_optimised()
    if not programs:
        sys.exit("usage: second_opinion.py PROGRAM...")
    try:
        print(solve.versions())
        good = [refuted(what, lemmas.PREAMBLE, texts)
                for what, texts in lemmas.LEMMAS.items()]
        good += prove(programs)
    except (Bad, Refused, Unknown, solve.Failed, OSError) as error:
        sys.exit(f"second_opinion.py: {error}")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
