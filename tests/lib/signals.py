# SPDX-License-Identifier: ISC
"""Signals as a test expects them: nohup, or a shell that puts a test in the
background, hands them on ignored to all that the test starts."""

import signal


def reset():
    """Give each its default action, which the programs we start inherit."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
