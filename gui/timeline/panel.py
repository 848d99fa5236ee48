"""The timeline side of the window: `TimelinePanel`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QWidget

from gui.models.captions import Captions, captions_path
from gui.models.clips import Clip, TimelineView
from gui.models.cues import CueRequest, Render, Workshop
from gui.models.engines import Engines
from gui.models.exports import export_sound
from gui.models.host_link import HostRow
from gui.models.hosts import HostService
from gui.models.listings import Captioned
from gui.models.settings import Settings
from gui.models.timeline import ClipList
from gui.tasks import Tasks
from gui.timeline.captioning import Captioning
from gui.timeline.controls import Controls
from gui.timeline.files import ask_for_sheet, ask_for_timeline, dropped_timeline
from gui.timeline.media_actions import MediaActions
from gui.timeline.orders import Orders
from gui.timeline.reading import Reading
from gui.timeline.selection import Selection
from plugin.cue import render_cue


class TimelinePanel(QWidget):
    """Editors, the clips of the chosen one, and what goes into it.

    Parameters
    ----------
    tasks : Tasks
    engines : Engines
    settings : Settings
    bridge_folder : pathlib.Path, optional
        Folder of the panel's address for editors; the user's own by default.
    render : callable
        Writes a treated part of a track to a file.

    Signals
    -------
    news, problem : str
        What was done, and what could not be.
    clip_chosen : ClipRef
        The clip to ask music for.
    place_wanted
        The user wants the current suggestion placed: answer with `place`.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    clip_chosen = pyqtSignal(object)
    place_wanted = pyqtSignal()

    def __init__(
        self,
        tasks: Tasks,
        engines: Engines,
        settings: Settings,
        bridge_folder: Path | None = None,
        *,
        render: Render = render_cue,
    ) -> None:
        super().__init__()
        self._settings, self._render = settings, render
        self._host: int | None = None
        self._closed = False
        captions = Captions(captions_path())
        self.service = HostService(
            lambda: tasks.post(self._show_hosts),
            lambda id: tasks.post(partial(self.reading.told, id)),
            bridge_folder,
        )
        self.controls = Controls(ClipList(captions), tasks, self)
        self.hosts, self.clips, self.menu = self.controls.hosts, self.controls.clips, self.controls.hosts.menu
        self.reading = Reading(tasks, self.service, self)
        self.orders = Orders(tasks, self.service, self.hosts, self)
        self.captioning = Captioning(tasks, engines, captions, self.clips, self._export, self)
        self._media = MediaActions(self.clips, self)
        self._selection = Selection(self.clips, self.hosts, self.orders, self)
        self.setAcceptDrops(True)
        self._connect_hosts()
        self._connect_clips()
        self.apply(settings)
        self.orders.start()

    def apply(self, settings: Settings) -> None:
        """Use other settings."""
        self._settings = settings
        self._selection.follows = settings.follow_host
        self.captioning.listening.auto = settings.caption_clips
        self.captioning.listening.look()

    def place(self, request: CueRequest) -> None:
        """Place a cue where the user chose to: under the selected clips, or at the playhead."""
        settings, at_playhead = self._settings, self.controls.at_playhead()
        workshop = Workshop(self._render, settings.cue_folder, settings.fade_in, settings.fade_out)
        under = () if at_playhead else tuple(found.clip for found in self.clips.selected())
        self.orders.place(request, workshop, under, at_playhead=at_playhead)

    def open_timeline(self, path: Path) -> None:
        """Open a timeline file and show it."""
        self.orders.open_file(path)

    def hold(self, held: bool) -> None:
        """Caption no further clip in the background while something more urgent needs the models."""
        self.captioning.listening.hold(held)

    def shut_down(self) -> None:
        """Leave all hosts, save what was placed in files, and end all work."""
        self._closed = True
        self.reading.stop()
        self.clips.stop()
        for problem in [*self.captioning.shut_down(), *self.service.close()]:
            self.problem.emit(problem)

    def _show_hosts(self) -> None:
        if not self._closed:  # an editor that went at the same time is told of too late
            self.hosts.show_hosts(self.service.hosts())

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: D102
        if event is not None and dropped_timeline(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: D102
        path = dropped_timeline(event.mimeData()) if event is not None else None
        if path is not None:
            self.open_timeline(path)

    def _connect_hosts(self) -> None:
        hosts, orders, controls = self.hosts, self.orders, self.controls
        hosts.chosen.connect(self._follow)
        hosts.connect_to.connect(orders.connect_to)
        hosts.open_file.connect(self._open_file)
        hosts.read_again.connect(self.reading.now)
        hosts.save.connect(orders.save)
        self.reading.done.connect(self._show)
        orders.busy.connect(controls.set_busy)
        orders.opened.connect(hosts.choose)
        orders.changed.connect(self.reading.now)
        controls.place.clicked.connect(self.place_wanted)
        controls.undo.clicked.connect(orders.undo)

    def _connect_clips(self) -> None:
        controls, captioning = self.controls, self.captioning
        self._selection.told.connect(self.clip_chosen)
        for speaker in (self.hosts, self.orders, captioning, self._media):
            speaker.news.connect(self.news)
            speaker.problem.connect(self.problem)
        self.reading.problem.connect(self.problem)
        self._selection.problem.connect(self.problem)
        captioning.loaded.connect(self.reading.now)
        captioning.listening.ended.connect(self.reading.now)
        captioning.listening.progressed.connect(controls.show_progress)
        controls.caption_all.clicked.connect(captioning.all)
        controls.stop.clicked.connect(captioning.listening.stop)
        controls.mark.triggered.connect(lambda: self._write_captions(self.orders.mark))
        controls.keep.triggered.connect(lambda: self._write_captions(self.orders.keep))
        controls.own_cues.triggered.connect(lambda: self._list_cues(others=False))
        controls.all_music.triggered.connect(lambda: self._list_cues(others=True))

    def _follow(self, row: HostRow | None) -> None:
        """Show another host; or the same one, in which something else can be done now."""
        self.controls.show_host(row)
        number = row.id if row is not None else None
        if number == self._host:
            return
        self._host = number
        self._selection.reset()
        self.captioning.listening.forget()
        self.clips.clips.refresh(TimelineView("", ()))
        self.controls.show_timeline(None)
        self.reading.follow(row)

    def _show(self, _: int, view: TimelineView) -> None:
        self.clips.clips.refresh(view)
        self.controls.show_timeline(view)
        self._selection.show(view)

    def _export(self, clip: Clip) -> Callable[[], None]:
        """Give the order that lets the host which is shown now export a clip's sound."""
        number = -1 if self._host is None else self._host
        return partial(self.service.look, number, partial(export_sound, clip=clip))

    def _write_captions(self, write: Callable[[Captioned], None]) -> None:
        captioned = self.captioning.captioned()
        if captioned:
            write(captioned)
        else:
            self.problem.emit(self.tr("no clip is captioned yet: caption all first"))

    def _open_file(self) -> None:
        if (path := ask_for_timeline(self)) is not None:
            self.open_timeline(path)

    def _list_cues(self, *, others: bool) -> None:
        if (out := ask_for_sheet(self)) is not None:
            self.orders.list_cues(out, others=others)
