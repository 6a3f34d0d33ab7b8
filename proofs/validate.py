#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""The assumptions of the proofs about a machine, tested with a CPU and with
objdump: validate.py [--all] PROGRAM...

    the decoder     says what objdump says of every instruction of the engine in
                    each program, and of random encodings of each form
    the model       does what a CPU does with each form, thousands of times
    whole calls     come to the same state on both

Prints what was compared how often, and exits with 1 when anything was
different or a form was not hit as often as wanted.
"""

import random
import sys
import time

from machines import engines
from values import refuse_optimised

def main(arguments):
    refuse_optimised()
    every = "--all" in arguments
    names = [argument for argument in arguments if argument != "--all"]
    seed = time.time_ns()
    print(f"seed {seed}")
    random.seed(seed)
    by_machine = {}
    for engine in (engine for name in names for engine in engines(name)):
        by_machine.setdefault(engine.machine, []).append(engine)
    good = [one for group in by_machine.values() for one in
            group[0].isa.validation.validate(group, every, seed)]
    sys.exit(0 if good and all(good) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
