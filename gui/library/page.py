"""The page of the library: folders, indexing, failed files and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from gui.library.changes import FolderChanges
from gui.library.failures import Failures
from gui.library.folders import FoldersTable
from gui.library.indexing import Indexing
from gui.library.progress import ProgressStrip
from gui.library.removal import ask_removal
from gui.library.stats import StatsPanel
from gui.library.upkeep_button import UpkeepButton
from gui.library.watching import Watching
from gui.models.library import LibraryView, read_library
from gui.models.service import IndexState, LibraryService
from gui.tasks import Tasks


class LibraryPage(QWidget):
    """Everything about the library; it begins to watch at `start`. `changes.add` takes new folders.

    Parameters
    ----------
    service : LibraryService
    tasks : Tasks

    Signals
    -------
    news, problem : str
    library_changed
        There may be new results; also every few seconds while indexing goes on.
    indexing : bool
        A run that the user started has begun, or ended.
    state_changed : IndexState or None
        How far indexing is.
    viewed : LibraryView
        What the library holds, read anew.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    library_changed = pyqtSignal()
    indexing = pyqtSignal(bool)
    state_changed = pyqtSignal(object)
    viewed = pyqtSignal(object)

    def __init__(self, service: LibraryService, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._service, self._tasks = service, tasks
        self._reading = self._stale = False
        self.view = LibraryView()
        self.work = Indexing(service, tasks, self)
        self.watching = Watching(service, tasks, self.work, self)
        self.changes = FolderChanges(service.path, tasks, self)
        self.folders, self.progress = FoldersTable(), ProgressStrip()
        self.failures, self.stats = Failures(), StatsPanel()
        self.add = QPushButton(self.tr("&Add Folder…"), toolTip=self.tr("Add a folder of music; files are only read"))
        self.remove = QPushButton(self.tr("R&emove…"), toolTip=self.tr("Remove the selected folder from the library"))
        self.index_now = QPushButton(
            self.tr("Index &Now"), toolTip=self.tr("Look through the selected folders, or all, and read what is new")
        )
        self.stop = QPushButton(self.tr("St&op"), toolTip=self.tr("End indexing; what was read is kept"), visible=False)
        self.upkeep = UpkeepButton(service, tasks)
        self._lay_out()
        self._connect()

    def start(self) -> None:
        """Read the library, and begin to watch its folders."""
        self.refresh()
        self.watching.watch()

    def index(self, folders: Sequence[Path]) -> None:
        """Bring the library up to date with folders."""
        if folders:
            self.work.index(folders)
        else:
            self.problem.emit(self.tr("there is no folder to index: add one"))

    def refresh(self) -> None:
        """Read anew what the page shows."""
        self._stale = True
        if not self._reading:
            self._reading, self._stale = True, False
            read = partial(read_library, self._service.path)
            self._tasks.run_task(read, self._show, lambda error: self.problem.emit(str(error)), self._end_reading)

    def models_changed(self) -> None:
        """Other models are in use: there are other results, and perhaps other tags."""
        self.refresh()
        self.library_changed.emit()

    def shut_down(self) -> None:
        """End everything."""
        self.work.shut_down()
        self.watching.shut_down()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        for button in (self.add, self.remove):
            row.addWidget(button)
        row.addStretch()
        for button in (self.upkeep, self.index_now, self.stop):
            row.addWidget(button)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.progress)
        lists = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        lists.addWidget(self.folders)
        lists.addWidget(self.failures)
        column.addWidget(lists, 1)
        sides = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        sides.addWidget(left)
        sides.addWidget(self.stats)
        sides.setStretchFactor(0, 3)
        sides.setStretchFactor(1, 1)
        QVBoxLayout(self).addWidget(sides)

    def _connect(self) -> None:
        self.add.clicked.connect(self._choose)
        self.remove.clicked.connect(self.folders.remove_selected)
        self.index_now.clicked.connect(
            lambda: self.index(self.folders.selected() or [row.path for row in self.view.folders if row.online])
        )
        self.stop.clicked.connect(self.work.stop)
        self.folders.dropped.connect(self.changes.add)
        self.folders.removal.connect(self._ask_removal)
        self.folders.watch_set.connect(self.changes.watch)
        self.folders.watch_set.connect(lambda *_: self.watching.watch())  # another try where it ended with an error
        self.folders.itemSelectionChanged.connect(self._enable)
        self.failures.retried.connect(partial(self.work.index, retry=True))
        self.watching.folder.connect(self.folders.show_mode)
        self.work.state.connect(self._show_state)
        self.work.running.connect(self._show_running)
        for part in (self.work, self.watching):
            part.changed.connect(self.refresh)
            part.changed.connect(self.library_changed)
        self.changes.changed.connect(self.refresh)
        self.changes.forgotten.connect(self.library_changed)
        self.changes.added.connect(self.index)
        self.upkeep.replaced.connect(self.watching.watch_anew)
        self.upkeep.replaced.connect(self.models_changed)
        for part in (self.work, self.watching, self.changes, self.failures, self.upkeep):
            part.news.connect(self.news)
            part.problem.connect(self.problem)

    def _show(self, view: LibraryView) -> None:
        self.view = view
        self.folders.show_folders(view.folders)
        self.failures.show_failures(view.failures)
        self.stats.show_view(view)
        self._enable()
        self.viewed.emit(view)

    def _end_reading(self) -> None:
        self._reading = False
        if self._stale:
            self.refresh()

    def _show_state(self, state: IndexState | None) -> None:
        if state is not None:
            self.progress.show_state(state)
        elif not self.work.busy:
            self.progress.end()
        self.state_changed.emit(state)

    def _show_running(self, running: bool) -> None:
        self.stop.setVisible(running)
        self.index_now.setVisible(not running)
        if running:
            self.progress.begin()
        self.indexing.emit(running)

    def _enable(self) -> None:
        self.remove.setEnabled(bool(self.folders.selected()))
        self.index_now.setEnabled(bool(self.view.folders))

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Add a folder of music"))
        if folder:
            self.changes.add([Path(folder)])

    def _ask_removal(self, folder: Path) -> None:
        ask_removal(self, folder, lambda forget: self.changes.remove(folder, forget=forget))
