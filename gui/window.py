"""The panel's window: puts the parts together and carries what they say from one to the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QAction, QCloseEvent, QKeySequence
from PyQt6.QtWidgets import QFileDialog, QMainWindow, QVBoxLayout, QWidget

from gui.hosts import Hosts
from gui.messages import Messages
from gui.models.cancellation import Cancellation, CancelledError
from gui.models.query import QueryDraft
from gui.models.service import IndexState, LibraryService, Summary
from gui.pages import Pages
from gui.player import Player
from gui.query_bar import QueryBar
from gui.results_view import ResultsView
from gui.tasks import Lane, Tasks
from plugin.cli.support.units import clock
from plugin.errors import CuefinderError, printable
from plugin.library.progress import IndexReport
from plugin.suggest.suggester import Suggestions


class PanelWindow(QMainWindow):
    """The panel.

    Parameters
    ----------
    service : LibraryService
        Asked on worker threads only.
    tasks : Tasks
        The door to them.
    player : Player
    bridge : pathlib.Path, optional
        Folder of the panel's address for editors; the user's own by default.

    Signals
    -------
    fault : str
        For errors that nobody foresaw, from any thread.
    """

    fault = pyqtSignal(str)

    def __init__(self, service: LibraryService, tasks: Tasks, player: Player, bridge: Path | None = None) -> None:
        super().__init__()
        self._service, self._tasks, self._player = service, tasks, player
        self.hosts = Hosts(tasks, bridge)
        self._question: Cancellation | None = None
        self._indexing: Cancellation | None = None
        self._summary: Summary | None = None
        self.draft = QueryDraft()
        self.query_bar = QueryBar(self.draft)
        self.results = ResultsView(player)
        self.messages = Messages()
        self.index_action = QAction(self.tr("&Index Folder…"), self, shortcut=QKeySequence("Ctrl+I"))
        self.pages = Pages(self.results, self.index_action)
        self._lay_out()
        self.index_action.triggered.connect(self._choose_folder)
        self.query_bar.asked.connect(self.suggest)
        self.query_bar.stopped.connect(self._stop_question)
        self.messages.stopped.connect(self._stop_indexing)
        self.results.news.connect(self.messages.say)
        self.results.problem.connect(self.messages.fail)
        self.fault.connect(self.messages.fail)
        self.hosts.news.connect(self.messages.say)
        self.hosts.problem.connect(self.messages.fail)
        self.hosts.bar.place.connect(self._place)
        self._refresh()
        tasks.run_task(service.device, self.messages.show_device, self._fail_to_load)

    def suggest(self) -> None:
        """Ask for suggestions; a question that is still being answered gives way."""
        try:
            query = self.draft.query()
        except CuefinderError as error:
            self._fail(error)
            return
        if self._summary is not None and not self._summary.indexed and self._indexing is None:
            self.messages.fail(self.tr("the library is empty: index a folder of music first (Ctrl+I)"))
            return
        self._stop_question()
        question = self._question = Cancellation()
        self.query_bar.set_busy(True)
        self.messages.say(self.tr("Looking for music…"))

        def deliver(show: Callable[[Any], None], answer: object) -> None:
            if question is self._question:
                show(answer)

        self._tasks.run_task(
            partial(self._service.suggest, query, question),
            partial(deliver, self._show_suggestions),
            partial(deliver, self._fail),
            partial(self._end_question, question),
            lane=Lane.QUESTION,
        )

    def index(self, folder: Path) -> None:
        """Index a folder of music; one at a time."""
        indexing = self._indexing = Cancellation()
        self.index_action.setEnabled(False)
        self.messages.say(self.tr("Indexing {folder}").format(folder=printable(folder)))
        self.messages.show_progress(None)

        def on_state(state: IndexState) -> None:
            self._tasks.post(partial(self.messages.show_progress, state))

        self._tasks.run_task(
            partial(self._service.index, [folder], on_state, indexing),
            partial(self._show_report, indexing),
            self._fail,
            self._end_indexing,
            lane=Lane.LIBRARY,
        )

    def closeEvent(self, event: QCloseEvent | None) -> None:  # noqa: D102
        self._stop_question()
        self._stop_indexing()
        self._player.stop()
        self.hosts.close()
        super().closeEvent(event)

    def _lay_out(self) -> None:
        central = QWidget()
        column = QVBoxLayout(central)
        column.addWidget(self.query_bar)
        column.addWidget(self.pages, 1)
        column.addWidget(self.hosts.bar)
        self.setCentralWidget(central)
        self.setStatusBar(self.messages)
        menu = self.menuBar().addMenu(self.tr("L&ibrary"))
        menu.addAction(self.index_action)
        menu.addAction(self.tr("&Quit"), QKeySequence("Ctrl+Q"), self.close)
        self.menuBar().addMenu(self.hosts.menu)
        self.setWindowTitle(self.tr("Cuefinder"))
        self.resize(1280, 720)

    def _refresh(self) -> None:
        self._tasks.run_task(self._service.summary, self._show_summary, self._fail)

    def _show_summary(self, summary: Summary) -> None:
        self._summary = summary
        self.messages.show_summary(summary)
        self.pages.show_hint(empty=not summary.indexed)

    def _show_suggestions(self, found: Suggestions) -> None:
        self.results.show_suggestions(found.results)
        self.pages.show_answer()
        text = self.tr("{shown} of {total} tracks, parts of {length}: Space plays").format(
            shown=len(found.results), total=found.total, length=clock(found.length)
        )
        if found.stale:
            text += self.tr(" ({count} more must be indexed again for this model pack)").format(count=found.stale)
        self.messages.say(text)

    def _place(self, host: int) -> None:
        row = self.results.current_row()
        if row is None:
            self.messages.fail(self.tr("choose a track to place first"))
        else:
            self.hosts.place(host, row.suggestion)

    def _end_question(self, question: Cancellation) -> None:
        if question is self._question:
            self._question = None
            self.query_bar.set_busy(False)

    def _stop_question(self) -> None:
        if self._question is not None:
            self._question.cancel()

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Index a folder of music"))
        if folder:
            self.index(Path(folder))

    def _show_report(self, indexing: Cancellation, report: IndexReport) -> None:
        text = self.tr("{indexed} indexed, {unchanged} unchanged, {failed} failed").format(
            indexed=report.indexed, unchanged=report.unchanged, failed=len(report.failures)
        )
        if indexing.cancelled:
            self.messages.say(self.tr("Stopped: {counts}; index the folder again to go on").format(counts=text))
        elif report.problems or report.failures:
            path, reason = [*report.problems, *report.failures][0]
            self.messages.fail(f"{text}: {printable(path)}: {reason}")
        else:
            self.messages.say(text)

    def _end_indexing(self) -> None:
        self._indexing = None
        self.index_action.setEnabled(True)
        self.messages.hide_progress()
        self._refresh()

    def _stop_indexing(self) -> None:
        if self._indexing is not None:
            self._indexing.cancel()

    def _fail_to_load(self, error: Exception) -> None:
        self.messages.show_device(None)
        self._fail(error)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, CancelledError):
            self.messages.say(self.tr("Stopped"))
        else:
            self.messages.fail(str(error))
