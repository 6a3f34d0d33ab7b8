# SPDX-License-Identifier: ISC
"""Commands that are measured, one at a time, each with the same memory.

    Tool(name, encrypt, decrypt)    the commands of a program
    Place(parent, size, threads)    where they run: a file and its keys
    parse_arguments(parser, names)  the command line, with NAME... of these
    find_programs()                 the xtscrypt of this tree first
    machine(tools, failed)          where this was measured, and the versions
    print_machine(about)            the same as text
"""

import contextlib
import itertools
import mmap
import os
import re
import shlex
import subprocess
import tempfile
import time
from dataclasses import dataclass

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
XTSCRYPT = os.path.abspath(os.environ.get("XTSCRYPT", TOP + "/xtscrypt"))
MIB = 1 << 20

# The cheapest key derivation.
ENCRYPT = "xtscrypt encrypt -k key --kdf-passes 1 --kdf-memory 8M"
DECRYPT = "xtscrypt decrypt -k key"


@dataclass
class Tool:
    """Lines of the table: from "in" to "sealed", and from there to "out"."""
    name: str
    encrypt: str
    decrypt: str = ""
    verify: str = ""
    base: str = "cp"
    program: str = ""		# if it is not the name
    version: str = "--version"
    setup: str = ""		# once
    before: str = ""		# each time, and not measured
    plain: str = "out"		# where the plaintext is in the end
    end: str = ""		# once; may fail

    def __post_init__(self):
        self.program = self.program or self.name


class Failed(Exception):
    """A command failed; in its own words."""


def stages(command):
    """A pipeline's commands, each a list of words; and the file it ends in."""
    words, output = shlex.split(command), os.devnull
    if words[-2:-1] == [">"]:
        words, output = words[:-2], words[-1]
    parts = itertools.groupby(words, lambda word: word == "|")
    return [list(part) for bar, part in parts if not bar], output


def anonymous(pid):
    """Bytes of memory that are no file's; None once the process has ended.

    From "status", since xtscrypt lets no one else read the maps of its memory.
    """
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        match = re.search(r"^RssAnon:\s+(\d+) kB", file.read(), re.M)
    return int(match[1]) * 1024 if match else None


def watch(pid):
    """The most of it after a tenth of the time, when keys have been derived."""
    samples = []
    while (memory := anonymous(pid)) is not None:
        samples.append(memory)
        time.sleep(0.001)
    return max(samples[len(samples) // 10:], default=0)


def warm(size):
    """Use this much memory, and free it.

    A virtual machine gives memory that was free for some seconds back to its
    host, and to get it again may take longer than to encrypt what goes there.
    """
    with mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE) as memory:
        for at in range(0, size, MIB):
            memory.write(bytes(min(MIB, size - at)))


class Place:
    """A directory of its own, with a file to encrypt and all that it needs."""

    def __init__(self, parent, size, threads):
        self.directory = tempfile.TemporaryDirectory(dir=parent,
                                                     prefix="xtscrypt-bench.")
        self.size = size
        self.ends = []
        self.words = {"SIZE": str(size), "THREADS":
                      f"-T {threads}" if threads is not None else ""}
        with open(self.path("in"), "wb") as file:
            for at in range(0, size, MIB):
                file.write(os.urandom(min(MIB, size - at)))
        with open(self.path("key"), "wb") as file:
            file.write(os.urandom(64))
        with open(self.path("pass"), "w", encoding="ascii") as file:
            file.write("passphrase\n")

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def remove(self, *names):
        for name in names:
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))

    def set_up(self, tool):
        """Once; and what it leaves behind is ended by close()."""
        if tool.end:
            self.ends.append(tool.end)
        if tool.setup:
            self.run(tool.setup)

    def start(self, command):
        """A process for each stage of the pipeline."""
        for word, text in self.words.items():
            command = command.replace(word, text)
        programs, output = stages(command)
        upstream, processes = subprocess.DEVNULL, []
        with (open(self.path(output), "wb") as sink,
              open(self.path("errors"), "ab") as errors):
            for program in programs:
                processes.append(subprocess.Popen(
                    program, cwd=self.directory.name, stdin=upstream,
                    stderr=errors, stdout=sink
                    if program is programs[-1] else subprocess.PIPE))
                if len(processes) > 1:
                    upstream.close()
                upstream = processes[-1].stdout
        return processes

    def run(self, command, result="", watched=""):
        """Time it until its result is synced; or watch one program of it."""
        self.remove("errors")
        cpu = memory = failed = 0
        begun = time.perf_counter()
        processes = self.start(command)
        for process in processes:
            if watched and process.args[0] == watched:
                memory = max(memory, watch(process.pid))
        for process in processes:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            failed |= status
            cpu += usage.ru_utime + usage.ru_stime
        if result and os.path.exists(self.path(result)):
            with open(self.path(result), "rb") as file:
                os.fsync(file.fileno())
        seconds = time.perf_counter() - begun
        if failed:
            with open(self.path("errors"), errors="replace") as file:
                raise Failed((file.read().splitlines() or [command])[-1])
        return {"seconds": seconds, "cpu": cpu, "memory": memory}

    def settle(self):
        """Wait for what is still on its way to the disk; warm the memory of a
        file, and half as much again."""
        subprocess.run(["sync", "-f", self.directory.name], check=True)
        warm(self.size + self.size // 2)

    def close(self):
        """Whatever state the tools are in."""
        for end in self.ends:
            with contextlib.suppress(Failed, OSError):
                self.run(end)
        self.directory.cleanup()


def parse_arguments(parser, names):
    parser.add_argument("name", nargs="*", metavar="NAME",
                        help="of " + ", ".join(names) + " (default: all)")
    args = parser.parse_args()
    if not set(args.name) <= set(names):
        parser.error("NAME is one of " + ", ".join(names))
    return args


def find_programs():
    os.environ["LC_ALL"] = "C"
    os.environ["PATH"] = os.pathsep.join(
        [os.path.dirname(XTSCRYPT), os.environ["PATH"], "/usr/sbin"])


def file_system(directory):
    return subprocess.run(["df", "--output=fstype", directory], check=True,
                          stdout=subprocess.PIPE,
                          text=True).stdout.split()[-1]


def version(tool):
    text = subprocess.run([tool.program, tool.version], text=True, check=True,
                          stdout=subprocess.PIPE).stdout
    return f"{tool.program} {re.search(r'[0-9]+([.][0-9]+)+', text)[0]}"


def machine(tools, failed):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        cpu = dict(re.findall(r"^(\w[\w ]*\w)\s*: (.*)$", file.read(), re.M))
    return {
        "cpu": ", ".join([cpu.get("model name", os.uname().machine)] + [
            f"{key.split()[-1]} {cpu[key]}" for key in ("cpu family", "model")
            if key in cpu]),
        "cpus": len(os.sched_getaffinity(0)),
        "kernel": re.match("[0-9.]*[0-9]", os.uname().release)[0],
        "versions": list(dict.fromkeys(
            version(tool) for tool in tools if tool.name not in failed)),
    }


def print_machine(about):
    print(f"{about['cpu']}, {about['cpus']} CPUs, Linux {about['kernel']}")
    print(", ".join(about["versions"]))
