# SPDX-License-Identifier: ISC
"""Engines whose constants are wrong: a bit of .rodata flipped that their code
reads.

    refused(engine)         whether each of a sample is refused, but for those
                            that no instruction looks at
"""

import multiprocessing
import random
import re

from keys import Keys
from mutants import sample
from x86.check_decoder import text
from x86.decode import BYTES, RIP, Memory, decode_all
from x86.machine import SKEWS

SAMPLE = 100                            # bits of each function's

# Which bits of a byte of a selector the CPU does not look at: by the text of
# what reads it, and the byte.
IGNORED = {
    # vpshufb: the highest bit makes zero, and then the others are all the same;
    # else the four lowest select. vpblendvb looks at the highest bit alone.
    r"vpshufb .*|lea .*|vmovdqu .*,%xmm[56] #.*":
        lambda byte: range(7) if byte & 0x80 else range(4, 7),
    # vpmultishiftqb: the six lowest.
    r"vmovdqa64 .*": lambda byte: range(6, 8),
}
# Of what aesni has lea lead to: 16 bytes from 1 to 15 on, and from 32 less as
# many.
TABLE = range(1, 47)

# A selector that multiplies by x^6, in fold of xts_vaes512.S. What it selects
# from is zero but for bits 1 to 16 of the lower halves.
X6 = bytes((58, 2, 10, 18, 26, 34, 42, 50)) * 8


def selects_zeros(start):
    return not any((start + bit) % 64 in range(1, 17) for bit in range(8))



def readers(function):
    """{byte: texts}: of the constants, what reads each."""
    start, data = function.constants
    found, at = {}, function.address
    for one in decode_all(function.code):
        line, at = text(one, at), at + one.size
        for operand in one.operands:
            if isinstance(operand, Memory) and operand.base == RIP:
                kinds = one.form.split("_")[1]
                size = range(8 if "b" in kinds else
                             BYTES.get(kinds.strip("mirk")[-1:], 0))
                for byte in TABLE if one.form == "lea_mr" else size:
                    found.setdefault(at + operand.disp - start + byte,
                                     set()).add(line)
    return found


def is_ignored(lines, data, at, bit):
    """Do all instructions that read it ignore it?"""
    x6 = data.find(X6)
    if x6 <= at < x6 + len(X6) and (at - x6 & 8 or all(map(
            selects_zeros, (data[at], data[at] ^ 1 << bit)))):
        return True
    return all(any(bit in bits(data[at]) for pattern, bits in IGNORED.items()
                   if re.fullmatch(pattern, line)) for line in lines)


def passes(prover, asked, data):
    mark = prover.algebra.mark()
    before = prover.machine.constants.data
    prover.machine.constants.data = data
    try:
        for question in asked:
            prover.prove(*question)
        return True
    except Exception:
        return False
    finally:
        prover.machine.constants.data = before
        prover.algebra.forget(mark)


def prover_of(engine, name):
    if name == "expand":
        return Keys(engine.isa, engine.functions[name]), [()]
    paths = engine.isa.paths(name, engine.functions[name])
    return paths, [(one, SKEWS[0], True) for one in sample(paths.names())]


def flipped(engine, name):
    """A line for each bit that is not what it should be, and what was tried."""
    function = engine.functions[name]
    lines, data = readers(function), function.constants[1]
    bits = [(at, bit) for at in sorted(lines) for bit in range(8)]
    bits = random.Random(function.name).sample(bits, min(SAMPLE, len(bits)))
    prover, asked = prover_of(engine, name)
    for question in asked:              # all that is defined is, after that
        prover.prove(*question)
    survivors, problems = 0, []
    for at, bit in bits:
        other = bytearray(data)
        other[at] ^= 1 << bit
        survived = passes(prover, asked, bytes(other))
        survivors += survived
        if survived != is_ignored(lines[at], data, at, bit):
            problems.append(
                f"{'survives' if survived else 'is refused'}: {function.name}, "
                f"bit {bit} of {data[at]:#04x}, which {sorted(lines[at])[0]} "
                "reads")
    return problems, (
        f"{function.name}: {len(bits)} bits of its constants flipped, one at a "
        f"time; {len(bits) - survivors} are refused and {survivors} are not "
        "looked at")


def refused(engine):
    names = [name for name, function in engine.own.items()
             if readers(function)]
    with multiprocessing.Pool() as pool:
        found = pool.starmap(flipped, [(engine, name) for name in names],
                             chunksize=1)
    for problems, tried in found:
        print("\n".join([*problems, tried]), flush=True)
    return not any(problems for problems, _ in found)
