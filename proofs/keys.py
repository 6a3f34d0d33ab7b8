# SPDX-License-Identifier: ISC
"""The key expansion, for every pair of keys: three schedules as FIPS 197 has
them.

    Keys(function).prove()      the path that it proved, as a set; or Refused
"""

from contract import KEYS, Memory, check_return, enter
from decode import decode_all
from execute import Code
from machine import Machine, Pointer, Region, require
from spec import key_expansion
from terms import Bytes


class Keys:
    def __init__(self, function):
        self.algebra = Bytes()
        self.machine = Machine(self.algebra)
        self.code = Code(self.machine, decode_all(function.code))
        self.compared = 0               # bytes, so far

    def prove(self):
        algebra, machine = self.algebra, self.machine
        vectors = [algebra.symbol(f"the caller's v{i}", 128)
                   for i in range(32)]
        key = [algebra.symbol(f"key{i}", 128) for i in range(4)]
        memory = Memory(algebra, 64, False)     # whose data is the key
        memory.fill(memory.data, 0, key)
        found = Region("keys", KEYS, True)
        enter(machine, memory.stack, vectors, Pointer(found, 0),
              Pointer(memory.data, 0))
        require(self.code.run() is None, "does not return")
        check_return(machine, memory.stack, vectors)

        memory.fill_keys(key_expansion(algebra, algebra.join(*key[:2])),
                         key_expansion(algebra, algebra.join(*key[2:])))
        for at in range(0, KEYS, 16):
            require(algebra.same(found.load(algebra, at, 16),
                                 memory.keys.load(algebra, at, 16)),
                    f"what is at keys + {at} is not what FIPS 197 says")
            self.compared += 16
        return {()}
