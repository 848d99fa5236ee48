"""A library service without a library, and suggestions to show."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from gui.models.cancellation import Cancellation
from gui.models.service import IndexState, Summary
from plugin.errors import InputError
from plugin.library.progress import IndexReport
from plugin.library.records import Stamp, TagScore, Track
from plugin.suggest.query import Query
from plugin.suggest.suggester import Suggestion, Suggestions

TITLES = {
    "Paper Boats": ("Lena", 214.0, 78.0, "A minor"),
    "harbour": ("North Quay", 187.0, 120.5, None),
    "Untitled": ("", None, None, None),
    "Glass <b>": ("Aster", 63.0, 104.0, "D major"),
}


def suggestions(*aspects: str) -> tuple[Suggestion, ...]:
    """Four tracks, some with unknown properties, best first."""
    found = []
    for number, (title, (artist, duration, tempo, key)) in enumerate(TITLES.items()):
        track = Track(
            id=number, path=Path(f"/music/{title}.wav"), stamp=Stamp(1, 1), content_hash=b"", title=title,
            artist=artist, album="", duration=duration, tempo=tempo, key=key, loudness=None, peak=None,
            caption=f"A caption of {title}.", lyrics="", space="s", status="indexed", reason="", warnings=(),
            indexed_at="", peaks=bytes(range(0, 200, 2)) * 4, tags=(TagScore("calm", "mood", 0.9),),
        )  # fmt: skip
        scores = dict.fromkeys(aspects, 0.5 - number / 10)
        found.append(Suggestion(track, 1.0 - number, 10.0 * number, 10.0 * number + 30, scores))
    return tuple(found)


class FakeService:
    """Stands in for `gui.models.service.LibraryService`; what it answers depends on what it is asked."""

    def __init__(self) -> None:
        self.held = Summary(indexed=4, failed=1, hours=0.5)
        self.gate = threading.Event()
        self.gate.set()
        self.threads: set[int] = set()

    def summary(self) -> Summary:
        self.threads.add(threading.get_ident())
        return self.held

    def device(self) -> str:
        return "CPU"

    def suggest(self, query: Query, cancellation: Cancellation) -> Suggestions:
        self.threads.add(threading.get_ident())
        self._wait(cancellation)
        for path in query.like:
            if not path.exists():
                raise InputError(f"{path}: No such file or directory")
        return Suggestions(suggestions(*query.aspects), 4, 4, 0, 30.0)

    def index(
        self, folders: list[Path], on_state: Callable[[IndexState], None], cancellation: Cancellation
    ) -> IndexReport:
        on_state(IndexState(1, 4, 0, 0.25, 60.0))
        while not (cancellation.cancelled or self.gate.wait(0.01)):
            pass
        done = 1 if cancellation.cancelled else 4
        self.held = Summary(indexed=done, hours=0.5)
        return IndexReport(found=4, indexed=done)

    def _wait(self, cancellation: Cancellation) -> None:
        while not self.gate.wait(0.01):
            cancellation.check()
