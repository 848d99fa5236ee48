"""Showing a file where it lies, in the system's file manager."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PyQt6.QtCore import QObject, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices

from gui.models.finding import require_file
from gui.tasks import Lane, Tasks
from plugin.errors import printable


class FolderOpener(QObject):
    """Opens the folder of a file; a drive that does not answer holds nobody up.

    Signals
    -------
    problem : str
    """

    problem = pyqtSignal(str)

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks

    def show_file(self, path: Path) -> None:
        """Open the folder of a file, if the file is there."""
        self._tasks.run_task(partial(require_file, path), self._open, self._fail, lane=Lane.SHORT)

    def _open(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl(folder.as_uri())):
            self.problem.emit(self.tr("no program shows the folder {folder}").format(folder=printable(folder)))

    def _fail(self, error: Exception) -> None:
        self.problem.emit(str(error))
