# SPDX-License-Identifier: ISC
"""Every command of xtscrypt in a folder of its own, to be disturbed there.

A Scene is a command, the files before it, and what must be true after it: all
of its result when it succeeds; when it does not, what was there before, and
for a change of keys a file that opens with the old secret or the new one.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import signals

SIDE = ".xtshdr"
JOURNAL = ".xtsjnl"                # of the file beside a header that changes
# How an output begins before it has its name, and a header that waits for its.
TEMPORARY = (".xtscrypt-", ".xtshdr-")
HEADER_BYTES = 4096
CHEAP = ["--kdf-passes", "1", "--kdf-memory", "8M"]
# There are threads then, even where there is one CPU.
THREADS = ["-T", "3"]
KEY, NEW = ["-k", "key"], ["--new-key-file", "new"]
ALL = os.environ.get("XTSCRYPT_TEST_ALL") == "1"
PROGRAM = str(Path(os.environ.get("XTSCRYPT", "xtscrypt")).resolve())

# What the commands inherit; Control-C still ends a test tidily.
signals.reset()
signal.signal(signal.SIGINT, signal.default_int_handler)
# A command may end before it has read all; it starts with the default itself.
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
# Secrets that every user can read would be noted, beside the message.
os.umask(0o077)


def say(*lines):
    print(*lines, flush=True)


class Tap:
    """The Test Anything Protocol: a line for each thing that was tested."""

    def __init__(self):
        self.count = self.bad = 0

    def result(self, what, complaints=()):
        """Good without complaints; of many alike, some will do."""
        self.count += 1
        self.bad += bool(complaints)
        say(f"{'not ' if complaints else ''}ok {self.count} - {what}")
        for complaint in complaints[:8]:
            say(*(f"# {line}\n" for line in complaint.splitlines()))
        if len(complaints) > 8:
            say(f"# and {len(complaints) - 8} more")

    def skip(self, what, reason):
        self.count += 1
        say(f"ok {self.count} - {what} # SKIP {reason}")

    def done(self):
        say(f"1..{self.count}")
        sys.exit(self.bad > 0)


class Result:
    """A program that has ended: as the shell shows it, bytes, text."""

    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout or b""
        self.err = (process.stderr or b"").decode(errors="replace")

    def __str__(self):
        return f"status {self.status}, {self.err!r}"


def command(words):
    return [PROGRAM, *words]


def environment(**more):
    env = {**os.environ, "LC_ALL": "C", **more}
    env.pop("XTSCRYPT_PASSPHRASE", None)
    return env


def killable():
    """The same for what a signal ends at a random moment: one that comes while
    a leak checker looks at the threads makes it complain."""
    options = os.environ.get("ASAN_OPTIONS", "")
    return environment(ASAN_OPTIONS=f"{options}:detect_leaks=0")


def run(words, folder, stdin=b"", **more):
    """What hangs ends as a failure."""
    more = {"capture_output": True, "env": environment(), **more}
    return Result(subprocess.run(command(words), cwd=folder, input=stdin,
                                 timeout=60, **more))


def must(words, folder, **more):
    result = run(words, folder, **more)
    if result.status != 0:
        sys.exit(f"cannot prepare: {words}: {result}")
    return result.out


def state(folder):
    return {p.name: p.read_bytes() for p in Path(folder).iterdir()}


def text(size):
    """No 16 bytes of it stand there twice."""
    return b"".join(b"%d\n" % i for i in range(size // 4))[:size]


def lay(path, data):
    """Make the file, with a hole for each block of zeros."""
    with open(path, "wb") as file:
        for at in range(0, len(data), 4096):
            block = data[at:at + 4096]
            if block.strip(b"\0"):
                file.seek(at)
                file.write(block)
        file.truncate(len(data))


class Scene:
    """
    argv        the command
    before      the files before it
    stdin       what is piped to it; its output then goes to a pipe
    makes       the files that it makes or replaces
    right       whether these, or standard output, are as they should be:
                given the files after it and standard output
    header      the file whose header it changes
    opens       commands of which one must succeed on that file, where it is no
                longer what it was; the last tells that the change was made
    removes     the files that it removes when all else is done
    stays       whether what it made is whole, and may stay after a later
                failure: only then may a file that it removes be gone
    """

    def __init__(self, name, argv, before, stdin=None, makes=(), right=None,
                 header=None, opens=(), removes=(), stays=None):
        self.name, self.argv, self.before = name, argv, before
        self.stdin, self.makes, self.header = stdin, set(makes), header
        self.right, self.opens = right, opens
        self.removes, self.stays = set(removes), stays

    def prepare(self, folder):
        """Its files, and nothing else."""
        for name in os.listdir(folder):
            if name not in self.before:
                os.unlink(os.path.join(folder, name))
        for name, data in self.before.items():
            lay(Path(folder, name), data)

    def run(self, folder, **more):
        return run(self.argv, folder, stdin=self.stdin or b"", **more)

    def is_right(self, folder, now, out):
        if self.right is not None and not self.right(folder, now, out):
            return False
        return not self.opens or run(self.opens[-1], folder).status == 0

    def still_opens(self, folder, now):
        return (now.get(self.header) == self.before[self.header]
                or any(run(o, folder).status == 0 for o in self.opens))

    def succeeded(self, folder, result):
        """What is wrong after it said that all is well."""
        now = state(folder)
        wrong = [f"{name} is left over" for name in now
                 if name not in self.before and name not in self.makes]
        wrong += [f"{name} has changed" for name, data in self.before.items()
                  if now.get(name) != data and name != self.header
                  and name not in self.makes | self.removes]
        wrong += [f"{name} is still there" for name in self.removes
                  if name in now]
        if result.status != 0:
            wrong.append("it did not succeed")
        elif not self.is_right(folder, now, result.out):
            wrong.append("the result is not right")
        return [f"{w}: {result}" for w in wrong]

    def undone(self, folder, temporary=False):
        """What is wrong after it has failed, or was stopped."""
        now = state(folder)
        wrong = []
        late = self.stays is not None and self.stays(folder, now, b"")
        may = self.makes | (self.removes - now.keys()) if late else set()
        for name in sorted((now.keys() | self.before.keys()) - may):
            if self.header and name == self.header + SIDE:
                continue
            if name not in self.before:
                if not (temporary and name.startswith(TEMPORARY)):
                    wrong.append(f"{name} is left over")
            elif name == self.header:
                if not self.still_opens(folder, now):
                    wrong.append(f"{name} opens no longer")
            elif now.get(name) != self.before[name]:
                wrong.append(f"{name} has changed")
        return wrong


def decrypts(words, data):
    """Whether some command's output is data."""
    def right(folder, now, out):
        result = run(["decrypt", *words, "-c"], folder, stdin=out)
        return result.status == 0 and result.out == data
    return right


def opening(key, *words):
    """Verify would complain of a header that only the side file has."""
    return ["decrypt", "-q", "-k", key, "-c", *words]


def made(name, data):
    return lambda folder, now, out: now.get(name) == data


def says(*words):
    return lambda folder, now, out: all(w in out for w in words)


def memory():
    """A folder in memory that has room, where there is one; a container's may
    have only 64 MiB."""
    shm = "/dev/shm"
    if not os.access(shm, os.W_OK):
        return None
    stat = os.statvfs(shm)
    return shm if stat.f_bavail * stat.f_frsize >= 1 << 30 else None


class Stage:
    """What the scenes are made of, and where they play."""

    def __init__(self):
        os.umask(0o077)     # a note would tell of keys that others can read
        self.root = Path(tempfile.mkdtemp(
            prefix="xtscrypt-", dir=memory()))
        self.plain, self.large = text(20011), text(3 << 20) + b"the end"
        self.image = text(5000) + bytes(1 << 20) + text(70000) + bytes(99999)
        self.secrets = {"key": b"\0old\r\n", "new": b"another",
                        "pass": b"secret\n"}

    def __enter__(self):
        try:
            with tempfile.TemporaryDirectory(dir=self.root) as folder:
                self.make(folder)
        except BaseException:
            shutil.rmtree(self.root)
            raise
        return self

    def __exit__(self, *exception):
        shutil.rmtree(self.root)

    def folder(self):
        return tempfile.mkdtemp(dir=self.root)

    def make(self, folder):
        for name, data in self.secrets.items():
            Path(folder, name).write_bytes(data)

        def encrypt(data, *words):
            return must(["encrypt", *CHEAP, *KEY, *words], folder, stdin=data)

        small = ["--segment-size", "4K"]
        self.sealed = encrypt(self.plain, *small)
        self.sealed_large = encrypt(self.large)
        self.sealed_image = encrypt(self.image)
        self.sectors = encrypt(self.plain[:8192], "--no-integrity",
                               "--span-shift", "20", "--length", "8192")
        self.payload = encrypt(self.plain, *small, "-H", "header", "-o", "-")
        after = state(folder)
        self.header = after["header"]
        Path(folder, "two").write_bytes(self.sealed)
        must(["key", "add", *CHEAP, *KEY, *NEW, "two"], folder)
        self.two = Path(folder, "two").read_bytes()

    def each(self, work, tasks):
        """Do work(folder, task) for all, on every CPU; results in order."""
        folders = [self.folder() for _ in range(os.cpu_count() or 1)]

        def one(task):
            folder = folders.pop()
            try:
                return work(folder, task)
            finally:
                folders.append(folder)

        with ThreadPoolExecutor(len(folders)) as pool:
            yield from pool.map(one, tasks)

    def files(self, **more):
        return {**self.secrets, **more}

    def encryptions(self):
        files, plain = self.files(plain=self.plain), self.plain
        encrypt = ["encrypt", *CHEAP, "--segment-size", "4K"]
        opened = decrypts([*KEY, "sealed"], plain)
        detached = decrypts([*KEY, "-H", "header", "sealed"], plain)
        return [
            Scene("encrypt", [*encrypt, *KEY, "-o", "sealed", "plain"], files,
                  makes=["sealed"], right=opened),
            Scene("encrypt --rm", [*encrypt, *KEY, "--rm", "-o", "sealed",
                                   "plain"], files, makes=["sealed"],
                  removes=["plain"], right=opened, stays=opened),
            Scene("encrypt --recovery-file",
                  [*encrypt, *KEY, "--recovery-file", "code", "-o", "sealed",
                   "plain"], files, makes=["sealed", "code"],
                  right=decrypts(["--passphrase-file", "code", "sealed"],
                                 plain), stays=opened),
            Scene("encrypt -H", [*encrypt, *KEY, "-H", "header", "-o",
                                 "sealed", "plain"], files,
                  makes=["sealed", "header"], right=detached),
            Scene("encrypt -f", [*encrypt, *KEY, "-f", "-o", "sealed",
                                 "plain"], {**files, "sealed": b"precious"},
                  makes=["sealed"], right=opened),
            Scene("encrypt -f -H", [*encrypt, *KEY, "-f", "-H", "header",
                                    "-o", "sealed", "plain"],
                  {**files, "sealed": b"precious", "header": b"gold"},
                  makes=["sealed", "header"], right=detached),
            Scene("encrypt from a pipe to a pipe", [*encrypt, *KEY],
                  self.files(), stdin=plain, right=decrypts(KEY, plain)),
            Scene("encrypt a large file",
                  ["encrypt", *CHEAP, *KEY, *THREADS, "-o", "sealed", "plain"],
                  self.files(plain=self.large), makes=["sealed"],
                  right=decrypts([*KEY, "sealed"], self.large)),
            Scene("encrypt a sparse image",
                  ["encrypt", *CHEAP, *KEY, *THREADS, "-o", "sealed", "plain"],
                  self.files(plain=self.image), makes=["sealed"],
                  right=decrypts([*KEY, "sealed"], self.image)),
            Scene("encrypt --no-integrity under a passphrase",
                  ["encrypt", *CHEAP, "--no-integrity", "--passphrase-file",
                   "pass", "-o", "sealed", "plain"], files, makes=["sealed"],
                  right=decrypts(["--passphrase-file", "pass", "sealed"],
                                 plain)),
        ]

    def decryptions(self):
        files = self.files(sealed=self.sealed)
        apart = self.files(sealed=self.payload, header=self.header)
        decrypt, verify = ["decrypt", *KEY], ["verify", *KEY]
        right = made("plain", self.plain)
        return [
            Scene("decrypt", [*decrypt, "-o", "plain", "sealed"], files,
                  makes=["plain"], right=right),
            Scene("decrypt --rm", [*decrypt, "--rm", "-o", "plain", "sealed"],
                  files, makes=["plain"], removes=["sealed"], right=right,
                  stays=right),
            Scene("decrypt -H", [*decrypt, "-H", "header", "-o", "plain",
                                 "sealed"], apart, makes=["plain"],
                  right=right),
            Scene("decrypt -f", [*decrypt, "-f", "-o", "plain", "sealed"],
                  {**files, "plain": b"precious"}, makes=["plain"],
                  right=right),
            Scene("decrypt from a pipe to a pipe", decrypt, self.files(),
                  stdin=self.sealed,
                  right=lambda folder, now, out: out == self.plain),
            Scene("decrypt a large file",
                  [*decrypt, *THREADS, "-o", "plain", "sealed"],
                  self.files(sealed=self.sealed_large), makes=["plain"],
                  right=made("plain", self.large)),
            Scene("decrypt a sparse image",
                  [*decrypt, *THREADS, "-o", "plain", "sealed"],
                  self.files(sealed=self.sealed_image), makes=["plain"],
                  right=made("plain", self.image)),
            Scene("decrypt in part",
                  [*decrypt, "--offset", "4000", "--length", "9000", "-o",
                   "plain", "sealed"], files, makes=["plain"],
                  right=made("plain", self.plain[4000:13000])),
            Scene("verify", [*verify, "-q", "sealed"], files),
            Scene("verify in part",
                  [*verify, "-q", "--offset", "4000", "--length", "9000",
                   "sealed"], files),
            Scene("verify -H", [*verify, "-q", "-H", "header", "sealed"],
                  apart),
            Scene("verify a large file from a pipe", [*verify, *THREADS, "-q"],
                  self.files(), stdin=self.sealed_large),
        ]

    def keys(self):
        attached = self.files(sealed=self.sealed)
        bare = self.files(sealed=self.sectors)
        apart = self.files(sealed=self.payload, header=self.header)
        change = [*CHEAP, *KEY, *NEW]
        out = []
        for where, files, header, words in (
                ("", attached, "sealed", ["sealed"]),
                (" of a detached header", apart, "header",
                 ["-H", "header", "sealed"])):
            old, new = opening("key", *words), opening("new", *words)
            out += [
                Scene("key add" + where, ["key", "add", "-q", *change, header],
                      files, header=header, opens=[old, new]),
                Scene("key change" + where,
                      ["key", "change", "-q", *change, header],
                      files, header=header, opens=[old, new])]
        old, new = opening("key", "sealed"), opening("new", "sealed")
        return out + [
            Scene("key add after a crash", ["key", "add", "-q", *change,
                                            "sealed"],
                  self.files(sealed=self.sealed[:100] + b"X"
                             + self.sealed[101:]) | {
                      "sealed" + SIDE: self.sealed[:HEADER_BYTES]},
                  makes=["sealed" + SIDE], header="sealed", opens=[old, new]),
            Scene("key remove", ["key", "remove", "-q", "-k", "new", "--slot",
                                 "0", "sealed"], self.files(sealed=self.two),
                  header="sealed", opens=[old, new],
                  right=lambda folder, now, out:
                  run(old, folder).status == 3),
            Scene("key list", ["key", "list", "sealed"], attached,
                  right=says(b"slot 0      key file; Argon2id, 1 pass")),
            Scene("key export", ["key", "export", *KEY, "-o", "made",
                                 "sealed"], bare, makes=["made"],
                  right=lambda folder, now, out: len(now["made"]) == 64),
            Scene("key export --dm-table",
                  ["key", "export", "-q", *KEY, "--dm-table", "--hex",
                   "sealed"], bare, stdin=b"", right=lambda folder, now, out:
                  re.fullmatch(rb"0 16 crypt aes-xts-plain64 [0-9a-f]{128} 0 "
                               rb"DEVICE 8\n", out)),
            Scene("info of what is mapped", ["info", "sealed"], bare,
                  right=says(b"mapping     xtscrypt key export sealed | ")),
            Scene("info", ["info", "sealed"], attached,
                  right=says(b"sealed: an xtscrypt file", b"slot 0 ")),
            Scene("info --json", ["info", "--json", "sealed"], attached,
                  right=says(b'"slots": [\n', b"}\n  ]\n}\n")),
        ]

    def headers(self):
        lost = bytes(HEADER_BYTES - 1) + b"X" + self.sealed[HEADER_BYTES:]
        backup = self.sealed[:HEADER_BYTES]
        old, new = opening("new", "sealed"), opening("key", "sealed")
        restore = ["header", "restore", "-q", *KEY, "sealed", "backup"]
        return [
            Scene("header save", ["header", "save", "sealed", "backup"],
                  self.files(sealed=self.sealed), makes=["backup"],
                  right=made("backup", backup)),
            Scene("header restore", [*restore, "-f"],
                  self.files(sealed=self.two, backup=backup), header="sealed",
                  opens=[old, new], right=made("sealed", self.sealed)),
            Scene("header restore, the header being lost", restore,
                  self.files(sealed=lost, backup=backup), header="sealed",
                  opens=[new], right=made("sealed", self.sealed)),
            Scene("keygen", ["keygen", "made"], self.files(), makes=["made"],
                  right=lambda folder, now, out: len(now["made"]) == 64),
        ]

    def scenes(self):
        return (self.encryptions() + self.decryptions() + self.keys()
                + self.headers())
