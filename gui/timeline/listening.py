"""Captions clips in the background, those that are seen first: `Listening`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PyQt6.QtCore import QObject, pyqtSignal

from gui.models.cancellation import Cancellation, CancelledError
from gui.models.captions import Said
from gui.models.clips import Clip
from gui.models.engines import Engines
from gui.models.listening import listen
from gui.models.timeline import ClipList, ClipRow
from gui.tasks import Lane, Tasks
from host_bridge.errors import BridgeError

FAULT = "an internal error (the terminal shows where)"


class Listening(QObject):
    """One clip at a time.

    Parameters
    ----------
    tasks : Tasks
    engines : Engines
    clips : ClipList
    visible : callable
        Gives the rows that the user sees.
    export : callable
        Gives what lets the editor write a clip's sound to its file: called on a worker thread, for clips asked for.

    Attributes
    ----------
    auto : bool
        Clips that are seen are captioned without being asked for.

    Signals
    -------
    changed : list of int
        Rows that look different now.
    heard
        A clip was captioned.
    progressed : (int, int)
        How many of how many clips that were asked for are done; (0, 0) when that has ended.
    ended : (int, list of str)
        All that were asked for are done: how many were captioned, and why the others were not.
    problem : str
        The models cannot be used; nothing more is tried until the user asks.
    """

    changed = pyqtSignal(list)
    heard = pyqtSignal()
    progressed = pyqtSignal(int, int)
    ended = pyqtSignal(int, list)
    problem = pyqtSignal(str)

    def __init__(
        self,
        tasks: Tasks,
        engines: Engines,
        clips: ClipList,
        visible: Callable[[], Sequence[ClipRow]],
        export: Callable[[Clip], Callable[[], None]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks, self._engines, self._clips, self._visible = tasks, engines, clips, visible
        self._export = export
        self.auto = True
        self._held = self._stopped = False
        self._wanted: list[Clip] = []
        self._done = self._total = 0
        self._failures: list[str] = []
        self._work: Cancellation | None = None

    @property
    def busy(self) -> bool:
        """Whether clips that were asked for are being captioned."""
        return self._total > 0

    def ask(self, rows: Sequence[ClipRow]) -> None:
        """Caption these, after those that are seen."""
        known = {clip.range for clip in self._wanted}
        new = {row.clip.range: row.clip for row in rows if row.clip.range and row.clip.range not in known}
        self._wanted += new.values()
        self._total += len(new)
        self._stopped = False
        if self._total:
            self.progressed.emit(self._done, self._total)
        self.look()

    def look(self) -> None:
        """Go on with the next clip, if none is being heard and there is one."""
        if self._work is not None or self._held:
            return
        self._drop_settled()
        clip = self._next()
        if clip is None or clip.range is None:
            return
        part, work = clip.range, Cancellation()
        self._work = work
        self.changed.emit(self._clips.listen(part))
        engines, export = self._engines, self._export(clip)

        def hear() -> Said | str:
            engine = engines.engine(work)
            try:
                if clip.to_export:
                    export()
            except BridgeError as error:
                return str(error)
            return listen(engine, clip)

        self._tasks.run_task(
            hear,
            partial(self._take, clip),
            partial(self._fail, work),
            partial(self._end, clip),
            lane=Lane.LISTENING,
        )

    def hold(self, held: bool) -> None:
        """Begin with no further clip while something more urgent needs the models."""
        self._held = held
        self.look()

    def stop(self) -> None:
        """End the clip that is being heard, and ask for no other until the user does."""
        self._stopped = True
        self.forget()

    def forget(self) -> None:
        """Drop what was asked for: another timeline is shown, or the panel closes."""
        self._wanted, self._done, self._total, self._failures = [], 0, 0, []
        if self._work is not None:
            self._work.cancel()
        self.progressed.emit(0, 0)

    def close(self) -> None:
        """End all work for good."""
        self._held = True
        self.stop()

    def _next(self) -> Clip | None:
        waiting = {row.clip.range: row.clip for row in self._clips.waiting()}
        wanted = {clip.range for clip in self._wanted}
        for row in self._visible():
            unasked = self.auto and not self._stopped and row.clip.ref is not None
            if row.clip.range in waiting and (row.clip.range in wanted or unasked):
                return row.clip
        return next((waiting[clip.range] for clip in self._wanted if clip.range in waiting), None)

    def _drop_settled(self) -> None:
        """Count what was asked for and is no longer to be done: it was heard by now, or is gone from the timeline."""
        if not self._total:
            return
        waiting = {row.clip.range for row in self._clips.waiting()}
        left = [clip for clip in self._wanted if clip.range in waiting]
        self._done += len(self._wanted) - len(left)
        self._wanted = left
        if left:
            self.progressed.emit(self._done, self._total)
            return
        failures, done = self._failures, self._done
        self._done, self._total, self._failures = 0, 0, []
        self.progressed.emit(0, 0)
        self.ended.emit(done - len(failures), failures)

    def _take(self, clip: Clip, found: Said | str) -> None:
        assert clip.range is not None
        if isinstance(found, Said):
            self.changed.emit(self._clips.hear(clip.range, found))
            self.heard.emit()
            return
        if any(one.range == clip.range for one in self._wanted):
            self._failures.append(found)
        self.changed.emit(self._clips.fail(clip.range, found))

    def _fail(self, work: Cancellation, error: Exception) -> None:
        if isinstance(error, CancelledError) or work.cancelled:
            return
        self.stop()
        self.problem.emit(str(error))

    def _end(self, clip: Clip) -> None:
        work, self._work = self._work, None
        assert clip.range is not None and work is not None
        left = self._clips.listening(clip.range)
        if left and (work.cancelled or self._stopped):
            self.changed.emit(self._clips.settle(clip.range))
        elif left:  # no answer and no error for the user: a fault of ours, which is shown elsewhere
            self._failures.append(FAULT)
            self.changed.emit(self._clips.fail(clip.range, FAULT))
        self.look()
