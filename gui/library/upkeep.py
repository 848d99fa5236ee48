"""Keeping the library in order: checks, backups, repair and the way back, on worker threads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QObject, pyqtSignal

from gui.models import upkeep
from gui.models.service import LibraryService
from gui.models.upkeep import backup_words, repair_words
from gui.tasks import Lane, Tasks
from plugin.errors import printable

if TYPE_CHECKING:
    from plugin.library.rebuilding import RepairReport


class Upkeep(QObject):
    """Does it.

    Signals
    -------
    news, problem : str
    damaged : list of str
        What a check has found wrong.
    listed : list of Path
        The backups that there are, the last one first.
    replaced
        The library is another one now.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    damaged = pyqtSignal(list)
    listed = pyqtSignal(list)
    replaced = pyqtSignal()

    def __init__(self, service: LibraryService, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._service, self._tasks = service, tasks

    def check(self) -> None:
        """Look for damage in the whole library."""

        def tell(problems: list[str]) -> None:
            if problems:
                self.problem.emit(self.tr("the library is damaged: {problem}").format(problem=problems[0]))
                self.damaged.emit(problems)
            else:
                self.news.emit(self.tr("The library is sound"))

        self.news.emit(self.tr("Checking the library…"))
        self._do(partial(upkeep.problems, self._service.path), tell)

    def back_up(self) -> None:
        """Copy the library beside itself, checked."""

        def tell(made: Path) -> None:
            self.news.emit(self.tr("Backed up to {file}").format(file=printable(made)))

        self._do(partial(upkeep.backed_up, self._service.path), tell)

    def list_backups(self) -> None:
        """Look for backups."""

        def tell(found: list[Path]) -> None:
            if found:
                self.listed.emit(found)
            else:
                self.problem.emit(self.tr("there are no backups yet; one a day is made by itself"))

        self._do(partial(upkeep.copies, self._service.path), tell)

    def repair(self) -> None:
        """Make a sound library of what can be read of a damaged one."""

        def tell(report: RepairReport) -> None:
            self.replaced.emit()
            self.news.emit(self.tr("Repaired: {words}").format(words=repair_words(report)))

        self._replace(partial(upkeep.repaired, self._service.path), tell)

    def restore(self, backup: Path) -> None:
        """Make the library what it was at a backup; what it is now is kept beside it."""

        def tell(kept: Path | None) -> None:
            self.replaced.emit()
            text = self.tr("The library is as it was at {when}").format(when=backup_words(backup))
            if kept is not None:
                text += self.tr("; what it was until now is kept as {file}").format(file=printable(kept))
            self.news.emit(text)

        self._replace(partial(upkeep.restored, self._service.path, backup), tell)

    def _replace(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        def replace() -> Any:
            try:
                return work()
            finally:
                self._service.close()  # what is open may be the old file

        # As the library's writer, so after an index run that goes on.
        self._do(replace, then, Lane.LIBRARY)

    def _do(self, work: Callable[[], Any], then: Callable[[Any], None], lane: Lane = Lane.SHORT) -> None:
        self._tasks.run_task(work, then, lambda error: self.problem.emit(str(error)), lane=lane)
