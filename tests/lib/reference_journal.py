# SPDX-License-Identifier: ISC
"""The journal of a conversion in place, as xtscrypt(5) describes it.

See reference.py.
"""

import struct
from collections import namedtuple

from reference_format import (
    BAD_PAYLOAD, BLOCK, Cipher, HEADER_BYTES, RECORD_BYTES, add_records,
    aead_encrypt, blake2b, kdf, open_header, pieces, remove_all, require,
    segments, xts)

HEAD = struct.Struct("<8s H BB I 16s Q 16s QQ QQQ")             # of a journal
Head = namedtuple("Head", "magic version purpose attached chunk file_id"
                  " generation journal_id epoch area length before after")
RECORD = struct.Struct("<8s 16s QQ BB H I Q 16s 16s Q QQ")      # one range
Record = namedtuple("Record", "magic journal_id epoch sequence kind last ranges"
                    " zero_44 chunk next before size at range_size")
CHUNK, ENCRYPTING, DECRYPTING = 8 << 20, 1, 2
WITNESS, WITNESSED_CHUNK, WITNESS_SLOT = 512, 65536, 270336


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
        self.header, self.layout = open_header(self.raw, passphrase, key_file)
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
        self.has_witnesses = (self.head.area == 2 * WITNESS_SLOT
                              and not self.front and not self.header.integrity)
        if self.has_witnesses:
            self.slot = WITNESS_SLOT
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

    def witnessed(self, chunk):
        """Of how many of its bytes a record has only witnesses."""
        start, end = self.cipher[chunk]
        if not self.has_witnesses or end - start < WITNESSED_CHUNK:
            return 0
        first, last = pieces(end - start, self.header.sector)[-1]
        return last if last - first == self.header.sector else first

    def ciphertext(self, chunk, data, content):
        """Of a chunk that is converted in part, by a record's data."""
        start, end = self.cipher[chunk]
        size, found, cipher = self.witnessed(chunk), content[start:end], []
        texts = found, xts(found, self.header, self.layout, Cipher.encryptor,
                           start)
        for at in range(0, size, WITNESS):
            sectors = [text[at:at + WITNESS] for text in texts]
            good = [sector for sector in sectors
                    if sector[:8] + sector[-8:] == data[:BLOCK]]
            require(good, BAD_PAYLOAD, f"torn sector at {start + at}")
            cipher.append(good[0])
            data = data[BLOCK:]
        return b"".join(cipher) + data

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
        known = self.witnessed(chunk) if k > 0 else 0
        kind = 0 if k == 0 else 3 if known else 1 if self.encrypts else 2
        good = Record(b"XTSJRECD", self.head.journal_id, 1, k, kind, last,
                      k > 0, 0, chunk, record.next, record.before,
                      size - known + known // WITNESS * BLOCK, place[0], size)
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
            size = record.range_size - (self.cipher[record.chunk][1]
                                        - self.cipher[record.chunk][0])
            require(data[:size] == self.raw[:size], BAD_PAYLOAD, "header")
            payload[record.chunk] = data[size:] if record.kind < 3 else \
                self.ciphertext(record.chunk, data, content)
        cipher = xts(plain, self.header, self.layout, Cipher.encryptor)
        if self.header.integrity:
            cipher = add_records(cipher, self.header, self.layout)
        cipher = bytearray(cipher)
        for i, chunk in payload.items():
            start, end = self.cipher[i]
            cipher[start - self.front:end - self.front] = chunk
        return remove_all(bytes(cipher), self.header, self.layout)
