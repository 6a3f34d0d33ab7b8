# SPDX-License-Identifier: ISC
"""Code of x86-64: what each instruction does, from general.py, vector.py
and elements.py.

    Code(machine, function)     a branch may lead to one of function.tails as
                                well, where run() stops with code.tail_call

Instructions are counted; places says at which byte of the function each
begins, and the last of them where it ends.
"""

import execute
from execute import STOP
from values import require
from x86 import elements, general, vector
from x86.decode import ENCODINGS, RIP, Memory, decode, decode_all
from x86.features import ALLOWED, needs
from x86.machine import Constants

BRANCHES = "je_i", "jne_i"
ENCODING = {}
for one in ENCODINGS:
    ENCODING.setdefault(one.name, one)


def meaning(mnemonic):
    name = mnemonic + "_" * (mnemonic == "and")
    found = [getattr(module, name) for module in (general, vector, elements)
             if hasattr(module, name) and name not in ("load", "store")]
    require(len(found) > 0, f"no meaning of {mnemonic}")
    return found[0]


FORMS = {form: meaning(encoding.mnemonic)
         for form, encoding in ENCODING.items()}


def step_of(machine, at, instruction, after, to):
    """after: the address of the next; to: the index that a branch leads to."""
    operands = [one._replace(disp=after + one.disp)
                if type(one) is Memory and one.base == RIP else one
                for one in instruction.operands]
    if to is not None:
        operands = [to]
    if instruction.mask is not None:
        operands.append(instruction.mask)
    return FORMS[instruction.form](machine, at, ENCODING[instruction.form],
                                   *operands)


class Code(execute.Code):
    def decoded(self, function):
        machine = self.machine
        if machine.constants is None:
            machine.constants = Constants(*function.constants)
        self.function = function
        self.address = function.address
        instructions, self.places = decode_all(function.code), [0]
        allowed = ALLOWED[function.name.rpartition("_")[2]]
        for instruction in instructions:
            require(needs(ENCODING[instruction.form]) <= allowed,
                    f"{instruction.form} may not be on this engine's CPUs")
        for instruction in instructions:
            self.places.append(self.places[-1] + len(instruction.code))
        self.indices = {place: i for i, place in enumerate(self.places[:-1])}
        return instructions

    def compiled(self, at, instruction):
        to = None
        if instruction.form in BRANCHES:
            to = self.target(at, instruction)
        step = step_of(self.machine, at, instruction,
                       self.address + self.places[at + 1], to)
        if to == self.tail_call:
            return lambda: STOP - to if step() != at + 1 else None
        return step

    @property
    def tail_call(self):
        """The index that run() returns where the other function is called: one
        past the last."""
        return len(self.places) - 1

    def target(self, at, instruction):
        place = self.places[at + 1] + instruction.operands[0]
        if place in self.indices:
            return self.indices[place]
        require(any(self.address + place == tail.address
                    for tail in self.function.tails),
                "a branch leaves the code")
        return self.tail_call

    def ways(self, at, instruction):
        if instruction.form not in BRANCHES:
            return set()
        return {self.target(at, instruction), at + 1}

    def edges_from(self, at):
        return {(at, to) for to in self.ways(at, self.instructions[at])}

    def flipped(self, at, bit):
        """Where that has another length, all that follows is read again."""
        start = self.places[at]
        code = bytearray(self.function.code)
        code[start + bit // 8] ^= 1 << bit % 8
        instruction = decode(code, start)
        if instruction.form == self.instructions[at].form and (
                len(instruction.code) == self.instructions[at].size):
            return self.changed(at, instruction)
        return Code(self.machine, self.function._replace(code=bytes(code)))

    def is_return(self, instruction):
        return instruction.form == "ret"

    def place(self, at):
        return f"+{self.places[at]:#x} {self.instructions[at].form}"
