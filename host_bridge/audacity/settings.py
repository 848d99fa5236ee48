"""Read and change the few lines of `audacity.cfg` that matter; all others stay as they are, byte by byte."""

from __future__ import annotations

import os
import re
from pathlib import Path

from host_bridge.audacity.paths import NAME
from host_bridge.errors import HostError

SWITCH = ("Module", "mod-script-pipe")
"""Group and key; 1 is on, 0 off, 4 "new": not asked about yet."""
ON = "1"
SECTION = re.compile(r"\[(.*)\]\s*\Z")


def read(path: Path) -> str:
    """The file's text; bytes that are not UTF-8 survive.

    Raises
    ------
    HostError
    """
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError as error:
        raise HostError(NAME, f"there is no {path} yet: start Audacity once and quit it, then try again") from error
    except OSError as error:
        raise HostError(NAME, f"{path} cannot be read: {error.strerror}") from error


def value(text: str, group: str, key: str) -> str | None:
    """What a key in a group is set to; None where it is not."""
    found = _find(text.splitlines(keepends=True), group, key)
    return found[1] if found else None


def with_value(text: str, group: str, key: str, new: str) -> str:
    """The text with a key, which must be there, set to another value."""
    lines = text.splitlines(keepends=True)
    found = _find(lines, group, key)
    if found is None:
        raise HostError(NAME, f"its settings have no {key}: start it once and quit it, or install its script module")
    line = lines[found[0]]
    ending = line[len(line.rstrip("\r\n")) :]
    lines[found[0]] = f"{key}={new}{ending}"
    return "".join(lines)


def write(path: Path, text: str) -> None:
    """Replace the file as a whole, once the new one is on the disk.

    Raises
    ------
    HostError
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            part.chmod(path.stat().st_mode & 0o777)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise HostError(NAME, f"{path} cannot be written: {error.strerror}; it is as it was") from error


def _find(lines: list[str], group: str, key: str) -> tuple[int, str] | None:
    inside = False
    for number, line in enumerate(lines):
        section = SECTION.match(line)
        if section:
            inside = section[1] == group
        elif inside and line.partition("=")[0].strip() == key:
            return number, line.partition("=")[2].strip()
    return None
