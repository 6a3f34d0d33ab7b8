#!/usr/bin/python3 -B
# SPDX-License-Identifier: ISC
"""wrong_specs.py PROGRAM CHANGE exits with 0 when it is refused; this may run
under PYTHONOPTIMIZE, to show that nothing rests on what that leaves out.

Specifications that are wrong: CHANGES has, for each, what it gets wrong,
what of the text of spec.py is replaced, and by what.

    refusal(engine, change)      why the engine, which is right, is not
                                    proved to do that; None if it is

That changes the modules that prove, and is for a process that ends after it.
"""

import sys
from pathlib import Path

import keys
import machines
import spec
from values import Refused, require

CHANGES = {
    "0x86 for 0x87": ("135)", "134)"),
    "the carry of another bit": ("sign(tweak)", "sign(shifted)"),
    "a tweak that is shifted the other way":
        ("join(algebra.constant(1, 0),\n"
         "                           algebra.slice(tweak, 0, 127))",
         "join(algebra.slice(tweak, 1, 127), algebra.constant(1, 0))"),
    "tweaks in the other order":
        ("tweaks.append(self.tweak_after(tweaks[-1]))",
         "tweaks.insert(0, self.tweak_after(tweaks[0]))"),
    "the data key for the first tweak":
        ("self.algebra, self.tweak_schedule, tweak",
         "self.algebra, self.schedule, tweak"),
    "a tweak that is not added at the end":
        ("algebra.xor(block, tweak)), tweak)",
         "algebra.xor(block, tweak)), algebra.constant(128, 0))"),
    "the same tweak for each unit":
        ("return algebra.add(tweak, algebra.constant(128, 1))",
         "return tweak"),
    "a tweak that skips one":
        ("return algebra.add(tweak, algebra.constant(128, 1))",
         "return algebra.add(tweak, algebra.constant(128, 2))"),
    "a tweak that wraps round at 64 bits":
        ("return algebra.add(tweak, algebra.constant(128, 1))",
         "return algebra.join(algebra.add(algebra.slice(tweak, 0, 64), "
         "algebra.constant(64, 1)), algebra.slice(tweak, 64, 64))"),
    "swapped tweaks where bytes are stolen":
        ("if not self.encrypts:", "if self.encrypts:"),
    "bytes stolen from the wrong end":
        ("lends, 0, tail.width", "lends, 128 - tail.width, tail.width"),
    "no stolen bytes in the last block":
        ("lends, tail.width, 128 - tail.width",
         "blocks[-1], tail.width, 128 - tail.width"),
    "encryption in the place of decryption":
        ("step = cipher if self.encrypts else inv_cipher", "step = cipher"),
    "13 rounds": ("range(1, ROUNDS)", "range(1, ROUNDS - 1)"),
    "15 rounds": ("range(1, ROUNDS)", "(*range(1, ROUNDS), ROUNDS - 1)"),
    "13 rounds of the inverse":
        ("range(ROUNDS - 1, 0, -1)", "range(ROUNDS - 1, 1, -1)"),
    "15 rounds of the inverse":
        ("range(ROUNDS - 1, 0, -1)", "(*range(ROUNDS - 1, 0, -1), 1)"),
    "columns mixed in the last round":
        ("return algebra.xor(state, schedule[ROUNDS])",
         "return algebra.xor(algebra.mix_columns(state), schedule[ROUNDS])"),
    "a round constant that is doubled too often": ("rcon *= 2", "rcon *= 4"),
    "a word that is not rotated":
        ("algebra.sub_bytes(rot_word(algebra, word))",
         "algebra.sub_bytes(word)"),
    "an expansion as for 192 bits": ("i % 8 == 4", "i % 8 == 6"),
    "a schedule for the inverse cipher as it is for the cipher":
        ("[algebra.inv_mix_columns(key)", "[key"),
}


def change_spec(old, new):
    path = Path(spec.__file__)
    text = path.read_text(encoding="utf-8")
    require(text.count(old) == 1, f"not once in spec.py: {old}")
    exec(compile(text.replace(old, new), path, "exec"), vars(spec))


def prove(engine, changed=None):
    """All paths that are not in place, in one setting.  changed: functions in
    the place of the engine's."""
    isa, functions = engine.isa, {**engine.functions, **(changed or {})}
    keys.Keys(isa, functions["expand"]).prove()
    for direction in spec.ENCRYPT, spec.DECRYPT:
        function = functions[direction]
        prover = isa.paths(direction, function)
        for name in prover.names():
            prover.prove(name, *isa.SETTINGS[0], False)


def refusal(engine, change):
    change_spec(*CHANGES[change])
    return refusal_now(engine)


def refusal_now(engine):
    """Only what a proof says counts, and not that something else went wrong."""
    try:
        prove(engine)
        return None
    except Refused as reason:
        return str(reason)


def main(program, change):
    change_spec(*CHANGES[change])
    for engine in machines.engines(program):
        reason = refusal_now(engine)
        print(f"{engine.name}, {change}: {reason or 'SURVIVES'}")
        if reason is None:
            sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
