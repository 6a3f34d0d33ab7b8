#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Reads, writes and zeros at random places, beside a plain copy.

Four clients at once have every fourth stripe, so that they share segments and
data units.  Some 2000 requests; XTSCRYPT_TEST_ALL=1: 100,000.
"""

import random
import sys
import threading
from pathlib import Path

import nbd

from scenes import ALL, CHEAP, KEY, Stage, Tap, must, run, text
from served import Server

CLIENTS = 4
STRIPE = 3000
REQUESTS = 100000 if ALL else 2000
KINDS = {
    "segments of 4 KiB": ["--segment-size", "4K"],
    "segments of 64 KiB, a small cache": ["-s", "4096"],
    "no tags": ["--no-integrity", "--span-shift", "20"],
    "no tags, units of 4096 bytes": ["--no-integrity", "-s", "4096"],
    "a detached header": ["-H", "header", "--span-shift", "20"],
}


class Client(threading.Thread):
    """Its stripes, and the copy of them."""

    def __init__(self, server, number, copy, requests, seed):
        super().__init__()
        self.nbd, self.number, self.copy = server.connect(), number, copy
        self.requests, self.random = requests, random.Random(seed)
        self.wrong = []

    def place(self):
        stripes = len(self.copy) // STRIPE // CLIENTS
        stripe = self.random.randrange(stripes) * CLIENTS + self.number
        first = stripe * STRIPE
        at = first + self.random.choice([0, self.random.randrange(STRIPE)])
        most = first + STRIPE - at
        return at, self.random.choice([most, self.random.randint(1, most)])

    def request(self):
        at, size = self.place()
        what = self.random.randrange(20)
        flags = nbd.CMD_FLAG_FUA if what in (9, 17) else 0
        if what < 9:
            if self.nbd.pread(size, at) != self.copy[at:at + size]:
                self.wrong.append(f"{size} bytes at {at} are others")
        elif what < 17:
            data = self.random.randbytes(size)
            self.nbd.pwrite(data, at, flags)
            self.copy[at:at + size] = data
        elif what < 19:
            self.nbd.zero(size, at, flags)
            self.copy[at:at + size] = bytes(size)
        else:
            self.nbd.flush()

    def run(self):
        try:
            for _ in range(self.requests):
                self.request()
            self.nbd.shutdown()
        except nbd.Error as error:
            self.wrong.append(str(error))


def large(client, copy, rng):
    """Some that take many segments."""
    for _ in range(10):
        at = rng.randrange(len(copy))
        size = rng.randint(1, len(copy) - at)
        if rng.randrange(2):
            data = rng.randbytes(size)
            client.pwrite(data, at)
            copy[at:at + size] = data
        elif client.pread(size, at) != copy[at:at + size]:
            return [f"{size} bytes at {at} are others"]
    client.shutdown()
    return []


def play(folder, kind, options, seed):
    plain = text(1500000 + (16 if "--no-integrity" in options else 7))
    Path(folder, "plain").write_bytes(plain)
    Path(folder, "key").write_bytes(b"key")
    must(["encrypt", "-f", *CHEAP, *KEY, *options, "-o", "sealed", "plain"],
         folder)
    copy = bytearray(plain)
    server = Server(folder, "sealed", "key-file=key",
                    *(["header=header"] if "-H" in options else []),
                    *(["cache=1"] if "cache" in kind else []))
    wrong = large(server.connect(), copy, random.Random(seed))
    clients = [Client(server, i, copy, REQUESTS // CLIENTS // len(KINDS),
                      f"{seed} {i}") for i in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
        wrong += client.wrong
    if server.stop() != 0 or server.log.read_text():
        wrong.append(f"the server: {server.log.read_text()}")
    header = ["-H", "header"] if "-H" in options else []
    result = run(["decrypt", *KEY, *header, "-c", "sealed"], folder)
    if result.out != copy:
        wrong.append(f"what is decrypted is another: {result}")
    if any(name.name.endswith(".xtsjnl") for name in Path(folder).iterdir()):
        wrong.append("a journal is left")
    return wrong


def main():
    seed = sys.argv[1] if len(sys.argv) > 1 else str(random.getrandbits(32))
    print(f"# seed {seed}")
    tap = Tap()
    with Stage() as stage:
        for kind, options in KINDS.items():
            tap.result(kind, play(stage.folder(), kind, options,
                                  f"{seed} {kind}"))
    tap.done()


if __name__ == "__main__":
    main()
