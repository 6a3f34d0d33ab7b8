#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""A second opinion on the Arm64 engine: second_opinion.py [--all] PROGRAM...

Follows each call's instructions in linked programs, by a meaning of each that is its
own, and has z3 and cvc5 prove that they compute what the standards say.  Of what
prove.py is made of it shares the reading of programs and of encodings (elf.py and
arm/decode.py).  With --all a data unit has every length from 16 to 4111, and not only one
for each path.  Exits with 1 when anything is not proved.
"""

import sys
from collections import namedtuple
from concurrent.futures import ProcessPoolExecutor

from arm.decode import Unknown, decode_all
from elf import Bad
from machines import engines
from smt import bits, lemmas, solve, wrong
from smt.arm import BRANCH
from smt.book import Book, Obligations
from smt.calls import Expansion, Runs
from smt.trace import Refused
from values import refuse_optimised

DIRECTIONS = "encrypt", "decrypt"
LONG = (1, 65537), (2, 8192)            # units, and bytes of each
ALIASING = False, True                  # whether out is in
ALL_LENGTHS = range(16, 4112)
SHARES = 8                              # of the lengths, for one process each

Task = namedtuple("Task", "program code function calls")
Result = namedtuple("Result", "task count texts branches")


def a_length_for_each_path():
    """Of a unit that is no multiple of 512: groups of 8 blocks, blocks that remain, and
    bytes to steal for, where loops are entered never, once, and more often."""
    for groups in 0, 1, 2:
        for blocks in range(8):
            for rest in 0, 1, 2, 15:
                size = 16 * (8 * groups + blocks + (rest != 0)) + rest
                if size >= 16 and size % 512 != 0:
                    yield size


def all_calls(sizes):
    """(units, bytes, whether in place)"""
    whole = [(units, size) for units in range(4)
             for size in range(512, 4097, 512)]
    single = [(1, size) for size in sizes if (1, size) not in whole]
    return [(*call, in_place) for in_place in ALIASING
            for call in [*LONG, *whole, *single]]


def work(task):
    obligations = Obligations()
    book = Book(obligations)
    if task.function == "expand":
        call = Expansion(task.code, book)
    else:
        call = Runs(task.function, task.code, book)
    for arguments in task.calls:
        try:
            call.call(*arguments)
        except (Refused, RecursionError) as error:  # where no guess cuts it
            raise Refused(f"{task.program}: xts_{task.function}_arm64"
                          f"{arguments}: {error}") from None
    return Result(task, obligations.count, list(obligations.texts),
                  call.trace.branches)


def tasks(codes, calls):
    """The longest first."""
    for program, code in codes.items():
        for direction in DIRECTIONS:
            for share in range(SHARES):
                yield Task(program, code[direction], direction,
                           calls[share::SHARES])
    for program, code in codes.items():
        yield Task(program, code["expand"], "expand", [()])


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


def code_of(program):
    engine, = engines(program)
    return {name: decode_all(function.code)
            for name, function in engine.functions.items()}


def summary(program, function, code, calls, results):
    """Of one function: what was followed, and what there was to follow."""
    results = [result for result in results if result.task.program == program
               and result.task.function == function]
    count = sum(result.count for result in results)
    made = [call for result in results for call in result.task.calls]
    branches = set().union(*(result.branches for result in results))
    wanted = both_ways(code)
    return report(sorted(made) == sorted(calls) and branches == wanted,
                  f"{program}: xts_{function}_arm64: {len(made)} of {len(calls)}"
                  f" calls, {len(branches & wanted)} of {len(wanted)} edges of"
                  f" branches, {count} equalities")


def prove(programs, sizes):
    """One by one, what was proved."""
    codes = {program: code_of(program) for program in programs}
    calls = all_calls(sizes)
    with ProcessPoolExecutor() as pool:         # fails when a process dies
        results = list(pool.map(work, tasks(codes, calls)))
    for program, code in codes.items():
        for function in "expand", *DIRECTIONS:
            yield summary(program, function, code[function],
                          [()] if function == "expand" else calls, results)
    texts = list({text: None for result in results for text in result.texts})
    yield refuted("of these, what differs in more than names",
                  bits.PREAMBLE, texts)
    for what, good in wrong.refuse(codes[programs[0]]):
        yield report(good, f"found false by both: {what}")


def main(arguments):
    refuse_optimised()
    sizes = [*a_length_for_each_path()]
    if arguments[:1] == ["--all"]:
        sizes, arguments = ALL_LENGTHS, arguments[1:]
    if not arguments:
        sys.exit("usage: second_opinion.py [--all] PROGRAM...")
    try:
        print(solve.versions())
        good = [refuted(what, lemmas.PREAMBLE, texts)
                for what, texts in lemmas.LEMMAS.items()]
        good += prove(arguments, sizes)
    except (Bad, Refused, Unknown, solve.Failed, OSError) as error:
        sys.exit(f"second_opinion.py: {error}")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
