#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Each command of xtscrypt, stopped by a signal at a random moment.

SIGINT and SIGTERM are what it dies of, and then nothing is left; or they come
when all is done, and then all is right.  After SIGKILL a temporary file may be
left too, and the same command again succeeds.  There are 200 runs in all, with
XTSCRYPT_TEST_ALL=1 ten times as many; XTSCRYPT_TEST_SEED repeats one.
"""

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter

from scenes import (ALL, CHEAP, SIDE, Result, Stage, Tap, command, killable,
                    run, say, state)

RUNS = 2000 if ALL else 200
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
SEED = int(os.environ.get("XTSCRYPT_TEST_SEED", "20261122"))


def length(folder, scene):
    """How long it takes undisturbed, in seconds: the shortest of three."""
    times = []
    for _ in range(3):
        scene.prepare(folder)
        start = time.monotonic()
        scene.run(folder)
        times.append(time.monotonic() - start)
    return min(times)


def stopped(scene, folder, sig, delay):
    """The command, sent a signal after this many seconds."""
    with subprocess.Popen(
            command(scene.argv), cwd=folder, env=killable(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE) as process:
        try:
            out, err = process.communicate(scene.stdin or b"", timeout=delay)
        except subprocess.TimeoutExpired:
            process.send_signal(sig)
            out, err = process.communicate(timeout=60)
    return Result(subprocess.CompletedProcess(
        scene.argv, process.returncode, out, err))


def again(scene, folder):
    """What a user does next: the same, or a change of keys that finishes it."""
    result = scene.run(folder)
    for key in "key", "new":
        if result.status != 0 and scene.header is not None:
            result = run(["key", "add", "-q", *CHEAP, "-k", key,
                          "--new-key-file", "pass", scene.header], folder)
    if result.status != 0:
        return [f"a second run fails: {result}"]
    return [f"{name} is still there" for name in state(folder)
            if name.endswith(SIDE)]


def has_its_name(scene, folder, sig, result):
    """Whether what the command makes is there and right."""
    now = state(folder)
    new = {n for n in scene.makes if now.get(n) != scene.before.get(n)}
    # Of two new files the header is the first; alone it does no harm.  Where it
    # replaces another the data is, and finds the header that waits.
    if new == {"header"} < scene.makes and "header" not in scene.before:
        return sig == signal.SIGKILL
    if new == {"sealed"} < scene.makes and sig != signal.SIGKILL:
        return False
    return (bool(new) and new in (scene.makes, {"sealed"})
            and scene.is_right(folder, now, result.out))


def judge(scene, folder, sig, result):
    """How it ended, and what is wrong with that."""
    if result.status == 0:
        return "done", scene.succeeded(folder, result)
    if result.status != -sig:
        return "wrong", [f"it did not die of {sig.name}: {result}"]
    how = "dead"
    wrong = scene.undone(folder, temporary=sig == signal.SIGKILL)
    # It came after the file had its name.
    if wrong and has_its_name(scene, folder, sig, result):
        how, wrong = "late", []
    # The data has its name; what comes after that can be made again.
    elif scene.stays is not None and scene.stays(folder, state(folder), b""):
        how = "late"
    if sig != signal.SIGKILL and result.err:
        wrong.append(f"a message: {result}")
    if sig == signal.SIGKILL and how != "late":
        wrong += again(scene, folder)
    return how, wrong


class Pace:
    """How many times as long all takes as when it was timed: others use the
    machine, too."""

    def __init__(self):
        self.times, self.lock = 1, threading.Lock()

    def learn(self, share, how):
        """From a command that got a signal after this share of its time."""
        with self.lock:
            if share > 1 and how != "done":
                self.times *= 1.1
            elif share < 1 and how == "done":
                self.times /= 1.1


def attempt(folder, task, pace):
    scene, sig, seconds, share = task
    delay = seconds * share * pace.times
    scene.prepare(folder)
    result = stopped(scene, folder, sig, delay)
    how, wrong = judge(scene, folder, sig, result)
    pace.learn(share, how)
    return how, [f"after {delay * 1000:.1f} ms: {w}" for w in wrong]


def main():
    tap = Tap()
    choose = random.Random(SEED)
    say(f"# XTSCRYPT_TEST_SEED={SEED}")
    with Stage() as stage:
        folder = stage.folder()
        # Where there is more to write there is more to disturb.
        scenes = [(s, length(folder, s)) for s in stage.scenes()
                  for _ in range(4 if "large" in s.name else 1)]
        pairs = [(s, sig) for s in scenes for sig in SIGNALS]
        tasks, pace = [], Pace()
        for i in range(RUNS):
            (scene, seconds), sig = pairs[i % len(pairs)]
            tasks.append((scene, sig, seconds, choose.uniform(0, 1.2)))
        found, ends = {}, Counter()
        for (scene, sig, *_), (how, wrong) in zip(tasks, stage.each(
                lambda folder, task: attempt(folder, task, pace), tasks)):
            found.setdefault((scene.name, sig.name), []).extend(wrong)
            ends[how] += 1
        for (name, sig), wrong in found.items():
            tap.result(f"{name}: {sig}", wrong)
    say(f"# {RUNS} runs: {ends['dead']} died of the signal, {ends['late']} more"
        f" with the file in its place; {ends['done']} were done before")
    tap.result("signals came in time, and too late",
               [] if RUNS / 10 < ends["dead"] < RUNS else [str(ends)])
    tap.done()


if __name__ == "__main__":
    main()
