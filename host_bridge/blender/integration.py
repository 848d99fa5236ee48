"""Set Blender up: `BlenderIntegration` puts the add-on into each version's folder."""

from __future__ import annotations

from pathlib import Path

from host_bridge.blender.places import OLDEST, addon_folders, executable, version_of, version_said
from host_bridge.errors import HostError
from host_bridge.integration import Finding, Integration, Program, State
from host_bridge.script_file import ScriptFile
from host_bridge.transport.address import bridge_folder, read_address

ADDON = "cuefinder_blender.py"
ENABLE = "in Blender, open Edit > Preferences > Add-ons, look for Cuefinder and tick it (once for each version)"
START = "install Blender, start it once, then run: cuefinder hosts install blender"


class BlenderIntegration(Integration):
    """Blender's video sequencer.

    Parameters
    ----------
    version : str, optional
        Only this version's folder ("4.2"); all that are found by default.
    """

    key = "blender"
    title = "Blender"
    tested = "Blender 3.4.1 in its window; 4.4.0, 4.5.15 and 5.0.1 as Python module"

    def __init__(self, version: str | None = None) -> None:
        self._version = version

    def program(self) -> Program | None:
        """Blender's program, or the folder of its newest version where the program itself is in no usual place."""
        found = executable()
        if found is not None:
            return Program(version_said(found), found)
        folders = list(addon_folders().items())
        return Program(*folders[-1]) if folders else None

    def state(self) -> State:
        """Whether every version of Blender has the add-on as it is shipped here."""
        states = {script.state() for script in self._scripts()}
        for state in (State.MISSING, State.OUTDATED, State.READY):
            if state in states:
                return state
        return State.MISSING if executable() is not None else State.NO_PROGRAM

    def changes(self) -> list[str]:
        """What `install` would write."""
        return [line for script in self._scripts() for line in script.changes()]

    def install(self) -> list[str]:
        """Put the add-on into the folder of each version; the user ticks it in Blender, as with every add-on."""
        scripts = self._scripts()
        if not scripts:
            raise HostError(self.title, f"no folder for add-ons of Blender {self._wanted()} is there; {START}")
        done = [line for script in scripts for line in script.install()]
        return [*done, ENABLE] if done else []

    def uninstall(self) -> list[str]:
        """Take the add-on out again."""
        return [line for script in self._scripts() for line in script.uninstall()]

    def doctor(self) -> list[Finding]:
        """Look for Blender, the add-on of each version, and the panel."""
        program = self.program()
        found = [Finding("Blender is installed" if program is None else f"Blender {program.version} at {program.path}",
                         program is not None, "" if program else START)]  # fmt: skip
        version = version_of(program.version) if program else None
        if version is not None and version < OLDEST:
            found.append(Finding("Blender is new enough", False, f"the add-on needs {self._wanted()}"))
        scripts = self._scripts()
        if not scripts:
            found.append(Finding("a folder for add-ons", False, START))
        for script in scripts:
            state = script.state()
            good = state is State.READY
            advice = f"if Blender does not connect: {ENABLE}" if good else "run: cuefinder hosts install blender"
            found.append(Finding(f"add-on {script.path}: {state.value}", good, advice))
        listens = read_address(bridge_folder()) is not None
        advice = "" if listens else "open Cuefinder's panel: Blender connects to it by itself"
        return [*found, Finding("Cuefinder's panel is open", listens, advice)]

    def _wanted(self) -> str:
        return self._version or f"{OLDEST[0]}.{OLDEST[1]} or later"

    def _scripts(self) -> list[ScriptFile]:
        folders: dict[str, Path] = addon_folders()
        return [ScriptFile(self.title, ADDON, folder) for version, folder in folders.items()
                if self._version is None or version in ("", self._version)]  # fmt: skip
