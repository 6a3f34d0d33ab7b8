# SPDX-License-Identifier: ISC
"""The machines that there are proofs for, and the engines in a program.

    isa_of(program)     the machine's module, of elf.py's program
    engines(path)       an Engine for each backend in assembly of the program
    engine.isa          the machine's module, which has
        NAME            what it is called
        BACKENDS        the names of its backends, the fastest first
        FALLBACK        the one whose functions the others may end with, or None
        ONE_IN, ALWAYS_SAMPLE
                        which bits check_mutants.py flips: one in N; and
                        whether it is no more with --all
        NAMED           what terms.py is to give names
        entry(program)  what a function has to begin with, or None
        paths(direction, function)
                        the Paths of an engine (paths.py)
        SETTINGS        what else may differ at a call: tuples
        Machine         registers; Machine(algebra)
        Code            instructions (execute.py); Code(machine, function)
        decode_all      a function's bytes as instructions
        EQUIVALENT      the file of changes that mean the same
        texts           a function's instructions, for check_mutants.py
        wrong_engines   refused(engine)
        poly1305        its engines for Poly1305 (poly1305_blocks.py)
        wrong_poly1305  what check_poly1305.py changes in these
        validation      validate(engines, every)
"""

from collections import namedtuple

import arm.isa
import elf
import x86.isa

MACHINES = {62: x86.isa, 183: arm.isa}


class Engine(namedtuple("Engine", "machine program name functions")):
    """functions: {"expand", "encrypt" and "decrypt": elf.Function}"""
    __slots__ = ()

    @property
    def isa(self):
        return MACHINES[self.machine]

    @property
    def own(self):
        """Its functions but for those that are another engine's."""
        return {name: function for name, function in self.functions.items()
                if function.name.endswith(f"_{self.name}")}


def isa_of(program):
    elf.require(program.machine in MACHINES, "not for a machine that is known")
    return MACHINES[program.machine]


def engines(path):
    program = elf.Elf(path)
    isa = isa_of(program)
    found = elf.backends(program, isa.BACKENDS)
    entry = isa.entry(program)
    for name, functions in found.items():
        for member, function in functions.items():
            functions[member] = function._replace(entry=entry)
        if isa.FALLBACK not in (None, name):
            for member, function in functions.items():
                tail = found[isa.FALLBACK][member]
                functions[member] = function._replace(tails=(tail,))
    return [Engine(program.machine, path, name, functions)
            for name, functions in found.items()]
