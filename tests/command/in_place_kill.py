#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Conversions in place, killed at any time, and again while they are resumed.

A few runs; XTSCRYPT_TEST_ALL=1: two hundred.
"""

import itertools
import os
import random
import subprocess
import time
from pathlib import Path

from scenes import (ALL, CHEAP, JOURNAL, KEY, TEMPORARY, Stage, Tap, command,
                    killable, must, run, text)

RUNS = 200 if ALL else 8
SIZE = (20 << 20) + 12345
KINDS = list(itertools.product(["encrypt", "decrypt"], [[], ["-H", "header"]],
                               [[], ["--no-integrity"]]))


class Kind:
    """One conversion: its files before, and what they are to become."""

    def __init__(self, stage, plain, way, header, tags):
        self.plain, self.header = plain, header
        encrypt = ["encrypt", "--in-place", "-q", *CHEAP, *KEY, *header, *tags]
        self.argv = [*encrypt, "image"] if way == "encrypt" else [
            "decrypt", "--in-place", "-q", *KEY, *header, "image"]
        self.name = " ".join([way, *header, *tags])
        self.before = stage.files(image=plain)
        if way == "decrypt":
            folder = self.lay(stage.folder())
            must([*encrypt, "image"], folder)
            self.before = {p.name: p.read_bytes()
                           for p in Path(folder).iterdir()}
        started = time.monotonic()
        must(self.argv, self.lay(stage.folder()))
        self.takes = time.monotonic() - started

    def lay(self, folder):
        for path in Path(folder).iterdir():
            path.unlink()
        for name, data in self.before.items():
            Path(folder, name).write_bytes(data)
        return folder

    def kill(self, words, folder):
        """After some time that it may take, or a little more."""
        with subprocess.Popen(command(words), cwd=folder, env=killable(),
                              stderr=subprocess.DEVNULL) as process:
            time.sleep(random.uniform(0, 1.1 * self.takes))
            process.kill()

    def whole(self, folder):
        """Plain or encrypted; nothing else is left."""
        left = [n for n in os.listdir(folder) if n.endswith(JOURNAL)]
        if left:
            return [f"{left} is left"]
        if Path(folder, "image").read_bytes() == self.plain:
            return []
        result = run(["decrypt", *KEY, *self.header, "-c", "image"], folder)
        return [] if result.out == self.plain else [f"data is lost: {result}"]

    def play(self, folder):
        self.lay(folder)
        self.kill(self.argv, folder)
        resume = ["resume", "-q", *KEY, *self.header, "image"]
        for _ in range(random.randrange(3)):
            self.kill(resume, folder)
        for name in os.listdir(folder):
            if name.startswith(TEMPORARY):
                os.unlink(os.path.join(folder, name))
        if any(n.endswith(JOURNAL) for n in os.listdir(folder)):
            result = run(resume, folder)
            if result.status != 0:
                return [f"it cannot be resumed: {result}"]
        return self.whole(folder)


def main():
    tap, plain = Tap(), text(SIZE)
    with Stage() as stage:
        kinds = [Kind(stage, plain, *kind) for kind in KINDS]
        each = RUNS // len(kinds)
        tasks = [kind for kind in kinds for _ in range(each)]
        results = list(stage.each(lambda folder, kind: kind.play(folder),
                                  tasks))
        for i, kind in enumerate(kinds):
            wrong = sum(results[i * each:(i + 1) * each], [])
            tap.result(f"{kind.name}: killed {each} times", wrong)
    tap.done()


if __name__ == "__main__":
    main()
