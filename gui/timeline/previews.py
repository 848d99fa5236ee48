"""Pictures and waveforms of the clips that are seen, made in the background: `Previews`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

from PyQt6.QtCore import QObject, QSize, pyqtSignal
from PyQt6.QtGui import QImage

from gui.models.cancellation import Cancellation, CancelledError
from gui.models.clips import Clip
from gui.models.previews import Preview, make_preview
from gui.models.timeline import ClipRow
from gui.tasks import Lane, Tasks

KEPT = 400
"""Previews in memory: some ten megabytes."""

Drawn = QImage | bytes | str
"""A picture, the peaks of a waveform, or why there is neither."""


class Previews(QObject):
    """Makes one at a time and keeps the latest.

    Parameters
    ----------
    tasks : Tasks
    visible : callable
        Gives the rows that the user sees.
    box : QSize
        Pixels that a picture is made to fit into.

    Signals
    -------
    made
        One more is there.
    """

    made = pyqtSignal()

    def __init__(
        self, tasks: Tasks, visible: Callable[[], Sequence[ClipRow]], box: QSize, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tasks, self._visible = tasks, visible
        self._box = box.width(), box.height()
        self._kept: OrderedDict[object, Drawn] = OrderedDict()
        self._work: Cancellation | None = None
        self._closed = False

    def of(self, clip: Clip) -> Drawn | None:
        """Give what is there for a clip; None where it is still to be made."""
        key = _key(clip)
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def look(self) -> None:
        """Make the next one, if none is being made and a clip that is seen has none."""
        if self._work is not None or self._closed:
            return
        clip = next((row.clip for row in self._visible() if row.clip.ref and _key(row.clip) not in self._kept), None)
        if clip is None:
            return
        work = self._work = Cancellation()
        self._tasks.run_task(
            partial(make_preview, clip, self._box, work),
            partial(self._take, clip),
            partial(self._fail, clip),
            partial(self._end, clip, work),
            lane=Lane.SHORT,
        )

    def stop(self) -> None:
        """Make no more."""
        self._closed = True
        if self._work is not None:
            self._work.cancel()

    def _take(self, clip: Clip, preview: Preview) -> None:
        if preview.picture is not None:
            high, wide, _ = preview.picture.shape
            form = QImage.Format.Format_RGB888
            # Qt does not own the array's memory, so the picture is copied out of it.
            self._keep(clip, QImage(preview.picture.tobytes(), wide, high, 3 * wide, form).copy())
        elif preview.peaks is not None:
            self._keep(clip, preview.peaks.tobytes())

    def _fail(self, clip: Clip, error: Exception) -> None:
        if not isinstance(error, CancelledError):
            self._keep(clip, str(error))

    def _keep(self, clip: Clip, drawn: Drawn) -> None:
        self._kept[_key(clip)] = drawn
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self.made.emit()

    def _end(self, clip: Clip, work: Cancellation) -> None:
        self._work = None
        if _key(clip) not in self._kept and not work.cancelled:
            self._keep(clip, self.tr("no preview: an internal error"))  # a fault of ours must not be met for ever
        self.look()


def _key(clip: Clip) -> object:
    return clip.range, clip.kind, clip.stamp
