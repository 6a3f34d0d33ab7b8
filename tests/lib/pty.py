#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
Run a command on a terminal of its own, and play its user.

    pty.py [-t SECONDS] [-w COLUMNS] [STEP ...] -- COMMAND [ARGUMENT ...]
    pty.py --none -- COMMAND [ARGUMENT ...]

Each STEP is one argument, a word and what belongs to it; they are taken in
order, and each may last SECONDS (30):

    expect TEXT     wait until the command has written TEXT, after what the
                    expect before it found
    send TEXT       type TEXT; Enter is \\n, Ctrl-D is \\x04
    echo on|off     wait until the terminal echoes, or does not; after exit:
                    check that it does
    signal NAME     send SIGNAME to the command, and all that it started
    stopped         wait until the command has been stopped
    background      take the terminal away from the command, as a shell does
    foreground      give it back, and continue the command
    close           hang up: SIGHUP, and the terminal is gone
    remove FILE     the file, which somebody waits for
    sleep SECONDS   only show what comes
    exit            wait until the command has ended

In a TEXT, backslash escapes are those of Python.  Type nothing before the
prompt has been expected: a program throws away what was typed before it.

The command's standard input, output and error are the terminal; for others let
a shell redirect them, and exec, so that signals meet the command alone:

    pty.py 'expect Passphrase: ' 'echo off' 'send secret\\n' exit 'echo on' \\
        -- sh -c 'exec xtscrypt decrypt < sealed > plain'

What the terminal showed goes to standard output, with its line ends as \\n.
The exit status is the command's, 128 + N if signal N killed it, or 99 if a step
failed: then standard error says which.

With --none there is no terminal at all: the command keeps the standard streams
that it has, and /dev/tty cannot be opened.
"""

import argparse
import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import time

import signals


def unescape(text):
    """The bytes that TEXT stands for."""
    return os.fsencode(text).decode("unicode_escape").encode("latin-1")


def exit_code(status):
    """What a shell makes of the status of a process that has ended."""
    if os.WIFSIGNALED(status):
        return 128 + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)


def new_session():
    """Leave the caller's terminal, which takes a fork if we lead a group."""
    try:
        os.setsid()
    except PermissionError:
        pid = os.fork()
        if pid != 0:
            os._exit(exit_code(os.waitpid(pid, 0)[1]))
        os.setsid()


def execute(command):
    """Become the command, which no signal finds ignored."""
    signals.reset()
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"pty.py: {command[0]}: {error.strerror}", file=sys.stderr)
        os._exit(127)


class StepFailed(Exception):
    pass


class Session:
    """
    We are the leader of the session, as a shell is, and the command is a group
    of its own in the foreground: else it could not be stopped.
    """

    def __init__(self, command, columns, seconds):
        self.seconds = seconds
        self.shown = b""        # all that came
        self.found = 0          # how much of it expect has passed
        self.stopped = False
        self.status = None
        self.master, self.slave = os.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, columns, 0, 0))
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        # Ours to hand the terminal on, even from the background.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        started, starting = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.setpgid(0, 0)
            os.tcsetpgrp(self.slave, os.getpid())
            for fd in 0, 1, 2:
                os.dup2(self.slave, fd)
            execute(command)
        # The pipe ends when the command has taken over: now it can be sent
        # signals.
        os.close(starting)
        os.read(started, 1)
        os.close(started)
        os.set_blocking(self.master, False)

    def drain(self):
        """Take all that it has written: the system may pass that on late, but
        before what is written now."""
        if self.master < 0:
            return
        mark = left = b"\0all\0"
        slave = os.open(os.ttyname(self.slave),
                        os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        while mark not in self.shown:
            if left and select.select([], [slave], [], 0)[1]:
                left = left[os.write(slave, left):]
            if select.select([self.master], [], [], 0.02)[0]:
                self.shown += os.read(self.master, 65536)
        os.close(slave)
        self.shown = self.shown.replace(mark, b"")

    def look(self, seconds=0.02):
        """Take what the command has written, and detect its end."""
        if self.master < 0:
            time.sleep(seconds)
        elif select.select([self.master], [], [], seconds)[0]:
            self.shown += os.read(self.master, 65536)
            return True
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if pid != 0 and os.WIFSTOPPED(status):
                self.stopped = True
            elif pid != 0:
                self.status = status
                self.drain()
                return True
        return False

    def wait(self, condition):
        """Look until condition holds."""
        end = time.monotonic() + self.seconds
        while not condition():
            if time.monotonic() > end:
                raise StepFailed("timed out")
            if not self.look() and self.status is not None:
                raise StepFailed("the command has ended")

    def expect(self, text):
        text = unescape(text)
        self.wait(lambda: text in self.shown[self.found:])
        self.found = self.shown.index(text, self.found) + len(text)

    def send(self, text):
        text = unescape(text)
        while text:
            try:
                text = text[os.write(self.master, text):]
            except BlockingIOError:
                self.look()

    def echo(self, want):
        if want not in ("on", "off"):
            raise StepFailed("on or off")
        self.wait(lambda: (want == "on") == bool(
            termios.tcgetattr(self.slave)[3] & termios.ECHO))

    def signal(self, name):
        os.killpg(self.pid, getattr(signal, "SIG" + name))

    def wait_stopped(self, _):
        self.wait(lambda: self.stopped)

    def background(self, _):
        os.tcsetpgrp(self.slave, os.getpgrp())

    def foreground(self, _):
        os.tcsetpgrp(self.slave, self.pid)
        self.stopped = False
        os.killpg(self.pid, signal.SIGCONT)

    def close(self, _):
        # The system tells the leader of the session; a shell passes it on.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.killpg(self.pid, signal.SIGHUP)
        os.close(self.master)
        os.close(self.slave)
        self.master = self.slave = -1

    def sleep(self, seconds):
        end = time.monotonic() + float(seconds)
        while time.monotonic() < end:
            self.look()

    def exit(self, _=""):
        self.wait(lambda: self.status is not None)

    def remove(self, name):
        os.unlink(name)

    def step(self, step):
        word, _, rest = step.partition(" ")
        steps = {
            "expect": self.expect, "send": self.send, "echo": self.echo,
            "signal": self.signal, "stopped": self.wait_stopped,
            "background": self.background, "foreground": self.foreground,
            "close": self.close, "remove": self.remove,
            "sleep": self.sleep, "exit": self.exit,
        }
        if word not in steps:
            raise StepFailed("unknown")
        steps[word](rest)

    def end(self):
        """Leave nothing running; show what there is to show."""
        if self.status is None:
            os.killpg(self.pid, signal.SIGKILL)
        shown = self.shown.replace(b"\r\n", b"\n")
        # What qemu says when a program that it runs dies.
        shown = re.sub(rb"qemu: uncaught target signal .*\n", b"", shown)
        sys.stdout.buffer.write(shown)
        sys.stdout.flush()


def main():
    argv = sys.argv[1:]
    if "--" not in argv:
        sys.exit(__doc__)
    command = argv[argv.index("--") + 1:]
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    parser.add_argument("-t", type=float, default=30)
    parser.add_argument("-w", type=int, default=80)
    parser.add_argument("--none", action="store_true")
    parser.add_argument("steps", nargs="*")
    options = parser.parse_args(argv[:argv.index("--")])

    new_session()
    if options.none:
        execute(command)
    os.environ["TERM"] = "xterm"
    session = Session(command, options.w, options.t)
    step = "exit"
    try:
        for step in options.steps:
            session.step(step)
        session.exit()
    except (StepFailed, OSError, AttributeError, ValueError,
            termios.error) as error:
        session.end()
        print(f"pty.py: {step}: {error}", file=sys.stderr)
        return 99
    session.end()
    return exit_code(session.status)


if __name__ == "__main__":
    sys.exit(main())
