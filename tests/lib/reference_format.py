# SPDX-License-Identifier: ISC
"""The file format that xtscrypt(5) describes: header, keys and payload.

See reference.py.
"""

import hashlib
import io
import re
import secrets
import struct
from collections import namedtuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt as aead_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt as aead_encrypt,
    crypto_pwhash_ALG_ARGON2ID13, crypto_pwhash_alg)
from nacl.exceptions import CryptoError

NO_SLOT_OPENS, BAD_HEADER, BAD_PAYLOAD = 3, 4, 5                # exit status

MAGIC, VERSION, AES_256_XTS = b"XTSCRYPT", 1, 1
MAGIC_AND_VERSION = MAGIC + struct.pack("<H", VERSION)
EMPTY, ARGON2ID, UNKNOWN_KIND = 0, 1, 77        # kinds of slots
PASSPHRASE, KEY_FILE = 1, 2                     # factors; 3 is both
HEADER_BYTES, RECORD_BYTES, BLOCK = 4096, 32, 16
SECTORS, SPANS = (512, 4096), range(20, 41)
SEGMENTS = [1 << n for n in range(12, 21)]
LENGTH_MAX, LAST_SEGMENT, LENGTH_UNKNOWN = 1 << 62, 1 << 63, (1 << 64) - 1
MEMORY_LIMIT, WORK_LIMIT = 2 << 20, 16 << 20    # in KiB

HEADER = struct.Struct("<8s H BB II BB H Q 16s QQ")             # bytes 0 to 63
Header = namedtuple("Header", "magic version cipher integrity sector segment"
                    " span state parts length file_id generation zero_56")
SLOT = struct.Struct("<BB H III 16s 24s 48s 24s")
Slot = namedtuple("Slot", "kind factors zero_2 passes memory zero_12 salt"
                  " nonce box name")


class Refused(Exception):
    """Arguments: the exit status and the reason."""


def require(condition, status, reason):
    if not condition:
        raise Refused(status, reason)


# The header

def blake2b(message, key=b"", size=32):
    return hashlib.blake2b(message, key=key, digest_size=size).digest()


def has_checksum(raw):
    return len(raw) == HEADER_BYTES and blake2b(raw[:4064]) == raw[4064:]


def is_good(slot):
    if slot.kind == EMPTY:
        return not any(SLOT.pack(*slot))
    if slot.kind == ARGON2ID:
        return (slot.factors in (1, 2, 3) and 1 <= slot.passes <= 64
                and slot.memory >= 8192 and slot.zero_2 == slot.zero_12 == 0
                and re.fullmatch(rb"[\x20-\x7e]*\0*", slot.name))
    return True                         # an unknown kind may hold anything


def check_header(raw):
    """The fields and the slots of a header, when all of them are good."""
    require(raw.startswith(MAGIC), BAD_HEADER, "not an xtscrypt file")
    require(raw.startswith(MAGIC_AND_VERSION), BAD_HEADER, "another version")
    require(has_checksum(raw), BAD_HEADER, "the header is damaged")
    header = Header._make(HEADER.unpack(raw[:64]))
    integrity = header.integrity
    slots = [Slot._make(fields) for fields in SLOT.iter_unpack(raw[64:1088])]
    for name, good in {
        "cipher": header.cipher == AES_256_XTS,
        "integrity": integrity in (0, 1),
        "sector": header.sector in SECTORS,
        "segment": header.segment in (SEGMENTS if integrity else [0]),
        "span": header.span in SPANS,
        "state": header.state in (0, 1, 2, 3),
        "parts": (header.parts > 0 and 0 < header.length <= LENGTH_MAX
                  if header.state == 3 else header.parts == 0),
        "length": (header.length <= LENGTH_MAX
                   or header.length == LENGTH_UNKNOWN and integrity == 1),
        "generation": header.generation >= 1,
        "zero byte": not (header.zero_56 or any(raw[1088:4032])),
        "key slot": all(is_good(slot) for slot in slots),
        "number of key slots": any(slot.kind != EMPTY for slot in slots),
    }.items():
        require(good, BAD_HEADER, f"bad {name} in the header")
    return header, slots


# The keys

def kdf(key, size, number, context):
    """crypto_kdf_derive_from_key of libsodium."""
    return hashlib.blake2b(key=key, digest_size=size, person=context,
                           salt=struct.pack("<Q", number)).digest()


def slot_key(slot, passphrase, key_file):
    """The key of a slot; None when a factor that it needs was not given."""
    if (slot.factors & PASSPHRASE and passphrase is None
            or slot.factors & KEY_FILE and key_file is None):
        return None
    secret = passphrase if slot.factors & PASSPHRASE else b""
    if slot.factors & KEY_FILE:
        secret = blake2b(secret, key=blake2b(key_file, size=64), size=64)
    return crypto_pwhash_alg(32, secret, slot.salt, slot.passes,
                             slot.memory * 1024, crypto_pwhash_ALG_ARGON2ID13)


def header_mac(raw, master):
    return blake2b(raw[:4032], key=kdf(master, 32, 0, b"xtc-head"))


def open_master(raw, header, slots, passphrase, key_file):
    """The master key from the first slot that opens and fits the MAC."""
    reason = "wrong passphrase or key file"
    for n, slot in enumerate(slots):
        if slot.kind != ARGON2ID:
            continue
        if (slot.memory > MEMORY_LIMIT
                or slot.passes * slot.memory > WORK_LIMIT):
            reason += f"; slot {n} costs too much and was skipped"
            continue
        key = slot_key(slot, passphrase, key_file)
        if key is None:
            continue
        try:
            data = header.file_id + SLOT.pack(*slot)[:32]
            master = aead_decrypt(slot.box, data, slot.nonce, key)
        except CryptoError:
            continue
        if header_mac(raw, master) == raw[4032:4064]:
            return master
    raise Refused(NO_SLOT_OPENS, reason)


def layout_key(raw, master):
    return blake2b(b"xtc-layout" + raw[10:21] + raw[32:48], key=master)


def open_header(raw, passphrase, key_file):
    """The header, and the layout key."""
    header, slots = check_header(raw)
    master = open_master(raw, header, slots, passphrase, key_file)
    return header, layout_key(raw, master)


# The payload

def pieces(size, step):
    """Where pieces start and end; one starts if at least 16 bytes are left."""
    starts = list(range(0, size - BLOCK + 1, step))
    return list(zip(starts, starts[1:] + [size]))


def xts(data, header, layout, direction, at=0):
    """
    The data units from byte at on; direction is Cipher.encryptor or
    Cipher.decryptor.
    """
    units = []
    for start, end in pieces(len(data), header.sector):
        keys = kdf(layout, 64, (at + start) >> header.span, b"xtc-span")
        require(keys[:32] != keys[32:], BAD_HEADER, "equal XTS keys")
        tweak = ((at + start) // header.sector).to_bytes(16, "little")
        unit = direction(Cipher(algorithms.AES(keys), modes.XTS(tweak)))
        units.append(unit.update(data[start:end]) + unit.finalize())
    return b"".join(units)


def segments(size, header):
    """The size of each segment, and the number in the nonce of its tag."""
    sizes = [end - start for start, end in pieces(size, header.segment)] or [0]
    last = len(sizes) - 1
    return list(zip(sizes, [*range(last), last + LAST_SEGMENT]))


def make_record(segment, number, nonce, layout):
    key = kdf(layout, 32, 0, b"xtc-segm")
    number = struct.pack("<Q", number)
    return nonce + aead_encrypt(b"", segment, nonce + number, key)


def add_records(ciphertext, header, layout, at=0):
    """The segments from byte at on; the last is one only at the end."""
    stream, payload = io.BytesIO(ciphertext), bytearray()
    inside = at + len(ciphertext) < header.length != LENGTH_UNKNOWN
    for size, number in segments(len(ciphertext), header):
        segment, nonce = stream.read(size), secrets.token_bytes(16)
        number = number % LAST_SEGMENT if inside else number
        number += at // header.segment
        payload += segment + make_record(segment, number, nonce, layout)
    return payload


def remove_records(payload, size, header, layout):
    stream, ciphertext = io.BytesIO(payload), bytearray()
    for n, (size, number) in enumerate(segments(size, header)):
        segment, record = stream.read(size), stream.read(RECORD_BYTES)
        require(record == make_record(segment, number, record[:16], layout),
                BAD_PAYLOAD, f"segment {n} is damaged")
        ciphertext += segment
    return ciphertext


def data_size(size, header):
    """The bytes of data in a payload of a size that some writer makes."""
    if header.integrity:
        count = 1 + max(0, size - 48) // (header.segment + RECORD_BYTES)
        size -= count * RECORD_BYTES
        require((size == 0 or size >= BLOCK)
                and len(segments(size, header)) == count,
                BAD_PAYLOAD, "the payload is cut, or too long")
    length = header.length
    if length == LENGTH_UNKNOWN:
        length = max(size, BLOCK)
    require(size == (max(length, BLOCK) if length else 0), BAD_PAYLOAD,
            "the size of the payload contradicts the length")
    return size


def full_size(size, header):
    """Of this much data and each segment that is full with it."""
    count = size // header.segment if header.integrity else 0
    return size + RECORD_BYTES * count


def remove_all(payload, header, layout):
    """The plaintext of a payload."""
    size = data_size(len(payload), header)
    if header.integrity:
        payload = remove_records(payload, size, header, layout)
    data = xts(payload, header, layout, Cipher.decryptor)
    length = min(header.length, size)
    require(not any(data[length:]), BAD_PAYLOAD, "a padding byte is not zero")
    return data[:length]
