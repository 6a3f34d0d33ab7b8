# SPDX-License-Identifier: ISC
"""What instructions on vectors and masks do: see general.py. A vector is a list
of lanes of 128 bits, the lowest first; VEX and EVEX clear what lies above it.

All of these are SECRET, but for what says so: selectors and immediates, which
have to be the same whatever the secrets are. README.md says what is known of
the time that these instructions take.
"""

from values import Secret, bytes_of, joined, number, require, secret
from x86.decode import BYTES
from x86.general import load, where
from x86.machine import LANES, aligned

ONES = (1 << 128) - 1


def lanes_of(kind):
    return BYTES[kind] // 16


def halves(algebra, lanes):
    """The elements of 64 bits."""
    return [algebra.slice(lane, low, 64) for lane in lanes for low in (0, 64)]


def from_halves(algebra, elements):
    return [algebra.join(*elements[i:i + 2])
            for i in range(0, len(elements), 2)]


def load_lanes(machine, pointer, count):
    region, algebra, at = pointer.region, machine.algebra, pointer.offset
    require(0 <= at and at + 16 * count <= region.size,
            f"reads outside: {pointer!r}, {16 * count} bytes")
    return [secret(algebra, region.load(algebra, at + 16 * lane, 16), 128)
            for lane in range(count)]


def source(machine, kind, place, count, aligned_to=1):
    """A function that gives this many lanes."""
    algebra, z = machine.algebra, machine.z
    if kind in BYTES:
        return lambda: z[place][:count]
    address = where(machine, place)
    if kind == "b":
        def broadcast():
            element = secret(algebra, load(machine, address(), 8), 64)
            return [algebra.join(element, element)] * count
        return broadcast

    def from_memory():
        pointer = address()
        if aligned_to > 1:
            aligned(pointer, aligned_to)
        return load_lanes(machine, pointer, count)
    return from_memory


def bits_of(machine, mask):
    """A mask's eight lowest, as secrets of one bit."""
    algebra, value = machine.algebra, machine.k[mask]
    if not isinstance(value, Secret):
        value = algebra.constant(8, number(value) & 255)
    return [algebra.slice(value, bit, 1) for bit in range(8)]


def selects(i, count):
    """An immediate of which the CPU looks at no more than that."""
    require(0 <= i < count, "an immediate with bits that are not in use")
    return i


# Masks

def kmovd(machine, at, encoding, source_register, target):
    """A public number."""
    x, k = machine.x, machine.k

    def step():
        k[target] = number(x[source_register]) & 0xffffffff
    return step


def kxorq(machine, at, encoding, b, a, target):
    """Of a mask and itself, whatever it was; or of public ones."""
    k = machine.k

    def step():
        k[target] = 0 if a == b else number(k[a]) ^ number(k[b])
    return step


def kaddb(machine, at, encoding, b, a, target):
    algebra, k = machine.algebra, machine.k

    def low(mask):
        value = k[mask]
        return value if isinstance(value, Secret) else algebra.constant(
            8, number(value) & 255)

    def step():
        k[target] = algebra.add_with_carry(low(a), low(b),
                                           algebra.constant(1, 0))[0]
    return step


def vpcmpltuq(machine, at, encoding, b, a, target):
    algebra, k = machine.algebra, machine.k
    get_b = source(machine, encoding.kinds[0], b, LANES)
    get_a = source(machine, encoding.kinds[1], a, LANES)

    def step():
        result = None
        for one, other in zip(halves(algebra, get_a()),
                              halves(algebra, get_b())):
            bit = algebra.less(one, other)
            result = bit if result is None else algebra.join(result, bit)
        k[target] = result
    return step


def vzeroupper(machine, at, encoding):
    """Of zmm0 to zmm15."""
    def step():
        for register in range(16):
            machine.put_lanes(register, machine.z[register][:1])
    return step


# Moves

def move(aligned_to):
    """aligned_to: 1, or else the size of what is moved."""
    def form(machine, at, encoding, from_, to):
        kinds, algebra = encoding.kinds, machine.algebra
        kind = kinds.replace("m", "")
        count, unit = lanes_of(kind), BYTES[kind] if aligned_to else 1
        if kinds[0] == "m":
            get = source(machine, "m", from_, count, unit)
            return lambda: machine.put_lanes(to, get())
        address = where(machine, to)

        def step():
            pointer = address()
            if aligned_to:
                aligned(pointer, unit)
            at = pointer.offset
            require(0 <= at and at + 16 * count <= pointer.region.size,
                    f"writes outside: {pointer!r}, {16 * count} bytes")
            for lane in range(count):
                pointer.region.store(algebra, at + 16 * lane, 16,
                                     machine.z[from_][lane])
        return step
    return form


vmovdqa = vmovdqa64 = move(True)
vmovdqu = vmovdqu64 = move(False)


def vmovq(machine, at, encoding, from_, to):
    algebra, z, x = machine.algebra, machine.z, machine.x
    if encoding.kinds == "xr":
        return lambda: machine.put(to, algebra.slice(z[from_][0], 0, 64))
    if encoding.kinds == "rx":
        def get():
            return x[from_]
    else:
        address = where(machine, from_)

        def get():
            return load(machine, address(), 8)
    return lambda: machine.put_lanes(to, [algebra.join(
        secret(algebra, get(), 64), algebra.constant(64, 0))])


def vmovhps(machine, at, encoding, high, low, to):
    algebra, z = machine.algebra, machine.z
    address = where(machine, high)
    return lambda: machine.put_lanes(to, [algebra.join(
        algebra.slice(z[low][0], 0, 64),
        secret(algebra, load(machine, address(), 8), 64))])


def vpextrq(machine, at, encoding, i, from_, to):
    algebra, z, low = machine.algebra, machine.z, 64 * selects(i, 2)
    return lambda: machine.put(to, algebra.slice(z[from_][0], low, 64))


def vpinsrq(machine, at, encoding, i, one, others, to):
    algebra, z, x, i = machine.algebra, machine.z, machine.x, selects(i, 2)

    def step():
        parts = halves(algebra, z[others][:1])
        parts[i] = secret(algebra, x[one], 64)
        machine.put_lanes(to, from_halves(algebra, parts))
    return step


def broadcast(machine, at, encoding, from_, to):
    get = source(machine, "m", from_, 1)
    count = lanes_of(encoding.kinds[1])
    return lambda: machine.put_lanes(to, get() * count)


vbroadcasti128 = vbroadcastf128 = vbroadcasti32x4 = broadcast


def vpbroadcastq(machine, at, encoding, from_, to):
    get = source(machine, "b", from_, lanes_of(encoding.kinds[1]))
    return lambda: machine.put_lanes(to, get())


def vinserti128(machine, at, encoding, i, one, others, to):
    z, i = machine.z, selects(i, 2)

    def step():
        lanes = z[others][:2]
        lanes[i] = z[one][0]
        machine.put_lanes(to, lanes)
    return step


def vextractf128(machine, at, encoding, i, from_, to):
    z, i = machine.z, selects(i, 2)
    return lambda: machine.put_lanes(to, [z[from_][i]])


def vpermq(machine, at, encoding, i, from_, to):
    algebra, z = machine.algebra, machine.z
    if encoding.kinds == "zzz":
        return permute(machine, from_, i, to)

    def step():
        parts = halves(algebra, z[from_][:2])
        machine.put_lanes(to, from_halves(algebra, [
            parts[i >> 2 * place & 3] for place in range(4)]))
    return step


def permute(machine, selector, data, to):
    """Of 8 elements. The selector is no secret."""
    algebra, z = machine.algebra, machine.z

    def step():
        parts = halves(algebra, z[data])
        machine.put_lanes(to, from_halves(algebra, [
            parts[algebra.known(i) & 7]
            for i in halves(algebra, z[selector])]))
    return step


def vshufi32x4(machine, at, encoding, i, b, a, to):
    z = machine.z
    return lambda: machine.put_lanes(to, [
        z[a][i & 3], z[a][i >> 2 & 3], z[b][i >> 4 & 3], z[b][i >> 6 & 3]])


def valignq(machine, at, encoding, i, b, a, to):
    algebra, z, i = machine.algebra, machine.z, selects(i, 8)

    def step():
        both = halves(algebra, z[b] + z[a])
        machine.put_lanes(to, from_halves(algebra, both[i:i + 8]))
    return step


# One lane at a time

def by_lane(function, with_immediate=False):
    """function(algebra, [immediate,] sources in the order of AT&T)."""
    def form(machine, at, encoding, *operands):
        algebra, kinds = machine.algebra, encoding.kinds
        to, count = operands[-1], lanes_of(kinds[-1])
        before = ()
        if with_immediate:
            before, operands, kinds = operands[:1], operands[1:], kinds[1:]
        sources = [source(machine, kind, place, count)
                   for kind, place in zip(kinds[:-1], operands[:-1])]
        return lambda: machine.put_lanes(to, [
            function(algebra, *before, *lanes)
            for lanes in zip(*(get() for get in sources))])
    return form


@by_lane
def vaesenc(algebra, key, state):
    return algebra.xor(algebra.mix_columns(algebra.sub_bytes(
        algebra.shift_rows(state))), key)


@by_lane
def vaesenclast(algebra, key, state):
    return algebra.xor(algebra.sub_bytes(algebra.shift_rows(state)), key)


@by_lane
def vaesdec(algebra, key, state):
    return algebra.xor(algebra.inv_mix_columns(algebra.inv_sub_bytes(
        algebra.inv_shift_rows(state))), key)


@by_lane
def vaesdeclast(algebra, key, state):
    return algebra.xor(algebra.inv_sub_bytes(
        algebra.inv_shift_rows(state)), key)


@by_lane
def vaesimc(algebra, key):
    return algebra.inv_mix_columns(key)


@by_lane
def vpxor(algebra, b, a):
    return algebra.xor(a, b)


vxorps = vpxord = vpxorq = vpxor


@by_lane
def vpor(algebra, b, a):
    return algebra.either(a, b)


vporq = vpor


@by_lane
def vpand(algebra, b, a):
    return algebra.both(a, b)


@by_lane
def vpunpcklqdq(algebra, b, a):
    return algebra.join(algebra.slice(a, 0, 64), algebra.slice(b, 0, 64))


@by_lane
def vpunpckhqdq(algebra, b, a):
    return algebra.join(algebra.slice(a, 64, 64), algebra.slice(b, 64, 64))


@by_lane
def vpaddd(algebra, b, a):
    result = algebra.constant(0, 0)
    for low in range(0, 128, 32):
        result = algebra.join(result, algebra.add(
            algebra.slice(a, low, 32), algebra.slice(b, low, 32)))
    return result


@by_lane
def vpshufb(algebra, selector, data):
    """The selector is no secret."""
    selector, parts = algebra.known(selector), bytes_of(algebra, data)
    return joined(algebra, [
        algebra.constant(8, 0) if selector >> low & 0x80
        else parts[selector >> low & 15] for low in range(0, 128, 8)])


@by_lane
def vpblendvb(algebra, selector, b, a):
    """The selector is no secret."""
    selector = algebra.known(selector)
    return joined(algebra, [
        one if selector >> 8 * i & 0x80 else other
        for i, (one, other) in enumerate(zip(bytes_of(algebra, b),
                                             bytes_of(algebra, a)))])


@by_lane
def vpmultishiftqb(algebra, data, selector):
    """The selector is no secret."""
    selector, parts = algebra.known(selector), []
    for i, half in enumerate(halves(algebra, [data])):
        twice = algebra.join(half, half)
        for low in range(0, 64, 8):
            parts.append(algebra.slice(
                twice, selector >> 64 * i + low & 63, 8))
    return joined(algebra, parts)


def vpshufd_lane(algebra, i, data):
    return joined(algebra, [algebra.slice(data, 32 * (i >> 2 * place & 3), 32)
                            for place in range(4)])


def vpslldq_lane(algebra, i, data):
    """Up by bytes."""
    bits = 8 * selects(i, 16)
    return algebra.join(algebra.constant(bits, 0),
                        algebra.slice(data, 0, 128 - bits))


vpshufd = by_lane(vpshufd_lane, True)
vpslldq = by_lane(vpslldq_lane, True)


def vpternlogq(machine, at, encoding, i, c, b, to):
    """The function of three bits that has the immediate for a table, as a sum
    of products."""
    algebra, kinds = machine.algebra, encoding.kinds
    get_c, get_b = (source(machine, kind, place, LANES) for kind, place
                    in ((kinds[1], c), (kinds[2], b)))
    terms = [i >> place & 1 for place in range(8)]
    for bit in 1, 2, 4:
        for place in range(8):
            if place & bit:
                terms[place] ^= terms[place ^ bit]

    def lane(*factors):
        result = algebra.constant(128, 0)
        for place in range(8):
            if terms[place]:
                product = algebra.constant(128, ONES)
                for bit, factor in zip((4, 2, 1), factors):
                    if place & bit:
                        product = algebra.both(product, factor)
                result = algebra.xor(result, product)
        return result
    return lambda: machine.put_lanes(to, [
        lane(*lanes) for lanes in zip(machine.z[to], get_b(), get_c())])


# Elements of 64 bits, under a mask

def spread(algebra, bit):
    """64 times."""
    return algebra.sign(algebra.join(algebra.constant(63, 0), bit))


def vpandq(machine, at, encoding, b, a, to, mask=None):
    algebra = machine.algebra
    if mask is None:
        return vpand(machine, at, encoding, b, a, to)
    get_b = source(machine, encoding.kinds[0], b, LANES)
    get_a = source(machine, encoding.kinds[1], a, LANES)

    def step():
        elements = [algebra.both(spread(algebra, bit), algebra.both(one, other))
                    for one, other, bit in zip(halves(algebra, get_a()),
                                               halves(algebra, get_b()),
                                               bits_of(machine, mask))]
        machine.put_lanes(to, from_halves(algebra, elements))
    return step


def vpaddq(machine, at, encoding, b, a, to, mask=None):
    """Where the mask has no one, the old element stays; and only a sum with
    that element is in use, so that nothing is added there."""
    algebra, count = machine.algebra, lanes_of(encoding.kinds[-1])
    get_b = source(machine, encoding.kinds[0], b, count)
    get_a = source(machine, encoding.kinds[1], a, count)
    require(mask is None or a == to, "a sum under a mask that is not in use")

    def step():
        elements = zip(halves(algebra, get_a()), halves(algebra, get_b()))
        if mask is None:
            sums = [algebra.add(*pair) for pair in elements]
        else:
            sums = [algebra.add(one, algebra.both(spread(algebra, bit), other))
                    for (one, other), bit in zip(elements,
                                                 bits_of(machine, mask))]
        machine.put_lanes(to, from_halves(algebra, sums))
    return step
