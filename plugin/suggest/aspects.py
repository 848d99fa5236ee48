"""From a question to one vector for each of its aspects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plugin.library.records import Stamp
from plugin.library.scan import file_path
from plugin.library.store import Library
from plugin.library.tracks import embeddings_of, track_at
from plugin.runtime.engine import Engine
from plugin.suggest.hear import hear
from plugin.suggest.look import clip_length, look_at
from plugin.suggest.query import Query

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recording:
    """A piece of music as far as it takes to know it again: unit embedding [D] and length in seconds."""

    embedding: Floats
    duration: float


@dataclass(frozen=True, slots=True)
class Aspects:
    """The vectors of a question.

    Parameters
    ----------
    names : tuple of str
        In the order of the rows.
    embeddings : ndarray of float32, [A, D]
        Of unit norm.
    clip_length : float, optional
        Seconds of the video's range.
    reference : Recording, optional
        The reference track.
    """

    names: tuple[str, ...]
    embeddings: Floats
    clip_length: float | None
    reference: Recording | None


def find_aspects(engine: Engine, library: Library, query: Query) -> Aspects:
    """Embed what the question gives.

    A video is the mean of its 10 s segments, a reference the mean of its own; a reference that is in the
    library and did not change is not read again.

    Raises
    ------
    InputError
        A file or its range cannot be used.
    """
    rows: dict[str, Floats] = {}
    length: float | None = None
    reference: Recording | None = None
    if isinstance(query.video, Path):
        rows["video"] = _mean(look_at(engine, query.video, query.start, query.end).embedding)
        length = clip_length(query.video, query.start, query.end)
    elif query.video is not None:
        rows["video"] = _mean(np.atleast_2d(query.video))
        length = len(np.atleast_2d(query.video)) * engine.segment_seconds
    if query.text is not None:
        rows["text"] = engine.text([query.text])[0]
    if query.reference is not None:
        reference = _known(engine, library, query.reference) or _heard(engine, query.reference)
        rows["reference"] = reference.embedding
    return Aspects(tuple(rows), np.stack(list(rows.values())), length, reference)


def _known(engine: Engine, library: Library, path: Path) -> Recording | None:
    track = track_at(library, file_path(path))
    if track is None or track.space != engine.space or track.duration is None:
        return None
    try:
        unchanged = Stamp.of(path) == track.stamp
    except OSError:  # the decoder says what is wrong with the file
        return None
    return Recording(embeddings_of(library, [track.id])[track.id], track.duration) if unchanged else None


def _heard(engine: Engine, path: Path) -> Recording:
    features = hear(engine, path)
    return Recording(features.embedding, features.duration)


def _mean(rows: Floats) -> Floats:
    mean = rows.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)
