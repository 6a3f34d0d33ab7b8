# SPDX-License-Identifier: ISC
"""Whole calls of the engine: its bytes, as they stand in the linked program,
run by a CPU from the first instruction until they return, and by the model
with numbers. All registers, flags and memory must be the same then, the stack
below sp included.
"""

import random
from collections import Counter

import cases
from arm import cpu
from arm.code import Code
from arm.machine import Machine
from concrete import Concrete, Number
from values import Callers, require


class Call(cases.Call):
    """A state at a function's first instruction, twice: as the model has it and
    as the CPU has it; and the state that the model comes to."""

    def __init__(self, code):
        super().__init__(code.machine, [
            Number(128, random.getrandbits(128)) for _ in range(32)])
        self.code = code

    def run(self, regions):
        machine = self.machine
        machine.zero, machine.carry = random.choices((True, False), k=2)
        callers = {f"x{i}": random.getrandbits(64) for i in range(30)}
        end = callers["x30"] = cpu.CODE + 4 * len(self.code.instructions)
        places = cases.place(regions, cpu.DATA)
        image = cpu.Image(places, callers, random.randbytes(
            max(at + region.size for region, at in places.items()) - cpu.DATA))
        self.before = image.state(machine, cpu.CODE)
        require(self.code.run() is None, "does not return")
        self.after = image.state(machine, end)
        self.signed = [at for at, (_, value) in regions[0].cells.items()
                       if type(value) is Callers and "signed" in value.name]
        return self

    def is_what(self, state):
        """Where a CPU signs, the signature is in the address's top 16 bits."""
        data = bytearray(state.data)
        for at in self.signed:
            data[at + 6:at + 8] = self.after.data[at + 6:at + 8]
        return state._replace(data=bytes(data)) == self.after


def random_calls(functions, count):
    """Calls of the functions in turn: (Function, Call) each."""
    machine = Machine(Concrete())
    code = {name: Code(machine, function)
            for name, function in functions.items()}
    for at in range(count):
        turn, which = divmod(at, len(functions))
        name = list(functions)[which]
        call = Call(code[name])
        if name == "expand":
            yield functions[name], call.expand()
        elif name == "tag":
            yield functions[name], call.tag(random.randrange(20),
                                            random.randrange(3))
        elif turn % 2:
            yield functions[name], call.units(
                1, random.randrange(16, random.choice((300, 4112))),
                turn % 4 == 1)
        else:
            yield functions[name], call.units(
                random.randrange(5), 512 * random.choice((1, 1, 2, 3, 8)),
                turn % 4 == 0)


def compare(command, functions, count):
    """Count the calls of each function that were the same; list the others."""
    calls = list(random_calls(functions, count))
    answers = cpu.run(command, [(function.code, call.before)
                                for function, call in calls])
    hits, different = Counter(), []
    for (function, call), answer in zip(calls, answers):
        if call.is_what(answer.state):
            hits[function.name] += 1
        else:
            different.append(f"{function.name}: {answer.signal}")
    return hits, different
