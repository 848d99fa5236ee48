"""Set REAPER up: find it, and put our ReaScript into its folder. REAPER itself is not part of the tests."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from host_bridge.integration import Finding, Program
from host_bridge.scripted_integration import ScriptedIntegration

VERSION = re.compile(r"v?(\d+\.\d+[\w.]*)")


class ReaperIntegration(ScriptedIntegration):
    """REAPER 6 and 7, by a ReaScript in Lua without extensions."""

    key = "reaper"
    title = "REAPER"
    tested = "tested against an imitation of REAPER only; it has not met the real program"
    script_name = "cuefinder_reaper.lua"
    menu = "Actions > Show action list > New action > Load ReaScript, choose Scripts/cuefinder_reaper.lua, run it"

    def program(self) -> Program | None:
        """Find REAPER; its version is read from the list of changes beside it."""
        for path in _executables():
            if path.exists():
                return Program(_version(path), path)
        return None

    def resources(self) -> Path:
        """REAPER's resource folder; a portable REAPER keeps it beside the program."""
        program = self.program()
        if program is not None and (program.path.parent / "reaper.ini").is_file():
            return program.path.parent
        if sys.platform == "win32":
            return Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming") / "REAPER"
        if sys.platform == "darwin":
            return Path.home() / "Library/Application Support/REAPER"
        return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "REAPER"

    def folder(self) -> Path:
        """Where REAPER looks for scripts."""
        return self.resources() / "Scripts"

    def doctor(self) -> list[Finding]:
        """Look for the program, the script, and whether the script is among REAPER's actions."""
        listed = self.resources() / "reaper-kb.ini"
        known = listed.is_file() and self.script_name in listed.read_text(encoding="utf-8", errors="replace")
        return [*super().doctor(), Finding(f"script among the actions: {'yes' if known else 'no'}", known,
                                           "" if known else f"in REAPER: {self.menu}")]  # fmt: skip


def _executables() -> list[Path]:
    if sys.platform == "win32":
        base = Path(os.environ.get("PROGRAMFILES", "C:/Program Files"))
        return [base / "REAPER (x64)/reaper.exe", base / "REAPER/reaper.exe"]
    if sys.platform == "darwin":
        return [folder / "Applications/REAPER.app" for folder in (Path("/"), Path.home())]
    found = shutil.which("reaper")
    return ([Path(found).resolve()] if found else []) + [
        Path("/opt/REAPER/reaper"), Path.home() / "opt/REAPER/reaper", Path("/usr/local/REAPER/reaper"),
    ]  # fmt: skip


def _version(program: Path) -> str:
    try:
        with (program.parent / "whatsnew.txt").open(encoding="utf-8", errors="replace") as file:
            found = VERSION.search(file.readline())
    except OSError:
        return ""
    return found.group(1) if found else ""
