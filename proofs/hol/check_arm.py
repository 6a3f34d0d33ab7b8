#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Tries the model of Arm64 in logic beside a CPU, which is qemu's: check_arm.py DIR

Random encodings of each form, and encodings one bit away from these, run on
random states: on the CPU, and by the definitions that the proofs are about,
which arm_cpu.ml evaluates.  All registers, flags and memory have to be the
same afterwards.  What the model refuses is not counted; what the CPU traps on
has to be among that.  Each form has to be hit WANTED times, a conditional
branch either way.  DIR is for what build.py compiles.
"""

import random
import struct
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import build
import check as hol
from arm import cpu
from arm.check_model import REACH, TWO_WAYS, encoding
from arm.decode import TABLE, signed
from cases import random64, random128
from cpu import answers, questions

COMPILER, QEMU = "aarch64-linux-gnu-gcc", ["qemu-aarch64", "-cpu", "cortex-a57"]
WANTED = 1000                   # of each form
NEARBY = 2000                   # encodings one bit away from one of a form
SIZE = 256                      # bytes of memory
BRANCHES = {"b", *TWO_WAYS}
# Hints of other kinds of branch protection, which neither program has.
FORMS = [form for form in TABLE
         if form not in ("pacibsp", "autibsp", "bti_c")]
ROUNDS = 20
SP = 31
cpu.FLAGS = 0xf0000000          # N, Z, C and V: the model has them all


def fields(form, word):
    found = {}
    for letter, places in TABLE[form][2].items():
        found[letter] = 0
        for bit in places:
            found[letter] = found[letter] << 1 | word >> bit & 1
    return found


def aim(form, x, n, i=0, m=31, **_):
    """An address in memory, where the base register can be chosen."""
    if n == m:
        return
    if REACH[form] is None:
        distance = random.randrange(SIZE) if m != 31 else 0
        if m != 31:
            x[m] = distance
    else:
        bits, scale = REACH[form]
        distance = (signed(i, bits) if bits else i) * scale
    at = random.randrange(SIZE)
    if n == SP:
        at -= (at - distance) % random.choice((16, 16, 16, 8))
    x[n] = cpu.DATA + at - distance & (1 << 64) - 1


def case(form, word):
    """A word and a state for it; of registers some hold an immediate."""
    given = fields(form, word)
    x = [random64() if random.random() < .9 else given.get("i", 0)
         for _ in range(32)]
    if form in REACH:
        aim(form, x, **given)
    if form == "ret":
        x[30] = random64() & (1 << 47) - 4
    v = b"".join(random128().to_bytes(16, "little") for _ in range(32))
    return struct.pack("<I", word), cpu.State(
        x[:31], x[SP], cpu.CODE, random.getrandbits(4) << 28, v,
        random.randbytes(SIZE))


def endless(form, word):
    return form in BRANCHES and fields(form, word)["i"] == 0


def goes_on(word):
    """Not a system call, a branch or a system register: what may run though
    nobody knows what it is."""
    return word >> 26 & 7 != 5


def sides(form):
    return [f"{form} that branches", f"{form} that does not"] \
        if form in TWO_WAYS else [form]


def side(form, state):
    return sides(form)[-1 if state.pc == cpu.CODE + 4 else 0]


def compare(model, processor, wanted):
    """model, processor: functions from cases to answers.  How often each
    outcome was the same, and the cases that were not."""
    hits, different = Counter(), []
    every = [one for form in FORMS for one in sides(form)]
    for _ in range(ROUNDS):
        short = [form for form in FORMS for one in sides(form)
                 if hits[one] < wanted]
        if not short or different:
            break
        words = [(form, encoding(form)) for form in short
                 for _ in range(max(50, wanted // 4))]
        tried = [(form, word) for form, word in words
                 if not endless(form, word)]
        more, different = outcomes(model, processor, tried)
        hits += more
    different += [f"{one}: only {hits[one]}" for one in every
                  if hits[one] < wanted]
    return hits, different


def outcomes(model, processor, tried):
    hits, different = Counter(), []
    cases = [case(form, word) for form, word in tried]
    answers = zip(tried, model(cases), processor(cases))
    for (form, word), (signal, says), (trap, state) in answers:
        if signal == "SIGILL":
            hits["refused"] += 1
        elif says == state:
            hits[side(form, state)] += 1
        else:
            different.append(f"{form} {word:08x} {trap}")
    return hits, different


def nearby(model, processor, count):
    """One bit away from a form: of another form, or unknown."""
    forms = [random.choice(FORMS) for _ in range(count)]
    tried = [(form, encoding(form) ^ 1 << random.randrange(32))
             for form in forms]
    tried = [(form, word) for form, word in tried
             if goes_on(word) and not endless(form, word)]
    hits, different = outcomes(model, processor, tried)
    return sum(hits.values()), hits["refused"], different


class Model:
    """arm_cpu.ml in a process of its own."""

    def __init__(self, folder):
        self.folder = folder
        modules = build.build(folder, [HERE / "arm_cpu.ml"])
        self.hol = hol.Hol(folder, modules)
        self.scratch = tempfile.TemporaryDirectory()

    def load(self, name, text):
        path = Path(self.scratch.name) / f"{name}.ml"
        path.write_text(text)
        module = build.build(self.folder, [HERE / "arm_cpu.ml", path])[-1]
        good, said = self.hol.load(module)
        if not good:
            sys.exit(f"check_arm: {said}")

    def __call__(self, cases):
        ask, told = (Path(self.scratch.name) / name for name in ("in", "out"))
        ask.write_bytes(questions(cases, cpu.LAYOUT))
        self.load("answer", f'answer_cases "{ask}" "{told}";;')
        return answers(told.read_bytes(), cases, cpu.LAYOUT)


def check(model, seed):
    random.seed(seed)
    with tempfile.TemporaryDirectory() as scratch:
        harness = f"{scratch}/arm64_cpu"
        cpu.build(COMPILER, HERE.parent / "arm" / "cpu.c", harness)

        def processor(cases):
            return cpu.run([*QEMU, harness], cases)

        hits, different = compare(model, processor, WANTED)
        near, refused, more = nearby(model, processor, NEARBY)
    print(", ".join(f"{one} {count}" for one, count in hits.items()))
    print(f"of {near} encodings one bit away {refused} are refused")
    for problem in (different + more)[:20]:
        print(f"DIFFERENT: {problem}")
    return not different + more and refused


def main(folder):
    seed = time.time_ns()
    print(f"seed {seed}")
    model = Model(Path(folder).resolve())
    model.load("primitives", "check_primitives 30;;")
    sys.exit(0 if check(model, seed) else 1)


if __name__ == "__main__":
    main(sys.argv[1])
