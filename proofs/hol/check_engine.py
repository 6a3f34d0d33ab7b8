#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Has HOL Light prove what engine.ml lists, of the bytes in linked programs:
check_engine.py DIR plain=PROGRAM protected=PROGRAM

Prints each theorem, none of which has hypotheses, after a look at the logic
(audit.ml): three axioms, and else definitions.  Then bits are flipped in the
engine, one at a time, and the proofs have to fail.  Exits with 1 when a proof
failed, or did not where it has to.
"""

import random
import re
import sys
import tempfile
import time
from pathlib import Path

import build
import check
import engine_words

FLIPS = 4                       # of the bits of the words that a loop is made of


def flipped(words, function, first, last):
    """The words with one bit of one of them changed, and which that is."""
    found = re.search(rf"let {function} = \[(.*?)\];;", words)
    listed = found.group(1).split("; ")
    at, bit = random.randrange(first, last), random.randrange(32)
    listed[at] = f"0x{int(listed[at], 16) ^ 1 << bit:08x}"
    return "; ".join(listed), f"bit {bit} of word {at} of {function}"


def mutants(words, folder):
    """For each a file that proves the same of it."""
    for i in range(FLIPS):
        function = random.choice(["encrypt", "decrypt"])
        listed, what = flipped(words, f"xts_{function}_arm64_plain", 153, 481)
        text = (f'let wrong = define_code "wrong" [{listed}];;\n'
                f"loop_over_groups wrong (153,481) `arm_{function}` "
                f"{function.upper()}_BLOCK;;\n")
        yield what, check.write(folder, f"flipped{i}", text)


def main(folder, programs):
    seed = time.time_ns()
    random.seed(seed)
    print(f"seed {seed}")
    words = "".join(engine_words.words(*one.split("=", 1)) for one in programs)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        wrong = list(mutants(words, scratch))
        files = [build.HERE / "audit.ml", check.write(scratch, "words", words),
                 build.HERE / "engine.ml",
                 check.write(scratch, "report", "report ();;"),
                 *(path for _, path in wrong)]
        modules = {path.stem: path for path in build.build(folder, files)}
        last = list(modules).index("x_report")
        hol = check.Hol(folder, list(modules.values())[:last])
        good, said = hol.load(modules["x_report"])
        print(said)
        for what, path in wrong:
            proved, said = hol.load(modules[f"x_{path.stem}"])
            print(f"{what}: {'PROVED' if proved else said.strip()[-200:]}")
            good = good and not proved
        hol.close()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
