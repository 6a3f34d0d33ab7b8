# SPDX-License-Identifier: ISC
"""The second opinion must refuse wrong engines and wrong specifications.

    refuse(engine)      what was made wrong, and whether both solvers found it

The engine is followed with one instruction that differs in a bit, or beside a
specification that does, guessing what was guessed of the right one at the same places.
Of the obligations that this leads to, both solvers must find the same to be false, and
at least one.
"""

from smt import bits, solve
from smt.book import Obligations, Recorded, Replayed
from smt.calls import Expansion, Runs
from smt.isas import ISAS


def call(isa, name, function, book, **standard):
    if name == "expand":
        Expansion(isa, function, book).call()
    else:
        Runs(isa, name, function, book, **standard).call(2, 1024, False)


def wrong(engine):
    """(what, its obligations that the right one has not)"""
    isa, second = engine.isa, ISAS[engine.isa.NAME]
    for name, flips in second.FLIPPED[engine.name].items():
        function, right = engine.functions[name], Obligations()
        book = Recorded(right)
        call(isa, name, function, book)

        def replayed(changed, **standard):
            obligations = Obligations()
            call(isa, name, changed, Replayed(obligations, book), **standard)
            return [text for text in obligations.texts
                    if text not in right.texts]

        bits.require(not replayed(function))
        for flip in flips:
            yield (f"{function.name} with a bit of {flip} flipped",
                   replayed(second.flipped(function, flip)))
        if name != "expand":
            yield (f"{function.name} beside 0x86 for 0x87",
                   replayed(function, polynomial=0x86))


def refuse(engine):
    for what, texts in wrong(engine):
        said = solve.answers(bits.PREAMBLE, texts)
        yield what, "sat" in said["z3"] and said["z3"] == said["cvc5"]
