# SPDX-License-Identifier: ISC
"""The journal of a volume, as xtscrypt(5) describes it: a log of pages.

See reference.py.
"""

import struct
from collections import namedtuple

from reference_format import (
    BAD_PAYLOAD, HEADER_BYTES, open_header, remove_all, require)
from reference_journal import HEAD, Head, has_tag, payload_size

PAGES = struct.Struct("<8s 16s QQ BB H 44s Q")      # of a record
Pages = namedtuple("Pages", "magic journal_id epoch sequence kind last ranges"
                   " zero size")
RANGE = struct.Struct("<QQ")
WRITING, PAGE, RANGES, AREA = 3, 4096, 240, 64 << 20


class Volume:
    """What the header and the heads of a journal say of a volume."""

    def __init__(self, journal, attached, passphrase, key_file):
        self.journal, self.raw = journal, journal[8192:12288]
        self.header, self.layout = open_header(self.raw, passphrase, key_file)
        self.front, self.attached = HEADER_BYTES * attached, attached
        self.end = self.front + payload_size(self.header.length, self.header)
        require(self.header.state == 2 and self.header.integrity == 1,
                BAD_PAYLOAD, "the copy of the header")
        heads = [head for head in map(self.read_head, (0, 1)) if head]
        require(heads, BAD_PAYLOAD, "no head is whole")
        self.head = max(heads, key=lambda head: head.epoch)

    def read_head(self, which):
        block = self.journal[which * PAGE:(which + 1) * PAGE]
        head = Head(*HEAD.unpack_from(block))
        good = Head(b"XTSJOURN", 1, WRITING, self.attached, 0,
                    self.header.file_id, self.header.generation,
                    head.journal_id, head.epoch, head.area,
                    self.header.length, self.end, self.end)
        if head == good and head.epoch > 0 and head.epoch % 2 != which and \
                head.area <= AREA and head.area % PAGE == 0 and \
                not any(block[96:4064]) and \
                has_tag(block, b"", (1 << 63) + head.epoch, self.layout):
            return head
        return None

    def record(self, at, sequence):
        """Is it the last of a commit, its pages, and where the next begins."""
        block = self.journal[at:at + PAGE]
        if len(block) < PAGE:
            return None
        record = Pages(*PAGES.unpack_from(block))
        good = Pages(b"XTSJRECD", self.head.journal_id, self.head.epoch,
                     sequence, 1, record.last, record.ranges, bytes(44),
                     record.size)
        if record != good or record.last > 1 or \
                not 1 <= record.ranges <= RANGES or \
                record.size > RANGES * PAGE:
            return None
        after = 96 + record.ranges * RANGE.size
        data = self.journal[at + PAGE:at + PAGE + record.size]
        pages, start = [], 0
        for place, size in RANGE.iter_unpack(block[96:after]):
            if place % PAGE or place < self.front or not size or \
                    place + size > self.end or \
                    size % PAGE and place + size != self.end:
                return None
            pages.append((place, data[start:start + size]))
            start += size
        following = at + PAGE + -(-record.size // PAGE) * PAGE
        if start != record.size or any(block[after:4064]) or \
                following > 12288 + self.head.area or \
                not has_tag(block, data, sequence, self.layout):
            return None
        return record.last, pages, following

    def plaintext(self, content):
        """All of it, after every commit that is whole."""
        require(len(content) == self.end, BAD_PAYLOAD, "the size of the file")
        content, commit, at, sequence = bytearray(content), [], 12288, 1
        while found := self.record(at, sequence):
            last, pages, at = found
            commit += pages
            sequence += 1
            if last:
                for place, data in commit:
                    content[place:place + len(data)] = data
                commit = []
        return remove_all(bytes(content[self.front:]), self.header, self.layout)
