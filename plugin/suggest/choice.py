"""Choosing from a ranking a list that is worth reading: no recording or song twice, not always the same artist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from plugin.library.records import Track
from plugin.library.store import Library
from plugin.library.tracks import embeddings_of, get_tracks
from plugin.suggest.recordings import Recording, Recordings, outline_of
from plugin.suggest.versions import Song, parse

CHUNKS = (24, 1024)
"""Tracks read from the library at first, best first, and at most; each time twice as many, until the list is full."""

LOOK_AT = 1024
"""Tracks looked at for the sake of other artists; those that rank lower would not fit."""


class Ranking(Protocol):
    """Ids of tracks, best first."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> Sequence[int]: ...


@dataclass(slots=True)
class Choice:
    """A chosen track; ``rank`` is its place in the ranking.

    ``duplicates`` are files of the same recording, ``versions`` other recordings of the same song, as live ones.
    """

    rank: int
    track: Track
    recording: Recording
    song: Song
    duplicates: list[Track] = field(default_factory=list)
    versions: list[Track] = field(default_factory=list)


def choose(
    library: Library, space: str, ranking: Ranking, top: int, per_artist: int, seeds: Sequence[Recording]
) -> list[Choice]:
    """Take the best tracks of a ranking.

    Files of one recording become one choice, as do versions of one song; files of a seed are left out. After
    `per_artist` tracks an artist waits: more by the same follow at the end, and only where the list would be short
    without them.

    Parameters
    ----------
    library : Library
    space : str
        Of the ranking; tracks that were heard for another one since it was made are left out.
    ranking : Ranking
    top, per_artist : int
        Length of the list; tracks of one artist in it, 0 for any number.
    seeds : sequence of Recording
        The music that the user named.
    """
    chosen: list[Choice] = []
    waiting: list[Choice] = []
    by_artist: Counter[str] = Counter()
    by_song: dict[tuple[str, str], Choice] = {}
    folds: dict[int, list[Track]] = {}  # by number of a candidate: where copies of its recording belong
    songs: list[Song] = []
    for number, (choice, twins) in enumerate(_candidates(library, space, ranking)):
        if len(chosen) == top or (choice.rank >= LOOK_AT and len(chosen) + len(waiting) >= top):
            break
        songs.append(choice.song)
        if any(choice.recording.same_as(seed) for seed in seeds):
            continue
        # The same song without its voices may sound and look much like it; its title tells them apart.
        copies = next((folds[twin] for twin in twins if twin in folds and not _differ(choice.song, songs[twin])), None)
        if copies is not None:
            folds[number] = copies
            copies.append(choice.track)
            continue
        best = by_song.setdefault(choice.song.key, choice) if choice.song.is_known else choice
        if best is not choice and (choice.song.kinds or best.song.kinds):
            folds[number] = best.versions
            best.versions.append(choice.track)
            continue
        folds[number] = choice.duplicates
        artist = choice.track.artist.strip().casefold()
        if artist and per_artist and by_artist[artist] == per_artist:
            waiting.append(choice)
        else:
            by_artist[artist] += 1
            chosen.append(choice)
    return chosen + waiting[: top - len(chosen)]


def _differ(one: Song, other: Song) -> bool:
    """Whether titles say that these are two versions of a song."""
    return one.is_known and one.key == other.key and one.kinds != other.kinds


def _candidates(library: Library, space: str, ranking: Ranking) -> Iterator[tuple[Choice, list[int]]]:
    """Give the tracks of a ranking, each with the numbers of the same recording among those given before."""
    recordings = Recordings()
    first, size = 0, CHUNKS[0]
    while first < len(ranking):
        ids = ranking[first : first + size]
        tracks, embeddings = get_tracks(library, ids), embeddings_of(library, ids, space)
        choices = [
            Choice(
                rank, track, Recording(embeddings[id_], track.duration or 0.0, outline_of(track.peaks)),
                parse(track.title, track.artist),
            )
            for rank, id_ in enumerate(ids, first)
            if (track := tracks.get(id_)) is not None and id_ in embeddings  # else it was forgotten or heard anew
        ]  # fmt: skip
        yield from zip(choices, recordings.take_in([choice.recording for choice in choices]), strict=True)
        first, size = first + size, min(2 * size, CHUNKS[1])
