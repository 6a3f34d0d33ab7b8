# SPDX-License-Identifier: ISC
"""Whether the second opinion can be another one.

    refuse(code)        what was made wrong, and whether both solvers found it

The engine is followed with one instruction that differs in a bit, or beside a
specification that does, guessing what was guessed of the right one at the same places.
Of the obligations that this leads to, both solvers must find the same to be false, and
at least one.
"""

from arm.decode import TABLE, decode
from smt import bits, solve
from smt.book import Obligations, Recorded, Replayed
from smt.calls import Expansion, Runs

# In each function, the first instruction of a form; one bit of a field of it.
FLIPPED = {
    "encrypt": ["movz i", "and_asr i", "extr i", "eor_lsl i", "add_lsr i",
                "aese n", "aesmc n", "eor_v m"],
    "decrypt": ["aesd n", "aesimc n"],
    "expand": ["dup_4s i", "aese n", "ushr_4s i", "sli_4s i", "shl_4s i",
               "eor_v m", "ext i", "movi_4s i", "aesimc n"],
}


def call(function, code, book, **standard):
    if function == "expand":
        Expansion(code, book).call()
    else:
        Runs(function, code, book, **standard).call(2, 1024, False)


def flipped(code, form, field):
    at = next(i for i, (name, _, _) in enumerate(code) if name == form)
    low = min(TABLE[form][2][field])
    changed = decode(code[at].word ^ 1 << low)
    bits.require(changed.form == form)
    return [*code[:at], changed, *code[at + 1:]]


def wrong(code):
    """(what, its obligations that the right one has not)"""
    for function, flips in FLIPPED.items():
        right = Obligations()
        book = Recorded(right)
        call(function, code[function], book)

        def replayed(changed, **standard):
            obligations = Obligations()
            call(function, changed, Replayed(obligations, book), **standard)
            return [text for text in obligations.texts
                    if text not in right.texts]

        bits.require(not replayed(code[function]))
        for flip in flips:
            yield (f"xts_{function}_arm64 with a bit of {flip} flipped",
                   replayed(flipped(code[function], *flip.split())))
        if function != "expand":
            yield (f"xts_{function}_arm64 beside 0x86 for 0x87",
                   replayed(code[function], polynomial=0x86))


def refuse(code):
    for what, texts in wrong(code):
        said = solve.answers(bits.PREAMBLE, texts)
        yield what, "sat" in said["z3"] and said["z3"] == said["cvc5"]
