"""The page of stems: what each one is, names and tags for it, and changes only after they were looked at."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from gui.drops import dropped_files
from gui.models.engines import Engines
from gui.models.hosts import HostService
from gui.models.settings import Settings
from gui.models.stem_service import Done, StemService
from gui.models.stems import Heard, SessionOf, StemList, check_template
from gui.stems.controls import Controls
from gui.stems.preview import Preview
from gui.stems.table import StemsModel
from gui.stems.view import StemsView
from gui.stems.work import Work
from gui.tasks import Lane, Tasks
from plugin.errors import InputError
from plugin.filetags import Change
from plugin.stems import Template


class StemsPage(QWidget):
    """Stems of a folder or of a connected session.

    Parameters
    ----------
    tasks : Tasks
    engines : Engines
    settings : Settings
    library_path : pathlib.Path
        Journals of changes lie beside it.
    hosts : HostService

    Signals
    -------
    news, problem : str
        What was done, and what could not be, one line each.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)

    def __init__(
        self,
        tasks: Tasks,
        engines: Engines,
        settings: Settings,
        library_path: Path,
        hosts: HostService,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks, self._hosts = tasks, hosts
        self._service = StemService(engines, library_path, hosts)
        self._changes: list[Change] = []
        self._names: list[str | None] = []
        self.stems = StemList()
        self.controls, self.preview, self.work = Controls(), Preview(), Work(tasks)
        self.model = StemsModel(self.stems, self)
        self.table = StemsView(self.model)
        self.failures = QPlainTextEdit(accessibleName=self.tr("What could not be done"), readOnly=True, visible=False)
        self.pages = QStackedWidget()
        self._lay_out()
        self._connect()
        self.setAcceptDrops(True)
        self.refresh_hosts()
        self._look_for_undo()

    def apply(self, settings: Settings) -> None:
        """Take settings over; the engines have theirs already, and the page has none of its own."""

    def refresh_hosts(self) -> None:
        """List the hosts that are connected now; for when one came or went."""
        self.controls.show_hosts(self._hosts)

    def analyse(self) -> None:
        """Listen to the chosen source; nothing is changed."""
        source = self.controls.chosen()
        if source is None:
            self.problem.emit(self.tr("choose a folder of stems first, or drop one here"))
            return
        try:
            template = check_template(self.controls.template.text())
        except InputError as error:
            self.problem.emit(str(error))
            return
        self.pages.setCurrentWidget(self.table)
        self.work.start(partial(self._service.listen, source), partial(self._show, template), Lane.LISTENING)

    def show_preview(self) -> None:
        """Show what would be changed."""
        heard, controls = self.stems.heard, self.controls
        if heard is None:
            return
        if isinstance(heard.source, SessionOf):
            names = self.stems.names
            rows = [(old, new) for old, new in zip(heard.originals, names, strict=True) if new]
            self._names = names
            self.preview.show_names(rows, heard.source.title)
            self.pages.setCurrentWidget(self.preview)
            return
        paths: list[Path | None] = self.stems.paths() if controls.rename.isChecked() else [None] * len(heard.stems)
        tags, overwrite = controls.tags.isChecked(), controls.overwrite.isChecked()
        plan = partial(self._service.plan, heard, paths, tags=tags, overwrite=overwrite)
        self.work.start(lambda on_step, cancellation: plan(), self._show_changes, Lane.SHORT)

    def make_changes(self) -> None:
        """Do what the preview shows."""
        heard = self.stems.heard
        if heard is None:
            return
        if isinstance(heard.source, SessionOf) and heard.session is not None:
            call = partial(self._service.apply_session, heard.source, heard.session, self._names)
            self.work.start(lambda on_step, cancellation: call(), self._changed, Lane.HOST)
        else:
            self.work.start(partial(self._service.apply, self._changes), self._changed, Lane.LIBRARY)

    def undo(self) -> None:
        """Take the last change back: of the session that is shown, else of files."""
        source = self.stems.heard.source if self.stems.heard else None
        if isinstance(source, SessionOf):
            undo = partial(self._service.undo_session, source)
            self.work.start(lambda on_step, cancellation: undo(), self._changed, Lane.HOST)
        else:
            self.work.start(lambda on_step, cancellation: self._service.undo_files(), self._changed, Lane.LIBRARY)

    def shut_down(self) -> None:
        """End what works."""
        self.work.stop()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: D102
        if event is not None and _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: D102
        if event is not None and (path := _dropped(event)) is not None:
            self.controls.set_folder(path)
            self.analyse()

    def _set_busy(self, busy: bool) -> None:
        self.controls.set_busy(busy)
        self.controls.preview.setEnabled(not busy and bool(self.stems.heard and self.stems.heard.stems))
        self.preview.apply.setEnabled(not busy and self.preview.is_worth_it)
        self.controls.undo.setEnabled(False)
        if not busy:
            self._look_for_undo()

    def _show(self, template: Template, heard: Heard) -> None:
        self.stems.replace(heard, template)
        self.table.refresh()
        self._show_failures([])
        text = self.tr("{count} stems heard, {failed} could not be; nothing was changed")
        self.news.emit(text.format(count=len(heard.stems), failed=len(heard.problems)))

    def _show_changes(self, found: tuple[list[Change], list[str]]) -> None:
        changes, problems = found
        self._changes = changes
        self.preview.show_changes(changes)
        self._show_failures(problems)
        self.pages.setCurrentWidget(self.preview)

    def _changed(self, done: Done) -> None:
        self.stems.move(done.moved)
        self._changes, self._names = [], []
        self.table.refresh()
        self.pages.setCurrentWidget(self.table)
        self._show_failures(done.problems)
        self.news.emit(done.text)
        if done.problems:
            self.problem.emit(done.problems[0])

    def _show_failures(self, lines: list[str]) -> None:
        """List what could not be heard, and what could not be changed."""
        shown = [*lines, *(self.stems.heard.problems if self.stems.heard else [])]
        self.failures.setPlainText("\n".join(shown))
        self.failures.setVisible(bool(shown))

    def _look_for_undo(self) -> None:
        source = self.stems.heard.source if self.stems.heard else None
        if isinstance(source, SessionOf):
            self.controls.undo.setEnabled(not self.work.is_busy)
        else:
            self._tasks.run_task(self._service.can_undo, self._show_undo, lambda error: self.problem.emit(str(error)))

    def _show_undo(self, can_undo: bool) -> None:
        self.controls.undo.setEnabled(can_undo and not self.work.is_busy)

    def _set_template(self) -> None:
        try:
            template = check_template(self.controls.template.text())
        except InputError as error:
            self.problem.emit(str(error))
            return
        self.stems.set_template(template)
        self.model.refresh_names()

    def _connect(self) -> None:
        controls = self.controls
        controls.analyse.clicked.connect(self.analyse)
        controls.stop.clicked.connect(self.work.stop)
        controls.preview.clicked.connect(self.show_preview)
        controls.undo.clicked.connect(self.undo)
        controls.template_changed.connect(self._set_template)
        self.preview.applied.connect(self.make_changes)
        self.preview.left.connect(partial(self.pages.setCurrentWidget, self.table))
        self.model.problem.connect(self.problem)
        self.work.busy.connect(self._set_busy)
        self.work.news.connect(self.news)
        self.work.problem.connect(self.problem)

    def _lay_out(self) -> None:
        self.failures.setMaximumHeight(self.fontMetrics().height() * 6)
        self.pages.addWidget(self.table)
        self.pages.addWidget(self.preview)
        column = QVBoxLayout(self)
        for widget in (self.controls, self.pages, self.work, self.failures):
            column.addWidget(widget, 1 if widget is self.pages else 0)


def _dropped(event: QDropEvent) -> Path | None:
    """Give what is dropped as a path: of files, the first one."""
    return next(iter(dropped_files(event.mimeData())), None)
