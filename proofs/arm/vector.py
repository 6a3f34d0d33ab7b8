# SPDX-License-Identifier: ISC
"""Instructions on vector registers.  All are SECRET: what a vector
register holds is a secret, whatever it is.
"""

from values import left, right


def to_vector(function):
    """An instruction that computes one vector: function(algebra, i) without a
    source, (algebra, i, old d, n) with one, (algebra, i, n, m) with two."""
    def form(machine, at, d, n=None, m=None, i=0):
        v, algebra = machine.v, machine.algebra
        if n is None:
            def step():
                v[d] = function(algebra, i)
        elif m is None:
            def step():
                v[d] = function(algebra, i, v[d], v[n])
        else:
            def step():
                v[d] = function(algebra, i, v[n], v[m])
        return step
    return form


@to_vector
def aese(algebra, i, d, n):
    return algebra.sub_bytes(algebra.shift_rows(algebra.xor(d, n)))


@to_vector
def aesd(algebra, i, d, n):
    return algebra.inv_sub_bytes(algebra.inv_shift_rows(algebra.xor(d, n)))


@to_vector
def aesmc(algebra, i, d, n):
    return algebra.mix_columns(n)


@to_vector
def aesimc(algebra, i, d, n):
    return algebra.inv_mix_columns(n)


@to_vector
def eor_v(algebra, i, n, m):
    return algebra.xor(n, m)


@to_vector
def movi_2d_zero(algebra, i):
    return algebra.constant(128, 0)


@to_vector
def movi_4s(algebra, i):
    return lanes(algebra, [algebra.constant(32, i)] * 4)


@to_vector
def dup_4s(algebra, i, d, n):
    return lanes(algebra, [algebra.slice(n, 32 * i, 32)] * 4)


@to_vector
def ext(algebra, i, n, m):
    """16 bytes from byte i of n on, which m follows."""
    if i == 0:
        return n
    return algebra.join(algebra.slice(n, 8 * i, 128 - 8 * i),
                        algebra.slice(m, 0, 8 * i))


def lanes(algebra, words):
    low, high = algebra.join(*words[:2]), algebra.join(*words[2:])
    return algebra.join(low, high)


def each_lane(function):
    def vector(algebra, i, d, n):
        return lanes(algebra, [
            function(algebra, i, algebra.slice(d, at, 32),
                     algebra.slice(n, at, 32)) for at in (0, 32, 64, 96)])
    return to_vector(vector)


@each_lane
def ushr_4s(algebra, i, d, n):
    """i is 32 less than what the encoding has, which is 64 - shift."""
    if i == 0:
        return algebra.constant(32, 0)
    return right(algebra, n, 32 - i)


@each_lane
def shl_4s(algebra, i, d, n):
    return left(algebra, n, i)


@each_lane
def sli_4s(algebra, i, d, n):
    """Bits of d are shifted in."""
    if i == 0:
        return n
    return algebra.join(algebra.slice(d, 0, i), algebra.slice(n, 0, 32 - i))
