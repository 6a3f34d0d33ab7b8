#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What the proofs take for granted of Arm64, held against a CPU and against
objdump: validate.py [--all] PROGRAM...

    the decoder     says what objdump says of every instruction of the engine in
                    each program, and of random encodings of each form
    the model       does what a CPU does with each form, thousands of times; the
                    CPU is qemu's, of a kind with no more than the engine needs
    whole calls     come to the same state on both

Prints what was compared how often, and exits with 1 when anything was
different or a form was not hit as often as wanted.
"""

import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter

import check_calls
import check_decoder
import check_model
import cpu
from decode import TABLE
from elf import Elf, engine

COMPILER, OBJDUMP = "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-objdump"
QEMU = "qemu-aarch64"
# Armv8.0, to which the hints that sign are nothing; and one that does sign.
PLAIN, SIGNING = "cortex-a57", "max,sve=off,sme=off"
SHARES = 8                      # of the forms: a task each


def command(harness, kind):
    return [QEMU, "-cpu", kind, harness]


def check(what, problems):
    """Whether there are none; says so."""
    print(f"{what}: {'DIFFERENT' if problems else 'the same'}", flush=True)
    for problem in problems[:20]:
        print(f"  {problem}")
    return not problems


def decoder(programs, wanted):
    words = [check_model.encoding(form) for form in TABLE
             for _ in range(wanted)]
    yield check(f"objdump on {len(words)} random encodings of {len(TABLE)} "
                "forms", check_decoder.random_encodings(OBJDUMP, words))
    for program, functions in programs.items():
        problems = [problem for function in functions.values() for problem in
                    check_decoder.function_in(OBJDUMP, program, function)]
        count = sum(len(function.code) for function in functions.values()) // 4
        yield check(f"objdump on {count} instructions of {program}", problems)


def try_share(asked):
    harness, forms, wanted, seed = asked
    random.seed(seed)
    return check_model.try_forms(command(harness, PLAIN), forms, wanted)


def model(harness, wanted, seed):
    """Each form often enough; one that is not would be no problem found."""
    forms = list(TABLE)
    with multiprocessing.Pool() as pool:
        found = pool.map(try_share, [
            (harness, forms[share::SHARES], wanted, f"{seed} {share}")
            for share in range(SHARES)], chunksize=1)
    hits = sum((hits for hits, _ in found), Counter())
    problems = [problem for _, different in found for problem in different]
    outcomes = [one for form in forms for one in check_model.outcomes(form)]
    problems += [f"{outcome}: only {hits[outcome]}, not {wanted}"
                 for outcome in outcomes if hits[outcome] < wanted]
    print(", ".join(f"{outcome} {hits[outcome]}" for outcome in outcomes))
    return check(f"a CPU on {sum(hits.values())} instructions of {len(forms)} "
                 f"forms, {len(outcomes)} outcomes", problems)


def model_nearby(harness, programs):
    """What the engine is made of, with each bit turned over."""
    words = sorted({int.from_bytes(function.code[at:at + 4], "little")
                    for functions in programs.values()
                    for function in functions.values()
                    for at in range(0, len(function.code), 4)})
    hits, different, refused, traps = check_model.neighbours(
        command(harness, PLAIN), words)
    return check(f"a CPU on {hits} encodings one bit away from the engine's; "
                 f"{refused} are refused, {traps} trap and are among those",
                 different if hits and traps else ["nothing was tried"])


def calls(harness, programs, wanted):
    for program, functions in programs.items():
        for kind in PLAIN, SIGNING:
            hits, different = check_calls.compare(
                command(harness, kind), functions, wanted)
            counts = ", ".join(f"{name} {count}"
                               for name, count in hits.items())
            if len(hits) != len(functions):
                different.append("a function was not called")
            yield check(f"{kind.partition(',')[0]} on whole calls in {program}"
                        f": {counts}", different)


def main(arguments):
    every = "--all" in arguments
    names = [argument for argument in arguments if argument != "--all"]
    seed = time.time_ns()
    print(f"seed {seed}")
    random.seed(seed)
    programs = {name: engine(Elf(name)) for name in names}
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "arm64_cpu.c")
    with tempfile.TemporaryDirectory() as directory:
        harness = os.path.join(directory, "arm64_cpu")
        cpu.build(COMPILER, source, harness)
        good = [*decoder(programs, 5000 if every else 500),
                model(harness, 20000 if every else 2000, seed),
                model_nearby(harness, programs),
                *calls(harness, programs, 2000 if every else 200)]
    sys.exit(0 if programs and all(good) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
