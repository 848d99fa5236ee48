"""The desktop that the panel is used on, and what runs there."""

from __future__ import annotations

import ctypes.util
import shutil
import sys
from pathlib import Path

import pytest


def need_a_desktop() -> None:
    """Skip where a window cannot be opened, or nobody can use it."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs an X server of its own")
    for program, package in (("Xvfb", "xvfb"), ("xdotool", "xdotool")):
        if shutil.which(program) is None:
            pytest.skip(f"needs the package {package}")
    if ctypes.util.find_library("xcb-cursor") is None:
        pytest.skip("needs the package libxcb-cursor0")


def session_of(leader: int) -> list[str]:
    """The command lines of the processes of a session."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it has just ended
    return found
