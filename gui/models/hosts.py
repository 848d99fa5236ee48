"""The editors that the panel is connected to, and the one door to them: `HostService`.

Calls may take long and belong on worker threads; `hosts` does not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from opentimelineio.opentime import RationalTime

from gui.models.clips import TimelineView, read_timeline
from gui.models.host_link import HostRow, Link
from host_bridge.errors import BridgeError
from host_bridge.host import Capability, Host
from host_bridge.registry import integration
from host_bridge.transport.server import BridgeServer

if TYPE_CHECKING:
    from host_bridge.files.host import FileHost

Result = TypeVar("Result")


class HostService:
    """Waits for hosts and carries orders to them.

    Parameters
    ----------
    changed : callable
        Called from any thread when a host came or went.
    told : callable
        Called from any thread with a host's id when that host says that something changed in it.
    folder : pathlib.Path, optional
        Where the panel's address is written; the user's own by default.
    """

    def __init__(
        self, changed: Callable[[], None], told: Callable[[int], None] = lambda id: None, folder: Path | None = None
    ) -> None:
        self._changed, self._told = changed, told
        self._server = BridgeServer(self._come, self._go, folder=folder)
        self._links: dict[int, Link] = {}
        self._lock = threading.Lock()
        self._number = 0
        self._life = threading.Lock()
        self._started = self._closed = False

    def start(self) -> None:
        """Let hosts connect.

        Raises
        ------
        HostError
            Another panel does already, or the address cannot be written.
        """
        with self._life:
            if not self._closed:
                self._server.start()
                self._started = True

    def hosts(self) -> list[HostRow]:
        """The connected hosts and open files, those that came last first."""
        with self._lock:
            found = list(self._links.items())
        return [link.row(number) for number, link in reversed(found)]

    def connect(self, key: str) -> int:
        """Reach a host that does not connect by itself (Audacity, Ardour); gives its id.

        Raises
        ------
        HostError
            It does not run, or is not set up.
        """
        host = integration(key).connect()
        with self._lock:
            same = [number for number, link in self._links.items() if link.host.name == host.name]
            old = [self._links.pop(number) for number in same]
        for link in old:
            link.close()
        return self._add(host)

    def open_file(self, path: Path) -> int:
        """Open a timeline file as a host; gives its id, the same for a file that is open.

        Raises
        ------
        TimelineError
            It cannot be read.
        """
        with self._lock:
            for number, link in self._links.items():
                if link.file is not None and link.file.path == path.absolute():
                    return number
        from plugin.cli.support.timelines import open_timeline  # here, as the window does not wait for it

        file = open_timeline(path, None)
        return self._add(file, file)

    def read(self, number: int) -> TimelineView:
        """The timeline of a host as it is now.

        Raises
        ------
        BridgeError
            The host is gone, or refuses it.
        """
        return self._with(number, read_timeline)

    def seek(self, number: int, to: RationalTime) -> None:
        """Set a host's playhead."""
        self._with(number, lambda host: host.seek(to))

    def change(self, number: int, work: Callable[[Host], Result]) -> Result:
        """Do something that changes a host's timeline: `work` gets the host and has it for itself."""
        result = self._with(number, work, edits=True)
        self._changed()
        return result

    def look(self, number: int, work: Callable[[Host], Result]) -> Result:
        """Do something with a host that changes nothing in it."""
        return self._with(number, work)

    def undo(self, number: int) -> str:
        """Take the host's last change back if it was ours; gives what was done, in words."""
        title = self._link(number).row(number).title
        self.change(number, Host.undo)
        return f"the last change was taken back in {title}"

    def save(self, number: int) -> Path:
        """Write an open timeline file, with all that was placed, to a new file beside it.

        Raises
        ------
        TimelineError, StaleTimelineError
            It cannot be written, or the old file changed meanwhile; what was placed is still in memory.
        """
        out = self._link(number).save()
        self._changed()
        return out

    def close(self) -> list[str]:
        """Leave all hosts; timeline files with something to save are saved. Gives what could not be, in words."""
        with self._life:
            self._closed = True
            if self._started:
                self._server.close()
                self._started = False
        with self._lock:
            links = list(self._links.values())
            self._links.clear()
        problems = [problem for link in links for problem in link.save_at_last()]
        for link in links:
            link.close()
        return problems

    def _with(self, number: int, work: Callable[[Host], Result], *, edits: bool = False) -> Result:
        link = self._link(number)
        with link.lock:
            result = work(link.host)
            if edits and link.file is not None:
                link.edited = link.file.unsaved > 0
        return result

    def _link(self, number: int) -> Link:
        with self._lock:
            link = self._links.get(number)
        if link is None:
            raise BridgeError("the editor is no longer connected; start it again")
        return link

    def _come(self, host: Host) -> None:
        self._add(host)

    def _add(self, host: Host, file: FileHost | None = None) -> int:
        link = Link(host, file)
        with self._lock:
            self._number += 1
            number = self._number
            self._links[number] = link
        if Capability.WATCH in host.capabilities:
            link.watching.enter_context(host.watch(lambda: self._told(number)))
        self._changed()
        return number

    def _go(self, host: Host) -> None:
        with self._lock:
            gone = [number for number, link in self._links.items() if link.host is host]
            links = [self._links.pop(number) for number in gone]
        for link in links:
            link.watching.close()
        self._changed()
