#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Print the known answer of src/xts.c: BLAKE2b-256 of the schedules and of the
runs, by python3-cryptography and a key expansion written out from FIPS 197."""
import hashlib
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def mul(a, b):
    r = 0
    while b:
        r ^= a if b & 1 else 0
        a = a << 1 ^ (0x11b if a & 0x80 else 0)
        b >>= 1
    return r


def sub(a):
    inverse = next((b for b in range(256) if mul(a, b) == 1), 0)
    r = 0x63
    for i in range(5):
        r ^= (inverse << i | inverse >> 8 - i) & 0xff
    return r


def expand(key):
    w = [key[i:i + 4] for i in range(0, 32, 4)]
    for i in range(8, 60):
        t = list(w[i - 1])
        if i % 8 == 0:
            t = [sub(b) for b in t[1:] + t[:1]]
            t[0] ^= 1 << i // 8 - 1
        elif i % 8 == 4:
            t = [sub(b) for b in t]
        w.append(bytes(a ^ b for a, b in zip(t, w[i - 8])))
    return [b''.join(w[i:i + 4]) for i in range(0, 60, 4)]


def unmix(block):
    row = (14, 11, 13, 9)
    out = bytearray(16)
    for i in range(16):
        for j in range(4):
            out[i] ^= mul(block[i & 12 | (i + j) & 3], row[j])
    return bytes(out)


key = bytes(range(64))
data, tweak = expand(key[:32]), expand(key[32:])
inverse = [data[14]] + [unmix(k) for k in data[13:0:-1]] + [data[0]]
h = hashlib.blake2b(b''.join(data + inverse + tweak), digest_size=32)
runs = [(9, 512), (2, 2048), (1, 4109), (1, 160), (1, 17)]
runs += [(1, unit) for unit in range(16, 129, 16)]
for n, unit in runs:
    plain = bytes((i * i + 7 * i + 13) % 251 for i in range(n * unit))
    for i in range(n):
        number = (2**64 - 5 + i).to_bytes(16, 'little')
        e = Cipher(algorithms.AES(key), modes.XTS(number)).encryptor()
        h.update(e.update(plain[unit * i:unit * i + unit]) + e.finalize())
d = h.digest()
for i in range(0, 32, 8):
    print('\t' + ', '.join('0x%02x' % b for b in d[i:i + 8]) + ',')

# Of Poly1305, in src/poly1305.c: by RFC 8439, 2.5.
p, r_mask = 2**130 - 5, 0x0ffffffc0ffffffc0ffffffc0fffffff
message = bytes((i * i + 7 * i + 13) % 251 for i in range(42 * 16))
key = bytes(255 - i for i in range(32))
r = int.from_bytes(key[:16], 'little') & r_mask
total = 0
for n in range(41):
    h = 0
    for i in range(n + n % 3):
        block = message[16 * i:16 * i + 16] + b'\1'
        h = (h + int.from_bytes(block, 'little')) * r % p
    total += h + int.from_bytes(key[16:], 'little')
d = (total % 2**128).to_bytes(16, 'little')
print()
for i in range(0, 16, 8):
    print('\t' + ', '.join('0x%02x' % b for b in d[i:i + 8]) + ',')
