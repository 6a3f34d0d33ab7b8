# SPDX-License-Identifier: ISC
"""The paths of ../../x86/ on bit vectors (../paths.py), for each of its engines.

Of rsp at the call no more is known than that it is 8 modulo 16; but for the others than
aesni, which round it, it is each of what it may be modulo 64, one by one.
"""

from paths import ANY
from smt.bits import constant
from smt.paths import Second
from smt.trace import STACK
from smt.x86 import vector
from smt.x86.trace import ARGUMENTS, LINK, NAMES, Trace
from values import Callers
from x86 import aesni, vaes256, vaes512
from x86.machine import SKEWS
from x86.paths import STALE


class Paths(Second):
    TRACE, STANDARD = Trace, {}
    SETTINGS = [(8, 16)]

    def callers_vectors(self):
        return [[self.any(f"the caller's zmm{i}.{lane}", 128)
                 for lane in range(vector.LANES)] for i in range(32)]

    def enter(self, stack, vectors, *arguments):
        trace = self.trace
        trace.enter(stack)
        arguments = dict(zip(ARGUMENTS, arguments))
        for i, name in enumerate(NAMES):
            if name != "rsp":
                trace.x[i] = self.own(arguments.get(i, Callers(name)))
        trace.z[:] = map(list, vectors)

    def rounds(self, number, count):
        """The first tweak after this many rounds."""
        self.xts.first_tweak(number)
        return self.book.symbols[f"T {self.xts.unit(number)}, round {count}"]

    def lanes(self, value):
        zero = constant(128, 0)
        return [*value, *[zero] * (vector.LANES - len(value))]

    def assume(self, memory, state):
        """Assume nothing of what is not there."""
        trace, any_value = self.trace, self.any
        trace.enter(memory.stack)
        rsp = self.own(state.x["rsp"])
        for i, name in enumerate(NAMES):
            value = state.x.get(name, ANY)
            trace.x[i] = (any_value(f"any {name}", 64) if value is ANY
                          else self.own(value))
        for i in range(32):
            value = state.z.get(i, ANY)
            trace.z[i] = ([any_value(f"any zmm{i}.{lane}", 128)
                           for lane in range(vector.LANES)] if value is ANY
                          else self.lanes(value))
        for i in range(8):
            value = state.k.get(i, ANY)
            trace.k[i] = any_value(f"any k{i}", 8) if value is ANY else value
        for at, value in state.stack.items():
            if value is not STALE:
                value = self.own(value)
                (rsp + at).store(value.width // 8, value)

    def check(self, memory, state):
        trace, rsp = self.trace, self.own(state.x["rsp"])
        for name, value in state.x.items():
            self.compare(name, trace.x[NAMES.index(name)], value)
        for i, value in state.z.items():
            if value is not ANY:
                for held, lane in zip(trace.z[i], self.lanes(value)):
                    self.compare(f"zmm{i}", held, lane)
        for i, value in state.k.items():
            self.compare(f"k{i}", trace.k[i], value)
        for at, value in state.stack.items():
            if value is not STALE:
                value = self.own(value)
                self.compare(f"rsp + {at}", (rsp + at).load(value.width // 8),
                             value)
        self.compare("the return address", memory.stack.load(STACK, 8), LINK)


class Aesni(Paths, aesni.Paths):
    pass


class Vaes256(Paths, vaes256.Paths):
    SETTINGS = [(skew, 64) for skew in SKEWS]


class Vaes512(Paths, vaes512.Paths):
    SETTINGS, STANDARD = Vaes256.SETTINGS, {"stride": 16}


ENGINES = {"aesni": Aesni, "vaes256": Vaes256, "vaes512": Vaes512}
