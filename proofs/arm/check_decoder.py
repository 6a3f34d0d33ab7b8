# SPDX-License-Identifier: ISC
"""The decoder against objdump: the same instruction, and the same operands.

TEXT has what objdump -M no-aliases writes for each form.  In it {d}, {n}, {m},
{t} and {u} are registers of 64 bits, of which number 31 is zero, {n_sp} and
{d_sp} those where it is the stack pointer; {i} is the immediate as the
encoding has it.
"""

import re
import struct
import subprocess
import tempfile

from arm.code import FORMS
from arm.decode import ALL, decode, signed
from arm.general import any_bits
from arm.machine import Machine
from concrete import Concrete
from values import Refused

ADDRESS = 1 << 40               # of the first word; and its index: no branch
HERE = ADDRESS // 4             # reaches 0

TEXT = {
    "add_imm": "add {d_sp}, {n_sp}, #{i:#x}",
    "sub_imm": "sub {d_sp}, {n_sp}, #{i:#x}",
    "cmp_imm": "subs xzr, {n_sp}, #{i:#x}",
    "and_imm": "and {d_sp}, {n}, #{ones:#x}",
    "ands_imm": "ands {d}, {n}, #{ones:#x}",
    "add_lsl": "add {d}, {n}, {m}{lsl}",
    "sub": "sub {d}, {n}, {m}",
    "lsr_imm": "ubfm {d}, {n}, #{i}, #63",
    "movz": "movz {d}, #{i:#x}",
    "mov": "orr {d}, xzr, {m}",
    "cset_ne": "csinc {d}, xzr, xzr, eq",
    "eor_lsl": "eor {d}, {n}, {m}{lsl}",
    "and_asr": "and {d}, {n}, {m}, asr #{i}",
    "bic": "bic {d}, {n}, {m}",
    "add_lsr": "add {d}, {n}, {m}, lsr #{i}",
    "extr": "extr {d}, {n}, {m}, #{i}",
    "and_bits": "and {d_sp}, {n}, #{bits:#x}",
    "adds": "adds {d}, {n}, {m}",
    "adcs": "adcs {d}, {n}, {m}",
    "adc": "adc {d}, {n}, {m}",
    "mul": "madd {d}, {n}, {m}, xzr",
    "umulh": "umulh {d}, {n}, {m}",
    "b": "b {to26:#x}",
    "b_eq": "b.eq {to19:#x}",
    "b_ne": "b.ne {to19:#x}",
    "b_lo": "b.cc {to19:#x}",
    "cbz": "cbz {t}, {to19:#x}",
    "cbnz": "cbnz {t}, {to19:#x}",
    "ret": "ret",
    "paciasp": "hint #0x19",
    "autiasp": "hint #0x1d",
    "pacibsp": "hint #0x1b",
    "autibsp": "hint #0x1f",
    "bti_c": "hint #0x22",
    "ldp_x": "ldp {t}, {u}, [{n_sp}{plus_8}]",
    "stp_x": "stp {t}, {u}, [{n_sp}{plus_8}]",
    "stp_x_pre": "stp {t}, {u}, [{n_sp}, #{i_8}]!",
    "ldp_x_post": "ldp {t}, {u}, [{n_sp}], #{i_8}",
    "ldp_d": "ldp d{t_}, d{u_}, [{n_sp}{plus_8}]",
    "stp_d": "stp d{t_}, d{u_}, [{n_sp}{plus_8}]",
    "ldp_q_post": "ldp q{t_}, q{u_}, [{n_sp}], #{i_16}",
    "stp_q_post": "stp q{t_}, q{u_}, [{n_sp}], #{i_16}",
    "stp_q": "stp q{t_}, q{u_}, [{n_sp}{plus_16}]",
    "ldr_q": "ldr q{t_}, [{n_sp}{plus_u16}]",
    "str_q": "str q{t_}, [{n_sp}{plus_u16}]",
    "ldr_q_post": "ldr q{t_}, [{n_sp}], #{i_1}",
    "str_q_post": "str q{t_}, [{n_sp}], #{i_1}",
    "ldrb": "ldrb {t_w}, [{n_sp}, {m}]",
    "strb": "strb {t_w}, [{n_sp}, {m}]",
    "aese": "aese v{d_}.16b, v{n_}.16b",
    "aesd": "aesd v{d_}.16b, v{n_}.16b",
    "aesmc": "aesmc v{d_}.16b, v{n_}.16b",
    "aesimc": "aesimc v{d_}.16b, v{n_}.16b",
    "eor_v": "eor v{d_}.16b, v{n_}.16b, v{m_}.16b",
    "movi_2d_zero": "movi v{d_}.2d, #0x0",
    "movi_4s": "movi v{d_}.4s, #{i:#x}",
    "dup_4s": "dup v{d_}.4s, v{n_}.s[{i}]",
    "ext": "ext v{d_}.16b, v{n_}.16b, v{m_}.16b, #{i}",
    "ushr_4s": "ushr v{d_}.4s, v{n_}.4s, #{right}",
    "shl_4s": "shl v{d_}.4s, v{n_}.4s, #{i}",
    "sli_4s": "sli v{d_}.4s, v{n_}.4s, #{i}",
}


def text(instruction, address):
    """The text that objdump has to print for it."""
    fields = instruction.fields
    words = {}
    for name, number in fields.items():
        words[name + "_"] = number
        words[name] = f"x{number}" if number != 31 else "xzr"
        words[name + "_w"] = f"w{number}" if number != 31 else "wzr"
        words[name + "_sp"] = f"x{number}" if number != 31 else "sp"
    if "i" in fields:
        i = words["i"] = fields["i"]
        words["ones"], words["bits"] = (2 << i) - 1, bits_of(instruction)
        words["lsl"] = f", lsl #{i}" if i else ""
        words["right"] = 32 - i
        words["plus_u16"] = f", #{16 * i}" if i else ""
        for scale in 8, 16:
            words[f"i_{scale}"] = scale * signed(i, 7)
            words[f"plus_{scale}"] = f", #{scale * signed(i, 7)}" if i else ""
        words["i_1"] = signed(i, 9)
        for bits in 19, 26:
            words[f"to{bits}"] = address + 4 * signed(i, bits)
    return TEXT[instruction.form].format(**words)


def bits_of(instruction):
    """The immediate of and_bits, 0 if there is none."""
    if instruction.form != "and_bits":
        return 0
    try:
        return any_bits(instruction.fields["i"])
    except Refused:
        return 0


def objdump(tool, *arguments):
    """The word and the text of each instruction, the latter without comments.
    Where a place has a name, objdump writes "412070 <name>"."""
    lines = subprocess.run([tool, "-M", "no-aliases", "-z", *arguments],
                           check=True, stdout=subprocess.PIPE,
                           text=True).stdout.splitlines()
    found = [re.fullmatch(r" *[0-9a-f]+:\t([0-9a-f]{8}) *\t(.*)", line)
             for line in lines]
    return [(int(match[1], 16), " ".join(re.sub(
        r"\s*(//|;).*", "", re.sub(r"(\w+) <.*", r"0x\1", match[2])).split()))
            for match in found if match]


def is_refused(instruction):
    try:
        FORMS[instruction.form](Machine(Concrete()), HERE, **instruction.fields)
        return False
    except Refused:
        return True


def differences(words, address, theirs):
    """List what differs from objdump, of instructions in a row.  What is no
    instruction to objdump has to be refused."""
    if words != [word for word, _ in theirs]:
        return ["objdump does not see the same words"]
    ours = [text(decode(word, ALL), address + 4 * at)
            for at, word in enumerate(words)]
    return [f"{word:08x}: {our}; objdump: {their}" for our, (word, their)
            in zip(ours, theirs) if our != their
            and not (their.startswith(".inst")
                     and is_refused(decode(word, ALL)))]


def random_encodings(tool, words):
    with tempfile.NamedTemporaryFile() as file:
        file.write(struct.pack(f"<{len(words)}I", *words))
        file.flush()
        return differences(words, ADDRESS, objdump(
            tool, "-D", "-b", "binary", "-m", "aarch64",
            f"--adjust-vma={ADDRESS}", file.name))


def function_in(tool, program, function):
    """As it lies in the program, which objdump reads by itself."""
    words = [word for word, in struct.iter_unpack("<I", function.code)]
    end = function.address + len(function.code)
    return differences(words, function.address, objdump(
        tool, "-d", f"--start-address={function.address}",
        f"--stop-address={end}", program))
