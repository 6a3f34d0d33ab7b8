#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""States that a power cut may leave of the disk of ext4.sh.

    ext4_states.py SCENE

Everything before the last flush is there.  Of what was written after it, up to
the moment of the cut, each 512 bytes are there or not: the disk may have
written them in any order.  In each state, what ext4 shows is a conversion that
can be resumed, or a file as it was before, or as it is to be.
"""

import mmap
import os
import random
import struct
import subprocess
import sys
from pathlib import Path

from scenes import ALL, JOURNAL, TEMPORARY, run

STATES = 200 if ALL else 10
SECTOR = 512
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
MAGIC = 0x6a736677736872


class Entry:
    """One write, flush or mark, as dm-log-writes describes it."""

    def __init__(self, log, at):
        (self.sector, self.sectors, self.flags,
         size) = struct.unpack_from("<4Q", log, at)
        self.name = log[at + 32:at + 32 + size].decode() \
            if self.flags & MARK else ""
        self.at = at + SECTOR
        self.size = 0 if self.flags & (DISCARD | MARK) \
            else self.sectors * SECTOR

    def write(self, disk, log, kept):
        """Those of its sectors that are kept: given the number of each."""
        for i in range(self.size // SECTOR):
            if kept(i):
                to, at = self.sector * SECTOR, self.at
                to += i * SECTOR
                at += i * SECTOR
                disk[to:to + SECTOR] = log[at:at + SECTOR]

    def write_all(self, disk, log):
        to = self.sector * SECTOR
        disk[to:to + self.size] = log[self.at:self.at + self.size]


def read_log(log):
    magic, version, count, sector = struct.unpack_from("<QQQI", log)
    assert (magic, version, sector) == (MAGIC, 1, SECTOR), "no such log"
    entries, at = [], SECTOR
    for _ in range(count):
        entries.append(Entry(log, at))
        at += SECTOR + entries[-1].size
    return entries


def scene_of(entries, name):
    """The numbers of its first entry, and of the first after it."""
    marks = [i for i, e in enumerate(entries) if e.flags & MARK]
    first = next(i for i in marks if entries[i].name == name)
    return first, next(i for i in marks if i > first)


def in_flight(entries, last):
    """Of those up to the last, the first that no flush has made durable."""
    return max(i for i in range(last + 1) if entries[i].flags & (FLUSH | MARK))


def cut(disk, log, entries, last):
    """Add to what is durable what may be there of the rest."""
    share = random.choice([0, 0.1, 0.5, 0.9, 1])
    for i in range(in_flight(entries, last), last + 1):
        entry = entries[i]
        whole = random.random() < share
        # ext4 itself requires that its superblock is written whole.
        torn = entry.sector >= 8 and (random.random() < 0.3 or i == last)
        if entry.flags & FUA and i < last:
            entry.write_all(disk, log)
        elif torn:
            entry.write(disk, log, lambda _: random.random() < share)
        elif whole:
            entry.write_all(disk, log)


def extract(image, folder):
    """The files that mounting it would show."""
    result = subprocess.run(["e2fsck", "-fp", image], check=False,
                            capture_output=True)
    if result.returncode > 1:
        return f"ext4 is damaged: {result}"
    subprocess.run(["debugfs", "-R", f"rdump / {folder}", image], check=True,
                   capture_output=True)
    return None


def judge(folder, plain):
    """What is wrong with the conversion that is there."""
    for path in folder.iterdir():
        if path.name.startswith(TEMPORARY):
            path.unlink()
    names = os.listdir(folder)
    header = ["-H", "header"] if any(
        n.startswith("header") for n in names) else []
    if any(n.endswith(JOURNAL) for n in names):
        result = run(["resume", "-q", "-k", "../key", *header, "image"],
                     folder)
        if result.status != 0:
            return f"it cannot be resumed: {result}"
    if any(n.endswith(JOURNAL) for n in os.listdir(folder)):
        return "its journal stays"
    if (folder / "image").read_bytes() == plain:
        return None
    result = run(["decrypt", "-k", "../key", *header, "-c", "image"], folder)
    return None if result.out == plain else f"data is lost: {result}"


def main():
    plain = Path("folder/image").read_bytes()
    with open("log", "rb") as file:
        log = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    entries = read_log(log)
    first, end = scene_of(entries, sys.argv[1])
    durable, done, bad = bytearray(Path("before").read_bytes()), 0, 0
    lasts = sorted(random.randrange(first, end) for _ in range(STATES))
    for last in lasts:
        start = in_flight(entries, last)
        for entry in entries[done:start]:
            entry.write_all(durable, log)
        done = max(done, start)
        disk = bytearray(durable)
        cut(disk, log, entries, last)
        Path("state").write_bytes(disk)
        folder = Path("left")
        subprocess.run(["rm", "-rf", folder], check=True)
        folder.mkdir()
        wrong = extract("state", folder) or judge(folder, plain)
        print(f"{last - first} of {end - first}: {wrong or 'good'}")
        bad += wrong is not None
    print(f"{bad} of {STATES} are bad")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
