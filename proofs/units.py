# SPDX-License-Identifier: ISC
"""One data unit of every length from 16 to 4111, for all keys, tweaks and
data.

    Units(isa, direction, function).prove(size, in_place)
                                the path that it proved, as a set; or Refused

A length is public, so there is one path for each: it is run once, on symbols.
"""

from contract import enter_run
from prover import Prover
from values import require

LENGTHS = range(16, 4112)
TWEAKS = 4112 // 16 + 8                 # the engine is a group of 8 ahead


class Units(Prover):
    def __init__(self, isa, direction, function):
        super().__init__(isa, direction, function)
        self.xts.tweaks(self.tweak, TWEAKS)     # defined before they are met

    def prove(self, size, in_place):
        memory = self.memory(size, in_place)
        enter_run(self.machine, memory, self.vectors, 1, size)
        require(self.code.run() is None, "does not return")
        self.machine.check_return(memory.stack, self.vectors)
        self.check_result(memory, self.xts.unit(self.tweak, *self.data(size)))
        return {(size, in_place)}
