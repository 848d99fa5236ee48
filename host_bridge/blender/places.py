"""Where Blender and its users' add-ons are on this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 4)
"""First version of Blender that the add-on works in."""
VERSION = re.compile(r"(\d+)\.(\d+)")


def version_of(name: str) -> tuple[int, int] | None:
    """The version in a folder's name or in what Blender says: ``4.2``, ``Blender 5.0``."""
    found = VERSION.search(name)
    return (int(found[1]), int(found[2])) if found else None


def addon_folders() -> dict[str, Path]:
    """Folders that Blender reads a user's add-ons from, by version, oldest first; "" where all versions share one.

    A version's folder is there once that version was started. The add-on folder in it need not be.
    """
    scripts, resources = os.environ.get("BLENDER_USER_SCRIPTS"), os.environ.get("BLENDER_USER_RESOURCES")
    if scripts or resources:
        return {"": (Path(scripts) if scripts else Path(str(resources)) / "scripts") / "addons"}
    found: list[tuple[tuple[int, int], Path]] = []
    for root in _roots():
        if root.is_dir():
            for folder in root.iterdir():
                version = version_of(folder.name) if VERSION.fullmatch(folder.name) else None
                if version is not None and version >= OLDEST and folder.is_dir():
                    found.append((version, folder))
    folders: dict[str, Path] = {}
    for version, folder in sorted(found):
        name = f"{version[0]}.{version[1]}"
        folders[name if name not in folders else f"{name} (Flatpak)"] = folder / "scripts" / "addons"
    return folders


def _roots() -> list[Path]:
    home = Path.home()
    if sys.platform == "win32":
        roaming = Path(os.environ.get("APPDATA") or home / "AppData/Roaming")
        return [roaming / "Blender Foundation" / "Blender"]
    if sys.platform == "darwin":
        return [home / "Library/Application Support/Blender"]
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return [config / "blender", home / ".var/app/org.blender.Blender/config/blender"]


def executable() -> Path | None:
    """Blender's program; the newest where there are several in the usual places."""
    on_path = shutil.which("blender")
    if on_path is not None:
        return Path(on_path)
    if sys.platform == "win32":
        vendor = Path(os.environ.get("PROGRAMFILES") or "C:/Program Files") / "Blender Foundation"
        here = list(vendor.glob("Blender*/blender.exe"))
    elif sys.platform == "darwin":
        apps = (Path("/Applications"), Path.home() / "Applications")
        here = [path for folder in apps for path in folder.glob("Blender*.app/Contents/MacOS/Blender")]
    else:
        here = [path for path in (Path("/snap/bin/blender"), *Path("/opt").glob("blender*/blender")) if path.is_file()]
    return max(here, key=lambda path: (version_of(str(path)) or (0, 0), str(path)), default=None)


def version_said(program: Path) -> str:
    """What Blender says of its version, without opening a window; "" where it says nothing."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.match(r"Blender (\S+)", done.stdout.decode("utf-8", "replace"))
    return found[1] if found else ""
