#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Each command of xtscrypt where there is no room for what it writes.

A file system of 512 KiB in memory, that has ever more room until the command
succeeds; the limit on the size of a file, likewise; and outputs that take
nothing.  Such a file system needs a mount namespace, which root has, in a
chroot too; others may have one where the kernel lets them.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

from scenes import CHEAP, KEY, SIDE, Stage, Tap, run, state

SIZE, PAGE = 512 << 10, 4096
INSIDE = "--inside"


# Said of a disk that is known to be too small, before any work.
FORESEEN = (" its disk has room for [0-9]+ bytes, (but [0-9]+ are needed\n"
            "xtscrypt: hint: -f tries anyway"
            "|and [0-9]+ are needed unless many are zeros"
            "\nxtscrypt: {name}: {reason})")


def refused(result, *messages):
    """What is wrong with how it has failed: one message, one of these."""
    if result.status == 1 and any(
            re.fullmatch(f"xtscrypt: {m}\n", result.err) for m in messages):
        return []
    return [f"the wrong refusal: {result}"]


def writers(stage):
    """The commands that write a small file: each scene, and its files."""
    for scene in stage.scenes():
        if (scene.makes or scene.header) and sum(
                map(len, scene.before.values())) < SIZE / 8:
            yield scene, [*scene.makes, scene.header,
                          f"{scene.header}{SIDE}"]


def until_it_succeeds(scene, names, folder, reason, rooms, run_with):
    """With each room in turn, the smallest first."""
    complaints, foreseen = [], set()
    for room in rooms:
        scene.prepare(folder)
        result = run_with(scene, folder, room)
        if result.status == 0:
            break
        wrong = scene.undone(folder) + refused(
            result, *(f"{name}:( {reason}|"
                      + FORESEEN.format(name=name, reason=reason) + ")"
                      for name in names))
        foreseen.add("its disk has room" in result.err)
        complaints += [f"room {room}: {w}" for w in wrong]
    else:
        complaints.append("it never succeeds")
    return complaints + scene.succeeded(folder, result), room, foreseen


def disk_with_room(scene, folder, pages):
    """Run it where this many pages of the disk are free."""
    ballast = Path(folder).parent / "ballast"
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize - pages * PAGE
    ballast.write_bytes(bytes(max(free, 0)))
    try:
        return scene.run(folder)
    finally:
        ballast.unlink()


def full_disk(tap, stage):
    mount = Path(stage.folder())
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", mount],
        capture_output=True, text=True, check=False)
    if INSIDE not in sys.argv or done.returncode != 0:
        tap.skip("a full disk", "no file system may be mounted: "
                 + (done.stderr.strip() or "no mount namespace"))
        return
    try:
        folder = mount / "folder"
        folder.mkdir()
        for scene, names in writers(stage):
            wrong, room, foreseen = until_it_succeeds(
                scene, names, folder, "No space left on device",
                range(SIZE // PAGE), disk_with_room)
            # What a crash has left may make room.
            if room == 0 and f"{scene.header}{SIDE}" not in scene.before:
                wrong.append("the disk was not full")
            if (True in foreseen) != ("-f" not in scene.argv and (
                    scene.argv[0] in ("encrypt", "decrypt")
                    or scene.argv[1] == "save")):
                wrong.append(f"foreseen: {foreseen}")
            tap.result(f"a full disk: {scene.name}, which needs {room} pages",
                       wrong)
    finally:
        subprocess.run(["umount", mount], check=True)


def with_limit(scene, folder, limit):
    def set_limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return scene.run(folder, preexec_fn=set_limit)


def size_limits(tap, stage):
    folder = stage.folder()
    for scene, names in writers(stage):
        wrong, _, _ = until_it_succeeds(
            scene, names, folder, "File too large",
            [0, 10, 100, 4095, 4096, 5000, 20000, 40000], with_limit)
        tap.result(f"a limit on the size of files: {scene.name}", wrong)


def outputs(tap, stage):
    """Standard output full, or closed; and what is not written to it."""
    folder = stage.folder()
    scenes = [s for s in stage.scenes() if not s.makes and not s.header
              and not s.name.startswith("verify")]
    for scene in scenes:
        scene.prepare(folder)
        with open("/dev/full", "wb") as full:
            result = scene.run(folder, capture_output=False, stdout=full,
                               stderr=subprocess.PIPE)
        tap.result(f"/dev/full: {scene.name}", scene.undone(folder) + refused(
            result, "standard output: No space left on device"))
        result = scene.run(folder, preexec_fn=lambda: os.close(1))
        tap.result(f"a closed output: {scene.name}", scene.undone(folder)
                   + refused(result, "standard output: Bad file descriptor"))
    for scene, _ in writers(stage):
        scene.prepare(folder)
        result = scene.run(folder, preexec_fn=lambda: os.closerange(0, 3))
        tap.result(f"all closed, and none needed: {scene.name}",
                   scene.succeeded(folder, result))
    (Path(folder) / "plain").write_bytes(stage.plain)
    before = state(folder)
    result = run(["encrypt", *CHEAP, *KEY, "-o", "/dev/full", "plain"], folder)
    tap.result("encrypt to /dev/full by its name", refused(
        result, "/dev/full: No space left on device")
        + ["a file has changed"] * (state(folder) != before))


def enter():
    """Go on in a mount namespace, where there is one to be had."""
    words = ["unshare", "--mount", "--propagation", "unchanged"]
    if os.geteuid() != 0:
        words.append("--map-root-user")
    if shutil.which("unshare") and subprocess.run(
            [*words, "true"], capture_output=True, check=False
            ).returncode == 0:
        os.execvp(words[0], [*words, sys.executable, *sys.argv, INSIDE])


def main():
    if INSIDE not in sys.argv:
        enter()
    tap = Tap()
    with Stage() as stage:
        full_disk(tap, stage)
        size_limits(tap, stage)
        outputs(tap, stage)
    tap.done()


if __name__ == "__main__":
    main()
