# SPDX-License-Identifier: ISC
"""Code of Arm64: what each instruction does, from general.py, memory.py and
vector.py.  Secrets go through those alone that are marked SECRET there: all are
in the list of instructions of which Arm says that their time does not depend on
data (PSTATE.DIT).
"""

import execute
from arm import general, memory, vector
from arm.decode import TABLE, decode_all
from arm.general import BRANCHES, offset_of
from values import require


def meaning(form):
    found = [getattr(module, form) for module in (general, memory, vector)
             if hasattr(module, form)]
    assert len(found) == 1, form
    return found[0]


FORMS = {form: meaning(form) for form in TABLE}


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


class Code(execute.Code):
    def decoded(self, function):
        return decode_all(function.code)

    def compiled(self, at, instruction):
        require(18 not in written(instruction), "writes to x18")
        return FORMS[instruction.form](self.machine, at, **instruction.fields)

    def ways(self, at, instruction):
        form, _, fields = instruction
        if form not in BRANCHES:
            return set()
        to = at + offset_of(form, fields["i"])
        return {to} if form == "b" else {to, at + 1}

    def is_return(self, instruction):
        return instruction.form == "ret"

    def place(self, at):
        return f"+{4 * at:#x} {self.instructions[at].form}"
