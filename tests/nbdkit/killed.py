#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A server that is killed while clients write, and what is left then.

Each sector has the number of its sector and of its version.  After "xtscrypt
resume", which is killed at times, too, every segment is authentic, and every
sector is of a version that was written, and no older than the one that was
flushed; the independent reference recovers the same.  8 runs;
XTSCRYPT_TEST_ALL=1: 200.
"""

import os
import random
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbd

from scenes import (ALL, CHEAP, JOURNAL, KEY, TEMPORARY, Stage, Tap, command,
                    killable, must, run)
from served import Server

REFERENCE = Path(__file__).parent.parent.resolve() / "lib" / "reference.py"
RUNS = 200 if ALL else 8
SECTOR, SECTORS, CLIENTS = 512, 2000, 3
KINDS = {
    "segments of 4 KiB": ["--segment-size", "4K"],
    "segments of 64 KiB": [],
    "a detached header": ["-H", "header"],
    "no tags": ["--no-integrity"],
}


def sector(index, version):
    return struct.pack("<QQ", index, version) * (SECTOR // 16)


class Client(threading.Thread):
    """Writes runs of its sectors, until the server is gone.

    sent and safe are the newest version of each sector that was sent, and that
    has to be there after a crash.
    """

    def __init__(self, server, first, sent, safe, tags):
        super().__init__()
        self.nbd, self.sent, self.safe, self.tags = (server.connect(), sent,
                                                     safe, tags)
        self.range = range(first, first + SECTORS // CLIENTS)
        self.answered = {}

    def write(self):
        n = random.choice([1, 1, 8, 8, 8, 200])
        at = random.choice(self.range[:-n])
        flags = nbd.CMD_FLAG_FUA if random.randrange(20) == 0 else 0
        for i in range(at, at + n):
            self.sent[i] += 1
        new = {i: self.sent[i] for i in range(at, at + n)}
        self.nbd.pwrite(b"".join(map(sector, new, new.values())),
                        at * SECTOR, flags)
        self.answered.update(new)
        # Without a journal it has been written by then.
        if flags or not self.tags:
            self.safe.update(new)

    def run(self):
        try:
            while True:
                for _ in range(random.randrange(1, 12)):
                    self.write()
                before = dict(self.answered)
                self.nbd.flush()
                self.safe.update(before)
        except nbd.Error:
            pass


def tidy(folder):
    """A file without its name yet is left for the user to remove."""
    for name in os.listdir(folder):
        if name.startswith(TEMPORARY):
            os.unlink(os.path.join(folder, name))


def recover(folder, header):
    """What the reference finds in a volume that was not closed, or None."""
    journal = Path(folder, (header or ["image"])[-1] + JOURNAL)
    headed = Path(folder, (header or ["image"])[-1]).read_bytes()
    if not journal.exists() or headed[21] != 2:
        return None
    words = ["--detached", "header"] if header else []
    subprocess.run([sys.executable, "-B", REFERENCE, "recover", "--key-file",
                    "key", *words, "image", "recovered"], cwd=folder,
                   check=True)
    return Path(folder, "recovered").read_bytes()


def resume(folder, header):
    """It may be killed as well; again until it is done."""
    words = ["resume", "-q", *KEY, *header, "image"]
    for _ in range(random.randrange(3)):
        with subprocess.Popen(command(words), cwd=folder, env=killable(),
                              stderr=subprocess.DEVNULL) as process:
            time.sleep(random.uniform(0, 0.1))
            process.kill()
    tidy(folder)
    if any(name.endswith(JOURNAL) for name in os.listdir(folder)):
        result = run(words, folder)
        if result.status != 0:
            return [f"it cannot be resumed: {result}"]
    return []


def judge(folder, header, sent, safe, recovered):
    result = run(["decrypt", *KEY, *header, "-c", "image"], folder)
    if result.status != 0 or len(result.out) != SECTORS * SECTOR:
        return [f"it is not whole: {result}"]
    wrong = []
    if recovered not in (None, result.out):
        wrong.append("the reference recovers something else")
    for i in range(SECTORS):
        data = result.out[i * SECTOR:(i + 1) * SECTOR]
        version = struct.unpack_from("<Q", data, 8)[0]
        if data != sector(i, version):
            wrong.append(f"sector {i} is no sector")
        elif not safe[i] <= version <= sent[i]:
            wrong.append(f"sector {i} has version {version}, not {safe[i]} to "
                         f"{sent[i]}")
    return wrong


def wait(clients):
    """Usually until the journal is made, which is most of the first write."""
    until = time.monotonic() + 60
    while random.randrange(100) and not any(c.answered for c in clients):
        if not any(c.is_alive() for c in clients) or time.monotonic() > until:
            return ["nothing could be written"]
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.5))
    return []


def play(folder, kind):
    options = KINDS[kind]
    header = ["-H", "header"] if "-H" in options else []
    Path(folder, "key").write_bytes(b"key")
    must(["encrypt", "-f", *CHEAP, *KEY, *options, "-o", "image"], folder,
         stdin=b"".join(sector(i, 0) for i in range(SECTORS)))
    sent, safe = [0] * SECTORS, dict.fromkeys(range(SECTORS), 0)
    server = Server(folder, "image", "key-file=key",
                    *(["header=header"] if header else []),
                    *random.choice([[], ["cache=300K"]]))
    clients = [Client(server, i * (SECTORS // CLIENTS), sent, safe,
                      "--no-integrity" not in options)
               for i in range(CLIENTS)]
    for client in clients:
        client.start()
    wrong = wait(clients)
    server.kill()
    for client in clients:
        client.join()
    recovered = recover(folder, header)
    return (wrong + resume(folder, header)
            + judge(folder, header, sent, safe, recovered))


def main():
    tap = Tap()
    with Stage() as stage:
        each = RUNS // len(KINDS)
        tasks = [kind for kind in KINDS for _ in range(each)]
        results = list(stage.each(play, tasks))
        for i, kind in enumerate(KINDS):
            tap.result(f"{kind}: killed {each} times",
                       sum(results[i * each:(i + 1) * each], []))
    tap.done()


if __name__ == "__main__":
    main()
