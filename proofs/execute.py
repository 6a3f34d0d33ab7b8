# SPDX-License-Identifier: ISC
"""Runs code on a machine, with numbers or with symbols.

    code = Code(machine, instructions)  compiles them for this machine, whose
                                        state (machine.py) they change
    code.run(start, stops, trace)       from the instruction of index start to
                                        ret, or to one in stops; the index
                                        where it stopped, None for ret.  trace
                                        is a list that gets each index on the
                                        way
    code.edges                          (from, to) of every branch, by index:
                                        what machine.edges may come to
    code.changed(at, instruction)       the same but for the instruction there,
                                        or without it

What each instruction does is written once, over the algebra of machine.py, in
arm_general.py, arm_memory.py and arm_vector.py.  Secrets go through those
alone that are marked SECRET there: all are in the list of instructions of
which Arm says that their time does not depend on data (PSTATE.DIT).
"""

import copy

import arm_general
import arm_memory
import arm_vector
from arm_general import BRANCHES, RETURN, offset_of
from decode import TABLE
from machine import Refused, require

STOP = RETURN - 1


def meaning(form):
    found = [getattr(module, form) for module in
             (arm_general, arm_memory, arm_vector) if hasattr(module, form)]
    assert len(found) == 1, form
    return found[0]


FORMS = {form: meaning(form) for form in TABLE}


def written(instruction):
    """The general registers that its fields say it writes to."""
    form, _, fields = instruction
    if hasattr(arm_general, form):
        letters = "d"
    elif form in ("ldp_x", "ldp_x_post", "ldrb"):
        letters = "tu"
    else:
        letters = ""
    if form.endswith(("_pre", "_post")):
        letters += "n"
    return {fields[letter] for letter in letters if letter in fields}


class Code:
    def __init__(self, machine, instructions):
        self.machine, self.instructions = machine, instructions
        self.steps = [self.compiled(at, instruction)
                      for at, instruction in enumerate(instructions)]
        self.check_ways()

    def compiled(self, at, instruction):
        require(18 not in written(instruction), "writes to x18")
        return FORMS[instruction.form](self.machine, at, **instruction.fields)

    def check_ways(self):
        """None leaves the code but ret."""
        instructions, self.edges = self.instructions, set()
        for at, (form, _, fields) in enumerate(instructions):
            if form in BRANCHES:
                to = at + offset_of(form, fields["i"])
                require(0 <= to < len(instructions),
                        "a branch leaves the code")
                self.edges.add((at, to))
                if form != "b":
                    self.edges.add((at, at + 1))
        require(instructions[-1].form == "ret",
                "the code does not end with ret")

    def changed(self, at, instruction=None):
        other = copy.copy(self)
        other.instructions, other.steps = [*self.instructions], [*self.steps]
        if instruction is None:
            other.steps[at] = lambda: None
        else:
            other.instructions[at] = instruction
            other.steps[at] = other.compiled(at, instruction)
            other.check_ways()
        return other

    def run(self, start=0, stops=(), trace=None):
        steps = self.steps
        if stops:
            steps = list(steps)
            for at in stops:
                steps[at] = lambda at=at: STOP - at
        if trace is not None:
            steps = [traced(trace, at, step) for at, step in enumerate(steps)]
        self.machine.jumps = 0
        at = start
        try:
            to = self.steps[start]()    # a run may start where it is to stop
            if trace is not None:
                trace.append(start)
            to = at + 1 if to is None else to
            while to >= 0:
                at = to
                to = steps[at]()
                if to is None:
                    to = at + 1
        except Refused as refused:
            raise Refused(f"+{4 * at:#x} {self.instructions[at].form}: "
                          f"{refused}") from None
        return None if to == RETURN else STOP - to


def traced(trace, at, step):
    def traced_step():
        to = step()
        if to is None or to >= RETURN:
            trace.append(at)
        return to
    return traced_step
