#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Generate the AES-256-XTS edge-case vectors beside this file with python3-cryptography; usage: gen_edge.py [OUTDIR]

Common rules (all files):
  key byte i        = i                          for i = 0..63   (key1 = 00..1f, key2 = 20..3f)
  pattern byte i    = (i*i + 7*i + 13) mod 251   restarts at i = 0 for every Length / every sector run
  tweak of sector n = n as a 128-bit little-endian integer
"""
import hashlib, os, sys
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

OUT = sys.argv[1] if len(sys.argv) > 1 else '.'
KEY = bytes(range(64))
_P = bytes((i * i + 7 * i + 13) % 251 for i in range(251))          # period 251
def pat(n): return (_P * (n // 251 + 1))[:n]
def tw(n): return n.to_bytes(16, 'little')
def xts(tweak, data, enc=True, key=KEY):
    c = Cipher(algorithms.AES(key), modes.XTS(tweak)); o = c.encryptor() if enc else c.decryptor()
    r = o.update(data) + o.finalize()
    return r
sha = lambda b: hashlib.sha256(b).hexdigest()
def w(name, head, lines):
    with open(os.path.join(OUT, name), 'w') as f:
        for h in head: f.write('# ' + h + '\n')
        f.write('# Key = ' + KEY.hex() + '  (byte i = i)\n# pattern byte i = (i*i + 7*i + 13) mod 251\n\n')
        f.write('\n'.join(lines) + '\n')

S0 = 0x0123456789abcdef
L = ['%d %s %s' % (n, sha(xts(tw(S0), pat(n), True))[:16], sha(xts(tw(S0), pat(n), False))[:16]) for n in range(16, 4112)]
w('lengths_sha256.txt', ['every length of a data unit from 16 to 4111 bytes; Tweak = ' + tw(S0).hex() + ' (sector 0x0123456789abcdef)',
    'length, then the first 8 bytes of SHA-256 of the pattern encrypted, and of the pattern decrypted'], L)

# full hex for debugging
L = []
for n in list(range(16, 82)) + [95, 96, 97, 111, 112, 113, 127, 128, 129, 143, 144, 145, 159, 160, 161, 255, 256, 257, 271, 272, 273, 511, 512, 513, 520, 527, 528, 1023, 1024, 1025, 4095, 4096, 4097, 4111]:
    p = pat(n); L += ['ID = len-%d' % n, 'Key = ' + KEY.hex(), 'Tweak = ' + tw(S0).hex(), 'Plaintext = ' + p.hex(), 'Ciphertext = ' + xts(tw(S0), p).hex(), '']
w('lengths_full.txt', ['the same as lengths_sha256.txt for selected lengths, in full'], L)

# sector numbers
secs = {0, 1, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 2, 2**64 - 1, S0}
for k in range(1, 8): secs |= {2**(8*k) - 1, 2**(8*k), 2**(8*k) + 1}
secs |= {2**31 - 1, 2**31, 2**32 - 1, 2**32}
L = []
for size in (512, 4096):
    for s in sorted(secs):
        L += ['SectorSize = %d' % size, 'Sector = %d' % s, 'Tweak = ' + tw(s).hex(), 'SHA256 = ' + sha(xts(tw(s), pat(size))), '']
w('sectors_sha256.txt', ['one sector, tweak = Sector (64-bit) little-endian zero-extended to 16 bytes; SHA256 of the ciphertext',
                         'Sector is the data unit number itself for both sizes (IEEE 1619; dm-crypt iv_large_sectors), NOT 512-byte units'], L)

# runs of consecutive sectors, crossing byte carries in the counter
runs = [(0, 1), (0, 2), (0, 3), (0, 7), (0, 8), (0, 9), (0, 64), (1, 64), (0, 2048)] + [(2**(8*k) - 8, 16) for k in range(1, 8)] + [(2**31 - 8, 16), (2**32 - 8, 16), (2**63 - 8, 16), (2**64 - 16, 16), (S0, 16)]
L = []
for size in (512, 4096):
    for s, n in runs:
        if size * n > 2**21: n = 512
        d = pat(size * n); o = b''.join(xts(tw(s + i), d[i*size:(i+1)*size]) for i in range(n))
        L += ['SectorSize = %d' % size, 'FirstSector = %d' % s, 'SectorCount = %d' % n, 'SHA256 = ' + sha(o), '']
w('sector_runs_sha256.txt', ['SectorCount consecutive sectors, sector FirstSector + i has tweak FirstSector + i (64-bit LE); pattern runs through the whole buffer',
                             'SHA256 of the whole ciphertext'], L)

# chosen first tweak T = AES_key2(Tweak): Tweak = AES_key2^-1(T), so the doubling sees exact values
dec2 = Cipher(algorithms.AES(KEY[32:]), modes.ECB()).decryptor()
inv = lambda T: dec2.update(T)
names = {'zero': 0, 'one': 1, 'top': 1 << 127, 'top-1': 1 << 126, 'lane-carry': 1 << 63, 'lane-carry-32': 1 << 31, 'lane-carry-95': 1 << 95, 'lane0-ff': 2**64 - 1, 'lane1-ff': (2**64 - 1) << 64,
         'ones': 2**128 - 1, 'aa': int('aa' * 16, 16), '55': int('55' * 16, 16), 'only-0x87': 0x87, '7f': 2**127 - 1, 'b31-63-95-127': sum(1 << b for b in (31, 63, 95, 127))}
L = []
for nm, v in names.items():
    for n in (16, 17, 31, 32, 47, 80, 143, 272):
        t = inv(tw(v)); p = pat(n)
        L += ['ID = T-%s-len-%d' % (nm, n), 'Key = ' + KEY.hex(), 'Tweak = ' + t.hex(), 'Plaintext = ' + p.hex(), 'Ciphertext = ' + xts(t, p).hex(), '']
w('tweak_chosen_full.txt', ['tweak chosen so that T = AES_key2(Tweak) is a special 128-bit little-endian value'], L)
L = []
for b in range(128):
    t = inv(tw(1 << b)); L += ['TBit = %d' % b, 'Tweak = ' + t.hex(), 'Length = 2053', 'SHA256 = ' + sha(xts(t, pat(2053))), '']
w('tweak_singlebit_sha256.txt', ['T = AES_key2(Tweak) has the single bit TBit set (bit 127 = top bit of byte 15); Length 2053 = 128 blocks + 5 bytes'], L)

# long data units, up to the standard's limit of 2^20 blocks
L = []
for n in (8191, 8192, 8193, 65535, 65536, 65537, 2**20 - 1, 2**20, 2**20 + 1, 2**24 - 17, 2**24 - 16, 2**24 - 15, 2**24 - 1, 2**24):
    L += ['Length = %d' % n, 'SHA256 = ' + sha(xts(tw(S0), pat(n))), '']
w('long_sha256.txt', ['long single data units; Tweak = ' + tw(S0).hex(), '2^24 bytes = 2^20 blocks is the largest data unit SP 800-38E / IEEE 1619 allow'], L)

# key structure
L = []
for nm, k in (('zero-one', bytes(63) + b'\x01'), ('ones-zero', b'\xff' * 32 + bytes(32)), ('zero-ones', bytes(32) + b'\xff' * 32), ('differ-in-last-byte', bytes(range(32)) + bytes(range(31)) + b'\x20'),
              ('differ-in-first-bit', bytes(range(32)) + b'\x80' + bytes(range(1, 32)))):
    for n in (16, 33, 64):
        L += ['ID = key-%s-len-%d' % (nm, n), 'Key = ' + k.hex(), 'Tweak = ' + tw(S0).hex(), 'Plaintext = ' + pat(n).hex(), 'Ciphertext = ' + xts(tw(S0), pat(n), key=k).hex(), '']
w('keys_full.txt', ['special keys (the Key line of each vector counts, not the one in this header); all must be ACCEPTED: key1 != key2'], L)
w('must_reject.txt', ['inputs an implementation must refuse (no expected output); Why is the reason'],
  sum((['ID = short-%d' % n, 'Length = %d' % n, 'Why = data unit under 16 bytes', ''] for n in range(16)), []) +
  ['ID = equal-key-halves-zero', 'Key = ' + '00' * 64, 'Length = 32', 'Why = key1 == key2 (FIPS 140-3 IG C.I; SP 800-38E users)', '',
   'ID = equal-key-halves', 'Key = ' + (bytes(range(32)) * 2).hex(), 'Length = 32', 'Why = key1 == key2', '',
   'ID = too-long', 'Length = 16777217', 'Why = data unit over 2^20 blocks (SP 800-38E shall)', '',
   'ID = key-32', 'KeyBytes = 32', 'Why = AES-128-XTS key given to an AES-256-XTS tool', '', 'ID = key-48', 'KeyBytes = 48', 'Why = not a valid XTS-AES-256 key', '',
   'ID = key-63', 'KeyBytes = 63', 'Why = short', '', 'ID = key-65', 'KeyBytes = 65', 'Why = long', ''])
