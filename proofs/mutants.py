# SPDX-License-Identifier: ISC
"""Engines that are wrong: one instruction dropped, or one bit of one turned
over.

    Suite(isa, direction, function).survives(mutant)
        whether all proofs that such a mutant can matter to still pass

A Mutant has the index of its instruction, and the bit that is another there,
or None where the instruction is dropped.  The lengths that are proved are
those of every path: each number of blocks that remain, with stealing and
without, after no group and after one; multiples of 512, and what is near to
them.  One length more costs nothing unless a mutant survived all that were
before.
"""

import functools
from collections import namedtuple

from keys import Keys
from units import Units

Mutant = namedtuple("Mutant", "at bit")

SIZES = sorted({*range(16, 144, 16), *range(144, 272, 16),
                *(16 * blocks + 17 + 3 * blocks % 15 for blocks in range(16)),
                127, 255, 384, 511, 512, 513, 768, 1024, 1040, 1280, 1536,
                2560})
ALIASING = False, True


class Suite:
    def __init__(self, isa, direction, function):
        self.isa, self.instructions = isa, isa.decode_all(function.code)
        if direction is None:
            asked = [(Keys(isa, function), ())]
        else:
            units = Units(isa, direction, function)
            runs = isa.Runs(isa, direction, function)
            asked = [(units, (size, in_place))
                     for size in SIZES for in_place in ALIASING]
            asked += [(runs, (512, in_place)) for in_place in ALIASING]
        self.passing(asked)

    def passing(self, asked):
        """What is asked, for each instruction that has a part in the answer:
        the shortest first.  The engine itself passes, or there is no suite."""
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
                          for at in range(len(self.instructions))]

    def survives(self, mutant):
        """What the decoder does not know, it refuses."""
        instruction = None
        if mutant.bit is not None:
            instruction = self.isa.flipped(self.instructions[mutant.at],
                                           mutant.bit)
            if instruction is None:
                return False
        return all(self.passes(mutant.at, instruction, *question)
                   for question in self.questions[mutant.at])

    def passes(self, at, instruction, prover, question):
        """As prove.py has it: whatever goes wrong, it is not proved."""
        code, mark = prover.code, prover.algebra.mark()
        try:
            prover.code = code.changed(at, instruction)
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
