# SPDX-License-Identifier: ISC
"""x86-64's instructions on vectors and masks, on bit vectors (trace.py).

A register is LANES values of 128 bits, the lowest first; what VEX or EVEX does not
write of it becomes zero.  A mask is a public number, or 8 bits that may be secret.
Selectors are constants: of others no meaning is given.
"""

from smt.bits import Bits, apply, constant, cut, join, less, sign
from smt.trace import Refused, bits_of, number
from smt.x86.operands import address_of, reader

LANES = 4
COUNT = {"x": 1, "y": 2, "z": 4}


def pieces(a, width):
    return [cut(a, at, width) for at in range(0, a.width, width)]


def selector(a):
    if a.op != "constant":
        raise Refused("a selector that is no constant")
    return a.number


def immediate(i, count):
    if not 0 <= i < count:
        raise Refused("an immediate with bits that are not in use")
    return i


def mask_of(value):
    return value if isinstance(value, Bits) else constant(8, number(value) & 255)


def spread(mask, i):
    """Bit i of a mask, 64 times."""
    return sign(join(constant(63, 0), cut(mask, i, 1)))


# On lanes: what the first operand becomes, from the others, each a list of lanes, and
# from what comes before them: settle, and for some what it was.

def lanewise(function):
    return lambda settle, *sources: [function(*lanes) for lanes in zip(*sources)]


def with_settle(function):
    return lambda settle, *sources: [function(settle, *lanes)
                                     for lanes in zip(*sources)]


def each(width, function):
    """On elements of a lane."""
    return lanewise(lambda *lanes: join(*(function(*parts) for parts in zip(
        *(pieces(lane, width) for lane in lanes)))))


def aes(rows, columns=None):
    def lane(settle, state, key):
        state = settle(apply(rows, state))
        if columns:
            state = settle(apply(columns, state))
        return state ^ key
    return with_settle(lane)


def shuffle_bytes(data, by):
    """A selector's highest bit clears the byte, its lowest four choose one."""
    of = pieces(data, 8)
    return join(*(constant(8, 0) if one >> 7 else of[one & 15]
                  for one in selector(by).to_bytes(16, "little")))


def blend(a, b, by):
    """By the highest bit of a selector's byte: of b where it is 1."""
    return join(*((x, y)[one >> 7] for x, y, one in zip(
        pieces(a, 8), pieces(b, 8), selector(by).to_bytes(16, "little"))))


def multishift(by, data):
    """Each byte is 8 bits of its half, from one on and around its end."""
    choice, result = selector(by).to_bytes(16, "little"), []
    for half in range(2):
        twice = join(*[cut(data, 64 * half, 64)] * 2)
        result += [cut(twice, one & 63, 8)
                   for one in choice[8 * half:8 * half + 8]]
    return join(*result)


PLAIN = {
    "vpxor": lanewise(lambda a, b: a ^ b),
    "vpaddd": each(32, lambda a, b: a + b),
    "vpaddq": each(64, lambda a, b: a + b),
    "vpshufb": lanewise(shuffle_bytes),
    "vpblendvb": lanewise(blend),
    "vpmultishiftqb": lanewise(multishift),
    "vaesenc": aes("aesenclast", "mix_columns"),
    "vaesenclast": aes("aesenclast"),
    "vaesdec": aes("aesdeclast", "inv_mix_columns"),
    "vaesdeclast": aes("aesdeclast"),
    "vaesimc": lanewise(lambda a: apply("inv_mix_columns", a)),
}
PLAIN |= {name: PLAIN["vpxor"] for name in ("vxorps", "vpxord", "vpxorq")}


def plain(trace, function, kinds, operands, mask):
    return function, sources(trace, kinds, operands)


def sources(trace, kinds, operands):
    count = COUNT[kinds[0]]
    return [lanes_of(trace, kind, place, count)
            for kind, place in zip(kinds[1:], operands[1:])]


def lanes_of(trace, kind, place, count, aligned=False):
    """A function that gives this many lanes of a register or of memory."""
    z, settle = trace.z, trace.settle
    if kind in COUNT:
        return lambda: z[place][:count]
    address = address_of(trace, place)

    def load():
        at = address()
        check_alignment(at, 16 * count if aligned else 1)
        return [settle(bits_of((at + 16 * i).load(16), 128))
                for i in range(count)]

    def broadcast():
        return [join(*[bits_of(address().load(8))] * 2)] * count
    return broadcast if kind == "b" else load


def check_alignment(pointer, unit):
    region, offset = pointer
    if region.modulus % unit or (region.skew + offset) % unit:
        raise Refused(f"{region.name} + {offset} is not known to be a multiple of "
                      f"{unit}")


# With an immediate, which is the last operand.

def words_by(i, a):
    return join(*(cut(a, 32 * (i >> 2 * at & 3), 32) for at in range(4)))


def halves_by(i, a):
    """Choose halves of two lanes."""
    parts = [half for lane in a for half in pieces(lane, 64)]
    chosen = [parts[i >> 2 * at & 3] for at in range(4)]
    return [join(*chosen[:2]), join(*chosen[2:])]


def align(i, a, b):
    """The low end of both, a above b, down by elements."""
    parts = [half for lane in [*b, *a] for half in pieces(lane, 64)][i:]
    return [join(*parts[at:at + 2]) for at in range(0, 8, 2)]


def insert(i, a, b):
    lanes = list(a)
    lanes[immediate(i, 2)] = b[0]
    return lanes


def up_bytes(i, a):
    return a << 8 * immediate(i, 16)


WITH_IMMEDIATE = {
    "vpshufd": lambda i, a: [words_by(i, lane) for lane in a],
    "vpslldq": lambda i, a: [up_bytes(i, lane) for lane in a],
    "vpermq": halves_by,
    "vinserti128": insert,
    "vshufi32x4": lambda i, a, b: [a[i & 3], a[i >> 2 & 3], b[i >> 4 & 3],
                                   b[i >> 6 & 3]],
    "valignq": lambda i, a, b: align(immediate(i, 8), a, b),
}


def with_immediate(trace, function, kinds, operands, mask):
    i = operands[-1] & 255
    return (lambda settle, *lanes: function(i, *lanes)), sources(
        trace, kinds[:-1], operands[:-1])


# That look at what the first operand was.

def ternary(i, *bits):
    """Where the three bits, the first the highest, make a number whose bit the
    immediate has."""
    result = constant(128, 0)
    for number_of in range(8):
        if i >> number_of & 1:
            product = constant(128, (1 << 128) - 1)
            for place, a in zip((4, 2, 1), bits):
                product = product & (a if number_of & place else ~a)
            result = result | product
    return result


def vpternlogq(trace, function, kinds, operands, mask):
    i, z = operands[-1] & 255, trace.z
    old = [lambda: z[operands[0]]]
    return (lambda settle, *lanes: [ternary(i, *lane) for lane in zip(*lanes)],
            old + sources(trace, kinds[:-1], operands[:-1]))


def under_mask(keeps, function):
    """Elements of 64 bits; where the mask has no 1 the old one stays, or zero comes."""
    def form(trace, _, kinds, operands, mask):
        k, z = trace.k, trace.z

        def elements(settle, old, *lanes):
            ones = mask_of(k[mask])
            parts = [[half for lane in one for half in pieces(lane, 64)]
                     for one in (old, *lanes)]
            made = [function(*rest) & spread(ones, i)
                    | (old if keeps else constant(64, 0)) & ~spread(ones, i)
                    for i, (old, *rest) in enumerate(zip(*parts))]
            return [join(*made[at:at + 2]) for at in range(0, 8, 2)]
        return elements, [lambda: z[operands[0]],
                          *sources(trace, kinds, operands)]
    return form


MASKED = {
    "vpandq": under_mask(False, lambda a, b: a & b),
    "vpaddq": under_mask(True, lambda a, b: a + b),
}


# Moves.

def move(aligned):
    def form(trace, _, kinds, operands, mask):
        """To a register, as the others; or to memory, by itself."""
        count = COUNT[kinds.replace("m", "")]
        if kinds[0] != "m":
            return (lambda settle, lanes: lanes), [
                lanes_of(trace, "m", operands[1], count, aligned)]
        address, z = address_of(trace, operands[0]), trace.z

        def step():
            at = address()
            check_alignment(at, 16 * count if aligned else 1)
            for i, lane in enumerate(z[operands[1]][:count]):
                (at + 16 * i).store(16, lane)
        return step, None
    return form


def broadcast_lane(trace, _, kinds, operands, mask):
    lane = lanes_of(trace, "m", operands[1], 1)
    return (lambda settle, lanes: lanes * COUNT[kinds[0]]), [lane]


def vextractf128(trace, _, kinds, operands, mask):
    i, z = immediate(operands[2], 2), trace.z
    return (lambda settle, lanes: [lanes[i]]), [lambda: z[operands[1]]]


def vmovq(trace, _, kinds, operands, mask):
    """Between a half and memory or a general register."""
    if kinds == "rx":
        return to_general(trace, operands[0], operands[1], 0)
    get = reader(trace, kinds[1], operands[1])
    return (lambda settle, half: [join(half, constant(64, 0))]), [
        lambda: bits_of(get())]


def to_general(trace, register, of, i):
    def step():
        trace.x[register] = trace.settle(cut(trace.z[of][0], 64 * i, 64))
    return step, None


def vpextrq(trace, _, kinds, operands, mask):
    return to_general(trace, operands[0], operands[1],
                      immediate(operands[2], 2))


def vpinsrq(trace, _, kinds, operands, mask):
    i, get = immediate(operands[3], 2), reader(trace, kinds[2], operands[2])

    def inserted(settle, a, b):
        halves = pieces(a[0], 64)
        halves[i] = b
        return [join(*halves)]
    return inserted, [lambda: trace.z[operands[1]], lambda: bits_of(get())]


def vmovhps(trace, _, kinds, operands, mask):
    get = reader(trace, "m", operands[2])
    return (lambda settle, a, high: [join(cut(a[0], 0, 64), high)]), [
        lambda: trace.z[operands[1]], lambda: bits_of(get())]


def vzeroupper(trace, _, kinds, operands, mask):
    def step():
        for register in range(16):
            put(trace, register, trace.z[register][:1])
    return step, None


# Masks.

def kmovd(trace, _, kinds, operands, mask):
    def step():
        trace.k[operands[0]] = number(trace.x[operands[1]]) & 0xffffffff
    return step, None


def kxorq(trace, _, kinds, operands, mask):
    def step():
        a, b = (trace.k[register] for register in operands[1:])
        trace.k[operands[0]] = 0 if a is b else number(a) ^ number(b)
    return step, None


def kaddb(trace, _, kinds, operands, mask):
    def step():
        a, b = (mask_of(trace.k[register]) for register in operands[1:])
        trace.k[operands[0]] = a + b
    return step, None


def vpcmpltuq(trace, _, kinds, operands, mask):
    get_a, get_b = (lanes_of(trace, kind, place, LANES)
                    for kind, place in zip(kinds[1:], operands[1:]))

    def step():
        trace.k[operands[0]] = join(*(
            less(a, b) for one, other in zip(get_a(), get_b())
            for a, b in zip(pieces(one, 64), pieces(other, 64))))
    return step, None


def put(trace, register, lanes):
    zero = constant(128, 0)
    trace.z[register] = [*lanes, *[zero] * (LANES - len(lanes))]


# How each is made: a function of settle and of what the sources give, and the sources;
# or one that is all of it, and None.
ALONE = {
    "vpternlogq": vpternlogq, "vmovdqa": move(True), "vmovdqa64": move(True),
    "vmovdqu": move(False), "vmovdqu64": move(False),
    "vbroadcasti128": broadcast_lane, "vbroadcastf128": broadcast_lane,
    "vbroadcasti32x4": broadcast_lane, "vextractf128": vextractf128,
    "vmovq": vmovq, "vpextrq": vpextrq, "vpinsrq": vpinsrq, "vmovhps": vmovhps,
    "vzeroupper": vzeroupper, "kmovd": kmovd, "kxorq": kxorq, "kaddb": kaddb,
    "vpcmpltuq": vpcmpltuq,
}
TABLE = {**{name: (plain, function) for name, function in PLAIN.items()},
         **{name: (with_immediate, function)
            for name, function in WITH_IMMEDIATE.items()},
         **{name: (form, None) for name, form in ALONE.items()}}
TABLE["vpandq"] = plain, each(64, lambda a, b: a & b)


def vector(trace, at, meaning, kinds, operands, mask):
    maker, function = meaning
    name = trace.instructions[at].form.partition("_")[0]
    if mask is not None:
        if name not in MASKED:
            raise Refused("a mask that is not in use")
        maker = MASKED[name]
    function, parts = maker(trace, function, kinds, operands, mask)
    if parts is None:
        return function
    settle = trace.settle

    def step():
        put(trace, operands[0], [settle(lane) for lane in function(
            settle, *(part() for part in parts))])
    return step
