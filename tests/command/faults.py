#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Each command of xtscrypt, with each call of the system failing everywhere.

The calls are counted and made to fail by preload.c; a command is run again
and again, with the fault at the first such call, at the second, and so on
until it succeeds without the fault having come.  Here is a sample of that,
with gaps that grow; XTSCRYPT_TEST_ALL=1 leaves out nothing.
"""

import errno
import os
import re
from pathlib import Path

from conversions import conversions
from scenes import (ALL, JOURNAL, PROGRAM, SIDE, TEMPORARY, Stage, Tap,
                    environment, say, state)

PRELOAD = str(Path(os.environ.get("builddir", ".")).resolve()
              / "tests" / "lib" / "preload.so")
SANITIZED = b"__asan_init" in Path(PROGRAM).read_bytes()
QUICK = os.environ.get("XTSCRYPT_TEST_QUICK") == "1"

# The failures of each call.  "short" does half of its work; "torn" too,
# and then the disk is full; "+" is for all that follow, too.
MEMORY = ["ENOMEM"]
FAULTS = {
    "read": ["EIO", "EINTR", "EAGAIN", "short"],
    "pread": ["EIO", "EINTR", "EAGAIN", "short"],
    "write": ["EIO", "ENOSPC+", "EDQUOT", "torn", "EINTR", "EAGAIN", "short"],
    "pwrite": ["EIO", "ENOSPC+", "EDQUOT", "torn", "EINTR", "EAGAIN", "short"],
    "fsync": ["EIO", "ENOSPC", "EINTR", "EINVAL"],
    "fdatasync": ["EIO", "ENOSPC", "EINTR", "EINVAL"],
    "ftruncate": ["EIO", "EINTR"],
    "fallocate": ["ENOSPC", "EINTR", "EOPNOTSUPP"],
    "posix_fallocate": ["ENOSPC", "EINTR", "EOPNOTSUPP"],
    "open": ["EIO", "EMFILE", "EINTR"],
    "openat": ["EACCES", "ENOSPC", "EINTR"],
    "close": ["EIO", "EINTR"],
    "readdir": ["EIO"],
    "renameat": ["EIO", "ENOSPC"],
    "renameat2": ["EIO", "ENOSPC", "ENOSYS"],
    "linkat": ["EIO", "EPERM"],
    "unlink": ["EIO"],
    "unlinkat": ["EIO"],
    "lseek": ["EIO"],
    "fstat": ["EIO"],
    "stat": ["EIO"],
    "lstat": ["EIO"],
    "access": ["EIO"],
    "faccessat": ["EIO"],
    "fstatat": ["EIO"],
    "flock": ["ENOLCK", "EINTR"],
    "fchmod": ["EPERM"],
    "fchown": ["EPERM"],
    "futimens": ["EPERM"],
    "malloc": MEMORY,
    "calloc": MEMORY,
    "realloc": MEMORY,
    "posix_memalign": MEMORY,
    "mmap": MEMORY,
    "mlock": ["EAGAIN", "ENOMEM", "EPERM"],
    "mprotect": MEMORY,
    "madvise": ["EINVAL"],
    "pthread_create": ["EAGAIN"],
}

# What else must fail, or the call is not made.
BESIDE = dict.fromkeys(["linkat", "unlinkat"],
                       f"renameat2:1+:{errno.ENOSYS},")

# Failures after which xtscrypt rightly continues: the calls, errors,
# commands and files as patterns, and the reason.  The result is right all the
# same, or this does not count.
TOLERATED = [
    ("mlock", "", "", "", "memory that cannot be locked will do; -v says so"),
    ("mmap", "", "", "", "so will no look at whether it can be"),
    ("mprotect|madvise", "", "", "", "libsodium's guards around memory, which"
     " it passes over itself"),
    ("malloc", "", "info|key list", "", "the buffer of standard output, which"
     " does without"),
    ("fsync|fdatasync", "EINVAL", "", "", "pipes and some file systems have"
     " nothing to make durable"),
    ("f?allocate|posix_fallocate", "EOPNOTSUPP", "", "", "room is not kept"
     " free in advance everywhere"),
    ("lseek", "", "encrypt a sparse", "plain", "a hole that is not found is"
     " read: it is zeros"),
    ("renameat2", "ENOSYS", "", "", "a hard link does it"),
    ("unlinkat", "", "encrypt -f -H", r"\.xtscrypt-.*", "the old data, beside"
     " the new"),
    ("linkat", "EPERM", "", "", "holding the name, and a rename, does it"),
    ("fchmod|fchown|futimens", "", "", "", "not every file system has modes"
     " and times; the data is safe without"),
    ("close", "", "", r"(?!\.xtscrypt-|pipe:).*", "what was read, or synced"
     " already: nothing is lost"),
    ("close", "", "encrypt -f -H", r"\.xtscrypt-.*", "the same of the pair's"
     " old header and new payload, which are read and locked there"),
    ("openat|pread", "", "encrypt -f", "sealed|header", "what cannot be read"
     " can be replaced all the same"),
    ("openat", "", "decrypt -f", "plain", "the same"),
    ("openat", "", "encrypt -H", r"\.xtscrypt-.*", "a header that cannot be"
     " opened cannot be locked"),
    ("openat", "EACCES", "key .* detached", r"\.", "a folder that may not be"
     " listed shows no header that waits"),
    ("open", "EIO|EMFILE", "info", r"\.", "a journal is looked for again"),
    ("read|open|openat|readdir", "", ".* --in-place",
     "block|backing_file|swaps", "who has the file is not found: nobody"),
    ("malloc", "", ".* --in-place", "", "the same, where /sys/block is listed"),
    ("pread", "EIO", "decrypt --in-place", "image", "what is checked before"
     " anything is written is read again"),
    ("flock", "ENOLCK", "", "", "not every file system has such locks"),
    ("pread", "EIO", "verify|decrypt -H", "sealed|payload", "it is read"
     " again, and is good then"),
    ("pread", "EIO", "key|header restore", "sealed|header", "a bad sector under"
     " a header is what the side file is for"),
    ("readlink", "", "header restore", "", "the side file is looked for again"),
    ("lseek|open", "EIO", "header restore", r"sealed|\.", "a header that cannot"
     " be read counts as lost, and the payload proves the backup"),
    ("read", "", ".*under a passphrase", "pass", "what follows the first line"
     " is read for a note alone"),
    ("lstat|readlink", "", "encrypt", r"sealed|sealed\.xtshdr", "a side file"
     " from before may stay"),
    ("malloc|realloc", "", "encrypt", "", "for its name; the same"),
    ("malloc|realloc", "", "key add after a crash", "sealed|", "the"
     " note of a side file does without its name"),
    ("stat|fstat|fstatat|lstat", "", "", "", "two names that cannot be looked"
     " at count as two files, and as no descriptor's; opening them tells"),
    ("pthread_create|calloc", "", "", "", "fewer threads do it"),
]

# The program makes them, so they must come.
ALWAYS = {"read", "pread", "write", "pwrite", "fsync", "open", "close",
          "linkat", "openat", "pthread_create", "renameat", "renameat2",
          "unlinkat", "lseek", "mmap", "readdir", "ftruncate", "flock",
          "faccessat", "fchmod", "futimens"}
# AddressSanitizer has an allocator of its own, and never locks anything.
if not SANITIZED:
    ALWAYS |= {"malloc", "mlock"}

# Calls that are interrupted or stop short are repeated, or continued.
HARMLESS = {"EINTR", "EAGAIN", "short"}


def rules(call, n, what):
    """The fault in the words of preload.c."""
    if what == "torn":
        return f"{call}:{n}:0,{call}:{n + 1}+:{errno.ENOSPC}"
    if what == "short":
        return f"{call}:{n}:0"
    on = "+" if what.endswith("+") else ""
    return f"{call}:{n}{on}:{getattr(errno, what.rstrip('+'))}"


def told(scene, path):
    """The names by which a message can call the file at path."""
    name = os.path.basename(path)
    results = [*scene.makes, *scene.removes, scene.header,
               f"{scene.header}{SIDE}"]
    if path.startswith("pipe:"):
        return ["standard input", "standard output"]
    if name.startswith(TEMPORARY):
        return results + [name]     # itself, where it waits for its name
    if os.path.isdir(path):         # what is looked for beside a file
        return results + [name] + [
            file + suffix for file in [*scene.before, *scene.makes]
            for suffix in ("", JOURNAL, SIDE)]
    # A file is also looked at to find its side file, and its journal.
    return [name, name + SIDE, name + JOURNAL]


def says_so(scene, what, path, err):
    """One message, with the file and the reason."""
    lines = [s for s in err.splitlines()
             if not s.startswith("xtscrypt: hint: ")]
    if what == "ENOMEM":    # and then nobody may know what for
        return len(lines) == 1 and re.fullmatch(
            "xtscrypt: (.*: )?(not enough memory.*|Cannot allocate memory)",
            lines[0])
    code = "ENOSPC" if what == "torn" else what.rstrip("+")
    # Nothing is changed on the word of a side file alone.
    if code == "EIO" and scene.name == "key add after a crash" and re.search(
            "its header is lost, .*header restore", err, re.DOTALL):
        return True
    # What cannot be synced cannot have a journal.
    if code == "EINVAL" and lines[0].endswith(
            ": the file system cannot make a journal durable"):
        return len(lines) == 1
    reason = os.strerror(getattr(errno, code))
    return len(lines) == 1 and lines[0] in [f"xtscrypt: {name}: {reason}"
                        for name in told(scene, path)]


def is_tolerated(scene, call, what, path):
    name = os.path.basename(path)
    return any(re.fullmatch(calls, call) and re.match(errors, what)
               and re.match(scenes, scene.name)
               and re.fullmatch(files or ".*", name)
               for calls, errors, scenes, files, _ in TOLERATED)


def is_replaced(scene, folder, call, path):
    """With -f the new file stays when only the folder cannot be synced."""
    if not (call == "fsync" and os.path.isdir(path)):
        return False
    now = state(folder)
    new = {name for name, old in scene.before.items() if now[name] != old}
    return (bool(new) and new == scene.makes
            and scene.is_right(folder, now, b""))


def judge(scene, folder, call, what, came, result):
    """What is wrong with how a command has ended after a fault that came."""
    path = came[-1].split(" ", 1)[1]
    if what in HARMLESS or what == "torn" and len(came) == 1:
        return scene.succeeded(folder, result)
    if result.status == 0:
        wrong = scene.succeeded(folder, result)
        # Old data that cannot be removed stays beside the new.
        if call == "unlinkat":
            wrong = [w for w in wrong if not w.startswith(TEMPORARY)]
        if not is_tolerated(scene, call, what, path):
            wrong.append(f"it went on: {path}: {result}")
        return wrong
    wrong = scene.undone(folder)
    if wrong and is_replaced(scene, folder, call, path):
        wrong = []
    if result.status != 1:
        wrong.append(f"the wrong exit status: {path}: {result}")
    if not says_so(scene, what, path, result.err):
        wrong.append(f"the wrong message: {path}: {result}")
    return wrong


def places():
    n = 1
    while True:
        yield n
        n += 1 if ALL else (n + 1) // 2 if not QUICK else n


def attempt(scene, folder, call, what, n):
    """Whether the fault came, and what is wrong with how that ended."""
    report = folder + ".report"
    if os.path.exists(report):
        os.unlink(report)
    scene.prepare(folder)
    rule = BESIDE.get(call, "") + rules(call, n, what)
    result = scene.run(folder, env=environment(
        LD_PRELOAD=PRELOAD, XTSCRYPT_FAULT=rule,
        XTSCRYPT_FAULT_REPORT=report))
    if not os.path.exists(report):
        return False, scene.succeeded(folder, result)
    with open(report, encoding="utf-8") as lines:
        came = [s for s in lines.read().splitlines() if s.split()[0] == call]
    if not came:
        return False, scene.succeeded(folder, result)
    return True, judge(scene, folder, call, what, came, result)


def sweep(folder, task):
    """One call of one command, with all that can be wrong with it."""
    scene, call = task
    complaints, runs, came = [], 0, False
    for what in FAULTS[call]:
        for n in places():
            runs += 1
            came, wrong = attempt(scene, folder, call, what, n)
            complaints += [f"{call} {what} at {n}: {w}" for w in wrong]
            if not came or len(complaints) > 20:
                break
        if runs == 1 and not came:      # it makes no such call
            break
    return complaints, runs


def main():
    tap, runs, came = Tap(), 0, set()
    with Stage() as stage:
        # Where loops are thinned out, test_journal alone has these.
        in_place = [] if QUICK else conversions(stage)
        tasks = [(s, c) for s in stage.scenes() + in_place for c in FAULTS]
        for (scene, call), (complaints, n) in zip(
                tasks, stage.each(sweep, tasks)):
            runs += n
            if n > 1 or complaints:
                came.add(call)
                tap.result(f"{scene.name}: {call}", complaints)
    tap.result("calls have failed of every kind", sorted(ALWAYS - came))
    say(f"# {runs} runs; never called: {' '.join(FAULTS.keys() - came)}")
    tap.done()


if __name__ == "__main__":
    main()
