#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""The specification on numbers, and the engine's code as execute.py runs it,
on every vector in testdata: vectors.py [--all] TESTDATA PROGRAM

Decryption has to undo each encryption, stealing included.  More than 65537
bytes at once take minutes altogether, and are left out without --all.  The
engine's code, of which all else is proof, runs on those that are given in
full, in place and not.
"""

import hashlib
import itertools
import re
import sys
from collections import namedtuple
from pathlib import Path

from machines import engines
from numeric import Model, Standard
from spec import DECRYPT, ENCRYPT
from values import refuse_optimised

LONGEST = 65537
PATTERN = bytes((i * i + 7 * i + 13) % 251 for i in range(251))

# wanted: {direction: the result, or the start of its SHA-256}
Case = namedtuple("Case", "key tweak n unit data wanted")


def pattern(size):
    return (PATTERN * (size // len(PATTERN) + 1))[:size]


def case_of(fields):
    """Make a case of one paragraph, with what the file's first lines say."""
    key, tweak = (bytes.fromhex(fields.get(name, "")) for name in
                  ("Key", "Tweak"))
    if "Plaintext" in fields:
        data = bytes.fromhex(fields["Plaintext"])
        wanted = bytes.fromhex(fields["Ciphertext"])
        return Case(key, tweak, 1, len(data), data, {ENCRYPT: wanted})
    n = int(fields.get("SectorCount", 1))
    unit = int(fields.get("SectorSize") or fields["Length"])
    if "FirstSector" in fields:
        tweak = int(fields["FirstSector"]).to_bytes(16, "little")
    wanted = {ENCRYPT: fields["SHA256"]}
    if "Decrypted" in fields:
        wanted[DECRYPT] = fields["Decrypted"]
    return Case(key, tweak, n, unit, pattern(n * unit), wanted)


def cases(path):
    text = path.read_text()
    head = "\n".join(line for line in text.splitlines() if line[:1] == "#")
    shared = dict(re.findall(r"(Key|Tweak) = ([0-9a-f]+)", head))
    lines = re.sub(r"(?m)^(\d+) (\w+) (\w+)$",
                   r"\nLength = \1\nSHA256 = \2\nDecrypted = \3\n", text)
    for paragraph in lines.split("\n\n"):
        fields = dict(re.findall(r"(?m)^(\w+) = (.*)$", paragraph))
        if fields:
            yield case_of(shared | fields)


def is_wanted(result, wanted):
    if isinstance(wanted, bytes):
        return result == wanted
    return hashlib.sha256(result).hexdigest().startswith(wanted)


def check(case, standard, models, keys):
    """Count the results that were right; False when one was not."""
    good = 0
    for direction, wanted in case.wanted.items():
        result = standard.run(direction, case.data, *case[2:4], case.tweak)
        back = DECRYPT if direction == ENCRYPT else ENCRYPT
        if (not is_wanted(result, wanted) or case.data != standard.run(
                back, result, *case[2:4], case.tweak)):
            return False
        good += 2
        if not isinstance(wanted, bytes):
            continue
        for code, in_place in itertools.product(models, (False, True)):
            if (code.run(direction, case.data, *case[2:4], case.tweak, keys,
                         in_place) != result
                    or code.run(back, result, *case[2:4], case.tweak, keys,
                                in_place) != case.data):
                return False
            good += 2
    return good


def check_file(path, models, longest):
    good, found = 0, [case for case in cases(path)
                      if len(case.data) <= longest]
    for key, group in itertools.groupby(found, lambda case: case.key):
        standard = Standard(key)
        keys = standard.expand()
        if any(code.expand(key) != keys for code in models):
            return f"{path.name}: the schedules of {key.hex()} differ"
        for case in group:
            right = check(case, standard, models, keys)
            if not right:
                return f"{path.name}: wrong: {case._replace(data=None)}"
            good += right
    print(f"{path.name}: {len(found)} vectors, {good} results", flush=True)
    return None if found else f"{path.name}: no vectors"


def main(arguments):
    refuse_optimised()
    longest = 1 << 24 if "--all" in arguments else LONGEST
    testdata, *programs = [one for one in arguments if one != "--all"]
    models = [Model(engine) for program in programs
              for engine in engines(program)]
    failures = [check_file(path, models, longest)
                for path in sorted(Path(testdata).glob("*.txt"))
                if path.name != "must_reject.txt"]
    sys.exit("\n".join(filter(None, failures)) or 0)


if __name__ == "__main__":
    main(sys.argv[1:])
