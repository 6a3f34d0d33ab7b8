#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Has HOL Light prove what engine.ml lists, of the bytes in linked programs:
check_engine.py DIR plain=PROGRAM protected=PROGRAM

Every statement in THEOREM.md's part on the engine has to be a theorem that says
the same.  Prints each theorem, none of which has hypotheses, after a look at the
logic (audit.ml): three axioms, and else definitions.  Then bits are flipped in
the engine, one at a time, and what is claimed is changed; and the proofs have to
fail.  Exits with 1 when a proof failed, or did not where it has to.
"""

import random
import struct
import sys
import tempfile
import time
from pathlib import Path

import build
import check
import engine_words
from arm.decode import Unknown, decode
from check_mutants import equivalent
from machines import engines

FLIPS = 4                       # of each kind of words
# Of xts_encrypt: a loop over groups, and what is before and after that over units.
GROUPS = range(153, 481)
AROUND = [*range(149), 1166, *range(2515, 2583)]
# Of xts_expand, all but one that puts into x29 what nothing reads.
EXPANSION = [0, *range(2, 99)]

# Claims that are wrong: what of the text in THEOREM.md is replaced, and by what;
# and as what they would be proved.  The first of each is right.
EXPANDS = "EXPAND wrong plain_expand"
RUNS = "RUNS_ENCRYPTION wrong plain_encrypt PLAIN_ENCRYPT_UNITS"
CLAIMS = {
    "expands": (EXPANDS, {
        "what is right": ("", ""),
        "a schedule for the inverse cipher as it is for the cipher":
            ("inverse_keys\n", r"(\w i. w (14 - i):int128)" "\n"),
        "the first key in the place of the second":
            ("(word_add key (word 32)) 32", "key 32"),
        "a frame of 8 bytes": ("range sp 16", "range sp 8"),
        "x4 as it was": ("keeps_x [0;", "keeps_x [0; 4;"),
        "a key that may be where its schedules go":
            ("apart key 64 keys 720 /\\", ""),
    }),
    "runs_units": (RUNS, {
        "what is right": ("", ""),
        "one key in the place of the other":
            ("(w1:num->int128) (w2:num->int128)",
             "(w2:num->int128) (w1:num->int128)"),
        "the number after that of the first unit":
            ("(read128 (memory s) tweak)",
             "(word_add (read128 (memory s) tweak) (word 1))"),
        "units of 128 bytes": ("unit MOD 512", "unit MOD 128"),
        "any output": ("in_place_or_apart src dst (unit * n) /\\", ""),
        "v8 to v15 as they were":
            ("low (vreg (8 + i) s') = low (vreg (8 + i) s)",
             "vreg (8 + i) s' = vreg (8 + i) s"),
    }),
}


def is_known(word):
    try:
        decode(word)
        return True
    except Unknown:
        return False


def flipped(code, places, equal):
    """A function's words with one bit of one of them changed, to an instruction
    and to none that equal has as the same; and which that is.  No bit is changed
    where there are no places."""
    words = [word for word, in struct.iter_unpack("<I", code)]
    what = "no bit"
    while places:
        at, bit = random.choice(places), random.randrange(32)
        if (at, bit) not in equal and is_known(words[at] ^ 1 << bit):
            words[at] ^= 1 << bit
            what = f"bit {bit} of word {at}"
            break
    listed = "; ".join(f"0x{word:08x}" for word in words)
    return f'let wrong = define_code "wrong" [{listed}];;\n', what


def flips(engine):
    """Of what is flipped, its name, and a text that proves something of it."""
    for name, places, proof in [
            ("encrypt", GROUPS,
             "loop_over_groups wrong (153,481) `arm_encrypt` ENCRYPT_BLOCK"),
            ("decrypt", GROUPS,
             "loop_over_groups wrong (153,481) `arm_decrypt` DECRYPT_BLOCK"),
            ("encrypt", AROUND, "ENTRY wrong 0, EXIT wrong, NOTHING wrong"),
            ("expand", EXPANSION, "EXPAND expands wrong")]:
        function = engine.functions[name]
        equal = equivalent(engine, name, engine.isa.texts(function))
        for chosen in [()] + [places] * FLIPS:
            words, what = flipped(function.code, chosen, equal)
            yield f"{name}, {what}", f"{words}{proof};;\n", not chosen


def claims(found):
    for name, (proof, changes) in CLAIMS.items():
        for what, (old, new) in changes.items():
            said = dict(found)[name].replace(name, "wrong", 1)
            if old not in said:
                build.fail(f"{name} does not say {old}")
            said = said.replace(old, new) if old else said
            yield f"{name}, {what}", (
                f"let wrong = new_definition `{said}`;;\n{proof};;\n"), not old


def main(folder, programs):
    seed = time.time_ns()
    random.seed(seed)
    print(f"seed {seed}")
    words = "".join(engine_words.words(*one.split("=", 1)) for one in programs)
    found = check.statements(check.ENGINE)
    plain, = engines(programs[0].partition("=")[2])
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        tried = [(what, right, check.write(scratch, f"tried{i}", text))
                 for i, (what, text, right)
                 in enumerate([*flips(plain), *claims(found)])]
        files = [build.HERE / "audit.ml", check.write(scratch, "words", words),
                 build.HERE / "engine.ml",
                 check.write(scratch, "report",
                             check.audit_of(found) + "report ();;"),
                 *(path for _, _, path in tried)]
        modules = {path.stem: path for path in build.build(folder, files)}
        last = list(modules).index("x_report")
        hol = check.Hol(folder, list(modules.values())[:last])
        good, said = hol.load(modules["x_report"])
        print(said)
        good = good and all(f"pass {name}\n" in said for name, _ in found)
        for what, right, path in tried:
            proved, said = hol.load(modules[f"x_{path.stem}"])
            print(f"{what}: {'proved' if proved else said.strip()[-200:]}")
            good = good and proved == right
        hol.close()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
