"""Where Ardour's programs and folders are on this machine, and whether a session is open in one."""

from __future__ import annotations

import os
import re
import shutil
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

VERSIONS = (9, 8, 7)
"""Those whose session files we write, newest first; tested is 7."""
RUNNING = re.compile(r"^h?ardour(-[\d.]|\d|GUI|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A version of Ardour: the program, and its Lua interpreter, where it has one."""

    major: int
    path: Path
    lua: Path | None


def find_programs() -> list[Found]:
    """All versions on this machine, newest first."""
    out = []
    for major in VERSIONS:
        lua, path = _which(f"ardour{major}-lua"), _which(f"ardour{major}")
        if path is None and lua is not None:  # Debian calls the program itself just "ardour"
            path = _which("ardour")
        if path is not None:
            out.append(Found(major, path, lua))
    return out


def program_for(version: str) -> Found | None:
    """The Ardour whose Lua interpreter may write a session of a version: one of the same major version."""
    major = version.partition(".")[0]
    return next((p for p in find_programs() if p.lua and str(p.major) == major), None)


def _which(name: str) -> Path | None:
    found = shutil.which(name)
    if found is None:
        found = next((str(p) for p in sorted(Path("/opt").glob(f"Ardour-*/bin/{name}"), reverse=True)), None)
    return Path(found) if found else None


def config_folder(major: int) -> Path:
    """Where this version keeps the user's settings."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Preferences" / f"Ardour{major}"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / f"Ardour{major}"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / f"ardour{major}"


def recent_sessions(config: Path) -> list[Path]:
    """Session files that a version opened last, newest first."""
    try:
        lines = (config / "recent").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []
    pairs = zip(lines[::2], lines[1::2], strict=False)
    return [Path(folder) / f"{name}.ardour" for name, folder in pairs]


def who_has(session: Path) -> int | None:
    """Process id of an Ardour that has this session open, as far as can be found out; None where none has.

    A session is named on the program's command line, or is the newest of its recent ones. Where the system has no
    ``/proc``, nothing is found: then the file itself is looked at again before it is replaced.
    """
    for process in Path("/proc").glob("[0-9]*"):
        try:
            program = (process / "exe").readlink().name
            if not RUNNING.match(program):
                continue
            said = [os.fsdecode(part) for part in (process / "cmdline").read_bytes().split(b"\0")[1:] if part]
            there = (process / "cwd").readlink()
        except OSError:
            continue
        named = [(there / word).absolute() for word in said if not word.startswith("-")]
        if session in named or session.parent in named or any(_newest(major) == session for major in VERSIONS):
            return int(process.name)
    return None


def _newest(major: int) -> Path | None:
    return next(iter(recent_sessions(config_folder(major))), None)


def written_by(root: ET.Element) -> str:
    """Version of the Ardour that wrote a session, such as 7.3.0."""
    program = root.find("ProgramVersion")
    said = (program.get("modified-with") or "" if program is not None else "").removeprefix("Ardour ")
    return said.partition("~")[0].partition("-")[0]
