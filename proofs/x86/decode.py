# SPDX-License-Identifier: ISC
"""The instructions that the engines are made of, and no other.

FORMS has a line for each encoding in use: the mnemonic; the kinds of operands
and where the encoding has them, both in the order of AT&T; and the encoding as
Intel's manual writes it. What fits no line is refused, as are bits that the
CPU ignores where they are not as an assembler leaves them.

    decode(code, at)    the Instruction that begins at byte at
    decode_all(code)    those of a function's bytes, in order
    encode(form, ...)   the bytes of one, for tests

Kinds of operands:
    i, I    an immediate of 8 or of 32 bits, which is signed
    r, e    a general register, of 64 or of 32 bits
    m, b    memory; 8 bytes of it, used 8 times
    x, y, z a vector of 16, 32 or 64 bytes
    k       a mask; ".k" and ".kz" at the end: the result is under one, where
            the other elements stay, or become zero
Places:
    r, m    ModRM's reg and rm, the latter with what belongs to it
    v, s    the register in the prefix; the one in the last byte
    o, i    the register in the opcode; the immediate

A form is the mnemonic and the kinds, such as "vpxor_mxx"; 64-bit operands of
which the immediate has 8 or 32 bits are one form, with an "i".
"""

from collections import namedtuple
from functools import lru_cache

LONGEST = 15                            # bytes of an instruction

FORMS = """
general registers
endbr64     -       -       F3 0F 1E FA
mov         Ie      io      B8
mov         rr      rm      REX.W 89 /r
mov         rm      rm      REX.W 89 /r
mov         mr      mr      REX.W 8B /r
lea         mr      mr      REX.W 8D /r
add         ir      im      REX.W 83 /0
add         Ir      im      REX.W 81 /0
add         rr      rm      REX.W 01 /r
add         mr      mr      REX.W 03 /r
addq        im      im      REX.W 83 /0
adc         ir      im      REX.W 83 /2
adc         rr      rm      REX.W 11 /r
adc         mr      mr      REX.W 13 /r
adcq        im      im      REX.W 83 /2
sub         ir      im      REX.W 83 /5
sub         Ir      im      REX.W 81 /5
sub         rr      rm      REX.W 29 /r
and         ir      im      REX.W 83 /4
and         Ir      im      REX.W 81 /4
and         mr      mr      REX.W 23 /r
mul         r       m       REX.W F7 /4
imul        rr      mr      REX.W 0F AF /r
xor         rr      rm      REX.W 31 /r
xor         ee      rm      31 /r
cmp         rr      rm      REX.W 39 /r
test        rr      rm      REX.W 85 /r
neg         r       m       REX.W F7 /3
dec         r       m       REX.W FF /1
dec         e       m       FF /1
shr         ir      im      REX.W C1 /5
shl         ir      im      REX.W C1 /4
sar         ir      im      REX.W C1 /7
push        r       o       50
leave       -       -       C9
ret         -       -       C3
je          i       i       74
je          I       i       0F 84
jne         i       i       75
jne         I       i       0F 85

masks
kmovd       ek      mr      VEX.L0.F2.0F.W0 92 /r
kxorq       kkk     mvr     VEX.L1.0F.W1 47 /r
kaddb       kkk     mvr     VEX.L1.66.0F.W0 4A /r

moves
vmovdqa     mx      mr      VEX.128.66.0F.W0 6F /r
vmovdqa     xm      rm      VEX.128.66.0F.W0 7F /r
vmovdqa     my      mr      VEX.256.66.0F.W0 6F /r
vmovdqa     ym      rm      VEX.256.66.0F.W0 7F /r
vmovdqu     mx      mr      VEX.128.F3.0F.W0 6F /r
vmovdqu     xm      rm      VEX.128.F3.0F.W0 7F /r
vmovdqu     my      mr      VEX.256.F3.0F.W0 6F /r
vmovdqu     ym      rm      VEX.256.F3.0F.W0 7F /r
vmovdqa64   mz      mr      EVEX.512.66.0F.W1 6F /r
vmovdqa64   zm      rm      EVEX.512.66.0F.W1 7F /r
vmovdqu64   mz      mr      EVEX.512.F3.0F.W1 6F /r
vmovdqu64   zm      rm      EVEX.512.F3.0F.W1 7F /r
vmovq       mx      mr      VEX.128.F3.0F.W0 7E /r
vmovq       rx      mr      VEX.128.66.0F.W1 6E /r
vmovq       xr      rm      VEX.128.66.0F.W1 7E /r
vmovhps     mxx     mvr     VEX.128.0F.W0 16 /r
vpextrq     ixr     irm     VEX.128.66.0F3A.W1 16 /r
vpinsrq     irxx    imvr    VEX.128.66.0F3A.W1 22 /r
vbroadcasti128 my   mr      VEX.256.66.0F38.W0 5A /r
vbroadcastf128 my   mr      VEX.256.66.0F38.W0 1A /r
vbroadcasti32x4 mz  mr      EVEX.512.66.0F38.W0 5A /r
vinserti128 ixyy    imvr    VEX.256.66.0F3A.W0 38 /r
vextractf128 iyx    irm     VEX.256.66.0F3A.W0 19 /r
vpermq      iyy     imr     VEX.256.66.0F3A.W1 00 /r
vpermq      zzz     mvr     EVEX.512.66.0F38.W1 36 /r
vpbroadcastq my     mr      VEX.256.66.0F38.W0 59 /r
vpbroadcastq mz     mr      EVEX.512.66.0F38.W1 59 /r
vpunpcklqdq yyy     mvr     VEX.256.66.0F.W0 6C /r
vpunpckhqdq yyy     mvr     VEX.256.66.0F.W0 6D /r
vpunpcklqdq zzz     mvr     EVEX.512.66.0F.W1 6C /r
vpunpckhqdq zzz     mvr     EVEX.512.66.0F.W1 6D /r
vshufi32x4  izzz    imvr    EVEX.512.66.0F3A.W0 43 /r
valignq     izzz    imvr    EVEX.512.66.0F3A.W1 03 /r
vpshufb     xxx     mvr     VEX.128.66.0F38.W0 00 /r
vpshufb     mzz     mvr     EVEX.512.66.0F38.W0 00 /r
vpshufd     izz     imr     EVEX.512.66.0F.W0 70 /r
vpslldq     ixx     imv     VEX.128.66.0F.W0 73 /7
vpmultishiftqb zzz  mvr     EVEX.512.66.0F38.W1 83 /r
vpblendvb   xxxx    smvr    VEX.128.66.0F3A.W0 4C /r
vzeroupper  -       -       VEX.128.0F.W0 77

arithmetic
vpxor       xxx     mvr     VEX.128.66.0F.W0 EF /r
vpxor       mxx     mvr     VEX.128.66.0F.W0 EF /r
vpxor       yyy     mvr     VEX.256.66.0F.W0 EF /r
vpxor       myy     mvr     VEX.256.66.0F.W0 EF /r
vxorps      yyy     mvr     VEX.256.0F.W0 57 /r
vxorps      myy     mvr     VEX.256.0F.W0 57 /r
vpxord      xxx     mvr     EVEX.128.66.0F.W0 EF /r
vpxorq      zzz     mvr     EVEX.512.66.0F.W1 EF /r
vpand       myy     mvr     VEX.256.66.0F.W0 DB /r
vpor        yyy     mvr     VEX.256.66.0F.W0 EB /r
vpor        myy     mvr     VEX.256.66.0F.W0 EB /r
vpandq      zzz     mvr     EVEX.512.66.0F.W1 DB /r
vpandq      mzz.kz  mvr     EVEX.512.66.0F.W1 DB /r
vporq       zzz     mvr     EVEX.512.66.0F.W1 EB /r
vpsrlq      iyy     imv     VEX.256.66.0F.W0 73 /2
vpsllq      iyy     imv     VEX.256.66.0F.W0 73 /6
vpsrlq      izz     imv     EVEX.512.66.0F.W1 73 /2
vpsllq      izz     imv     EVEX.512.66.0F.W1 73 /6
vpmuludq    myy     mvr     VEX.256.66.0F.W0 F4 /r
vpmadd52luq zzz     mvr     EVEX.512.66.0F38.W1 B4 /r
vpmadd52huq zzz     mvr     EVEX.512.66.0F38.W1 B5 /r
vpternlogq  izzz    imvr    EVEX.512.66.0F3A.W1 25 /r
vpternlogq  imzz    imvr    EVEX.512.66.0F3A.W1 25 /r
vpaddd      xxx     mvr     VEX.128.66.0F.W0 FE /r
vpaddq      yyy     mvr     VEX.256.66.0F.W0 D4 /r
vpaddq      zzz     mvr     EVEX.512.66.0F.W1 D4 /r
vpaddq      mzz     mvr     EVEX.512.66.0F.W1 D4 /r
vpaddq      bzz.k   mvr     EVEX.512.66.0F.W1 D4 /r
vpcmpltuq   mzk     mvr     EVEX.512.66.0F3A.W1 1E /r 01

AES
vaesenc     xxx     mvr     VEX.128.66.0F38.W0 DC /r
vaesenc     mxx     mvr     VEX.128.66.0F38.W0 DC /r
vaesenc     yyy     mvr     VEX.256.66.0F38.W0 DC /r
vaesenc     zzz     mvr     EVEX.512.66.0F38.W0 DC /r
vaesenclast xxx     mvr     VEX.128.66.0F38.W0 DD /r
vaesenclast mxx     mvr     VEX.128.66.0F38.W0 DD /r
vaesenclast yyy     mvr     VEX.256.66.0F38.W0 DD /r
vaesenclast myy     mvr     VEX.256.66.0F38.W0 DD /r
vaesenclast zzz     mvr     EVEX.512.66.0F38.W0 DD /r
vaesdec     xxx     mvr     VEX.128.66.0F38.W0 DE /r
vaesdec     mxx     mvr     VEX.128.66.0F38.W0 DE /r
vaesdec     yyy     mvr     VEX.256.66.0F38.W0 DE /r
vaesdec     zzz     mvr     EVEX.512.66.0F38.W0 DE /r
vaesdeclast mxx     mvr     VEX.128.66.0F38.W0 DF /r
vaesdeclast myy     mvr     VEX.256.66.0F38.W0 DF /r
vaesdeclast zzz     mvr     EVEX.512.66.0F38.W0 DF /r
vaesimc     mx      mr      VEX.128.66.0F38.W0 DB /r
"""

# operands: by AT&T's order, registers and immediates as numbers, memory as
# Memory; mask: a register's number, or None.
class Instruction(namedtuple("Instruction", "form code operands mask")):
    __slots__ = ()

    @property
    def size(self):
        return len(self.code)


# base, index: registers or None; base RIP: the end of the instruction.
Memory = namedtuple("Memory", "base index scale disp")
RIP = "rip"

# name: of the form; space: "", "VEX" or "EVEX"; w, l, pp, map: as the prefix
# has them; digit: of ModRM's reg, or None; last: a byte at the end, or None.
Encoding = namedtuple("Encoding", "name mnemonic kinds places under space w l"
                      " pp map opcode digit last")

PREFIXES = {"66": 1, "F3": 2, "F2": 3}
MAPS = {"0F": 1, "0F38": 2, "0F3A": 3}
LENGTHS = {"128": 0, "L0": 0, "256": 1, "L1": 1, "512": 2}
BYTES = {"x": 16, "y": 32, "z": 64}


class Unknown(Exception):
    """An encoding that is not one of FORMS."""


def _vector_prefix(text):
    space, length, *rest = text.split(".")
    pp = PREFIXES[rest.pop(0)] if rest[0] in PREFIXES else 0
    return space, int(rest[1] == "W1"), LENGTHS[length], pp, MAPS[rest[0]]


def _encoding(line):
    mnemonic, operands, places, *code = line.split()
    kinds, _, under = operands.strip("-").partition(".")
    name = "_".join(filter(None, [mnemonic, kinds.replace("I", "i"), under]))
    space, w, l, pp, opcode_map = "", 0, 0, 0, 0
    if code[0].startswith(("VEX", "EVEX")):
        space, w, l, pp, opcode_map = _vector_prefix(code.pop(0))
    elif code[0] == "REX.W":
        w = bool(code.pop(0))
    if code[0] in PREFIXES:
        pp = PREFIXES[code.pop(0)]
    if code[0] == "0F":
        opcode_map = MAPS[code.pop(0)]
    opcode = int(code.pop(0), 16)
    digit = last = None
    if code and code[0][0] == "/":
        digit = code.pop(0)[1:]
        digit = None if digit == "r" else int(digit)
    if code:
        last = int(code.pop(0), 16)
    return Encoding(name, mnemonic, kinds, places.strip("-"), under, space, w,
                    l, pp, opcode_map, opcode, digit, last)


ENCODINGS = [_encoding(line) for line in FORMS.splitlines()
             if len(line.split()) > 3]
NAMES = list(dict.fromkeys(encoding.name for encoding in ENCODINGS))


def has_modrm(encoding):
    return "m" in encoding.places


def operand_size(encoding):
    """What a displacement of 8 bits counts (EVEX: disp8 * N)."""
    if encoding.space != "EVEX":
        return 1
    if encoding.mnemonic == "vbroadcasti32x4":
        return 16
    if encoding.mnemonic == "vpbroadcastq":
        return 8
    return 8 if "b" in encoding.kinds else 16 << encoding.l


# From an encoding to its bytes

def encode(encoding, operands=(), mask=None):
    """The bytes that an assembler makes of it: the shortest displacement, and
    the shorter of VEX's prefixes."""
    at = dict(zip(encoding.places, operands))
    reg = at.get("r", encoding.digit) or 0
    rm, second = at.get("m", at.get("o", 0)), at.get("v", 0)
    memory = rm if isinstance(rm, Memory) else None
    base, index = (memory[:2] if memory else (rm, None))
    base, index = 0 if base in (None, RIP) else base, index or 0
    code = _prefix(encoding, reg, index, base, second, mask,
                   memory is not None)
    code += bytes([encoding.opcode | (base & 7 if "o" in at else 0)])
    if has_modrm(encoding):
        code += _modrm(reg & 7, rm, operand_size(encoding))
    if "s" in at:
        code += bytes([at["s"] << 4])
    for kind, place in zip(encoding.kinds, encoding.places):
        if place == "i":
            size = 4 if kind == "I" else 1
            code += (at["i"] & (1 << 8 * size) - 1).to_bytes(size, "little")
    return code + (b"" if encoding.last is None else bytes([encoding.last]))


def _prefix(encoding, reg, index, base, second, mask, in_memory):
    """REX, VEX or EVEX, with the high bits of registers' numbers, and the map
    of opcodes. In EVEX index's place has rm's fifth bit, where that is a
    register."""
    _, _, kinds, _, under, space, w, l, pp, opcode_map, *_ = encoding
    r, x, b = reg >> 3 & 1, index >> 3 & 1, base >> 3 & 1
    if space == "":
        bits = w << 3 | r << 2 | x << 1 | b
        code = {0: b"", 2: b"\xf3"}[pp]
        code += bytes([0x40 | bits]) if bits else b""
        return code + (b"\x0f" if opcode_map else b"")
    if space == "VEX":
        last = (second ^ 15) << 3 | l << 2 | pp
        if not (x or b or w) and opcode_map == 1:
            return bytes([0xc5, (r ^ 1) << 7 | last])
        return bytes([0xc4, (r << 2 | x << 1 | b) << 5 ^ 0xe0 | opcode_map,
                      w << 7 | last])
    if not in_memory:
        x = base >> 4 & 1
    first = (r << 3 | x << 2 | b << 1 | reg >> 4 & 1) << 4 ^ 0xf0 | opcode_map
    return bytes([0x62, first,
                  w << 7 | (second & 15 ^ 15) << 3 | 4 | pp,
                  (under == "kz") << 7 | l << 5 | ("b" in kinds) << 4
                  | (second >> 4 ^ 1) << 3 | (mask or 0)])


def _modrm(reg, rm, unit):
    """ModRM, and what follows it."""
    if not isinstance(rm, Memory):
        return bytes([0xc0 | reg << 3 | rm & 7])
    base, index, scale, disp = rm
    if base == RIP:
        return bytes([reg << 3 | 5]) + disp.to_bytes(4, "little", signed=True)
    if disp == 0 and base & 7 != 5:
        mod, tail = 0, b""
    elif disp % unit == 0 and -128 <= disp // unit < 128:
        mod, tail = 1, bytes([disp // unit & 255])
    else:
        mod, tail = 2, disp.to_bytes(4, "little", signed=True)
    if index is None and base & 7 != 4:
        return bytes([mod << 6 | reg << 3 | base & 7]) + tail
    low = 4 if index is None else index & 7
    return bytes([mod << 6 | reg << 3 | 4,
                  (scale.bit_length() - 1) << 6 | low << 3 | base & 7]) + tail


# And back

class _Bytes:
    """What is still to be read of an instruction."""

    def __init__(self, code, at):
        self.code, self.at = code, at

    def number(self, size=1, signed=False):
        piece = self.code[self.at:self.at + size]
        if len(piece) != size:
            raise Unknown("an instruction that is cut short")
        self.at += size
        return int.from_bytes(piece, "little", signed=signed)


# What a prefix says: r, x, b are the high bits of ModRM's and SIB's registers,
# second a register; under, broadcast and mask are EVEX's.
_Prefix = namedtuple("_Prefix", "space w l pp map r x b second under broadcast"
                     " mask")


def _read_prefix(code):
    first = code.number()
    if first == 0xc5:
        bits = code.number()
        return _Prefix("VEX", 0, bits >> 2 & 1, bits & 3, 1, bits >> 7 ^ 1, 0,
                       0, bits >> 3 & 15 ^ 15, "", False, None)
    if first == 0xc4:
        high, bits = code.number() ^ 0xe0, code.number()
        return _Prefix("VEX", bits >> 7, bits >> 2 & 1, bits & 3, high & 31,
                       high >> 7, high >> 6 & 1, high >> 5 & 1,
                       bits >> 3 & 15 ^ 15, "", False, None)
    if first == 0x62:
        high, bits, low = code.number() ^ 0xf0, code.number(), code.number()
        mask = low & 7
        under = ("kz" if low >> 7 else "k") if mask else ""
        return _Prefix("EVEX", bits >> 7, low >> 5 & 3, bits & 3, high & 15,
                       high >> 7 | (high >> 4 & 1) << 1, high >> 6 & 1,
                       high >> 5 & 1,
                       bits >> 3 & 15 ^ 15 | (low >> 3 & 1 ^ 1) << 4, under,
                       bool(low >> 4 & 1), mask or None)
    pp = rex = opcode_map = 0
    if first == 0xf3:
        pp, first = 2, code.number()
    if first >> 4 == 4:
        rex, first = first, code.number()
    if first == 0x0f:
        opcode_map = 1
    else:
        code.at -= 1
    return _Prefix("", rex >> 3 & 1, 0, pp, opcode_map, rex >> 2 & 1,
                   rex >> 1 & 1, rex & 1, 0, "", False, None)


def _read_memory(code, prefix, mod, low, unit):
    base, index, scale = low, None, 1
    if low == 4:
        sib = code.number()
        base, index, scale = sib & 7, sib >> 3 & 7, 1 << (sib >> 6)
        index |= prefix.x << 3
        index = None if index == 4 else index
        if index is None and scale != 1:
            raise Unknown("a scale without an index")
    if mod == 0 and base == 5:
        if low == 4:
            raise Unknown("an address without a base")
        return Memory(RIP, None, 1, code.number(4, signed=True))
    disp = (0 if mod == 0 else code.number(signed=True) * unit if mod == 1
            else code.number(4, signed=True))
    return Memory(base | prefix.b << 3, index, scale, disp)


def _read_rest(code, prefix, encoding):
    """The operands, after the opcode; None where they are not this one's."""
    at = {"v": prefix.second}
    if "o" in encoding.places:
        at["o"] = code.code[code.at - 1] & 7 | prefix.b << 3
    if has_modrm(encoding):
        modrm = code.number()
        mod, reg, low = modrm >> 6, modrm >> 3 & 7, modrm & 7
        kind = encoding.kinds[encoding.places.index("m")]
        if ((mod != 3) != (kind in "mb")
                or encoding.digit not in (None, reg)):
            return None
        at["r"] = reg | prefix.r << 3
        at["m"] = low | prefix.b << 3 | prefix.x << 4
        if mod != 3:
            at["m"] = _read_memory(code, prefix, mod, low,
                                   operand_size(encoding))
    for kind, place in zip(encoding.kinds, encoding.places):
        if place == "i":
            at["i"] = code.number(4 if kind == "I" else 1, signed=True)
        elif place == "s":
            at["s"] = code.number() >> 4
    if encoding.last is not None and code.number() != encoding.last:
        return None
    operands = [at[place] for place in encoding.places]
    if any(kind == "k" and operand > 7
           for kind, operand in zip(encoding.kinds, operands)):
        return None
    return operands


def _index():
    """The encodings by what a prefix and an opcode say."""
    index = {}
    for encoding in ENCODINGS:
        for low in range(8 if "o" in encoding.places else 1):
            key = (*encoding[5:10], encoding.opcode + low, encoding.under,
                   "b" in encoding.kinds)
            index.setdefault(key, []).append(encoding)
    return index


_INDEX = _index()


def decode(code, start=0):
    return _decode(bytes(code[start:start + LONGEST]))


@lru_cache(1 << 16)
def _decode(code):
    """The first one in these bytes."""
    found = _Bytes(code, 0)
    prefix = _read_prefix(found)
    key = (*prefix[:5], found.number(), prefix.under, prefix.broadcast)
    after_opcode = found.at
    for encoding in _INDEX.get(key, ()):
        found.at = after_opcode
        operands = _read_rest(found, prefix, encoding)
        if operands is not None:
            own = code[:found.at]
            if encode(encoding, operands, prefix.mask) == own:
                return Instruction(encoding.name, own, operands, prefix.mask)
    raise Unknown("no instruction of the engines': "
                  + code[:12].hex(" "))


def decode_all(code):
    instructions, at = [], 0
    while at < len(code):
        instructions.append(decode(code, at))
        at += len(instructions[-1].code)
    return instructions
