"""Find Audacity on this machine, and whether it runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from host_bridge.audacity.paths import NAME
from host_bridge.errors import HostError

PLACES = {
    "darwin": ["/Applications/Audacity.app/Contents/MacOS/Audacity"],
    "win32": [r"C:\Program Files\Audacity\Audacity.exe", r"C:\Program Files (x86)\Audacity\Audacity.exe"],
}
LISTS = {"win32": ["tasklist", "/fi", "imagename eq Audacity.exe", "/nh"]}


def executable() -> Path | None:
    """The program, from PATH or where its installer puts it."""
    found = shutil.which("audacity")
    places = [found] if found else PLACES.get(sys.platform, [])
    return next((Path(place) for place in places if Path(place).is_file()), None)


def is_running(proc: Path = Path("/proc")) -> bool:
    """Whether this user runs Audacity.

    Raises
    ------
    HostError
        It cannot be found out.
    """
    if sys.platform.startswith("linux"):
        return any(_is_audacity(folder) for folder in proc.iterdir() if folder.name.isdecimal())
    command = LISTS.get(sys.platform, ["ps", "-x", "-o", "comm="])
    try:
        listed = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise HostError(NAME, f"whether it runs cannot be found out ({error}); quit it and try again") from error
    return any(Path(line.strip()).name.lower().startswith("audacity") for line in listed.splitlines())


def _is_audacity(folder: Path) -> bool:
    try:
        if folder.stat().st_uid != os.getuid() or (folder / "comm").read_text().strip() != "audacity":
            return False
        return (folder / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False  # it ended meanwhile
