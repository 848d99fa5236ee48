"""Choosing from a ranking a list that is worth reading: no recording twice, not always the same artist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plugin.library.records import Track
from plugin.library.store import Library
from plugin.library.tracks import embeddings_of, get_tracks
from plugin.suggest.aspects import Recording

SAME_COSINE = 0.999
SAME_SECONDS = 1.0
"""Two files hold one recording when their embeddings are this close and their lengths too."""

CHUNK = 64
"""Tracks read from the library in a row, best first, until the list is full."""

LOOK_AT = 1024
"""Tracks looked at for the sake of other artists; those that rank lower would not fit."""


@dataclass(slots=True)
class Choice:
    """A chosen track; ``rank`` is its place in the ranking, ``duplicates`` are files of the same recording."""

    rank: int
    track: Track
    recording: Recording
    duplicates: list[Path] = field(default_factory=list)


def choose(
    library: Library, ranking: Sequence[int], top: int, per_artist: int, reference: Recording | None
) -> list[Choice]:
    """Take the best tracks of a ranking.

    Files of one recording become one choice, those of the reference none. After `per_artist` tracks an artist
    waits: more by the same follow at the end, and only where the list would be short without them.

    Parameters
    ----------
    library : Library
    ranking : sequence of int
        Ids of tracks, best first.
    top, per_artist : int
        Length of the list; tracks of one artist in it, 0 for any number.
    reference : Recording, optional
        The music that the user already has.
    """
    chosen: list[Choice] = []
    waiting: list[Choice] = []
    by_artist: Counter[str] = Counter()
    for choice in _candidates(library, ranking, top):
        if len(chosen) == top:
            break
        if reference is not None and _same(choice.recording, reference):
            continue
        twin = next((other for other in chosen + waiting if _same(choice.recording, other.recording)), None)
        if twin is not None:
            twin.duplicates.append(choice.track.path)
            continue
        artist = choice.track.artist.strip().casefold()
        if artist and per_artist and by_artist[artist] == per_artist:
            waiting.append(choice)
            continue
        by_artist[artist] += 1
        chosen.append(choice)
    return chosen + waiting[: top - len(chosen)]


def _candidates(library: Library, ranking: Sequence[int], top: int) -> Iterator[Choice]:
    for first in range(0, min(len(ranking), max(LOOK_AT, top)), CHUNK):
        ids = ranking[first : first + CHUNK]
        tracks, embeddings = get_tracks(library, ids), embeddings_of(library, ids)
        for rank, id_ in enumerate(ids, first):
            if id_ in tracks and id_ in embeddings:  # else it was forgotten just now
                track = tracks[id_]
                yield Choice(rank, track, Recording(embeddings[id_], track.duration or 0.0))


def _same(one: Recording, other: Recording) -> bool:
    return abs(one.duration - other.duration) <= SAME_SECONDS and float(one.embedding @ other.embedding) > SAME_COSINE
