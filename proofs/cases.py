# SPDX-License-Identifier: ISC
"""Random cases for a CPU and a model, and how many of them were the same.

    random64(), random128()     numbers, at times where a carry or sign changes
    random_register(...)        what a general register can hold
    Call(machine, vectors)      a call of a function of the engine
    place(regions, at)          addresses
    in_shares(...)              what comes of many cases, tried on all cores
"""

import multiprocessing
import random
from collections import Counter
from random import choice, getrandbits
from random import random as chance

from concrete import Number
from contract import KEYS, Memory, enter_run
from values import MASK64, Callers, Pointer, Region

CORNERS = (0, 1, 2, 0x87, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32,
           (1 << 63) - 1, 1 << 63, MASK64 - 1, MASK64)
SHARES = 8                      # of what is tried: a task each


def random64():
    return choice(CORNERS) if chance() < .2 else getrandbits(64)


def random128():
    return random64() | random64() << 64 if chance() < .3 \
        else getrandbits(128)


def random_register(name, number, buffer, callers):
    """A value that one can hold, of this number or this memory: a secret, a
    public number, a pointer, or what the caller had there."""
    kind = chance()
    if kind < .4:
        return Number(64, number)
    if kind < .8:
        return number
    if kind < .9:
        return Pointer(buffer, random.randrange(buffer.size))
    callers[name] = number
    return Callers(name)


def random_values(size):
    """Blocks, and a value for the bytes after them."""
    return [Number(8 * take, random.getrandbits(8 * take))
            for take in [16] * (size // 16) + [size % 16] * (size % 16 != 0)]


def random_tweak():
    """At times one from which the next ones carry, or wrap round."""
    high, little = random.getrandbits(64), random.randrange(9)
    return [Number(128, random.choice((
        random.getrandbits(128), (high << 64) + (1 << 64) - 1 - little,
        (1 << 128) - 1 - little)))]


def place(regions, at):
    """An address for each: the first, which is a stack, there; the others
    wherever they fit behind it."""
    places = {}
    for region in regions:
        if region not in places:
            places[region] = at
            at += region.size + random.randrange(64) + 1
    return places


class Call:
    """A state at a function's first instruction.  A machine's own Call has
    run(regions), the stack first, to go on from there."""

    def __init__(self, machine, vectors):
        self.machine, self.vectors = machine, vectors

    def expand(self):
        memory = Memory(self.machine, 64, False)    # whose data is the key
        memory.fill(memory.data, 0, random_values(64))
        keys = Region("keys", KEYS, True)
        self.machine.enter(memory.stack, self.vectors, Pointer(keys, 0),
                           Pointer(memory.data, 0))
        return self.run([memory.stack, keys, memory.data])

    def units(self, n, unit, in_place):
        memory = Memory(self.machine, n * unit, in_place)
        for region in memory.data, memory.keys:
            memory.fill(region, 0, random_values(region.size))
        memory.fill(memory.tweak, 0, random_tweak())
        enter_run(self.machine, memory, self.vectors, n, unit)
        return self.run([memory.stack, memory.data, memory.out, memory.keys,
                         memory.tweak])

    def tag(self, n, last):
        memory = [Region("tag", 16, True), Region("in", 16 * n, False),
                  Region("end", 16 * last, False), Region("key", 32, False)]
        for region in memory[1:]:
            region.fill(random_values(region.size))
        tag, data, end, key = (Pointer(region, 0) for region in memory)
        stack = self.machine.new_stack()
        self.machine.enter(stack, self.vectors, tag, data, n, end, last, key)
        return self.run([stack, *memory])


def in_shares(try_share, harness, things, outcomes, wanted, seed):
    """The hits of each outcome, and problems: one that was not hit as often as
    wanted is one.  outcomes: of a thing.  try_share((harness, things, wanted,
    seed)): its hits, and what was different."""
    with multiprocessing.Pool() as pool:
        found = pool.map(try_share, [
            (harness, things[share::SHARES], wanted, f"{seed} {share}")
            for share in range(SHARES)], chunksize=1)
    found_hits = sum((hits for hits, _ in found), Counter())
    hits = {outcome: found_hits[outcome]
            for thing in things for outcome in outcomes(thing)}
    problems = [problem for _, different in found for problem in different]
    problems += [f"{outcome}: only {count}, not {wanted}"
                 for outcome, count in hits.items() if count < wanted]
    return hits, problems
