"""A service over a real library of tracks that nobody heard, and answers made of them."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import insert

from gui.models.cancellation import Cancellation
from gui.models.service import LibraryService, Summary
from plugin.errors import InputError
from plugin.library import schema
from plugin.library.store import Library
from plugin.library.tracks import all_tracks
from plugin.pack import Tag, Vocabulary
from plugin.suggest.query import Query
from plugin.suggest.suggestion import Suggestion, Suggestions

SPACE = "s"
TITLES = ("Paper Boats", "harbour", "Untitled", "Glass <b>")


def make_library(path: Path, count: int = 4) -> None:
    """Fill a library: tempo 60, 70, 80 and so on; every second track is in A minor, the first is calm."""
    rows = [
        {
            "id": number + 1, "path": path.parent / f"{number}.wav", "size": 1, "mtime_ns": 1, "content_hash": b"",
            "status": "indexed", "space": SPACE, "title": TITLES[number % len(TITLES)],
            "artist": "Lena", "duration": 100.0 + number, "tempo": 60.0 + 10 * number,
            "key": None if number % 2 else "A minor", "indexed_at": "", "peaks": bytes(range(0, 200, 2)) * 4,
        }
        for number in range(count)
    ]  # fmt: skip
    words = [{"space": SPACE, "tag": tag, "tag_group": "mood", "threshold": 0.5} for tag in ("calm", "bright", "choir")]
    with Library(path, writable=True) as library, library.writing() as connection:
        connection.execute(insert(schema.tracks), rows)
        connection.execute(insert(schema.vocabulary), words)
        connection.execute(insert(schema.tags), [{"track_id": 1, "tag": "calm", "score": 0.9}])


def found(track, place: int, *aspects: str, **values) -> Suggestion:
    return Suggestion(track, 1.0 - place, 10.0, 40.0, dict.fromkeys(aspects, 0.5 - place / 10), **values)


class FindService:
    """Stands in for `gui.models.service.LibraryService`: answers with all tracks but the hidden ones.

    With "nothing" in the words no track passes, "gone" is a seed that is not there; questions wait for the gate.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engines = SimpleNamespace(
            engine=lambda cancellation=None: SimpleNamespace(space=SPACE),
            vocabulary=lambda: Vocabulary((Tag("calm", "mood", 0.5, ("soothing",)),)),
        )
        self.gate = threading.Event()
        self.gate.set()
        self.asked: list[Query] = []

    def summary(self) -> Summary:
        if not self.path.exists():
            return Summary()
        with Library(self.path) as library:
            return Summary(indexed=sum(1 for _ in all_tracks(library)))

    mark = LibraryService.mark

    def suggest(self, query: Query, cancellation: Cancellation) -> Suggestions:
        self.asked.append(query)
        while not self.gate.wait(0.01):
            cancellation.check()
        if any(path.stem == "gone" for path in query.like):
            raise InputError(f"{query.like[0]}: No such file or directory")
        with Library(self.path) as library:
            tracks = [track for track in all_tracks(library) if query.filters.show_hidden or not track.hidden]
        if query.text and "nothing" in query.text:
            return Suggestions((), 0, len(tracks), 0, 30.0)
        results = tuple(found(track, place, *query.aspects) for place, track in enumerate(tracks))
        return Suggestions(results[: query.top], len(tracks), len(tracks), 0, 30.0)
