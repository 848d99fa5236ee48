"""Where Audacity keeps its pipe and settings, by operating system."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from host_bridge.errors import HostError

NAME = "Audacity"


def pipe_paths() -> tuple[Path, Path]:
    """The two named pipes of this user's Audacity: to it, and from it.

    Raises
    ------
    HostError
        On Windows: its pipes cannot be waited for with a deadline by what Python brings along.
    """
    if sys.platform == "win32":
        raise HostError(NAME, r"its pipes (\\.\pipe\ToSrvPipe) are not supported on Windows yet; export the sound as a "
                              "file and open it in Cuefinder")  # fmt: skip
    folder = Path("/tmp")  # Audacity has it built in, whatever TMPDIR says
    return tuple(folder / f"audacity_script_pipe.{end}.{os.getuid()}" for end in ("to", "from"))  # type: ignore[return-value]


def settings_file() -> Path:
    """The `audacity.cfg` in use, whether or not it is there.

    On Linux the folder of old versions, `~/.audacity-data`, is still used by new ones where it is there.
    """
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData/Roaming") / "audacity/audacity.cfg"
    if sys.platform == "darwin":
        return home / "Library/Application Support/audacity/audacity.cfg"
    old = home / ".audacity-data"
    folder = old if old.is_dir() else Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "audacity"
    return folder / "audacity.cfg"
