# SPDX-License-Identifier: ISC
"""A file that nbdkit's plugin serves, to clients in Python."""

import os
import subprocess
import time
from pathlib import Path

import nbd

PLUGIN = str(Path(os.environ.get("builddir", "."),
                  "nbdkit/nbdkit-xtscrypt-plugin.so").resolve())


class Server:
    """Serves on a socket in the file's folder until it is stopped or killed."""

    def __init__(self, folder, *parameters):
        pid = Path(folder, "nbd.pid")
        pid.unlink(missing_ok=True)
        self.socket = os.path.join(folder, "nbd.sock")
        Path(self.socket).unlink(missing_ok=True)
        self.log = Path(folder, "nbd.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["nbdkit", "-f", "-U", "nbd.sock", "-P", "nbd.pid", PLUGIN,
                 *parameters], cwd=folder, stderr=log)
        until = time.monotonic() + 60
        while not (pid.exists() and pid.stat().st_size):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"no server: {self.log.read_text()}")
            time.sleep(0.01)

    def connect(self):
        client = nbd.NBD()
        client.connect_unix(self.socket)
        return client

    def stop(self):
        self.process.terminate()
        return self.process.wait(60)

    def kill(self):
        self.process.kill()
        self.process.wait()
