# SPDX-License-Identifier: ISC
"""The key expansion, for every pair of keys: three schedules as FIPS 197 has
them.

    Keys(isa, function).prove() the path that it proved, as a set; or Refused
"""

import spec
from contract import KEYS, Memory
from execute import code_of
from terms import Bytes
from values import Pointer, Region, require, secret


class Keys:
    def __init__(self, isa, function):
        self.algebra = Bytes()
        self.code = code_of(isa, self.algebra, function)
        self.machine = self.code.machine
        self.compared = 0               # bytes, so far

    def prove(self):
        algebra, machine = self.algebra, self.machine
        vectors = machine.callers_vectors(algebra.symbol)
        key = [algebra.symbol(f"key{i}", 128) for i in range(4)]
        memory = Memory(machine, 64, False)     # whose data is the key
        memory.fill(memory.data, 0, key)
        found = Region("keys", KEYS, True)
        found.stored = []
        machine.enter(memory.stack, vectors, Pointer(found, 0),
                      Pointer(memory.data, 0))
        require(self.code.run() is None, "does not return")
        machine.check_return(memory.stack, vectors)

        memory.fill_keys(*(spec.key_expansion(algebra, algebra.join(*half))
                           for half in (key[:2], key[2:])))
        for at in range(0, KEYS, 16):
            require(algebra.same(found.load(algebra, at, 16),
                                 memory.keys.load(algebra, at, 16)),
                    f"what is at keys + {at} is not what FIPS 197 says")
            self.compared += 16
        for at, size, value in found.stored:
            require(algebra.same(secret(algebra, value, 8 * size),
                                 memory.keys.load(algebra, at, size)),
                    f"what passes through keys + {at} is no round key of there")
        return {()}
