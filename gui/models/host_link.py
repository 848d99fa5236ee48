"""A host with what belongs to it, and how it is listed."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from host_bridge.errors import BridgeError
from host_bridge.host import Capability, Host
from plugin.errors import printable

if TYPE_CHECKING:
    from host_bridge.files.host import FileHost

SAVING_SECONDS = 2.0
"""How long closing waits for an order that still works on a timeline file."""


@dataclass(frozen=True, slots=True)
class HostRow:
    """A connected host, or an open timeline file, as the panel lists it.

    Attributes
    ----------
    tells : bool
        It says by itself when something changed there.
    polled : bool
        It does not, and may be asked again and again.
    costs : bool
        Reading its timeline is felt in the program.
    is_file : bool
        A timeline file: what is placed is in memory until it is saved.
    unsaved : bool
        There is something to save.
    """

    id: int
    title: str
    capabilities: frozenset[Capability]
    tells: bool
    polled: bool
    costs: bool
    is_file: bool
    unsaved: bool

    def can(self, capability: Capability) -> bool:
        """Whether the host can do this."""
        return capability in self.capabilities


@dataclass(slots=True)
class Link:
    """A host with what belongs to it: one order at a time, for timeline files are not made for more.

    Attributes
    ----------
    host : Host
    file : FileHost or None
        The same, where it is a timeline file.
    lock : threading.Lock
        Held while an order is carried out.
    watching : contextlib.ExitStack
        What ends when the host goes.
    edited : bool
        There is something to save.
    """

    host: Host
    file: FileHost | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    watching: ExitStack = field(default_factory=ExitStack)
    edited: bool = False

    def row(self, number: int) -> HostRow:
        """The host as it is listed."""
        host, can = self.host, self.host.capabilities
        title = f"{host.name} {host.version}".strip() if self.file is None else printable(self.file.path.name)
        tells = Capability.WATCH in can
        return HostRow(number, title, can, tells, not tells and not host.reading_costs, host.reading_costs,
                       self.file is not None, self.edited)  # fmt: skip

    def save(self) -> Path:
        """Write what was placed in a timeline file to a new file beside it.

        Raises
        ------
        BridgeError
        """
        with self.lock:
            return self._save()

    def save_at_last(self) -> list[str]:
        """Save before leaving, if there is anything to; a list with the reason where that fails."""
        if not self.edited:
            return []
        if not self.lock.acquire(timeout=SAVING_SECONDS):
            return [f"{self.host.name}: it was still being worked on, so what was placed in it was not saved"]
        try:
            self._save()
        except BridgeError as error:
            return [str(error)]
        finally:
            self.lock.release()
        return []

    def close(self) -> None:
        """Leave the host."""
        self.watching.close()
        self.host.close()

    def _save(self) -> Path:
        if self.file is None:
            raise BridgeError(f"{self.host.name}: save the project in the program itself")
        out = self.file.save()
        self.edited = False
        return out
