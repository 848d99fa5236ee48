"""Set DaVinci Resolve up: find it, and put our script into its menu. Resolve itself is not part of the tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from host_bridge.integration import Program
from host_bridge.scripted_integration import ScriptedIntegration

VENDOR = "Blackmagic Design"


class ResolveIntegration(ScriptedIntegration):
    """DaVinci Resolve 18 to 21, by a Python script of its menu, or from outside in the Studio edition."""

    key = "resolve"
    title = "DaVinci Resolve"
    tested = "tested against an imitation of Resolve only; it has not met the real program"
    script_name = "cuefinder_resolve.py"
    menu = "Workspace > Scripts > cuefinder_resolve (Resolve needs a Python 3.7 or later on the machine)"

    def program(self) -> Program | None:
        """Find Resolve; it does not say its version to others."""
        if sys.platform == "win32":
            path = Path(os.environ.get("PROGRAMFILES", "C:/Program Files")) / VENDOR / "DaVinci Resolve/Resolve.exe"
        elif sys.platform == "darwin":
            path = Path("/Applications/DaVinci Resolve/DaVinci Resolve.app")
        else:
            path = Path("/opt/resolve/bin/resolve")
        return Program("", path) if path.exists() else None

    def folder(self) -> Path:
        """Where Resolve looks for the scripts of its menu that are there on every page."""
        if sys.platform == "win32":
            data = (
                Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming") / VENDOR / "DaVinci Resolve/Support"
            )
        elif sys.platform == "darwin":
            data = Path.home() / "Library/Application Support" / VENDOR / "DaVinci Resolve"
        else:
            data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "DaVinciResolve"
        return data / "Fusion/Scripts/Utility"
