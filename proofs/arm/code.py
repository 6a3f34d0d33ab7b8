# SPDX-License-Identifier: ISC
"""Code of Arm64: what each instruction does, from general.py, memory.py and
vector.py.  Secrets go through those alone that are marked SECRET there: all are
in the list of instructions of which Arm says that their time does not depend on
data (PSTATE.DIT).
"""

import struct

import execute
from arm import general, memory, vector
from arm.decode import ALL, POLY1305, TABLE, decode, decode_all
from arm.general import BRANCHES, LINK, offset_of, signed_link
from arm.machine import STACK
from elf import FUNCTION
from values import Callers, require


def meaning(form):
    found = [getattr(module, form) for module in (general, memory, vector)
             if hasattr(module, form)]
    require(len(found) == 1, f"not one meaning of {form}")
    return found[0]


FORMS = {form: meaning(form) for form in ALL}


def written(instruction):
    """The general registers that its fields say it writes to."""
    form, _, fields = instruction
    if hasattr(general, form):
        letters = "d"
    elif form in ("ldp_x", "ldp_x_post", "ldrb"):
        letters = "tu"
    else:
        letters = ""
    if form.endswith(("_pre", "_post")):
        letters += "n"
    return {fields[letter] for letter in letters if letter in fields}


def table_of(function):
    """The forms that a function may have."""
    return POLY1305 if function.name.startswith("poly1305_") else TABLE


# The hints of branch protection, in C.
HINTS = {0xd503233f: "paciasp", 0xd503237f: "pacibsp"}
BTI_C = 0xd503245f


def entry(program):
    """The branch protection that the compiler was told to use, by what it made
    of xts_units, which calls and returns."""
    address, size, _ = program.symbol("xts_units", FUNCTION)
    words = [word for word, in struct.iter_unpack(
        "<I", program.code(address, size))]
    signing = [HINTS[word] for word in words if word in HINTS]
    return (signing or ["bti_c"][:words[0] == BTI_C] or [None])[0]


SIGNS = "paciasp", "pacibsp"


class Code(execute.Code):
    def __init__(self, machine, function):
        self.entry = function.entry
        machine.signs = self.entry in SIGNS
        super().__init__(machine, function)

    def check_ends(self):
        super().check_ends()
        require(self.entry in (None, self.instructions[0].form),
                f"does not begin with {self.entry}")

    def changed(self, at, instruction=None):
        require(at != 0 or instruction is not None or self.entry is None,
                f"does not begin with {self.entry}")
        return super().changed(at, instruction)

    def link(self):
        """The value of x30 in the middle of the function."""
        first = self.instructions[0].form
        return Callers(signed_link(first[4].upper(), STACK)
                       if first in SIGNS else LINK)

    def decoded(self, function):
        self.table = table_of(function)
        return decode_all(function.code, self.table)

    @property
    def places(self):
        """At which byte each instruction begins; and where the last one
        ends."""
        return range(0, 4 * len(self.instructions) + 4, 4)

    def compiled(self, at, instruction):
        require(18 not in written(instruction), "writes to x18")
        return FORMS[instruction.form](self.machine, at, **instruction.fields)

    def ways(self, at, instruction):
        form, _, fields = instruction
        if form not in BRANCHES:
            return set()
        to = at + offset_of(form, fields["i"])
        return {to} if form == "b" else {to, at + 1}

    def flipped(self, at, bit):
        return self.changed(at, decode(
            self.instructions[at].word ^ 1 << bit, self.table))

    def is_return(self, instruction):
        return instruction.form == "ret"

    def place(self, at):
        return f"+{4 * at:#x} {self.instructions[at].form}"
