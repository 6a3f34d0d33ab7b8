# SPDX-License-Identifier: ISC
"""The decoder and the model of Arm64 against objdump and a CPU, which is
qemu's (../validate.py)."""

import os
import random
import tempfile

import elf
from arm import check_calls, check_decoder, check_model, cpu, poly1305
from arm.decode import ALL
from cases import in_shares
from compared import report

COMPILER, OBJDUMP = "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-objdump"
QEMU = "qemu-aarch64"
# Armv8.0, to which the hints that sign are nothing; and one that does sign.
PLAIN, SIGNING = "cortex-a57", "max,sve=off,sme=off"


def command(harness, kind):
    return [QEMU, "-cpu", kind, harness]


def decoder(programs, wanted):
    words = [check_model.encoding(form) for form in ALL
             for _ in range(wanted)]
    yield report(f"objdump on {len(words)} random encodings of {len(ALL)} "
                "forms", check_decoder.random_encodings(OBJDUMP, words))
    for program, functions in programs.items():
        problems = [problem for function in functions.values() for problem in
                    check_decoder.function_in(OBJDUMP, program, function)]
        count = sum(len(function.code) for function in functions.values()) // 4
        yield report(f"objdump on {count} instructions of {program}", problems)


def try_share(asked):
    harness, forms, wanted, seed = asked
    random.seed(seed)
    return check_model.try_forms(command(harness, PLAIN), forms, wanted)


def model(harness, wanted, seed):
    hits, problems = in_shares(try_share, harness, list(ALL),
                               check_model.outcomes, wanted, seed)
    print(", ".join(f"{outcome} {count}" for outcome, count in hits.items()))
    return report(f"a CPU on {sum(hits.values())} instructions of {len(ALL)} "
                 f"forms, {len(hits)} outcomes", problems)


def model_nearby(harness, programs):
    """Instructions of the engine, with each bit flipped."""
    words = sorted({int.from_bytes(function.code[at:at + 4], "little")
                    for functions in programs.values()
                    for function in functions.values()
                    for at in range(0, len(function.code), 4)})
    hits, different, refused, traps = check_model.neighbours(
        command(harness, PLAIN), words)
    return report(f"a CPU on {hits} encodings one bit away from the engine's; "
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
            yield report(f"{kind.partition(',')[0]} on whole calls in {program}"
                        f": {counts}", different)


def validate(engines, every, seed):
    """Yields for each part: is it the same?"""
    programs = {engine.program: engine.functions | {
        "tag": poly1305.found(elf.Elf(engine.program), *poly1305.ENGINES, 0)}
        for engine in engines}
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cpu.c")
    with tempfile.TemporaryDirectory() as directory:
        harness = os.path.join(directory, "cpu")
        cpu.build(COMPILER, source, harness)
        yield from decoder(programs, 5000 if every else 500)
        yield model(harness, 20000 if every else 2000, seed)
        yield model_nearby(harness, programs)
        yield from calls(harness, programs, 2600 if every else 260)
