#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""A second opinion on the engines: second_opinion.py PROGRAM...

Follows each path's instructions in linked programs, by a meaning of each that
is its own, and has z3 and cvc5 prove that they compute what the standards say.
Of what prove.py is made of it shares the reading of programs and of encodings
(elf.py, and each machine's decode.py), and what holds at the heads of loops
(each machine's paths.py), which both have to prove.  Exits with 1 when anything
is not proved.
"""

import sys
from collections import namedtuple
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, product

import arm.decode
import x86.decode
from elf import Bad
from machines import engines
from paths import all_lengths
from smt import bits, lemmas, solve, wrong
from smt.book import Book, Obligations
from smt.calls import Expansion
from smt.isas import ISAS
from smt.trace import Refused
from values import Refused as Differs
from values import only_this_task, refuse_optimised

ALIASING = False, True                  # whether out is in
SHARES = 4                              # of the paths, for one process each

Task = namedtuple("Task", "engine function share")
# paths: that were followed; wanted: how many there are; met, edges: of branches
Result = namedtuple("Result", "task paths wanted count texts met edges")


def work(task):
    only_this_task()
    obligations = Obligations()
    book, function = Book(obligations), task.engine.functions[task.function]
    isa, made, wanted, path = task.engine.isa, set(), 1, None
    try:
        if task.function == "expand":
            call = Expansion(isa, function, book)
            call.call()
            made.add(())
        else:
            call = ISAS[isa.NAME].paths(function)(isa, task.function, function,
                                                  book)
            settings = [*product(call.SETTINGS, ALIASING)]
            wanted = (len(settings) * call.PATHS
                      * all_lengths(call.LENGTHS))
            for path in [*call.names()][task.share::SHARES]:
                for setting, in_place in settings:
                    made |= call.prove(path, *setting, in_place)
    except (Refused, Differs, RecursionError) as error:     # nothing cuts it
        raise Refused(f"{task.engine.program}: {function.name} {path}: "
                      f"{error}") from None
    return Result(task, made, wanted, obligations.count,
                  list(obligations.texts), call.trace.met, call.trace.edges)


def tasks(engine):
    for name in engine.own:
        for share in range(1 if name == "expand" else SHARES):
            yield Task(engine, name, share)


def report(good, what, *why):
    print(f"{'' if good else 'NOT PROVED: '}{what}")
    for line in why:
        print(f"  {line}")
    sys.stdout.flush()
    return good


def refuted(what, preamble, texts):
    """Does each solver refute all of them?"""
    answers = solve.answers(preamble, texts)
    kept = [text for text, *said in zip(texts, *answers.values())
            if said != ["unsat"] * len(answers)]
    return report(texts and not kept, f"{what}: {len(texts) - len(kept)} of "
                  f"{len(texts)} refuted by {' and '.join(answers)}",
                  *"\n".join(kept[:3]).splitlines())


def summary(engine, name, results):
    """Print what was followed of one function, and what there was to follow."""
    made = set().union(*(result.paths for result in results))
    count = sum(result.count for result in results)
    met = set().union(*(result.met for result in results))
    wanted, edges = results[0].wanted, results[0].edges
    return report(len(made) == wanted and met == edges,
                  f"{engine.program}: {engine.functions[name].name}: "
                  f"{len(made)} of {wanted} paths, {len(met & edges)} of "
                  f"{len(edges)} edges of branches, {count} equalities")


def found_false(engine):
    return [*wrong.refuse(engine)]


def prove(programs):
    """One by one, what was proved."""
    found = [engine for program in programs for engine in engines(program)]
    with ProcessPoolExecutor() as pool:         # fails when a process dies
        results = list(pool.map(work, [task for engine in found
                                       for task in tasks(engine)]))
        lies = pool.map(found_false, {engine.name: engine
                                      for engine in found}.values())
        for engine in found:
            for name in engine.own:
                yield summary(engine, name, [
                    result for result in results if result.task.function == name
                    and result.task.engine[:3] == engine[:3]])
        yield refuted("of these, what differs in more than names",
                      bits.PREAMBLE, {text: None for result in results
                                      for text in result.texts})
        for what, good in chain.from_iterable(lies):
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
    except (Bad, Refused, arm.decode.Unknown, x86.decode.Unknown,
            solve.Failed, OSError) as error:
        sys.exit(f"second_opinion.py: {error}")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
