"""Captions of the clips in the list: asked for, written by hand, kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PyQt6.QtCore import QObject, pyqtSignal

from gui.models.captions import Captions
from gui.models.clips import Clip
from gui.models.engines import Engines
from gui.models.listings import Captioned
from gui.tasks import Tasks
from gui.timeline.clip_view import ClipView
from gui.timeline.listening import Listening
from plugin.errors import CuefinderError


class Captioning(QObject):
    """Lets clips be captioned, and keeps what is said.

    Parameters
    ----------
    tasks : Tasks
    engines : Engines
    captions : Captions
    view : ClipView
    export : callable
        See `Listening`.

    Signals
    -------
    news, problem : str
    loaded
        What was kept from earlier is there.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    loaded = pyqtSignal()

    def __init__(
        self,
        tasks: Tasks,
        engines: Engines,
        captions: Captions,
        view: ClipView,
        export: Callable[[Clip], Callable[[], None]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks, self._captions, self._view = tasks, captions, view
        self._clips = view.clips.clips
        self._edits = self._saved = 0
        self.listening = Listening(tasks, engines, self._clips, view.visible_rows, export, self)
        view.seen.connect(self.listening.look)
        view.again.connect(self.anew)
        view.clips.edited.connect(self._keep)
        self.listening.changed.connect(view.clips.tell)
        self.listening.heard.connect(self._keep)
        self.listening.ended.connect(self._report)
        self.listening.problem.connect(self.problem)
        tasks.run_task(captions.load, lambda _: self.loaded.emit(), self._fail)

    def all(self) -> None:
        """Caption all clips that are not captioned yet; what failed is tried again."""
        rows = self._clips.retry()
        if rows:
            self.listening.ask(rows)
        else:
            self.news.emit(self.tr("all clips that can be heard are captioned"))

    def anew(self) -> None:
        """Caption the selected clips again; what the user wrote for them gives way."""
        rows = [row for row in self._view.selected() if row.clip.ref or row.clip.to_export]
        for row in rows:
            assert row.clip.range is not None
            self._view.clips.tell(self._clips.forget(row.clip.range))
            if row.clip.exported:
                row.clip = replace(row.clip, missing=self.tr("its sound is exported anew"))
        self.listening.ask(rows)

    def captioned(self) -> Captioned:
        """The clips that have a caption: of several selected ones, else of all."""
        chosen = self._view.selected()
        rows = chosen if len(chosen) > 1 else self._clips.rows
        return [(row.clip, row.caption) for row in rows if row.caption]

    def shut_down(self) -> list[str]:
        """End all work and keep what is said; gives what could not be, in words."""
        self.listening.close()
        if self._edits == self._saved:
            return []
        try:
            self._captions.save()
        except CuefinderError as error:
            return [str(error)]
        return []

    def _keep(self) -> None:
        self._edits += 1
        self._tasks.run_task(self._captions.save, partial(self._note, self._edits), self._fail)

    def _note(self, edits: int, _: object) -> None:
        self._saved = max(self._saved, edits)

    def _report(self, done: int, failures: list[str]) -> None:
        if failures:
            text = self.tr("Clips captioned: {done}, not: {failed}: {first}")
            self.problem.emit(text.format(done=done, failed=len(failures), first=failures[0]))
        else:
            self.news.emit(self.tr("Clips captioned: {done}").format(done=done))

    def _fail(self, error: Exception) -> None:
        self.problem.emit(str(error))
