# SPDX-License-Identifier: ISC
"""The instruction model against this machine's CPU, one instruction at a time.

Random encodings of every form run on random states, by the model with numbers
and by the CPU; then all of the state must be the same. What the model refuses
to do is not counted; what it does must not trap.
"""

import random
from collections import Counter

from cases import random64, random128, random_register
from concrete import Concrete, Number
from execute import RETURN
from values import MASK64, Pointer, Refused, Region
from x86 import cpu
from x86.check_decoder import random_instruction
from x86.code import BRANCHES, step_of
from x86.decode import ENCODINGS, RIP, Memory, decode, encode
from x86.machine import LANES, NAMES, RSP, STACK, Constants, Machine

HERE = 0                # the index of the instruction
THERE = 1000            # that of what a branch leads to
SIZE = 256              # of each region
BATCH = 1000
IN_COMMON = 20          # cases with one Ground
RETURNS_TO = cpu.CODE + 4096
BUFFER, CONSTANTS = cpu.DATA + 4096, cpu.DATA + 8192
STACK_AT = cpu.DATA + 1024 + 8          # rsp there is 8 modulo 16, as at a call
RBP = NAMES.index("rbp")


def outcomes(i):
    """The outcomes that have to be hit, of one of ENCODINGS."""
    encoding = ENCODINGS[i]
    name = f"{encoding.name}#{i}"
    if encoding.name in BRANCHES:
        return [f"{name} that branches", f"{name} that does not"]
    return [name]


def lanes():
    return [Number(128, random128()) for _ in range(LANES)]


class Ground:
    """What some cases have in common: the stack, and the vectors that their
    instructions do not name; and these as bytes."""

    def __init__(self):
        machine = Machine(Concrete(), None, (STACK_AT + STACK) % 64)
        self.stack = machine.new_stack()
        self.stack.fill([Number(128, random128())
                         for _ in range(STACK // 16)])
        self.callers = {"return address": RETURNS_TO}
        self.z = [lanes() for _ in range(32)]
        image = cpu.Image({self.stack: STACK_AT}, self.callers,
                          bytes(CONSTANTS + SIZE - cpu.DATA))
        self.data, self.cells = image.data(), self.stack.cells
        self.packed = {id(known): image.vectors(known) for known in self.z}


class Case:
    """A state, twice: as the model has it, and as the CPU has it."""

    def __init__(self, i, instruction, ground):
        self.i, self.instruction = i, instruction
        self.machine = machine = Machine(Concrete())
        self.buffer = Region("buffer", SIZE, True)
        self.buffer.skew = BUFFER % 64
        machine.constants = Constants(CONSTANTS, random.randbytes(SIZE))
        self.stack, self.callers = ground.stack.copy(), {**ground.callers}
        self.image = cpu.Image({
            self.buffer: BUFFER, self.stack: STACK_AT,
            machine.constants: CONSTANTS}, self.callers,
            ground.data[:CONSTANTS - cpu.DATA] + machine.constants.data, ground)
        self.fill(ground)
        self.before = self.image.state(machine, cpu.CODE)

    def fill(self, ground):
        machine = self.machine
        self.buffer.fill([Number(128, random128())
                          for _ in range(SIZE // 16)])
        rsp = STACK - random.choice((0, 8, 16, 8 * random.randrange(64)))
        for register in range(16):
            if register != RSP:
                machine.x[register] = random_register(
                    NAMES[register], random64(), self.buffer, self.callers)
        self.like_the_other()
        if self.instruction.form == "leave" and random.random() < .9:
            rsp -= 64 * (rsp >= 64)
            machine.x[RBP] = Pointer(self.stack, STACK - 8)
        if self.instruction.form == "ret":
            rsp = STACK
        machine.set_sp(Pointer(self.stack, rsp))
        machine.z[:] = ground.z
        for operand in self.instruction.operands:
            if type(operand) is int and 0 <= operand < 32:
                machine.z[operand] = lanes()
        machine.k[:] = [random.choice((random.getrandbits(8), 0, 255,
                                       random64())) for _ in range(8)]
        self.alike()
        machine.zero, machine.carry = random.choices((True, False), k=2)
        if random.random() < .3:
            machine.carry = Number(1, int(machine.carry))
        for operand in self.instruction.operands:
            if isinstance(operand, Memory):
                self.aim(*operand)

    def like_the_other(self):
        """Two registers at times hold the same."""
        operands = [one for one in self.instruction.operands
                    if type(one) is int and 0 <= one < 16]
        if len(operands) == 2 and RSP not in operands and random.random() < .2:
            self.machine.x[operands[0]] = self.machine.x[operands[1]]

    def alike(self):
        """Make what is compared the same at times, or nearly so."""
        if self.instruction.form == "vpcmpltuq_mzk" and random.random() < .5:
            a = self.instruction.operands[1]
            self.machine.z[a] = [Number(128, random.choice(
                (0, 1, (1 << 128) - 1, (1 << 64) - 1))) for _ in range(4)]

    def aim(self, base, index, scale, disp):
        """An address inside a region, where the base can be chosen."""
        x = self.machine.x
        if base == RIP:
            return
        if index is not None and index != RSP:
            x[index] = random.randrange(-8, 9) & MASK64
        if base in (RSP, index):
            return
        at = random.choice((0, 64, 128, 16 * random.randrange(12),
                            random.randrange(SIZE - 63)))
        distance = disp
        if index is not None:
            number = x[index]
            distance += (number - (number >> 63 << 64)) * scale
        x[base] = Pointer(self.buffer, at - distance)

    def step(self):
        """Does the model do it?  Then after is the state that it comes to,
        and outcome tells the two ways of a branch apart."""
        instruction, machine = self.instruction, self.machine
        after, way = cpu.CODE + len(instruction.code), 0
        to = THERE if instruction.form in BRANCHES else None
        if to and -len(instruction.code) <= instruction.operands[0] < 0:
            return False                # into itself
        try:
            to = step_of(machine, HERE, instruction, after, to)()
        except Refused:
            return False
        pc = after
        if to == RETURN:
            pc = self.callers["return address"]
            machine.x[RSP] = Pointer(self.stack, STACK + 8)
        elif to == THERE:
            pc = after + instruction.operands[0] & MASK64
        elif to is not None:
            way = 1
        self.after = self.image.state(machine, pc)
        self.outcome = outcomes(self.i)[way]
        return True


def aimed(i):
    """A random one; where its address is by rip, inside the constants."""
    encoding = ENCODINGS[i]
    instruction = random_instruction(encoding)
    operands = [
        Memory(RIP, None, 1, CONSTANTS - cpu.CODE - len(instruction.code)
               + random.choice((0, 64, 128, random.randrange(SIZE - 63))))
        if isinstance(one, Memory) and one.base == RIP else one
        for one in instruction.operands]
    return decode(encode(encoding, operands, instruction.mask))


def compare(command, encodings):
    """Count how often each outcome was the same; list the other cases."""
    cases, hits, different = [], Counter(), []
    for at, i in enumerate(encodings):
        if at % IN_COMMON == 0:
            ground = Ground()
        case = Case(i, aimed(i), ground)
        if case.step():
            cases.append(case)
    answers = cpu.run(command, [(case.instruction.code, case.before)
                                for case in cases])
    for case, (signal, answered) in zip(cases, answers):
        if cpu.is_what(answered, case.after):
            hits[case.outcome] += 1
        else:
            different.append(f"{case.instruction} {signal}")
    return hits, different


def try_encodings(command, encodings, wanted):
    """Random ones until each outcome was hit as often as wanted, or does not
    seem to come; stops at the first that is different."""
    hits, different = Counter(), []
    for _ in range(wanted):
        short = [i for i in encodings for outcome in outcomes(i)
                 if hits[outcome] < wanted]
        if not short or different:
            break
        more, different = compare(command, [random.choice(short)
                                            for _ in range(BATCH)])
        hits += more
    return hits, different


