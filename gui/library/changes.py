"""Changes of the library's folders, made on worker threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from gui.models.library import forget_below
from gui.tasks import Lane, Tasks
from plugin.errors import CuefinderError, printable


class FolderChanges(QObject):
    """Adds, removes and switches folders.

    Signals
    -------
    news, problem : str
    changed
        The folders are other ones now, or could not be changed: what is shown must be what is.
    added : list of Path
        These are new, and nothing in them was heard yet.
    forgotten
        Tracks have left the library.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    changed = pyqtSignal()
    added = pyqtSignal(list)
    forgotten = pyqtSignal()

    def __init__(self, library: Path, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library, self._tasks = library, tasks

    def add(self, folders: Sequence[Path]) -> None:
        """Remember folders, to be watched; of several those that can be, and the others are said."""

        def work() -> tuple[list[Path], list[CuefinderError]]:
            from plugin.library.roots import add_root

            added, failed = [], []
            for folder in folders:
                try:
                    added.append(add_root(self._library, folder).path)
                except CuefinderError as error:
                    failed.append(error)
            return added, failed

        def tell(done: tuple[list[Path], list[CuefinderError]]) -> None:
            added, failed = done
            if added:
                self.added.emit(added)
            for error in failed:
                self.problem.emit(str(error))

        self._do(work, tell)

    def watch(self, folder: Path, watched: bool) -> None:
        """Begin or end to watch a folder."""

        def work() -> None:
            from plugin.library.roots import set_watched

            set_watched(self._library, folder, watched)

        self._do(work, lambda _: None)

    def remove(self, folder: Path, *, forget: bool) -> None:
        """Remove a folder; its tracks stay in the library unless they shall be forgotten. Files are not touched."""

        def work() -> int:
            from plugin.library.roots import remove_root

            count = forget_below(self._library, folder) if forget else 0
            remove_root(self._library, folder)
            return count

        def tell(count: int) -> None:
            name = printable(folder)
            if forget:
                text = self.tr("Removed {folder}, {count} tracks forgotten; the files are as they were")
                self.forgotten.emit()
            else:
                text = self.tr("Removed {folder}; its tracks stay in the library")
            self.news.emit(text.format(folder=name, count=count))

        # Forgetting waits for an index run to end; all else is done at once.
        self._do(work, tell, lane=Lane.LIBRARY if forget else Lane.SHORT)

    def _do(self, work: Callable[[], Any], then: Callable[[Any], None], *, lane: Lane = Lane.SHORT) -> None:
        self._tasks.run_task(work, then, lambda error: self.problem.emit(str(error)), self.changed.emit, lane=lane)
