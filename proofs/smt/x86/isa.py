# SPDX-License-Identifier: ISC
"""x86-64, as ../isas.py asks for it."""

from smt.x86.paths import ENGINES
from x86.decode import ENCODINGS, decode_all, encode


def paths(function):
    return ENGINES[function.name.rpartition("_")[2]]


# Whose bit is flipped, the lowest: a form, of which it is the first, and the place for
# what has that bit, as decode.py names them.
FLIPPED = {
    "aesni": {
        "encrypt": ["sar_ir i", "and_ir i", "adc_rr r", "xor_rr r",
                    "vaesenc_xxx m", "vaesenclast_mxx v", "vpextrq_ixr i",
                    "vmovhps_mxx v", "adcq_im i", "vextractf128_iyx i",
                    "vxorps_yyy v", "vbroadcastf128_my r"],
        "decrypt": ["vaesdec_xxx m", "vaesdeclast_mxx v"],
        "expand": ["vpshufb_xxx v", "vaesenclast_xxx v", "vpslldq_ixx i",
                   "vpaddd_xxx m", "vpxor_xxx v", "vaesimc_mx r"],
    },
    "vaes256": {
        "encrypt": ["vaesenc_yyy m", "vpermq_iyy i", "vinserti128_ixyy i",
                    "vpinsrq_irxx i", "vpxor_yyy v", "sar_ir i", "xor_rr r"],
        "decrypt": ["vaesdec_yyy m", "vaesdeclast_myy v"],
    },
    "vaes512": {
        "encrypt": ["vpmultishiftqb_zzz m", "vpshufd_izz i", "vpternlogq_izzz i",
                    "vpternlogq_imzz i", "vshufi32x4_izzz i",
                    "kaddb_kkk v", "vpaddq_zzz m", "vpshufb_mzz v",
                    "vaesenc_zzz m", "vpxorq_zzz v"],
        "decrypt": ["vaesdec_zzz m", "vaesdeclast_zzz v"],
    },
}


def flipped(function, flip):
    form, place = flip.split()
    start, code = 0, function.code
    for instruction in decode_all(code):
        if instruction.form == form:
            break
        start += instruction.size
    end = start + instruction.size
    for encoding in ENCODINGS:
        if encoding.name == form:
            operands = list(instruction.operands)
            if encode(encoding, operands, instruction.mask) == code[start:end]:
                operands[encoding.places.index(place)] ^= 1
                changed = encode(encoding, operands, instruction.mask)
                return function._replace(code=code[:start] + changed + code[end:])
    raise ValueError(f"no encoding of {form} to flip a bit of")
