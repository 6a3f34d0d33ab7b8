# SPDX-License-Identifier: ISC
"""The instruction model against a CPU, one instruction at a time.

Random encodings of every form run on random states, by the model with numbers
and by the CPU; then all of the state must be the same.  What the model refuses
to do is not counted; what it does must not trap.  So whatever traps is
refused: encodings that must, one bit away from what the engine is made of, are
among what is tried.
"""

import random
import struct
from collections import Counter

from arm import cpu
from arm.code import FORMS
from arm.decode import ALL, Unknown, decode, signed
from arm.general import BRANCHES
from arm.machine import SP, Machine
from cases import random64, random128, random_register
from concrete import Concrete, Number
from values import MASK64, Callers, Pointer, Refused, Region

HERE = 1 << 30          # an index that no branch, however far, takes below zero
SIZE = 128              # of each region
BATCH = 2000

# Where loads and stores reach from their base: bits of a signed immediate, 0 if
# it has no sign, and the bytes that it counts; None for a register's number.
REACH = {
    "ldp_x": (7, 8), "stp_x": (7, 8), "stp_x_pre": (7, 8), "ldp_x_post": (0, 0),
    "ldp_d": (7, 8), "stp_d": (7, 8),
    "stp_q": (7, 16), "ldp_q_post": (0, 0), "stp_q_post": (0, 0),
    "ldr_q": (0, 16), "str_q": (0, 16),
    "ldr_q_post": (0, 0), "str_q_post": (0, 0),
    "ldrb": None, "strb": None,
}

KEYS = {"autiasp": "paciasp", "autibsp": "pacibsp"}

TWO_WAYS = {"b_eq", "b_ne", "b_lo", "cbz", "cbnz"}


def outcomes(form):
    """The outcomes that have to be hit."""
    if form in TWO_WAYS:
        return [f"{form} that branches", f"{form} that does not"]
    return [form]


def encoding(form):
    """A random one; its fields are zeros, ones or small at times."""
    _, word, fields = ALL[form]
    for bits in fields.values():
        number = random.choice((0, -1, random.randrange(-8, 8),
                                random.getrandbits(32), random.getrandbits(32)))
        for at, bit in enumerate(reversed(bits)):
            word |= (number >> at & 1) << bit
    return word


class Case:
    """A state, twice: as the model has it, and as the CPU has it."""

    def __init__(self, instruction):
        self.instruction = instruction
        self.machine = Machine(Concrete())
        self.buffer = Region("buffer", SIZE, True)
        self.stack = Region("stack", SIZE, True)
        self.callers = {}
        self.image = cpu.Image({self.buffer: cpu.DATA,
                                self.stack: cpu.DATA + SIZE}, self.callers,
                               bytes(2 * SIZE))
        self.fill()
        self.before = self.image.state(self.machine, cpu.CODE)

    def fill(self):
        machine = self.machine
        for region in self.buffer, self.stack:
            region.fill([Number(128, random128())
                         for _ in range(SIZE // 16)])
        machine.set_sp(Pointer(self.stack, random.randrange(0, SIZE + 16, 16)))
        machine.x[:31] = [self.value(f"x{i}") for i in range(31)]
        machine.v[:] = [Number(128, random128()) for _ in range(32)]
        machine.zero, machine.carry = random.choices((True, False), k=2)
        if self.instruction.form in REACH:
            self.aim(**self.instruction.fields)
        if self.instruction.form in ("ret", *KEYS, *KEYS.values()):
            self.sign(KEYS.get(self.instruction.form))

    def value(self, name):
        """A random value, at times the one that it is compared with."""
        number = random64()
        if random.random() < .1:
            number = self.instruction.fields.get("i", number)
        return random_register(name, number, self.buffer, self.callers)

    def aim(self, n, i=0, m=31, **_):
        """An address inside a region, where the base can be chosen."""
        reach, x = REACH[self.instruction.form], self.machine.x
        if n == SP or n == m:
            return
        if reach is None:
            distance = random.randrange(SIZE) if m != 31 else 0
            if m != 31:
                x[m] = distance
        else:
            bits, scale = reach
            distance = (signed(i, bits) if bits else i) * scale
        x[n] = Pointer(self.buffer, random.randrange(SIZE) - distance)

    def sign(self, before):
        """An address to return to, after that instruction."""
        x = self.machine.x
        self.callers["x30"] = random64() & (1 << 47) - 4
        x[30] = Callers("x30")
        if before is not None:
            FORMS[before](self.machine, HERE)()

    def step(self):
        """Does the model do it?  Then after is the state that it comes to,
        and outcome tells the two ways of a branch apart."""
        form, _, fields = self.instruction
        if form in BRANCHES and fields["i"] == 0:
            return False                # for ever, and would never tell
        try:
            to = FORMS[form](self.machine, HERE, **fields)()
        except Refused:
            return False
        if to is not None and to < 0:
            pc = self.before.x[30]
        else:
            pc = cpu.CODE + 4 * (1 if to is None else to - HERE) & MASK64
        self.after = self.image.state(self.machine, pc)
        self.outcome = outcomes(form)[-1 if pc == cpu.CODE + 4 else 0]
        return True


def compare(command, words):
    """Count how often each outcome was the same; list the other cases."""
    cases, hits, different = [], Counter(), []
    for word in words:
        case = Case(decode(word, ALL))
        if case.step():
            cases.append(case)
    answers = cpu.run(command, [(struct.pack("<I", case.instruction.word),
                                 case.before) for case in cases])
    for case, (signal, state) in zip(cases, answers):
        if state == case.after:
            hits[case.outcome] += 1
        else:
            different.append(f"{case.instruction} {signal}")
    return hits, different


def try_forms(command, forms, wanted):
    """Random encodings until each outcome was hit as often as wanted, or does
    not seem to come; stops at the first that is different."""
    hits, different = Counter(), []
    for _ in range(wanted // 20):
        short = [form for form in forms for outcome in outcomes(form)
                 if hits[outcome] < wanted]
        if not short or different:
            break
        more, different = compare(command, [encoding(random.choice(short))
                                            for _ in range(BATCH)])
        hits += more
    return hits, different


def runs_alone(word):
    """Not a branch, a system call or a system register: what an instruction
    that is not known may do without harm."""
    return word >> 26 & 7 != 5


def neighbours(command, words):
    """All encodings one bit away from these: how many the model does as the CPU
    does; the cases where it does not; how many are refused; how many of those
    trap, of the ones that can be tried."""
    known, unknown = [], []
    for word in (word ^ 1 << bit for word in words for bit in range(32)):
        try:
            decode(word, ALL)
            known.append(word)
        except Unknown:
            unknown.append(word)
    hits, different = compare(command, known)
    state = Case(decode(encoding("eor_v"))).before
    answers = cpu.run(command, [(struct.pack("<I", word), state)
                                for word in unknown if runs_alone(word)])
    traps = sum(answer.signal == "SIGILL" and answer.state.pc == cpu.CODE
                for answer in answers)
    return sum(hits.values()), different, len(unknown), traps
