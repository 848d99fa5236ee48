"""Run our script for REAPER in a real Lua interpreter, inside of an imitation of REAPER."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

FAKE = Path(__file__).with_name("fake_reaper.lua")
SCRIPT = Path(__file__).parents[3] / "host_bridge" / "scripts" / "cuefinder_reaper.lua"
CYCLE = 0.005
"""Seconds between cycles of the main loop; the real one's are some 30 ms."""


def lua() -> str:
    found = shutil.which("lua5.4") or shutil.which("lua5.3")
    if found is None:
        pytest.skip("no Lua interpreter: Debian package lua5.4")
    return found


class FakeReaper:
    """The imitation as a process, with its main loop driven by a thread.

    Parameters
    ----------
    bridge : Path
        The panel's folder.
    video, sound : Path
        Media of the project.
    """

    def __init__(self, bridge: Path, video: Path, sound: Path) -> None:
        self.process = subprocess.Popen(
            [lua(), FAKE, SCRIPT, video, sound], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
            env=os.environ | {"CUEFINDER_BRIDGE": str(bridge)},
        )  # fmt: skip
        self.faults: list[str] = []
        self.fast_forward = 0.0
        self._one = threading.Lock()
        self._running, self._stop = threading.Event(), threading.Event()
        self._running.set()
        self._thread = threading.Thread(target=self._loop, name="cuefinder-fake-reaper", daemon=True)
        self._thread.start()

    def _say(self, line: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with self._one:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
            # A fault comes before the dot that ends a cycle.
            while line.startswith("tick") and answer.startswith("!"):
                self.faults.append(answer)
                answer = self.process.stdout.readline()
        return answer.rstrip("\n")

    def _loop(self) -> None:
        while not self._stop.wait(CYCLE):
            self._running.wait()
            try:
                if not self._say(f"tick {time.monotonic() + self.fast_forward:.4f}"):
                    return
            except (OSError, ValueError):
                return

    def do(self, code: str) -> str:
        """Run Lua in the imitation, on one line; gives what it returns."""
        answer = self._say("do " + " ".join(code.split("\n")))
        assert answer.startswith("= "), answer
        return answer[2:]

    def freeze(self) -> None:
        """Stop the main loop, as a dialog does."""
        self._running.clear()

    def thaw(self) -> None:
        self._running.set()

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def close(self) -> None:
        self._stop.set()
        self._running.set()
        self._thread.join()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
