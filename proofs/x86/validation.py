# SPDX-License-Identifier: ISC
"""The decoder and the model of x86-64 against objdump and the CPU at hand
(../validate.py). What this CPU lacks is reported by name, and not validated."""

import os
import random
import tempfile

import elf
from cases import in_shares
from compared import report
from cpu import build
from x86 import check_calls, check_decoder, check_model, cpu, poly1305
from x86.code import ENCODING
from x86.decode import ENCODINGS, NAMES, decode_all
from x86.features import needs

COMPILER, OBJDUMP = "gcc", "objdump"


def functions_of(engines):
    """Each once."""
    return list({function.address: function for engine in engines
                 for function in engine.functions.values()}.values())


def decoder(engines, wanted):
    random_ones = [check_decoder.random_instruction(encoding)
                   for encoding in ENCODINGS for _ in range(wanted)]
    yield report(f"objdump on {len(random_ones)} random encodings of "
                 f"{len(NAMES)} forms", check_decoder.random_encodings(
                     OBJDUMP, random_ones))
    met = {}
    for program in dict.fromkeys(engine.program for engine in engines):
        found = functions_of(one for one in engines if one.program == program)
        found += [poly1305.found(elf.Elf(program), engine, place)
                  for place, engine in enumerate(poly1305.ENGINES)]
        problems, count = [], 0
        for function in found:
            problems += check_decoder.function_in(OBJDUMP, program, function)
            instructions = decode_all(function.code)
            count += len(instructions)
            met |= {one.code: one for one in instructions}
        yield report(f"objdump on {count} instructions of {program}", problems)
    known, problems = check_decoder.neighbours(OBJDUMP, list(met.values()))
    yield report(f"objdump on the {known} encodings one bit away from the "
                 "engines' that are not refused", problems)


def try_share(asked):
    harness, encodings, wanted, seed = asked
    random.seed(seed)
    return check_model.try_encodings([harness], encodings, wanted)


def model(harness, lacking, wanted, seed):
    here = [i for i, one in enumerate(ENCODINGS)
            if not needs(one) & set(lacking)]
    hits, problems = in_shares(try_share, harness, here, check_model.outcomes,
                               wanted, seed)
    left = {one.name for one in ENCODINGS} - {ENCODINGS[i].name for i in here}
    if left:
        print(f"NOT VALIDATED, as this CPU lacks {', '.join(lacking)}: "
              f"{', '.join(sorted(left))}")
    return report(f"this CPU on {sum(hits.values())} instructions of "
                  f"{len(NAMES) - len(left)} of {len(NAMES)} forms, each at "
                  f"least {min(hits.values())} times", problems)


def calls(harness, lacking, engines, wanted):
    for function in functions_of(engines):
        needed = set().union(*(needs(ENCODING[one.form])
                               for one in decode_all(function.code)))
        if needed & set(lacking):
            print(f"NOT VALIDATED, as this CPU lacks "
                  f"{', '.join(sorted(needed & set(lacking)))}: calls of "
                  f"{function.name}")
            continue
        hits, different = check_calls.compare([harness], function, wanted)
        yield report(f"this CPU on {hits[function.name]} whole calls of "
                     f"{function.name}", different)


def validate(engines, every, seed):
    """Yields for each part: is it the same?"""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cpu.c")
    lacking = cpu.lacks()
    with tempfile.TemporaryDirectory() as directory:
        harness = os.path.join(directory, "cpu")
        build(COMPILER, source, harness)
        yield from decoder(engines, 5000 if every else 500)
        yield model(harness, lacking, 20000 if every else 2000, seed)
        yield from calls(harness, lacking, engines, 1000 if every else 60)
