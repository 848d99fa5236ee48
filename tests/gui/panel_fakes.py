"""Suggestions to show."""

from __future__ import annotations

from pathlib import Path

from plugin.library.records import Stamp, TagScore, Track
from plugin.suggest.suggestion import Suggestion

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
