"""From a question to one vector for each of its aspects."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plugin.decode import probe
from plugin.library.records import Stamp, Track
from plugin.library.scan import file_path
from plugin.library.store import Library
from plugin.library.tracks import embeddings_of, track_at
from plugin.runtime.engine import Engine
from plugin.suggest.hear import hear
from plugin.suggest.look import clip_length, look_at
from plugin.suggest.query import AWAY, Query
from plugin.suggest.recordings import Recording, outline_of

Floats = NDArray[np.float32]


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
    seeds : tuple of Recording
        The tracks to like and those to keep away from.
    seed_ids : tuple of int
        Those of them that the library knows by their paths.
    """

    names: tuple[str, ...]
    embeddings: Floats
    clip_length: float | None
    seeds: tuple[Recording, ...]
    seed_ids: tuple[int, ...]


def find_aspects(engine: Engine, library: Library, query: Query) -> Aspects:
    """Embed what the question gives.

    A video is the mean of its 10 s segments; a clip without a picture is asked for by its sound. A seed is the mean of
    its own segments; one that is in the library and did not change, or is on a drive that is away, is not read again.
    Seeds become one vector by Rocchio's formula (1971), ``unit(p - AWAY * m)``, with ``p`` and ``m`` the unit vectors
    of the mean of those to like and to keep away from.

    Raises
    ------
    InputError
        A file or its range cannot be used.
    """
    rows: dict[str, Floats] = {}
    length: float | None = None
    if isinstance(query.video, Path):
        rows["video"] = _seen(engine, query.video, query.start, query.end)
        length = clip_length(query.video, query.start, query.end)
    elif query.video is not None:
        rows["video"] = _mean(np.atleast_2d(query.video))
        length = len(np.atleast_2d(query.video)) * engine.segment_seconds
    if query.text is not None:
        rows["text"] = engine.text([query.text])[0]
    paths = (*query.like, *query.unlike)
    tracks = [track_at(library, file_path(path)) for path in paths]
    seeds = tuple(
        _known(engine, library, path, track) or _heard(engine, path) for path, track in zip(paths, tracks, strict=True)
    )
    if seeds:
        rows["reference"] = _towards(seeds[: len(query.like)], seeds[len(query.like) :])
    ids = tuple(track.id for track in tracks if track is not None)
    return Aspects(tuple(rows), np.stack(list(rows.values())), length, seeds, ids)


def _seen(engine: Engine, path: Path, start: float, end: float | None) -> Floats:
    info = probe(path)
    if info.video_codec is None and info.audio_codec is not None:
        return hear(engine, path, start, end).embedding
    return _mean(look_at(engine, path, start, end).embedding)


def _towards(likes: tuple[Recording, ...], unlikes: tuple[Recording, ...]) -> Floats:
    """Give the unit vector of seeds."""
    nothing = np.zeros_like((likes + unlikes)[0].embedding)
    plus, minus = (_mean(np.stack([nothing, *(seed.embedding for seed in seeds)])) for seeds in (likes, unlikes))
    return _mean((plus - AWAY * minus)[None])


def _known(engine: Engine, library: Library, path: Path, track: Track | None) -> Recording | None:
    if track is None or track.space != engine.space or track.duration is None:
        return None
    # A file that is not there cannot be heard; what it sounded like is known all the same.
    with suppress(OSError):
        if Stamp.of(path) != track.stamp:
            return None
    embedding = embeddings_of(library, [track.id], engine.space).get(track.id)
    return None if embedding is None else Recording(embedding, track.duration, outline_of(track.peaks))


def _heard(engine: Engine, path: Path) -> Recording:
    features = hear(engine, path)
    return Recording(features.embedding, features.duration, outline_of(features.peaks.tobytes()))


def _mean(rows: Floats) -> Floats:
    mean = rows.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)
