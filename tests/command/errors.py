#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What a number means is decided where the call was made.

Each error is given to each kind of call on each file of a command: the message
names that file and says what the number says, and nothing that only another
call would mean by it, such as "already exists" of a file that is read.
"""

import errno
import os
import re
from pathlib import Path

from scenes import CHEAP, KEY, Stage, Tap, environment, run

PRELOAD = str(Path(os.environ.get("builddir", ".")).resolve()
              / "tests" / "lib" / "preload.so")
ERRORS = ["EEXIST", "EBUSY", "EACCES", "EPERM", "ENAMETOOLONG", "ENOSPC",
          "EIO"]
NEW = ".xtscrypt-*"     # an output that has no name yet
ENCRYPT = ["encrypt", *CHEAP, *KEY]
APART = ["-H", "header"]

# The role of a file, its name in messages, the command, and calls: those of
# its name in the words of preload.c, the first unless another is said.
READING = [
    ("the input", "plain", [*ENCRYPT, "-o", "out", "plain"],
     ["open@plain", "fstat@plain", "lseek@plain", "pread@plain"]),
    ("the key file", "key", [*ENCRYPT, "-o", "out", "plain"],
     ["open@key", "fstat@key", "lseek@key", "pread@key"]),
    ("a new key file", "new", ["key", "add", *CHEAP, *KEY, "--new-key-file",
                               "new", "sealed"],
     ["open@new", "fstat@new", "lseek@new", "pread@new"]),
    ("the passphrase file", "pass", ["encrypt", *CHEAP, "--passphrase-file",
                                     "pass", "-o", "out", "plain"],
     ["open@pass", "read@pass"]),
    ("the header", "sealed", ["info", "sealed"],
     ["open@sealed", "fstat@sealed", "lseek@sealed", "pread@sealed"]),
    ("the header to be changed", "sealed",
     ["key", "add", *CHEAP, *KEY, "--new-key-file", "new", "sealed"],
     ["open@sealed", "pread@sealed"]),
    ("the payload", "sealed", ["decrypt", *KEY, "-o", "out", "sealed"],
     ["pread@sealed:2"]),
    ("a part of the payload", "sealed",
     ["decrypt", *KEY, "--offset", "9000", "--length", "9", "-o", "out",
      "sealed"], ["pread@sealed@12352-16479:1"]),
    ("a detached header", "header",
     ["decrypt", *KEY, *APART, "-o", "out", "payload"],
     ["open@header", "fstat@header", "lseek@header", "pread@header"]),
    ("the payload of that", "payload",
     ["decrypt", *KEY, *APART, "-o", "out", "payload"],
     ["open@payload", "fstat@payload", "lseek@payload"]),
    ("a backup", "header", ["header", "restore", *KEY, "sealed", "header"],
     ["open@header", "pread@header"]),
    ("standard input", "standard input", [*ENCRYPT, "-o", "out"],
     ["read@pipe*"]),
]
WRITING = [
    ("the output", "out", [*ENCRYPT, "-o", "out", "plain"],
     [f"openat@{NEW}", f"pwrite@{NEW}", f"ftruncate@{NEW}", f"fsync@{NEW}",
      f"close@{NEW}"]),
    ("the header of an output", "new-header",
     [*ENCRYPT, "-H", "new-header", "-o", "out", "plain"],
     [f"openat@{NEW}:2", f"pwrite@{NEW}:2", f"fsync@{NEW}:2"]),
    ("what is decrypted", "out", ["decrypt", *KEY, "-o", "out", "sealed"],
     [f"openat@{NEW}", f"pwrite@{NEW}", f"fsync@{NEW}"]),
    ("a saved header", "out", ["header", "save", "sealed", "out"],
     [f"openat@{NEW}", f"pwrite@{NEW}", f"fsync@{NEW}"]),
    ("a made key file", "out", ["keygen", "out"],
     [f"openat@{NEW}", f"pwrite@{NEW}", f"fsync@{NEW}"]),
    ("exported keys", "out", ["key", "export", *KEY, "-o", "out", "sectors"],
     [f"openat@{NEW}", f"pwrite@{NEW}", f"fsync@{NEW}"]),
    ("standard output", "standard output", [*ENCRYPT, "-c", "plain"],
     ["write@pipe*"]),
    ("a header in its place", "sealed",
     ["key", "add", *CHEAP, *KEY, "--new-key-file", "new", "sealed"],
     ["pwrite@sealed", "fsync@sealed"]),
    ("a side file", "sealed.xtshdr",
     ["key", "add", *CHEAP, *KEY, "--new-key-file", "new", "sealed"],
     ["pwrite@*.xtshdr", "fsync@*.xtshdr"]),
]


def strike(folder, argv, rule):
    """Run a command with a fault; None where the fault did not come."""
    report = folder + ".report"
    if os.path.exists(report):
        os.unlink(report)
    result = run(argv, folder, env=environment(
        LD_PRELOAD=PRELOAD, XTSCRYPT_FAULT=rule,
        XTSCRYPT_FAULT_REPORT=report))
    return result if os.path.exists(report) else None


def judge(name, call, error, result):
    """What is wrong with how a command has ended."""
    number = getattr(errno, error)
    if result is None:
        return [f"{call} did not come"]
    if call.startswith("openat") and error in ("EEXIST", "ENAMETOOLONG"):
        # Temporary names are drawn until one is free, and can be shorter.
        return [] if result.status == 0 else [f"{call} {error}: {result}"]
    want = f"xtscrypt: {name}: {os.strerror(number)}\n"
    if result.status == 1 and re.fullmatch(
            re.escape(want) + "(xtscrypt: hint: .*\n)?", result.err):
        return []
    return [f"{call} {error}: {result}"]


def complaints(stage, files, name, argv, calls):
    wrong = []
    for call in calls:
        for error in ERRORS:
            folder = stage.folder()
            for file, data in files.items():
                Path(folder, file).write_bytes(data)
            rule = call if ":" in call else f"{call}:1"
            result = strike(folder, argv,
                            f"{rule}:{getattr(errno, error)}")
            wrong += judge(name, call, error, result)
    return wrong


def main():
    tap = Tap()
    with Stage() as stage:
        files = stage.files(plain=stage.plain, sealed=stage.sealed,
                            header=stage.header, payload=stage.payload,
                            sectors=stage.sectors)
        for doing, table in (("reading", READING), ("writing", WRITING)):
            for role, name, argv, calls in table:
                tap.result(f"{doing} {role}",
                           complaints(stage, files, name, argv, calls))
        folder = stage.folder()
        for file, data in files.items():
            Path(folder, file).write_bytes(data)
        result = strike(folder, [*ENCRYPT, "-o", "out", "plain"],
                        f"renameat2@out:1:{errno.EEXIST}")
        tap.result("a name that is taken already exists, and -f would replace",
                   [] if result and "xtscrypt: out: already exists\n"
                   in result.err and "-f " in result.err else [str(result)])
    tap.done()


if __name__ == "__main__":
    main()
