#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes the files that testdata/format/refused.txt describes.

    refused.py GOOD FOLDER

GOOD is the good file of refused.txt, in which nothing but keys and nonces is
left to chance.  A line for each case: its file in FOLDER, the error, the exit
code of the command, what it says, and the reason, with tabs between them.
"""

import hashlib
import re
import sys
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "testdata/format/refused.txt"
CHECKED, HEADER_BYTES = 4064, 4096


def change(file, text):
    verb, at, mark, hexadecimal, times = re.fullmatch(
        r"(?:(cut|add)=|(\d+)([:^]))(\w+)(?:\*(\d+))?", text).groups()
    if verb == "cut":
        return file[:int(hexadecimal)]
    new = bytes.fromhex(hexadecimal) * int(times or 1)
    if verb == "add":
        return file + new
    start, end = int(at), int(at) + len(new)
    if mark == "^":
        new = bytes(a ^ b for a, b in zip(file[start:end], new))
    file = file[:start] + new + file[end:]
    if mark == ":":
        checksum = hashlib.blake2b(file[:CHECKED], digest_size=32).digest()
        file = file[:CHECKED] + checksum + file[HEADER_BYTES:]
    return file


def main(good, folder):
    errors, good = {}, Path(good).read_bytes()
    for number, line in enumerate(TABLE.read_text().splitlines()):
        if line.startswith("="):
            _, error, code, said = line.split(None, 3)
            errors[error] = f"{code}\t{said}"
        elif line and not line.startswith("#"):
            error, changes, reason = line.split(None, 2)
            file = good
            for text in changes.split(","):
                file = change(file, text)
            name = Path(folder) / f"refused-{number:03}"
            name.write_bytes(file)
            print(f"{name}\t{error}\t{errors[error]}\t{reason}")


main(*sys.argv[1:])
