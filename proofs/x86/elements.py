# SPDX-License-Identifier: ISC
"""What instructions on elements of 64 bits do that multiply or shift numbers:
see vector.py.
"""

from values import left, require, right
from x86.vector import by_lane, from_halves, halves


def by_element(function):
    def lane(algebra, *lanes):
        return algebra.join(*(
            function(algebra, *(algebra.slice(one, low, 64) for one in lanes))
            for low in (0, 64)))
    return lane


@by_lane
@by_element
def vpmuludq(algebra, b, a):
    """Of the low halves."""
    return algebra.product(algebra.slice(a, 0, 32), algebra.slice(b, 0, 32))


def element_shift(shift):
    def lane(algebra, i, a):
        require(0 < i < 64, "a shift that is not in use")
        return algebra.join(*(shift(algebra, algebra.slice(a, low, 64), i)
                              for low in (0, 64)))
    return by_lane(lane, True)


vpsrlq, vpsllq = element_shift(right), element_shift(left)


def product_added(low):
    """52 bits of a product of 52 bits each."""
    def form(machine, at, encoding, b, a, to):
        algebra, z = machine.algebra, machine.z

        def element(total, one, other):
            product = algebra.product(algebra.slice(one, 0, 52),
                                      algebra.slice(other, 0, 52))
            return algebra.add(total, algebra.join(
                algebra.slice(product, low, 52), algebra.constant(12, 0)))

        def step():
            machine.put_lanes(to, from_halves(algebra, [
                element(*three) for three in zip(
                    *(halves(algebra, z[i]) for i in (to, a, b)))]))
        return step
    return form


vpmadd52luq, vpmadd52huq = product_added(0), product_added(52)
