#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The engine's instructions, as OCaml reads them: engine_words.py NAME=PROGRAM...

For each program the words of its three functions, by the name that it is given:
    let xts_expand_arm64_NAME = [0x...; ...];;
"""

import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from machines import engines


def words(name, path):
    text = ""
    found, = engines(path)
    for function in found.functions.values():
        listed = "; ".join(f"0x{word:08x}" for word,
                           in struct.iter_unpack("<I", function.code))
        text += f"let {function.name}_{name} = [{listed}];;\n"
    return text


def main(arguments):
    for argument in arguments:
        name, _, path = argument.partition("=")
        print(words(name, path), end="")


if __name__ == "__main__":
    main(sys.argv[1:])
