# SPDX-License-Identifier: ISC
"""The decoder against objdump: the same instruction, the same operands and the
same length.

    text(instruction, address)          what objdump is to say of it
    random_instruction(encoding)        a random one of this encoding
    function_in(tool, program, function)
    random_encodings(tool, instructions)
    neighbours(tool, instructions)      the differences: on what is in a
                                        program, on these, and on all that is
                                        one bit away from these
"""

import random
import re
import subprocess
import tempfile

from x86.decode import (BYTES, ENCODINGS, RIP, Memory, Unknown, decode,
                        decode_all, encode)

R64 = ("rax rcx rdx rbx rsp rbp rsi rdi "
       "r8 r9 r10 r11 r12 r13 r14 r15").split()
R32 = ("eax ecx edx ebx esp ebp esi edi "
       "r8d r9d r10d r11d r12d r13d r14d r15d").split()
SLOT = 32                       # no instruction reaches from one to the next
NOP = b"\x90"
ADDRESS = 1 << 40               # of the first: no branch reaches 0

BY_NAME = {}
for one in ENCODINGS:
    BY_NAME.setdefault(one.name, one)


def address_text(memory, after):
    base, index, scale, disp = memory
    if base == RIP:
        return f"{disp:#x}(%rip) # {after + disp & (1 << 64) - 1:x}"
    inside = f"%{R64[base]}"
    if index is not None:
        inside += f",%{R64[index]},{scale}"
    shown = f"{disp:#x}" if disp or base & 7 == 5 else ""
    return f"{shown}({inside})"


def operand_text(encoding, kind, operand, after):
    if kind in "iI":
        if encoding.mnemonic[0] == "j":
            return f"{after + operand & (1 << 64) - 1:x}"
        bits = 64 if "r" in encoding.kinds or "m" in encoding.kinds else 32
        if encoding.space or encoding.mnemonic in ("shl", "shr", "sar"):
            bits = 8
        return f"${operand & (1 << bits) - 1:#x}"
    if kind in "mb":
        return address_text(operand, after)
    if kind in BYTES:
        return f"%{kind}mm{operand}"
    return f"%k{operand}" if kind == "k" else (
        f"%{R64[operand]}" if kind == "r" else f"%{R32[operand]}")


def text(instruction, address):
    encoding = BY_NAME[instruction.form]
    after = address + len(instruction.code)
    words = [operand_text(encoding, kind, operand, after) for kind, operand
             in zip(encoding.kinds, instruction.operands)]
    comment = ""
    for i, kind in enumerate(encoding.kinds):
        if kind in "mb":
            words[i], _, target = words[i].partition(" # ")
            words[i] += "{1to8}" if kind == "b" else ""
            comment = f" # {target}" if target else ""
    if instruction.mask is not None:
        words[-1] += f"{{%k{instruction.mask}}}"
        words[-1] += "{z}" if encoding.under == "kz" else ""
    return f"{encoding.mnemonic} {','.join(words)}".strip() + comment


# Random ones

def random_number(bits):
    return random.choice((0, -1, random.randrange(-8, 8),
                          random.getrandbits(bits) - (1 << bits - 1)))


def random_memory():
    disp = random.choice((0, 1, 8, 16, 64, 128, -16, -64, -128,
                          random_number(8), random_number(32)))
    if random.random() < .2:
        return Memory(RIP, None, 1, disp)
    index = random.choice((None, None, *range(4), *range(5, 16)))
    return Memory(random.randrange(16), index,
                  1 if index is None else 1 << random.randrange(4), disp)


def random_operand(encoding, kind):
    if kind in "iI":
        return random_number(8 if kind == "i" else 32)
    if kind in "mb":
        return random_memory()
    if kind in "re":
        return random.randrange(16)
    if kind == "k":
        return random.randrange(8)
    return random.randrange(32 if encoding.space == "EVEX" else 16)


def random_instruction(encoding):
    operands = [random_operand(encoding, kind) for kind in encoding.kinds]
    mask = random.randrange(1, 8) if encoding.under else None
    return decode(encode(encoding, operands, mask))


# Both sides

def normal(line):
    """One space between words; without the names of places, and without what
    objdump says of prefixes."""
    line = re.sub(r"<[^>]*>|\{(vex3?|evex)\}", "", line)
    line = re.sub(r"(#\s*)0x", r"\1", line)
    line = re.sub(r"^(j\w+\s+)0x", r"\1", line)
    return " ".join(line.split())


def objdump(tool, *arguments):
    """{address: (bytes, text)} of each instruction."""
    lines = subprocess.run([tool, "-w", "-z", "--insn-width=16", *arguments],
                           check=True, stdout=subprocess.PIPE,
                           text=True).stdout.splitlines()
    found = {}
    for line in lines:
        fields = line.split("\t", 2)
        if len(fields) == 3 and fields[0].strip().endswith(":"):
            found[int(fields[0].strip()[:-1], 16)] = (
                bytes.fromhex(fields[1]), normal(fields[2]))
    return found


def differences(placed, theirs):
    """placed: {address: instruction}."""
    found = []
    for address, instruction in placed.items():
        ours = instruction.code, text(instruction, address)
        if theirs.get(address) != ours:
            found.append(f"{instruction.code.hex(' ')}: {ours[1]}; objdump: "
                         f"{theirs.get(address, (b'', 'none'))[1]}")
    return found


def in_slots(tool, codes):
    """{bytes: (bytes, text)}: what objdump sees where each begins."""
    with tempfile.NamedTemporaryFile() as file:
        for code in codes:
            file.write(code.ljust(SLOT, NOP))
        file.flush()
        return objdump(tool, "-D", "-b", "binary", "-m", "i386:x86-64",
                       f"--adjust-vma={ADDRESS}", file.name)


def random_encodings(tool, instructions):
    theirs = in_slots(tool, [one.code for one in instructions])
    return differences({ADDRESS + SLOT * i: one for i, one
                        in enumerate(instructions)}, theirs)


def neighbours(tool, instructions):
    """Count those that are known, and list the differences."""
    codes = sorted({(int.from_bytes(one.code, "little") ^ 1 << bit).to_bytes(
        len(one.code), "little") for one in instructions
        for bit in range(8 * len(one.code))})
    placed = {}
    for i, code in enumerate(codes):
        try:
            placed[ADDRESS + SLOT * i] = decode(code.ljust(SLOT, NOP))
        except Unknown:
            pass
    return len(placed), differences(placed, in_slots(tool, codes))


def function_in(tool, program, function):
    """As it lies in the program, which objdump reads by itself."""
    end = function.address + len(function.code)
    theirs = objdump(tool, "-d", f"--start-address={function.address}",
                     f"--stop-address={end}", program)
    placed, at = {}, function.address
    for instruction in decode_all(function.code):
        placed[at] = instruction
        at += len(instruction.code)
    if set(placed) != set(theirs):
        return ["objdump does not see the same instructions"]
    return differences(placed, theirs)
