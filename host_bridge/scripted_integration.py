"""What integrations have in common whose part is one script in a program's script folder: `ScriptedIntegration`."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path

from host_bridge.errors import HostError
from host_bridge.integration import Finding, Integration, State
from host_bridge.script_file import ScriptFile


class ScriptedIntegration(Integration):
    """Installs one script.

    Attributes
    ----------
    script_name : str
        Its file in `host_bridge.scripts`.
    menu : str
        How the user starts it in the program.
    """

    script_name: str
    menu: str

    @abstractmethod
    def folder(self) -> Path:
        """The program's script folder; need not be there."""

    @property
    def script(self) -> ScriptFile:
        """The script where it belongs."""
        return ScriptFile(self.title, self.script_name, self.folder())

    def state(self) -> State:
        """Whether the script is in place; a program that was never started counts as well."""
        found = self.script.state()
        return State.NO_PROGRAM if found is State.MISSING and self.program() is None else found

    def changes(self) -> list[str]:
        """What would be written."""
        return self.script.changes()

    def install(self) -> list[str]:
        """Copy the script.

        Raises
        ------
        HostError
            The program is not there, or its folder cannot be written.
        """
        if self.program() is None and not self.folder().is_dir():
            raise HostError(self.title, f"it was not found on this machine, nor its folder {self.folder()}; "
                                        "install it and start it once")  # fmt: skip
        return [*self.script.install(), f"now start it in {self.title}: {self.menu}"]

    def uninstall(self) -> list[str]:
        """Remove the script, if it is as we wrote it."""
        return self.script.uninstall()

    def doctor(self) -> list[Finding]:
        """Look for the program and the script."""
        program, state = self.program(), self.script.state()
        where = f"{program.path} {program.version}".strip() if program else "not found"
        return [
            Finding(f"{self.title}: {where}", program is not None, "" if program else "install it, and start it once"),
            Finding(f"script {self.script.path}: {state}", state is State.READY,
                    "" if state is State.READY else f"run: cuefinder hosts install {self.key}"),
        ]  # fmt: skip
