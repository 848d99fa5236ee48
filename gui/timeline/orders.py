"""Carries what the user wants done in an editor to worker threads, one order at a time: `Orders`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from opentimelineio.opentime import RationalTime
from PyQt6.QtCore import QObject, pyqtSignal

from gui.models.clips import MILLI, Clip
from gui.models.cues import CueRequest, Workshop
from gui.models.hosts import HostService
from gui.models.listings import Captioned, add_caption_markers, keep_captions, write_cue_sheet
from gui.models.placing import place_cue
from gui.tasks import Lane, Tasks
from gui.timeline.host_line import HostLine
from host_bridge.host import Host
from plugin.errors import printable


class Orders(QObject):
    """Orders to the chosen host.

    Parameters
    ----------
    tasks : Tasks
    service : HostService
    hosts : HostLine
        Says which one is chosen.

    Signals
    -------
    news, problem : str
        What was done, and what could not be.
    busy : bool
        An order is being carried out; no other is taken.
    changed
        Something was done, or tried: the timeline may look different now.
    opened : int
        A host that the user asked for is there, by its id.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    busy = pyqtSignal(bool)
    changed = pyqtSignal()
    opened = pyqtSignal(int)

    def __init__(self, tasks: Tasks, service: HostService, hosts: HostLine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._service, self._hosts = tasks, service, hosts
        self._working = False
        self._seeking = False
        self._next_seek: tuple[int, Clip] | None = None

    def start(self) -> None:
        """Let editors connect."""
        self._tasks.run_task(self._service.start, lambda _: None, self._fail, lane=Lane.HOST)

    def connect_to(self, key: str) -> None:
        """Reach a host that does not come by itself."""
        self._order(partial(self._service.connect, key), self.opened.emit)

    def open_file(self, path: Path) -> None:
        """Open a timeline file as a host."""
        self._order(partial(self._service.open_file, path), self.opened.emit)

    def place(self, request: CueRequest, workshop: Workshop, under: tuple[Clip, ...], *, at_playhead: bool) -> None:
        """Place a cue."""

        def work(host: Host) -> str:
            return place_cue(host, request, workshop, under=under, at_playhead=at_playhead).text

        self._change(work)

    def undo(self) -> None:
        """Take our last change back."""
        self._to_host(self._service.undo)

    def mark(self, captioned: Captioned) -> None:
        """Add captions as markers."""
        self._change(partial(add_caption_markers, captioned=captioned))

    def keep(self, captioned: Captioned) -> None:
        """Keep captions with their clips."""
        self._change(partial(keep_captions, captioned=captioned))

    def list_cues(self, out: Path, *, others: bool) -> None:
        """Write the cue sheet."""
        work = partial(write_cue_sheet, out=out, others=others)
        self._to_host(lambda number: self._service.look(number, work))

    def save(self) -> None:
        """Write a timeline file with what was placed in it."""

        def work(number: int) -> str:
            return self.tr("written: {path}").format(path=printable(self._service.save(number)))

        self._to_host(work)

    def seek(self, number: int, clip: Clip) -> None:
        """Set the host's playhead to a clip; of several wishes only the latest counts."""
        self._next_seek = (number, clip)
        self._seek()

    def _seek(self) -> None:
        if self._seeking or self._next_seek is None:
            return
        (number, clip), self._next_seek = self._next_seek, None
        self._seeking = True
        to = RationalTime(float(clip.at * MILLI * MILLI), MILLI * MILLI)
        self._tasks.run_task(
            partial(self._service.seek, number, to), lambda _: None, self._fail, self._end_seek, lane=Lane.HOST
        )

    def _end_seek(self) -> None:
        self._seeking = False
        self._seek()

    def _change(self, work: Callable[[Host], str]) -> None:
        self._to_host(lambda number: self._service.change(number, work))

    def _to_host(self, work: Callable[[int], str]) -> None:
        row = self._hosts.row()
        if row is None:
            self.problem.emit(self.tr("no editor is connected, and no timeline file is open"))
        else:
            self._order(partial(work, row.id))

    def _order(self, work: Callable[[], Any], on_result: Callable[[Any], None] | None = None) -> None:
        if self._working:
            self.problem.emit(self.tr("the editor is still working on the last wish; try again"))
            return
        self._working = True
        self.busy.emit(True)
        self._tasks.run_task(work, on_result or self.news.emit, self._fail, self._end, lane=Lane.HOST)

    def _end(self) -> None:
        self._working = False
        self.busy.emit(False)
        self.changed.emit()

    def _fail(self, error: Exception) -> None:
        self.problem.emit(str(error))
