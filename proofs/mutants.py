# SPDX-License-Identifier: ISC
"""Engines that are wrong: one instruction dropped, or one bit of one turned
over.

    Suite(isa, direction, function).survives(mutant)
        whether all proofs that such a mutant can matter to still pass

A Mutant has the index of its instruction, and the bit that is another there,
or None where the instruction is dropped.  Of paths of one kind there are some
hundred, which differ in what remains of a unit; of these a sample is proved.
One path more costs nothing unless a mutant survived all that were before.
"""

import functools
from collections import namedtuple

from keys import Keys

Mutant = namedtuple("Mutant", "at bit")

ALIASING = False, True
SAMPLE = 24                             # of a kind, at least


def sample(names):
    """Choose those of one tail, which are 16 names apart, and others, in
    odd steps."""
    kinds = {}
    for name in names:
        kinds.setdefault(name[0], []).append(name)
    for kind in kinds.values():
        step = max(len(kind) // SAMPLE - 1 | 1, 1)
        yield from (name for at, name in enumerate(kind)
                    if at % step == 0 or at % 16 == 0)


class Suite:
    def __init__(self, isa, direction, function):
        count = len(isa.decode_all(function.code))
        if direction is None:
            asked = [(Keys(isa, function), ())]
        else:
            paths = isa.paths(direction, function)
            asked = [(paths, (name, *setting, in_place))
                     for name in sample(paths.names())
                     for setting in isa.SETTINGS for in_place in ALIASING]
        self.passing(asked, count)

    def passing(self, asked, count):
        """The proofs to try for each instruction that has a part in them, the
        shortest first.  The engine itself passes, or there is no suite."""
        asked_by_cost = []
        for prover, question in asked:
            trace = []
            run = prover.code.run
            prover.code.run = functools.partial(run, trace=trace)
            prover.prove(*question)
            del prover.code.run
            asked_by_cost.append((len(trace), set(trace), prover, question))
        asked_by_cost.sort(key=lambda entry: entry[0])
        self.questions = [[(prover, question) for _, met, prover, question
                           in asked_by_cost if at in met]
                          for at in range(count)]

    def survives(self, mutant):
        return all(self.passes(mutant, *question)
                   for question in self.questions[mutant.at])

    def passes(self, mutant, prover, question):
        """As prove.py has it: whatever goes wrong, it is not proved."""
        code, mark = prover.code, prover.algebra.mark()
        try:
            if mutant.bit is None:
                prover.code = code.changed(mutant.at)
            else:
                prover.code = code.flipped(mutant.at, mutant.bit)
            prover.prove(*question)
            return True
        except Exception:
            return False
        finally:
            prover.code = code
            prover.algebra.forget(mark)


def dropped(count):
    return [Mutant(at, None) for at in range(count)]


def flipped(instructions):
    return [Mutant(at, bit) for at, instruction in enumerate(instructions)
            for bit in range(8 * instruction.size)]
