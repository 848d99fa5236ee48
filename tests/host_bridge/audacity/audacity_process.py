"""The real Audacity, in a display and home of its own; its pipe is the user's, so there can be only one."""

from __future__ import annotations

import ctypes.util
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from host_bridge.audacity.integration import AudacityIntegration
from host_bridge.audacity.paths import pipe_paths, settings_file
from host_bridge.audacity.pipe import Pipe
from host_bridge.audacity.processes import is_running
from host_bridge.audacity.settings import SWITCH, value
from host_bridge.errors import HostError

PATIENCE = 60.0
FIRST = "[GUI]\nShowSplashScreen=0\n[Directories]\nTempDir={temp}\n"
"""Settings for the first start: no welcome, and unsaved projects where the tests are."""


def until(condition: Callable[[], bool], what: str, deadline: float = PATIENCE) -> None:
    """Wait for something that tells of itself in no other way."""
    end = time.monotonic() + deadline
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {deadline:g} s"
        pause.wait(0.05)


@contextmanager
def display() -> Iterator[str]:
    """Start Xvfb on a free display."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "800x600x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        assert number.isdecimal(), "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(PATIENCE)


class RealAudacity:
    """Starts and ends Audacity.

    Attributes
    ----------
    environment : dict of str to str
    process : subprocess.Popen, optional
    """

    def __init__(self, folder: Path, screen: str) -> None:
        self.folder = folder
        self.environment = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ} | {
            "HOME": str(folder), "DISPLAY": screen, "XDG_CONFIG_HOME": str(folder / ".config"), "LC_ALL": "C.UTF-8",
            "XDG_DATA_HOME": str(folder / ".local/share"), "XDG_CACHE_HOME": str(folder / ".cache"),
            "XDG_RUNTIME_DIR": str(folder), "NO_AT_BRIDGE": "1", "GTK_MODULES": "",
            # 3.2.4 loads and drops FFmpeg and its hundred libraries at every command; so it keeps them, which is faster
            "LD_PRELOAD": ctypes.util.find_library("avformat") or "",
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def home(self) -> Iterator[None]:
        """Be the user whose home it is."""
        with pytest.MonkeyPatch.context() as patch:
            for key in ("HOME", "XDG_CONFIG_HOME"):
                patch.setenv(key, self.environment[key])
            yield

    def set_up(self) -> None:
        """Start it for the first time, quit it, and switch its pipe on by our own set-up."""
        with self.home():
            path = settings_file()
            path.parent.mkdir(parents=True)
            temp = self.folder / "unsaved"
            temp.mkdir(mode=0o700)
            path.write_text(FIRST.format(temp=temp))
            self.launch()
            until(lambda: value(path.read_text(), *SWITCH) is not None, "settings of the first start")
            self.end(signal.SIGTERM)
            assert value(path.read_text(), *SWITCH) == "4"
            AudacityIntegration().install()

    def launch(self) -> None:
        """Start it."""
        if is_running():
            pytest.fail("another Audacity runs; these tests need its pipe: quit it first")
        self.process = subprocess.Popen(
            ["audacity"], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder
        )

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self.home():
            path = settings_file()
        path.write_text(re.sub(r"(?s)\[ActiveProjects\]\n[^\[]*", "", path.read_text()))  # nothing to be recovered
        self.launch()

        def answers() -> bool:
            try:
                with Pipe(*pipe_paths()) as pipe:
                    pipe.connect(2)
            except HostError:
                assert self.process is not None
                assert self.process.poll() is None, "Audacity ended by itself"
                return False
            return True

        until(answers, "Audacity's answer")

    def end(self, how: int = signal.SIGKILL) -> None:
        """End it, and take its pipes away."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
            self.process.wait(PATIENCE)
            self.process = None
            for path in pipe_paths():
                path.unlink(missing_ok=True)


@contextmanager
def real_audacity(folder: Path) -> Iterator[RealAudacity]:
    """A running Audacity."""
    for program, package in (("audacity", "audacity"), ("Xvfb", "xvfb")):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program} (Debian package {package})")
    with display() as screen:
        audacity = RealAudacity(folder, screen)
        try:
            audacity.set_up()
            audacity.start()
            yield audacity
        finally:
            audacity.end()
