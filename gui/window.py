"""The panel's window: puts the parts together and carries what they say from one to the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction, QCloseEvent, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from gui.audition.bar import AuditionBar
from gui.audition.output import Output, QtOutput
from gui.find.page import FindPage
from gui.library.first_start import FirstStart
from gui.library.page import LibraryPage
from gui.machine.page import MachinePage
from gui.messages import Messages
from gui.models.clips import ClipRef
from gui.models.library import LibraryView
from gui.models.service import LibraryService
from gui.models.settings import Settings
from gui.settings.keeper import SettingsKeeper
from gui.settings.page import SettingsPage
from gui.stems.page import StemsPage
from gui.tasks import Tasks
from gui.timeline.panel import TimelinePanel
from plugin.suggest.suggestion import Suggestion

TIMELINE_SHARE, FIND_SHARE = 30, 70


class PanelWindow(QMainWindow):
    """The panel.

    Parameters
    ----------
    service : LibraryService
        Asked on worker threads only.
    tasks : Tasks
        The door to them.
    keeper : SettingsKeeper
    bridge : pathlib.Path, optional
        Folder of the panel's address for editors; the user's own by default.
    open_output : callable
        (rate wanted) -> `gui.audition.output.Output`.

    Signals
    -------
    fault : str
        For errors that nobody foresaw, from any thread.
    """

    fault = pyqtSignal(str)

    def __init__(
        self, service: LibraryService, tasks: Tasks, keeper: SettingsKeeper, bridge: Path | None = None,
        open_output: Callable[[int], Output] = QtOutput,
    ) -> None:  # fmt: skip
        super().__init__()
        settings = keeper.settings
        self._service, self._keeper = service, keeper
        self._models = settings.pack, settings.device
        self._clip_length: float | None = None
        self.messages = Messages()
        self.timeline = TimelinePanel(tasks, service.engines, settings, bridge)
        self.find = FindPage(service, tasks, settings)
        self.audition = AuditionBar(tasks, settings, open_output)
        self.library = LibraryPage(service, tasks)
        self.first_start = FirstStart()
        self.stems = StemsPage(tasks, service.engines, settings, service.path, self.timeline.service)
        self.machine = MachinePage(service.engines, tasks, keeper, service.path)
        self.settings = SettingsPage(keeper)
        self._lay_out()
        self._make_menus()
        self._connect()
        self._begin()

    def suggest_for(self, clip: ClipRef) -> None:
        """Ask for music for a clip."""
        self._clip_length = clip.length
        self.find.set_clip(clip.path, clip.start, clip.end, clip.name)

    def show_demo_progress(self, what: str, done: int, total: int) -> None:
        """Say how far the making of the demo is."""
        text = self.tr("Making the demo: {what}, {done} of {total}")
        self.messages.say(text.format(what=what, done=done, total=total))

    def show_demo(self, music: Path, timeline: Path) -> None:
        """Show the demo's library and timeline."""
        self.messages.say(self.tr("The demo is ready: choose a clip, or describe some music"))
        self.finding.setCurrentIndex(0)
        self.library.changes.add([music])
        self.timeline.open_timeline(timeline)

    def closeEvent(self, event: QCloseEvent | None) -> None:  # noqa: D102
        for part in self._parts:
            part.shut_down()
        self.messages.shut_down()
        self._keeper.shut_down()
        super().closeEvent(event)

    @property
    def _parts(self) -> tuple[QWidget, ...]:
        return (self.timeline, self.find, self.audition, self.library, self.stems, self.machine, self.settings)

    def _lay_out(self) -> None:
        self.find.set_audition(self.audition)
        sides = self.sides = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        sides.addWidget(self.timeline)
        sides.addWidget(self.find)
        sides.setStretchFactor(0, TIMELINE_SHARE)
        sides.setStretchFactor(1, FIND_SHARE)
        self.finding = QStackedWidget()
        for widget in (sides, self.first_start):
            self.finding.addWidget(widget)
        self.pages = QTabWidget(documentMode=True)
        self.pages.setAccessibleName(self.tr("Pages"))
        for widget, title in (
            (self.finding, self.tr("Find")),
            (self.library, self.tr("Library")),
            (self.stems, self.tr("Stems")),
            (self.machine, self.tr("Models")),
            (self.settings, self.tr("Settings")),
        ):
            self.pages.addTab(widget, title)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(6, 6, 6, 2)
        column.addWidget(self.pages)
        self.setCentralWidget(middle)
        self.setStatusBar(self.messages)
        self.setWindowTitle(self.tr("Cuefinder"))
        self.resize(1280, 720)
        sides.setSizes([self.width() * TIMELINE_SHARE // 100, self.width() * FIND_SHARE // 100])

    def _make_menus(self) -> None:
        library = self.menuBar().addMenu(self.tr("L&ibrary"))
        self.add_folder = QAction(self.tr("&Add Folder…"), self, shortcut=QKeySequence("Ctrl+I"))
        self.add_folder.triggered.connect(self.library.add.click)
        library.addAction(self.add_folder)
        library.addAction(self.tr("&Quit"), QKeySequence("Ctrl+Q"), self.close)
        self.menuBar().addMenu(self.timeline.menu)
        view = self.menuBar().addMenu(self.tr("Vie&w"))
        for number in range(self.pages.count()):
            title = self.tr("&{number} {page}").format(number=number + 1, page=self.pages.tabText(number))
            turn = QAction(title, self, shortcut=QKeySequence(f"Ctrl+{number + 1}"))
            turn.triggered.connect(lambda _, number=number: self.pages.setCurrentIndex(number))
            view.addAction(turn)
        self.listen = QAction(self.tr("&Play or Hold On"), self, shortcut=QKeySequence("Ctrl+Space"))
        self.listen.triggered.connect(self.audition.toggle)
        view.addAction(self.listen)

    def _connect(self) -> None:
        for part in self._parts:
            part.news.connect(self.messages.say)
            part.problem.connect(self.messages.fail)
        self.fault.connect(self.messages.fail)
        self._keeper.problem.connect(self.messages.fail)
        self._keeper.changed.connect(self._apply)
        self.timeline.clip_chosen.connect(self.suggest_for)
        self.timeline.place_wanted.connect(self._place)
        self.find.play_requested.connect(self.audition.toggle)
        self.find.place_requested.connect(self._place)
        self.find.look_chosen.connect(lambda look: self._keeper.change(results_look=look))
        self.find.current_changed.connect(self._audition)
        self.find.library_wanted.connect(lambda: self.pages.setCurrentWidget(self.library))
        self.audition.previous_wanted.connect(lambda: self.find.step(-1))
        self.audition.next_wanted.connect(lambda: self.find.step(1))
        self.library.library_changed.connect(self.find.library_changed)
        self.library.viewed.connect(self._show_library)
        self.library.state_changed.connect(self.messages.show_progress)
        self.library.indexing.connect(self.messages.show_running)
        self.library.state_changed.connect(self.first_start.show_state)
        self.library.indexing.connect(self._indexing)
        self.library.changes.problem.connect(lambda _: self._indexing(self.library.work.busy))
        self.messages.stopped.connect(self.library.work.stop)
        self.first_start.folders_chosen.connect(self._first_folders)
        self.first_start.ready.connect(lambda: self.finding.setCurrentIndex(0))
        self.machine.placed.connect(self.messages.show_device)
        self.machine.switched.connect(self.library.watching.watch_anew)
        self.machine.switched.connect(self.library.models_changed)
        self.library.watching.models_changed.connect(self.machine.refresh)
        self.timeline.hosts.chosen.connect(lambda _: self.stems.refresh_hosts())
        self.pages.currentChanged.connect(lambda _: self.stems.refresh_hosts())
        self.settings.models_wanted.connect(lambda: self.pages.setCurrentWidget(self.machine))

    def _begin(self) -> None:
        """Load the models and read the library while the window comes up."""
        self.machine.start()
        self.library.start()

    def _apply(self, settings: Settings) -> None:
        if (settings.pack, settings.device) != self._models:
            self._models = settings.pack, settings.device
            self.library.watching.watch_anew()
        for part in (self.timeline, self.find, self.audition, self.stems):
            part.apply(settings)

    def _audition(self, found: Suggestion | None) -> None:
        draft = self.find.bar.draft
        self.audition.load(found, self._clip_length if draft.clip is not None else None)

    def _place(self) -> None:
        request = self.audition.request()
        if request is None:
            self.messages.fail(self.tr("choose a track to place first"))
        else:
            self.timeline.place(request)

    def _show_library(self, view: LibraryView) -> None:
        self.messages.show_library(view)
        if view.empty and not self.library.work.busy:
            self.finding.setCurrentWidget(self.first_start)
        elif not view.empty and self.finding.currentWidget() is self.first_start and not self.library.work.busy:
            self.finding.setCurrentIndex(0)

    def _first_folders(self, folders: list[Path]) -> None:
        self.first_start.begin()
        self.library.changes.add(folders)

    def _indexing(self, busy: bool) -> None:
        if not busy and self.library.view.empty:
            self.first_start.show_choice()
