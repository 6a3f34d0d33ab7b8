# SPDX-License-Identifier: ISC
"""The instructions that the engines are made of, and no other.

FORMS has a line for each form that AES-XTS uses: its name and the 32 bits of
its encoding, the highest first, where a letter stands for a bit of the field of
that letter.  PRODUCTS has those that Poly1305 uses besides, which for its part
uses no AES.  An encoding that fits none is refused: what is not listed cannot
be proved.

    decode(word)        the Instruction: form, word, and its fields as numbers
    decode_all(code)    those of a function's bytes, in order
                        both take a table: TABLE, of AES-XTS, if not said
                        otherwise; POLY1305; or ALL

Fields: d, n and m are registers; t and u are those that a load or a store
moves; i is an immediate, its bits as they stand in the encoding.  What a form
means is written in general.py, memory.py and vector.py.
"""

import struct
from collections import namedtuple

FORMS = """
numbers and addresses
add_imm         1001000100iiiiiiiiiiiinnnnnddddd
sub_imm         1101000100iiiiiiiiiiiinnnnnddddd
cmp_imm         1111000100iiiiiiiiiiiinnnnn11111
and_imm         1001001001000000iiiiiinnnnnddddd
ands_imm        1111001001000000iiiiiinnnnnddddd
add_lsl         10001011000mmmmmiiiiiinnnnnddddd
sub             11001011000mmmmm000000nnnnnddddd
lsr_imm         1101001101iiiiii111111nnnnnddddd
movz            11010010100iiiiiiiiiiiiiiiiddddd
mov             10101010000mmmmm00000011111ddddd
cset_ne         100110101001111100000111111ddddd

tweaks in general registers
eor_lsl         11001010000mmmmmiiiiiinnnnnddddd
and_asr         10001010100mmmmmiiiiiinnnnnddddd
bic             10001010001mmmmm000000nnnnnddddd
add_lsr         10001011010mmmmmiiiiiinnnnnddddd
extr            10010011110mmmmmiiiiiinnnnnddddd

branches
b               000101iiiiiiiiiiiiiiiiiiiiiiiiii
b_eq            01010100iiiiiiiiiiiiiiiiiii00000
b_ne            01010100iiiiiiiiiiiiiiiiiii00001
b_lo            01010100iiiiiiiiiiiiiiiiiii00011
cbz             10110100iiiiiiiiiiiiiiiiiiittttt
cbnz            10110101iiiiiiiiiiiiiiiiiiittttt
ret             11010110010111110000001111000000
paciasp         11010101000000110010001100111111
autiasp         11010101000000110010001110111111
pacibsp         11010101000000110010001101111111
autibsp         11010101000000110010001111111111
bti_c           11010101000000110010010001011111

loads and stores
ldp_x           1010100101iiiiiiiuuuuunnnnnttttt
stp_x           1010100100iiiiiiiuuuuunnnnnttttt
stp_x_pre       1010100110iiiiiiiuuuuunnnnnttttt
ldp_x_post      1010100011iiiiiiiuuuuunnnnnttttt
ldp_d           0110110101iiiiiiiuuuuunnnnnttttt
stp_d           0110110100iiiiiiiuuuuunnnnnttttt
ldp_q_post      1010110011iiiiiiiuuuuunnnnnttttt
stp_q_post      1010110010iiiiiiiuuuuunnnnnttttt
stp_q           1010110100iiiiiiiuuuuunnnnnttttt
ldr_q           0011110111iiiiiiiiiiiinnnnnttttt
str_q           0011110110iiiiiiiiiiiinnnnnttttt
ldr_q_post      00111100110iiiiiiiii01nnnnnttttt
str_q_post      00111100100iiiiiiiii01nnnnnttttt
ldrb            00111000011mmmmm011010nnnnnttttt
strb            00111000001mmmmm011010nnnnnttttt

vectors
aese            0100111000101000010010nnnnnddddd
aesd            0100111000101000010110nnnnnddddd
aesmc           0100111000101000011010nnnnnddddd
aesimc          0100111000101000011110nnnnnddddd
eor_v           01101110001mmmmm000111nnnnnddddd
movi_2d_zero    011011110000000011100100000ddddd
movi_4s         0100111100000iii000001iiiiiddddd
dup_4s          01001110000ii100000001nnnnnddddd
ext             01101110000mmmmm0iiii0nnnnnddddd
ushr_4s         01101111001iiiii000001nnnnnddddd
shl_4s          01001111001iiiii010101nnnnnddddd
sli_4s          01101111001iiiii010101nnnnnddddd
"""

# An immediate that and_imm has as well is one of and_imm.
PRODUCTS = """
and_bits        100100100iiiiiiiiiiiiinnnnnddddd
adds            10101011000mmmmm000000nnnnnddddd
adcs            10111010000mmmmm000000nnnnnddddd
adc             10011010000mmmmm000000nnnnnddddd
mul             10011011000mmmmm011111nnnnnddddd
umulh           10011011110mmmmm011111nnnnnddddd
"""


class Instruction(namedtuple("Instruction", "form word fields")):
    __slots__ = ()
    size = 4                            # bytes


class Unknown(Exception):
    """An encoding that is not one of FORMS."""


def _table(forms):
    """name: the bits that are the same in all of the form, and what they are;
    and for each letter its bits, the highest first."""
    table = {}
    for line in forms.splitlines():
        name, _, bits = line.partition(" ")
        bits = bits.strip()
        if len(bits) != 32:
            continue                            # a heading
        fixed = int("".join("01"[bit in "01"] for bit in bits), 2)
        value = int("".join("01"[bit == "1"] for bit in bits), 2)
        fields = {letter: [31 - at for at, bit in enumerate(bits)
                           if bit == letter]
                  for letter in sorted(set(bits) - set("01"))}
        table[name] = fixed, value, fields
    return table


TABLE = _table(FORMS)
ALL = _table(FORMS + PRODUCTS)
POLY1305 = {name: one for name, one in ALL.items() if name[:3] != "aes"}


def decode(word, table=TABLE):
    for name, (fixed, value, fields) in table.items():
        if word & fixed == value:
            numbers = {}
            for letter, bits in fields.items():
                number = 0
                for bit in bits:
                    number = number << 1 | word >> bit & 1
                numbers[letter] = number
            return Instruction(name, word, numbers)
    raise Unknown(f"no instruction of the engine's: {word:08x}")


def decode_all(code, table=TABLE):
    return [decode(word, table) for word, in struct.iter_unpack("<I", code)]


def signed(number, bits):
    return number - (number >> bits - 1 << bits)
