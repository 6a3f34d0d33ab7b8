#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Has HOL Light prove what engine.ml lists, of the bytes in linked programs:
check_engine.py DIR plain=PROGRAM protected=PROGRAM [--mutants]

Every statement in THEOREM.md's part on the engine has to be a theorem that says
the same.  Prints each theorem, none of which has hypotheses, after a look at
the logic (audit.ml): three axioms, and else definitions.  Then bits are flipped
in the engine, one at a time, what is claimed is changed, and a branch or an
address is made to depend on a secret; and the proofs have to fail.  That is a
sample, or with --mutants 200 bits, each wrong claim, and each engine of
wrong_engines.py.  What has to be proved all the same is listed below, with the
reason: SURVIVORS, AUTIASP_TO_PACIASP.  Exits with 1 when a proof failed, or did
not where it has to.

Of a changed engine only the part that was changed is tried, by the function
that proves the same of the engine, and that the rest of the proof needs.  Each
part that is changed is first tried as it is, which has to be proved.  A proof
that does not end in LIMIT seconds has failed; the longest that succeeds takes a
tenth of that.
Programs with branch protection and without have the same bodies, which is
proved (arm_builds.ml): a change of a body is tried once, and changes of hints
and of the return in the program with branch protection.
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
from arm import wrong_engines
from arm.decode import Unknown, decode
from check_mutants import equivalent
from machines import engines

MUTANTS = "--mutants"
FLIPS = 200                     # in all, by the number of words of each part
SAMPLE = 4                      # of the wrong claims
LIMIT = 180                     # seconds of CPU time, for each
SAID = "it is a claim"          # not only a text that HOL Light cannot read

# What THEOREM.md has to say of both programs.
PROMISED = {f"{program}_{name}" for program in ("PLAIN", "PROTECTED")
            for name in ("EXPAND", "ENCRYPT", "DECRYPT", "ENCRYPT_UNIT",
                         "DECRYPT_UNIT")}

# Of a function's body, and what proves it: words from, to, and a text in which
# CONST and BLOCK are the direction's.  From word 1546 on there is one piece for
# each number of blocks that remain.
CRYPT = [
    (0, 164, "ENTRY wrong SCHEDULE whole_groups 164, NOTHING wrong, "
             "ENTRY wrong SCHEDULE (mk_neg whole_groups) 1187"),
    (164, 167, "UNIT_HEAD wrong"),
    (167, 495, "loop_over_groups wrong (167,495) CONST BLOCK"),
    (495, 1185, "UNIT_END wrong CONST BLOCK"),
    (1185, 1186, "UNITS wrong CONST (whole_unit wrong CONST "
                 "(fst (loops wrong CONST BLOCK)) (UNIT_END wrong CONST BLOCK))"),
    (1186, 1187, "EXIT wrong 1186 `T`"),
    (1187, 1200, "SINGLE_HEAD wrong"),
    (1200, 1528, "loop_over_groups wrong (1200,1528) CONST BLOCK"),
    (1528, 1534, "NINTH wrong"),
    (1534, 1546, "REMAINING wrong CONST BLOCK"),
    (1546, 1773, "REMAINING_R wrong CONST BLOCK 7"),
    (1773, 1968, "REMAINING_R wrong CONST BLOCK 6"),
    (1968, 2131, "REMAINING_R wrong CONST BLOCK 5"),
    (2131, 2262, "REMAINING_R wrong CONST BLOCK 4"),
    (2262, 2361, "REMAINING_R wrong CONST BLOCK 3"),
    (2361, 2428, "REMAINING_R wrong CONST BLOCK 2"),
    (2428, 2462, "REMAINING_R wrong CONST BLOCK 1"),
    (2462, 2535, "STEAL wrong CONST BLOCK OFFSETS, "
                 "EXIT wrong 2462 `xsp 3 s = word 0`"),
    (2535, 2602, "EXIT wrong 2535 `T`"),
]
PARTS = {"encrypt": CRYPT, "decrypt": CRYPT,
         "expand": [(0, 98, "EXPAND expands wrong (expand_result wrong)")]}
DIRECTION = {
    "encrypt": {"SCHEDULE": "0", "CONST": "`arm_encrypt`",
                "BLOCK": "ENCRYPT_BLOCK", "OFFSETS": "(0,32)"},
    "decrypt": {"SCHEDULE": "240", "CONST": "`arm_decrypt`",
                "BLOCK": "DECRYPT_BLOCK", "OFFSETS": "(32,0)"},
    "expand": {},
}

# Bits that make no difference for what the theorems say, beside those that
# arm/equivalent.txt has as such for any claim: the expansion's "mov x29, sp",
# from another register.  Nothing reads x29 until the caller's is back in it.
SURVIVORS = {("expand", 1, bit) for bit in range(5, 10)}

# Of a program with branch protection: hints do nothing in the model, so that
# paciasp may stand for autiasp.  That a return address was authenticated is a
# claim of the proofs in arm/ (claim 7).
LIFT_HINTS = "LIFTED wrong {}_body"
AUTIASP_TO_PACIASP = 7

# What is proved of engines that are wrong in several instructions.  Of those that
# move sp up and down again the theorems would be true, and the proof fails: the
# executor does not see that it is the same sp.  So they would be of the wrong
# engines with branch protection, and of paciasp turned to autiasp, which fail
# since hints are proved to stand where they do.
WRONG = ("NOTHING wrong, SINGLE_HEAD wrong, EXIT wrong (unit_loop_end wrong) `T`")

# Engines whose time depends on a secret, or as the first of each does not: how
# they are made (wrong_engines.py), and of what; and what would prove them.
# cbz x, to the second instruction on; one that does nothing; ldr q0, [x9]
CBZ_TWEAK, CBZ_KEY = (wrong_engines.CBZ_X2 & ~31 | 2 << 5 | x for x in (9, 8))
NOP, READ_TWEAK = wrong_engines.NOP, 0x3dc00120
READ_KEY, _ = wrong_engines.ADDRESS_OF_KEY
ROOM, END = wrong_engines.in_the_room, wrong_engines.at_the_end
CRYPT_LEAKS = "TOGETHER wrong call_arguments", {
    "nothing that takes another time": (ROOM, [NOP] * 8),
    "a branch on a tweak": (ROOM, [CBZ_TWEAK, NOP]),
    "an address that is half a tweak": (ROOM, [READ_TWEAK]),
}
LEAKS = {
    "encrypt": CRYPT_LEAKS, "decrypt": CRYPT_LEAKS,
    "expand": ("TOGETHER wrong expand_arguments", {
        "a key in a register, and no more": (END, [READ_KEY, NOP]),
        "a branch on a key": (END, [READ_KEY, CBZ_KEY, NOP]),
        "an address that is half a key": (END, wrong_engines.ADDRESS_OF_KEY),
    }),
}

# Claims that are wrong: of which specification; as what they would be proved;
# and what of the text in THEOREM.md is replaced, and by what.  The first of each
# is right.
EXPANDS = "EXPAND wrong expand_body EXPAND_RESULT"
RUNS, UNIT = "RUNS_ENCRYPTION wrong", "ENCRYPTS_UNIT wrong"
RUNS_TIME = "TIME ENCRYPT_TOGETHER wrong ENCRYPT_RUNS"
CLAIMS = [
    ("expands", EXPANDS, {
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
    ("runs_units", RUNS, {
        "what is right": ("", ""),
        "one key in the place of the other":
            ("(w1:num->int128) (w2:num->int128)",
             "(w2:num->int128) (w1:num->int128)"),
        "the round keys from the last to the first":
            ("(w1:num->int128)", r"(\i. w1 (14 - i) :int128)"),
        "all units as one":
            ("crypt n unit", "crypt 1 (unit * n)"),
        "the number after that of the first unit":
            ("(read128 (memory s) tweak)",
             "(word_add (read128 (memory s) tweak) (word 1))"),
        "units of 128 bytes": ("unit MOD 512", "unit MOD 128"),
        "any output": ("in_place_or_apart src dst (unit * n) /\\", ""),
        "v8 to v15 as they were":
            ("low (vreg (8 + i) s') = low (vreg (8 + i) s)",
             "vreg (8 + i) s' = vreg (8 + i) s"),
    }),
    ("runs_units", RUNS_TIME, {
        "what is right": ("", ""),
        "the same events for any number of units":
            ("trace base dst src n", "trace base dst src"),
        "the same events for any place of the output":
            ("trace base dst src", "trace base src"),
    }),
    ("crypts_unit", UNIT, {
        "what is right": ("", ""),
        "a tail whose place in the output is not read":
            ("(~(unit MOD 16 = 0) ==> within dst unit rd) /\\", ""),
        "any output": ("in_place_or_apart src dst unit /\\", ""),
        "the address behind the tail's block in x5":
            ("16 * q + 16))", "16 * q + 32))"),
        "x2 as zero": ("xsp 2 s' = word (q MOD 8)", "xsp 2 s' = word 0"),
    }),
]


def is_known(word):
    try:
        decode(word)
        return True
    except Unknown:
        return False


def words_of(function):
    return [word for word, in struct.iter_unpack("<I", function.code)]


def body(function):
    """Its words but for the return; the program has no branch protection."""
    return words_of(function)[:-1]


def defined(words):
    listed = "; ".join(f"0x{word:08x}" for word in words)
    return f'let wrong = define_code "wrong" [{listed}];;\n'


def with_direction(name, proof):
    for key, value in DIRECTION[name].items():
        proof = proof.replace(key, value)
    return f"{proof};;\n"


def flipped(words, at, bit):
    """With one bit changed; None where that is no instruction."""
    changed = [*words]
    changed[at] ^= 1 << bit
    return changed if is_known(changed[at]) else None


def flip(name, words, places, equal):
    """One bit of a word of these changed, to an instruction and to none that
    means the same; and which that is."""
    while True:
        at, bit = random.choice(places), random.randrange(32)
        changed = flipped(words, at, bit)
        if (changed and (at, bit) not in equal
                and (name, at, bit) not in SURVIVORS):
            return changed, f"bit {bit} of word {at}"


def flips(engine, every):
    """What is flipped, a text that proves something of it, and whether it has to
    be proved: each part as it is; and with as many bits flipped as it has words,
    for FLIPS in all.  Or one part of each function, and one bit of that."""
    total = sum(to - start for name in PARTS for start, to, _ in PARTS[name])
    for name, parts in PARTS.items():
        function = engine.functions[name]
        equal = equivalent(engine, name, engine.isa.texts(function))
        words = body(function)
        if parts[-1][1] != len(words):
            build.fail(f"{name} has other parts")
        chosen = parts if every else [random.choice(parts)]
        for start, to, proof in chosen:
            yield (f"{name}, words {start} to {to} as they are",
                   defined(words) + with_direction(name, proof), True)
            count = -(-FLIPS * (to - start) // total) if every else 1
            for _ in range(count):
                changed, what = flip(name, words, range(start, to), equal)
                yield (f"{name}, {what}",
                       defined(changed) + with_direction(name, proof), False)
    for name, at, bit in sorted(SURVIVORS) if every else []:
        (_, _, proof), = PARTS[name]
        changed = flipped(body(engine.functions[name]), at, bit)
        yield (f"{name}, bit {bit} of word {at}",
               defined(changed) + with_direction(name, proof), True)


def hints(protected):
    """Each function as it is; each bit of the first hint, the last, and the
    return changed; and the engines of wrong_engines.py that are wrong in these."""
    for name in PARTS:
        function = protected.functions[name]
        proof, words = LIFT_HINTS.format(name) + ";;\n", words_of(function)
        last = len(words) - 2
        yield f"{name}, as it is", defined(words) + proof, True
        for at in 0, last, last + 1:
            for bit in range(32):
                changed = flipped(words, at, bit)
                if changed:
                    yield (f"{name}, bit {bit} of word {at}",
                           defined(changed) + proof,
                           (at, bit) == (last, AUTIASP_TO_PACIASP))
        if name != "expand":
            for what, (make, added, _) in wrong_engines.PROTECTED.items():
                changed = wrong_engines.changed(function, make, added)
                yield (f"{name}, {what}",
                       defined(words_of(changed)) + proof, False)


def wrong_ones(engine):
    """The engines of wrong_engines.py, in the same way; that of the expansion is
    among LEAKS.  Those without a reason are right."""
    for name in "encrypt", "decrypt":
        for what, (make, added, reason) in wrong_engines.CHANGES.items():
            changed = wrong_engines.changed(engine.functions[name], make, added)
            yield (f"{name}, {what}", defined(body(changed))
                   + with_direction(name, WRONG), reason is None)


def leaks(engine, every):
    """Those of decryption only where all are wanted."""
    for name, (proof, changes) in LEAKS.items():
        for what, (make, added) in changes.items():
            changed = wrong_engines.changed(engine.functions[name], make, added)
            if every or name != "decrypt":
                yield (f"{name}, {what}",
                       defined(body(changed)) + f"{proof};;\n",
                       what == next(iter(changes)))


def claims(found, every):
    tried = []
    for name, proof, changes in CLAIMS:
        for what, (old, new) in changes.items():
            said = dict(found)[name].replace(name, "wrong", 1)
            if old not in said:
                build.fail(f"{name} does not say {old}")
            said = said.replace(old, new) if old else said
            tried.append((f"{name}, {what}",
                          f"let wrong = new_definition `{said}`;;\n"
                          f'print_endline "{SAID}";;\n{proof};;\n',
                          not old))
    return tried if every else random.sample(tried, SAMPLE)


def of_hints_of_one(of_hints):
    """A function as it is, and one change of it."""
    name = random.choice([*PARTS])
    as_it_is, *changes = [one for one in of_hints
                          if one[0].startswith(f"{name}, ")]
    return as_it_is, random.choice(changes)


def mutants(engine, protected, found, every):
    yield from flips(engine, every)
    yield from leaks(engine, every)
    yield from claims(found, every)
    of_hints = [*hints(protected)]
    yield from of_hints if every else of_hints_of_one(of_hints)
    if every:
        yield from wrong_ones(engine)


def main(folder, arguments):
    every = MUTANTS in arguments
    programs = [one for one in arguments if one != MUTANTS]
    seed = time.time_ns()
    random.seed(seed)
    print(f"seed {seed}")
    words = "".join(engine_words.words(*one.split("=", 1)) for one in programs)
    found = check.statements(check.ENGINE)
    missing = PROMISED - set(dict(found))
    if missing:
        build.fail(f"THEOREM.md does not have {', '.join(sorted(missing))}")
    (plain,), (protected,) = (engines(one.partition("=")[2])
                              for one in programs)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        tried = [(what, right, check.write(scratch, f"tried{i}", text))
                 for i, (what, text, right)
                 in enumerate(mutants(plain, protected, found, every))]
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
            proved, said = hol.load(modules[f"x_{path.stem}"], limit=LIMIT)
            why = said.strip()[-200:] or "no proof in time"
            print(f"{what}: {'proved' if proved else why}", flush=True)
            good = good and proved == right
            if "new_definition" in path.read_text():
                good = good and f"{SAID}\n" in said
        hol.close()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
