"""A PulseAudio server of its own with an output that is recorded, for tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

RATE = 48_000


class PulseServer:
    """A running server; its only output is recorded by `recording`."""

    def __init__(self, folder: Path) -> None:
        if not (shutil.which("pulseaudio") and shutil.which("parec")):
            pytest.skip("needs PulseAudio (Debian: pulseaudio, pulseaudio-utils)")
        self.environment = os.environ | {
            "XDG_RUNTIME_DIR": str(folder), "XDG_CONFIG_HOME": str(folder), "HOME": str(folder),
            "PULSE_SERVER": f"unix:{folder}/socket", "PULSE_COOKIE": str(folder / "cookie"),
        }  # fmt: skip
        sink = f"module-null-sink sink_name=recorded rate={RATE} channels=2 format=float32le"
        door = f"module-native-protocol-unix auth-anonymous=1 socket={folder}/socket"
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disallow-exit", "--use-pid-file=no",
                   "-L", sink, "-L", door]  # fmt: skip
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(command, env=self.environment, stdout=self._log, stderr=self._log)
        for _ in range(200):
            if self._say("info").returncode == 0:
                return
            time.sleep(0.05)
        self.stop()
        pytest.fail(f"PulseAudio does not start: {(folder / 'log').read_text()[-500:]}")

    def stop(self) -> None:
        """End the server, as when the device goes away."""
        self._process.kill()
        self._process.wait(10)
        self._log.close()

    @contextmanager
    def recording(self, out: Path) -> Iterator[None]:
        """Record what is heard, float32 [N, 2] at `RATE`, into a file."""
        command = ["parec", "-d", "recorded.monitor", "--format=float32le", f"--rate={RATE}", "--channels=2", "--raw",
                   "--latency-msec=20"]  # fmt: skip
        with out.open("wb") as file, subprocess.Popen(command, env=self.environment, stdout=file) as process:
            try:
                for _ in range(200):
                    if out.stat().st_size:
                        break
                    time.sleep(0.05)
                yield
                time.sleep(0.3)  # what is still on its way
            finally:
                process.terminate()

    def _say(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["pactl", *words], env=self.environment, capture_output=True, timeout=10)


def recorded(path: Path) -> np.ndarray:
    """Read a recording, float32 [N, 2]."""
    data = path.read_bytes()
    return np.frombuffer(data[: len(data) // 8 * 8], np.float32).reshape(-1, 2)
