"""Hearing several files at once: their segments in batches to the models, then each file to its writer.

Decoders | caller: cuts blocks | thread: models | thread: caption, tempo and key, store. Each queue between them is
bounded, so the slowest step sets the pace, decoders included, and memory does not grow with the length of a file. The
events of a file keep their order; a file is written when it is heard whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType

import numpy as np
import numpy.typing as npt

from plugin.analysis import TrackAnalyser
from plugin.library.stage import TURN_SECONDS, Stage
from plugin.runtime.batching import rows_of_audio
from plugin.runtime.engine import Engine
from plugin.runtime.features import MusicFeatures

Array = npt.NDArray[np.float32]
SECONDS_WAITING = 320.0
"""Sound that may wait for the models."""
FILES_WAITING = 4
"""Files that may wait for the writer."""
Write = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Segments:
    """Segments of one file, float32 [n, N], and what is to be done once they are heard."""

    rows: Array
    analyser: TrackAnalyser
    then: Write | None = None


class Pipeline:
    """Models and writer, each in a thread of its own. Use as a context manager.

    At the end of the ``with`` block all is written; where it ends with an error, what is not written yet is dropped. A
    failure of the models or the writer comes out of the next call, or of the block.

    Parameters
    ----------
    engine : Engine
        Loads its models in the thread that runs them.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing: Stage[Write] = Stage("write", _do, room=FILES_WAITING)
        self._hearing = Stage(
            "hear", self._hear, room=SECONDS_WAITING / engine.segment_seconds, portion=self._rows, weight=_rows_in
        )
        self._stages = ExitStack()

    def __enter__(self) -> Pipeline:
        self._stages.enter_context(self._writing)
        self._stages.enter_context(self._hearing)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:  # both at once: one may wait for the other
            self._writing.stop()
            self._hearing.stop()
        self._stages.__exit__(kind, error, trace)

    def hear(self, analyser: TrackAnalyser, block: Array) -> None:
        """Take the next block of a file, float32 mono [N]."""
        rows = analyser.cut(block)
        if len(rows):
            self._hearing.put(_Segments(rows, analyser))

    def finish(self, analyser: TrackAnalyser, write: Write) -> None:
        """Have a file written once all of it is heard; ``write`` is called in the writer's thread."""
        self._hearing.put(_Segments(analyser.cut_rest(), analyser, write))

    def write(self, write: Write) -> None:
        """Have something written for which nothing must be heard."""
        self._writing.put(write)

    def wait(self) -> bool:
        """Wait a moment for something to be done; tell whether anything is left to do."""
        return self._hearing.wait(TURN_SECONDS) or self._writing.wait(TURN_SECONDS)

    def _rows(self) -> float:
        return rows_of_audio(self._engine.segment_seconds, self._engine.provider)

    def _hear(self, items: Sequence[_Segments]) -> None:
        rows = np.concatenate([item.rows for item in items])
        if len(rows):
            music, (onset, chroma) = self._engine.music(rows), self._engine.rhythm(rows)
        at = 0
        for item in items:
            end = at + len(item.rows)
            if end > at:
                item.analyser.take(_part(music, at, end), onset[at:end], chroma[at:end])
            if item.then is not None:
                self._writing.put(item.then)
            at = end


def _rows_in(item: _Segments) -> float:
    return len(item.rows)


def _do(writes: Sequence[Write]) -> None:
    for write in writes:
        write()


def _part(music: MusicFeatures, start: int, end: int) -> MusicFeatures:
    core_tags = None if music.core_tags is None else music.core_tags[start:end]
    return MusicFeatures(music.embedding[start:end], music.tags[start:end], music.sequence[start:end], core_tags)
