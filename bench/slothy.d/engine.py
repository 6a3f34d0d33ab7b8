# SPDX-License-Identifier: ISC
"""The Arm64 engine as instructions: taken apart, and put together again."""

import os
import re
import subprocess

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CROSS = os.environ.get("CROSS", "aarch64-linux-gnu-")

NAMES = {"encrypt": "xts_encrypt_arm64", "decrypt": "xts_decrypt_arm64"}
LONG = 100		# instructions: no other loop has as many

FUNCTION = """
	.arch armv8-a+crypto
	.text
	.p2align 6
	.globl {name}
	.type {name}, %function
{name}:
{text}
	.size {name}, . - {name}
"""


def output(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True,
                          check=True, **options).stdout


def instructions(program, name):
    """Lines of a function: instructions, and labels where branches go."""
    text = output(CROSS + "objdump", "-d", "--no-show-raw-insn", program)
    code, inside = {}, False
    for line in text.splitlines():
        head = re.fullmatch(r"[0-9a-f]+ <(.*)>:", line)
        if head:
            inside = head[1] == name
        match = re.match(r"\s*([0-9a-f]+):\s+(\S.*?)\s*(//.*)?$", line)
        if inside and match:
            code[int(match[1], 16)] = re.sub(r"\s+", " ", match[2])
    label = re.compile(r"\b([0-9a-f]+) <.*>")
    to = {int(m[1], 16) for m in map(label.search, code.values()) if m}
    lines = []
    for address, line in code.items():
        if address in to:
            lines.append(f".L{name}_{address:x}:")
        line = label.sub(rf".L{name}_\1", line)
        lines.append(re.sub(r"#0x[0-9a-f]+", lambda m: f"#{int(m[0][1:], 16)}",
                            line))
    return lines


def branches(line):
    return re.match(r"(b|b\.\w+|cbn?z|tbn?z|ret)\b|\.L", line)


def loops(lines):
    """From, to and counter of each long loop without a branch in it."""
    last = 0
    for i, line in enumerate(lines):
        match = re.fullmatch(r"cbnz (x\d+), (.*)", line)
        if (match and i - last > LONG and lines[last] == match[2] + ":"):
            yield last + 1, i, match[1]
        if branches(line):
            last = i


def cut(lines):
    """Where each body is: from, to, and its counter if it is a loop's.  A body
    ends before its branch."""
    plain, following = list(loops(lines))[:2]
    start = following[1] + 1
    end = next(i for i in range(start, len(lines)) if branches(lines[i]))
    return {"plain": plain, "next": following, "last": (start, end, None)}


def to_decrypt(body):
    """The same for decryption; blocks are in v0 to v7."""
    return [re.sub(r"^aes(e|mc) (v[0-7]\.)",
                   lambda m: {"e": "aesd ", "mc": "aesimc "}[m[1]] + m[2],
                   line) for line in body]


def loop(schedule, counter, label):
    """The text of a loop whose iterations overlap: its first half begins
    before it, and its second ends after it."""
    step = f"sub {counter}, {counter}, #1"
    if not schedule["begin"]:
        return [label + ":"] + schedule["body"] + [f"cbnz {counter}, {label}"]
    begin, end = ([line for line in schedule[part]
                   if line != step]
                  for part in ("begin", "end"))
    return (begin + [step, f"cbz {counter}, {label}_end", label + ":"]
            + schedule["body"] + [f"cbnz {counter}, {label}", label + "_end:"]
            + end)


def put_back(lines, found, schedules):
    """The function with its bodies replaced, from the last to the first."""
    lines = lines.copy()
    for name, (start, end, counter) in sorted(
            found.items(), key=lambda item: -item[1][0]):
        if name not in schedules:
            continue
        if counter:
            lines[start - 1:end + 1] = loop(schedules[name], counter,
                                            lines[start - 1][:-1])
        else:
            lines[start:end] = schedules[name]["body"]
    return lines


def decrypting(schedule):
    return {part: to_decrypt(schedule[part])
            for part in ("begin", "body", "end")}


def source(functions):
    """Assembly of these functions, by name."""
    return "".join(FUNCTION.format(name=name, text="\n".join(lines))
                   for name, lines in functions.items())
