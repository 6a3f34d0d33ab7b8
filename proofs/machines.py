# SPDX-License-Identifier: ISC
"""The machines that there are proofs for, and the engines in a program.

    engines(path)       an Engine for each backend in assembly of the program
    engine.isa          the machine's module, which has
        NAME            what it is called
        BACKENDS        the names of its backends, the fastest first
        Machine         registers; Machine(algebra)
        Code            instructions (execute.py); Code(machine, function)
        decode_all      a function's bytes as instructions
        Runs            the induction over units (runs.py)
        EQUIVALENT      the file of changes that mean the same
        flipped, texts  of instructions, for check_mutants.py
        wrong_engines   refused(engine)
        validation      validate(engines, every)
"""

from collections import namedtuple

import arm.isa
import elf

MACHINES = {183: arm.isa}


class Engine(namedtuple("Engine", "machine program name functions")):
    """functions: {"expand", "encrypt" and "decrypt": elf.Function}"""
    __slots__ = ()

    @property
    def isa(self):
        return MACHINES[self.machine]


def engines(path):
    program = elf.Elf(path)
    elf.require(program.machine in MACHINES, "not for a machine that is known")
    found = elf.backends(program, MACHINES[program.machine].BACKENDS)
    return [Engine(program.machine, path, name, functions)
            for name, functions in found.items()]
