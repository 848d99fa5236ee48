"""What Cuefinder needs to do once so that it can reach a host: `Integration`, and what was found out about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from host_bridge.errors import HostError
from host_bridge.host import Host


class State(StrEnum):
    """How far the set-up is."""

    READY = "installed"
    MISSING = "not installed"
    OUTDATED = "another version installed"
    NOT_NEEDED = "nothing to install"
    NO_PROGRAM = "program not found"


@dataclass(frozen=True)
class Program:
    """A host's program on this machine: its version ("" where it does not say) and executable or folder."""

    version: str
    path: Path


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's: what is looked at, whether it is as it should be, and what to do if not."""

    what: str
    good: bool
    advice: str = ""


class Integration(ABC):
    """How one host is set up and reached.

    Attributes
    ----------
    key : str
        Short name in commands: "blender".
    title : str
        The program's name.
    tested : str
        Against what it was tested, for users: a version, or that it has not met the real program.
    """

    key: str
    title: str
    tested: str

    @abstractmethod
    def program(self) -> Program | None:
        """Find the program on this machine; None where there is none."""

    @abstractmethod
    def state(self) -> State:
        """Whether our part is in place."""

    def changes(self) -> list[str]:
        """What `install` would change, a line each, for the user to consent to; empty where nothing is to be done."""
        return []

    def install(self) -> list[str]:
        """Put our part in place, old files kept as backups; gives what was done, a line each.

        Raises
        ------
        HostError
            It cannot be installed; nothing was changed.
        """
        raise HostError(self.title, "there is nothing to install")

    def uninstall(self) -> list[str]:
        """Take our part out again; gives what was done, a line each."""
        raise HostError(self.title, "there is nothing to uninstall")

    @abstractmethod
    def doctor(self) -> list[Finding]:
        """Look at everything that must be right for a connection."""

    def connect(self) -> Host:
        """Reach the running program.

        Raises
        ------
        HostError
            It does not run, or it connects to the panel by itself.
        """
        raise HostError(self.title, "it connects by itself when the panel is open; start it from the program's menu")
