# SPDX-License-Identifier: ISC
"""The paths of ../../arm/paths.py on bit vectors (../paths.py)."""

import arm.paths
from paths import ANY
from smt.arm.trace import SP, Trace
from smt.paths import Second
from values import Callers


class Paths(Second, arm.paths.Paths):
    TRACE, STANDARD = Trace, {"numbers": True}
    SETTINGS = [()]

    def callers_vectors(self):
        return [self.any(f"the caller's v{i}", 128) for i in range(32)]

    def enter(self, stack, vectors, *arguments):
        trace, own = self.trace, self.own
        trace.enter(stack, *map(own, arguments))
        trace.v[:] = vectors
        for i in range(18, 31):
            trace.x[i] = own(Callers(f"x{i}"))
        trace.returns_to = trace.x[30]

    def assume(self, memory, state):
        trace, sp = self.trace, self.own(state.x[SP])
        trace.enter(memory.stack)
        for i in range(18):
            trace.x[i] = self.any(f"any x{i}", 64)
        for i in range(18, 31):
            trace.x[i] = self.own(Callers(f"x{i}"))
        trace.returns_to = trace.x[30]
        for i in range(32):
            trace.v[i] = state.v.get(i, self.any(f"any v{i}", 128))
        for i, value in state.x.items():
            if value is not ANY:
                trace.x[i] = self.own(value)
        for at, value in state.frame.items():
            (sp + at).store(self.size(at), self.any(f"any sp + {at}", 128)
                            if value is ANY else self.own(value))

    def check(self, memory, state):
        trace, sp = self.trace, self.own(state.x[SP])
        for i, value in [*((i, Callers(f"x{i}")) for i in range(18, 29)),
                         *state.x.items()]:
            self.compare(f"x{i}", trace.x[i], value)
        for i, value in state.v.items():
            self.compare(f"v{i}", trace.v[i], value)
        for at, value in state.frame.items():
            self.compare(f"sp + {at}", (sp + at).load(self.size(at)), value)
