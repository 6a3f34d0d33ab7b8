#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Reference implementation of the xtscrypt file format, version 1.

Written from the description of the format alone, to be compared with
xtscrypt in tests: simple rather than fast, and no secret is wiped.  `decrypt`
writes nothing unless all of its input was verified.  `encrypt` writes what it
is told, also what the format forbids (such as any state), to see it refused.

Exit status: 0 done; 1 input or output failed; 2 usage; 3 no slot opens; 4 no
header, a bad one, or one not to be read; 5 the payload is damaged or cut.
"""

import argparse
import hashlib
import io
import json
import os
import re
import secrets
import struct
import sys
from collections import namedtuple
from pathlib import Path

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
                    " span state zero_22 length file_id generation zero_56")
SLOT = struct.Struct("<BB H III 16s 24s 48s 24s")
Slot = namedtuple("Slot", "kind factors zero_2 passes memory zero_12 salt"
                  " nonce box name")
HEAD = struct.Struct("<8s H BB I 16s Q 16s QQ QQQ")             # of a journal
Head = namedtuple("Head", "magic version purpose attached chunk file_id"
                  " generation journal_id epoch area length before after")
RECORD = struct.Struct("<8s 16s QQ BB H I Q 16s 16s Q QQ")      # one range
Record = namedtuple("Record", "magic journal_id epoch sequence kind last ranges"
                    " zero_44 chunk next before size at range_size")
CHUNK, ENCRYPTING, DECRYPTING = 8 << 20, 1, 2


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
        "state": header.state in (0, 1, 2),
        "length": (header.length <= LENGTH_MAX
                   or header.length == LENGTH_UNKNOWN and integrity == 1),
        "generation": header.generation >= 1,
        "zero byte": not (header.zero_22 or header.zero_56
                          or any(raw[1088:4032])),
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


# The journal of a conversion in place

def payload_size(size, header):
    if header.integrity:
        size += RECORD_BYTES * len(segments(size, header))
    return size


def has_tag(block, data, number, layout):
    key = kdf(layout, 32, 0, b"xtc-jour")
    nonce = block[4064:4080] + struct.pack("<Q", number)
    return aead_encrypt(b"", block[:4064] + data, nonce, key) == block[4080:]


def sample(journal_id, chunk, which, start, layout):
    message = journal_id + struct.pack("<QB", chunk, which) + start
    return blake2b(message, key=kdf(layout, 32, 0, b"xtc-samp"), size=16)


def start_of(content, start, end):
    """Up to 4096 bytes of a chunk; zeros beyond the end of the file."""
    size = min(end - start, 4096)
    return bytes(content[start:start + size]).ljust(size, b"\0")


class Conversion:
    """What the header and the head of a journal say of a conversion."""

    def __init__(self, journal, attached, passphrase, key_file):
        self.journal, self.raw = journal, journal[8192:12288]
        self.header, slots = check_header(self.raw)
        master = open_master(self.raw, self.header, slots, passphrase, key_file)
        self.layout = layout_key(self.raw, master)
        self.head = Head(*HEAD.unpack_from(journal))
        self.front = HEADER_BYTES * attached
        self.encrypts = self.head.purpose == ENCRYPTING

        length, whole = self.header.length, payload_size(CHUNK, self.header)
        self.plain = pieces(length, CHUNK)
        self.cipher = [
            (self.front + i * whole, self.front + i * whole
             + payload_size(end - start, self.header))
            for i, (start, end) in enumerate(self.plain)]
        sizes = [length, self.front + payload_size(length, self.header)]
        places = [self.plain, self.cipher]
        if not self.encrypts:
            sizes.reverse()
            places.reverse()
        self.old, self.new = places
        self.order = list(range(len(self.plain)))
        if sizes[0] < sizes[1]:
            self.order.reverse()
        longest = HEADER_BYTES + payload_size(CHUNK + 15, self.header)
        self.slot = 4096 + -(-longest // 4096) * 4096
        require(self.header.state == 1
                and self.head.purpose in (ENCRYPTING, DECRYPTING)
                and self.head == Head(
                    b"XTSJOURN", 1, self.head.purpose, attached, CHUNK,
                    self.header.file_id, self.header.generation,
                    self.head.journal_id, 1, 2 * self.slot, length, *sizes)
                and not any(journal[96:4064]) and not any(journal[4096:8192])
                and len(journal) == 12288 + 2 * self.slot
                and has_tag(journal[:4096], b"", (1 << 63) + 1, self.layout),
                BAD_PAYLOAD, "the head of the journal")

    def record(self, slot):
        """The record in a slot and its data, if it is as it must be."""
        at = 12288 + slot * self.slot
        block = self.journal[at:at + 4096]
        record = Record(*RECORD.unpack_from(block))
        data = self.journal[at + 4096:at + 4096 + record.size]
        k, last = record.sequence, record.sequence == len(self.order)
        place, chunk = (0, 0), 0
        if k > 0:
            chunk = self.order[k - 1]
            place = self.cipher[chunk]
        if self.encrypts and self.front and last:
            place = (0, place[1])
        size = place[1] - place[0]
        good = Record(b"XTSJRECD", self.head.journal_id, 1, k,
                      0 if k == 0 else 1 if self.encrypts else 2, last, k > 0,
                      0, chunk, record.next, record.before, size, place[0],
                      size)
        if record == good and not any(block[112:4064]) and \
                has_tag(block, data, k, self.layout):
            return record, data
        return None

    def next(self, k, content):
        """The sample of the chunk that comes after step k."""
        if k == len(self.order):
            return bytes(16)
        i = self.order[k]
        start = start_of(content, *self.new[i])
        if self.front and self.new[i][0] < HEADER_BYTES:
            start = bytes(len(start))
        return sample(self.head.journal_id, i, 0,
                      start_of(content, *self.old[i]) + start, self.layout)

    def before(self, k, content):
        """The sample of the chunk that came before step k."""
        if k < 2:
            return bytes(16)
        i = self.order[k - 2]
        return sample(self.head.journal_id, i, 1,
                      start_of(content, *self.new[i]), self.layout)

    def plaintext(self, content):
        """All of it, wherever it lies now."""
        found = [found for found in map(self.record, (0, 1)) if found]
        require(found, BAD_PAYLOAD, "no record is whole")
        record, data = max(found, key=lambda found: found[0].sequence)
        k = record.sequence
        require(record.next == self.next(k, content)
                and record.before == self.before(k, content), BAD_PAYLOAD,
                "of another moment")

        # The payload, as if all had been encrypted.
        done = self.order[:k] if self.encrypts else self.order[max(k, 1) - 1:]
        plain, payload = bytearray(self.header.length), {}
        for i, (start, end) in enumerate(self.plain):
            if i in done:
                payload[i] = content[slice(*self.cipher[i])]
            else:
                plain[start:end] = content[start:end]
        if k > 0:
            size = len(data) - (self.cipher[record.chunk][1]
                                - self.cipher[record.chunk][0])
            require(data[:size] == self.raw[:size], BAD_PAYLOAD, "header")
            payload[record.chunk] = data[size:]
        cipher = xts(plain, self.header, self.layout, Cipher.encryptor)
        if self.header.integrity:
            cipher = add_records(cipher, self.header, self.layout)
        cipher = bytearray(cipher)
        for i, chunk in payload.items():
            start, end = self.cipher[i]
            cipher[start - self.front:end - self.front] = chunk
        return remove_all(bytes(cipher), self.header, self.layout)


# The commands

def read_attached(path):
    """The header, or its copy after a crash while writing it; the payload."""
    content = path.read_bytes()
    raw, side = content[:HEADER_BYTES], Path(f"{path}.xtshdr")
    damaged = raw.startswith(MAGIC_AND_VERSION) and not has_checksum(raw)
    if damaged and side.exists() and has_checksum(side.read_bytes()):
        print(f"{path}: using the header in {side}", file=sys.stderr)
        raw = side.read_bytes()
    return raw, content[HEADER_BYTES:]


def encrypt(args):
    factors = (PASSPHRASE * (args.passphrase is not None)
               + KEY_FILE * (args.key_file is not None))
    plaintext, master = args.input.read_bytes(), secrets.token_bytes(32)
    header = Header(
        MAGIC, VERSION, AES_256_XTS, args.integrity, args.sector,
        args.segment if args.integrity else 0, args.span, args.state, 0,
        LENGTH_UNKNOWN if args.unknown_length else
        len(plaintext) if args.length is None else args.length,
        secrets.token_bytes(16), args.generation, 0)
    slot = Slot(ARGON2ID, factors, 0, args.passes, args.memory, 0,
                secrets.token_bytes(16), secrets.token_bytes(24), b"",
                args.name)
    key = slot_key(slot, args.passphrase, args.key_file)
    box = aead_encrypt(master, header.file_id + SLOT.pack(*slot)[:32],
                       slot.nonce, key)

    slots = [bytes(128)] * 8
    n = max(args.slot, args.unknown_slot)       # slot 1 when 0 is taken
    slots[n] = SLOT.pack(*slot._replace(box=box))
    if args.unknown_slot:
        slots[n - 1] = bytes([UNKNOWN_KIND]) + secrets.token_bytes(127)
    raw = HEADER.pack(*header) + b"".join(slots) + bytes(2944)
    raw += header_mac(raw, master)
    raw += blake2b(raw)

    layout = layout_key(raw, master)
    data = plaintext.ljust(BLOCK, b"\0") if plaintext else b""
    payload = xts(data, header, layout, Cipher.encryptor, args.at)
    if args.integrity:
        payload = add_records(payload, header, layout, args.at)
    if args.detached:
        args.detached.write_bytes(raw)
    with args.output.open("wb") as output:
        output.write(b"" if args.detached else raw)
        start = output.tell()
        output.seek(start + full_size(args.at, header))
        output.write(payload)
        if args.length is not None:
            end = full_size(args.length - BLOCK, header) + BLOCK
            output.truncate(start + end + RECORD_BYTES * args.integrity)


def decrypt(args):
    if args.detached:
        raw, payload = args.detached.read_bytes(), args.input.read_bytes()
    else:
        raw, payload = read_attached(args.input)
    header, slots = check_header(raw)
    require(header.state == 0, BAD_HEADER, "its journal is needed")
    require(not (args.detached and payload.startswith(MAGIC)), BAD_HEADER,
            "a payload with a detached header has a header of its own")
    master = open_master(raw, header, slots, args.passphrase, args.key_file)

    args.output.write_bytes(
        remove_all(payload, header, layout_key(raw, master)))


def recover(args):
    """The plaintext of a file whose conversion in place was interrupted."""
    journal = Path(f"{args.detached or args.input}.xtsjnl").read_bytes()
    conversion = Conversion(journal, args.detached is None, args.passphrase,
                            args.key_file)
    args.output.write_bytes(conversion.plaintext(args.input.read_bytes()))


def info(args):
    header, slots = check_header(read_attached(args.input)[0])
    fields = header._replace(magic=MAGIC.decode())._asdict()
    fields["slots"] = {}
    for n, slot in enumerate(slots):
        if slot.kind != EMPTY:
            name = slot.name.rstrip(b"\0").decode("latin-1")
            fields["slots"][n] = slot._replace(name=name)._asdict()
    print(json.dumps(fields, default=bytes.hex, indent=2))


def good_factors(passphrase, key_file):
    if key_file is None:
        return passphrase is not None and 1 <= len(passphrase) <= 4096
    return 1 <= len(key_file) <= 16 << 20 and len(passphrase or b"") <= 4096


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    commands = parser.add_subparsers(required=True)
    for function in (encrypt, decrypt, recover, info):
        command = commands.add_parser(function.__name__, allow_abbrev=False)
        command.set_defaults(function=function)
        add = command.add_argument
        if function is encrypt:
            for option, default, choices in (
                    ("--sector", 512, SECTORS), ("--span", 40, SPANS),
                    ("--segment", 65536, SEGMENTS), ("--slot", 0, range(8)),
                    ("--passes", 1, None), ("--memory", 8192, None),
                    ("--generation", 1, None), ("--state", 0, None),
                    # input is a part at this place, and the rest is a hole
                    ("--at", 0, None), ("--length", None, None)):
                add(option, type=int, default=default, choices=choices)
            add("--no-integrity", action="store_false", dest="integrity")
            add("--unknown-length", action="store_true")
            add("--unknown-slot", action="store_true")
            add("--name", type=os.fsencode, default=b"")
        add("input", type=Path)
        if function is not info:
            add("--passphrase", type=os.fsencode)
            add("--key-file", type=lambda path: Path(path).read_bytes())
            add("--detached", type=Path, metavar="HEADER")
            add("output", type=Path)
    args = parser.parse_args()
    if args.function is not info:
        if not good_factors(args.passphrase, args.key_file):
            parser.error("a passphrase is 1 to 4096 bytes; a key file, 16 MiB")
    try:
        args.function(args)
    except Refused as refused:
        status, reason = refused.args
        parser.exit(status, f"reference.py: {reason}\n")


if __name__ == "__main__":
    main()
