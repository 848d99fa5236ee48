"""A real Blender in a process of its own: as a Python module, or with a window in a virtual display."""

from __future__ import annotations

import json
import os
import queue
import select
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from host_bridge.blender.integration import ADDON
from host_bridge.script_file import ScriptFile

DRIVER = Path(__file__).with_name("driver.py")
VARIABLE = "CUEFINDER_BPY_PYTHON"
START = 60.0
"""Seconds that a start may take on a busy machine."""


def bpy_python() -> list[str]:
    """The command of a Python that can import bpy, or a skip."""
    found = os.environ.get(VARIABLE)
    if not found:
        pytest.skip(f"set {VARIABLE} to a Python that has the package bpy of PyPI")
    return [found]


@contextmanager
def display() -> Iterator[str]:
    """A virtual display."""
    if shutil.which("Xvfb") is None:
        pytest.skip("needs the package xvfb")
    read, write = os.pipe()
    process = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
                               pass_fds=[write], stderr=subprocess.DEVNULL)  # fmt: skip
    os.close(write)
    try:
        with os.fdopen(read) as said:
            assert select.select([said], [], [], START)[0], "Xvfb does not start"
            yield f":{said.readline().strip()}"
    finally:
        process.terminate()
        process.wait(10)


class Blender:
    """Blender with the add-on installed and enabled.

    Parameters
    ----------
    command : list of str
        Runs the driver when its path is added.
    bridge : Path
        The panel's folder.
    folder : Path
        For the user's scripts, configuration and the log.
    """

    def __init__(self, command: list[str], bridge: Path, folder: Path, **environment: str) -> None:
        folder.mkdir(exist_ok=True)
        ScriptFile("Blender", ADDON, folder / "scripts" / "addons").install()
        self.log = folder / "blender.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, str(DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                start_new_session=True, text=True, encoding="utf-8",
                env=os.environ | {"CUEFINDER_BRIDGE": str(bridge), "BLENDER_USER_SCRIPTS": str(folder / "scripts"),
                                  "BLENDER_USER_CONFIG": str(folder / "config"), "HOME": str(folder),
                                  "LIBGL_ALWAYS_SOFTWARE": "1"} | environment)  # fmt: skip
        self._said: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.version = self._answer(START)
        except BaseException:
            self.close()
            raise

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):  # Blender says its name first
                self._said.put(line)
        self._said.put('{"error": "Blender ended"}')

    def _answer(self, timeout: float) -> Any:
        try:
            answer = json.loads(self._said.get(timeout=timeout))
        except queue.Empty:
            raise AssertionError(f"Blender does not answer:\n{self.log.read_text(errors='replace')[-4000:]}") from None
        assert "error" not in answer, f"{answer['error']}\n{self.log.read_text(errors='replace')[-4000:]}"
        return answer["result"]

    def do(self, code: str, timeout: float = 30.0) -> Any:
        """Run code in it; gives what it left in `result`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"code": code}) + "\n")
        self.process.stdin.flush()
        return self._answer(timeout)

    def send_signal(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def close(self) -> None:
        """End it in good order; what does not end is killed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.close()
            self.process.wait(20)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            self.process.kill()
            self.process.wait(10)
        self._reader.join(10)
        self.process.stdout.close()
