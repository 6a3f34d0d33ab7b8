# SPDX-License-Identifier: ISC
"""Runs code on a machine, with numbers or with symbols.

    code = Code(machine, function)      compiles it, which is one of elf.py's,
                                        for this machine, whose state it changes
    code.run(start, stops, trace)       from the instruction of index start to
                                        the return, or to one in stops; the
                                        index where it stopped, None for the
                                        return.  trace is a list that gets each
                                        index on the way
    code.edges                          (from, to) of every branch, by index:
                                        what machine.edges may come to
    code.changed(at, instruction)       the same but for the instruction there,
                                        or without it
    code.flipped(at, bit)               the same with a bit of it flipped

    code_of(isa, algebra, function)     a function's, on a machine of its own

A machine's own Code says what its instructions do, once, over the algebra of
values.py:
    decoded(function)                   its instructions
    compiled(at, instruction)           a function that does it, and returns the
                                        index of the next instruction, or None
                                        for the one that follows
    ways(at, instruction)               the indices that a branch may go to;
                                        nothing for what is no branch
    flipped(at, bit)
    is_return(instruction)
    place(at)                           where that is, for a refusal
"""

import copy

from values import Refused, require

RETURN = -1
STOP = RETURN - 1
JUMPS_MAX = 10000                       # a run of the engine has far fewer


def taken(machine, at, to):
    """A branch goes, or does not go, to to."""
    machine.edges.add((at, to))
    machine.jumps += 1
    require(machine.jumps < JUMPS_MAX, "a loop that does not end")
    return to


class Code:
    def __init__(self, machine, function):
        self.machine = machine
        self.instructions = self.decoded(function)
        self.steps = [self.compiled(at, instruction)
                      for at, instruction in enumerate(self.instructions)]
        self.edges = {edge for at in range(len(self.instructions))
                      for edge in self.edges_from(at)}
        self.check_ends()

    def edges_from(self, at):
        """None leaves the code but the return."""
        ways = self.ways(at, self.instructions[at])
        require(all(0 <= to < len(self.instructions) for to in ways),
                "a branch leaves the code")
        return {(at, to) for to in ways}

    def check_ends(self):
        require(self.is_return(self.instructions[-1]),
                "the code does not end with a return")

    def changed(self, at, instruction=None):
        other = copy.copy(self)
        other.instructions, other.steps = [*self.instructions], [*self.steps]
        if instruction is None:
            other.steps[at] = lambda: None
        else:
            other.instructions[at] = instruction
            other.steps[at] = other.compiled(at, instruction)
            other.edges = other.edges_from(at) | {
                edge for edge in self.edges if edge[0] != at}
            other.check_ends()
        return other

    def run(self, start=0, stops=(), trace=None):
        steps = self.steps
        if trace is not None:
            steps = [traced(trace, at, step) for at, step in enumerate(steps)]
        first = steps[start]            # a run may start where it is to stop
        if stops:
            steps = list(steps)
            for at in stops:
                steps[at] = lambda at=at: STOP - at
        self.machine.jumps = 0
        at = start
        try:
            to = first()
            to = at + 1 if to is None else to
            while to >= 0:
                at = to
                to = steps[at]()
                if to is None:
                    to = at + 1
        except Refused as refused:
            raise Refused(f"{self.place(at)}: {refused}") from None
        return None if to == RETURN else STOP - to


def traced(trace, at, step):
    def traced_step():
        trace.append(at)
        return step()
    return traced_step


def code_of(isa, algebra, function):
    """A function's code on a machine of its own."""
    return isa.Code(isa.Machine(algebra), function)
