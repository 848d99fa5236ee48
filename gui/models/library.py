"""What the page of the library shows, read at once; calls may take long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from gui.models.service import IndexState
from plugin.cli.support.units import clock
from plugin.library.progress import IndexReport

TOP = 8
"""Tags, keys and tempi that are shown, of each the most frequent."""
MUSIC_FOLDERS = ("Music", "Musik", "Musique", "Música", "Musica")


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A folder as the page lists it."""

    path: Path
    online: bool
    watched: bool
    tracks: int
    scanned: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class LibraryView:
    """The library at one moment; ``bars`` are the frequencies to show, by what is counted."""

    folders: Sequence[FolderRow] = ()
    failures: Sequence[Failure] = ()
    indexed: int = 0
    silent: int = 0
    missing: int = 0
    hours: float = 0.0
    bars: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to suggest and nowhere to look for it."""
        return not self.indexed and not self.folders


def read_library(path: Path) -> LibraryView:
    """Read what the page shows; all of it is empty where there is no library yet.

    Raises
    ------
    StoreError
        The library cannot be read.
    """
    if not path.exists():
        return LibraryView()
    from sqlalchemy import func, select

    from plugin.library.roots import roots
    from plugin.library.schema import tracks
    from plugin.library.stats import stats
    from plugin.library.store import Library
    from plugin.library.tracks import below

    known = roots(path)
    with Library(path) as library:
        found: dict[str, Any] = stats(library)
        with library.reading() as connection:
            failed = connection.execute(
                select(tracks.c.path, tracks.c.reason).where(tracks.c.status == "failed").order_by(tracks.c.path)
            ).all()
            counts = [
                connection.execute(select(func.count()).where(below(root.path))).scalar_one() for root in known
            ]  # fmt: skip
    rows = [
        FolderRow(root.path, root.online, root.watched, count, _moment(root.scanned_at))
        for root, count in zip(known, counts, strict=True)
    ]
    tags = found["tags"]
    bars = {group: _top(tags.get(group, {})) for group in ("genre", "mood", "instrument")}
    bars |= {"key": _top(found["keys"]), "tempo": found["tempi"]}
    by_status = found["tracks"]
    return LibraryView(
        rows, [Failure(row.path, row.reason) for row in failed], by_status["indexed"], by_status["silent"],
        by_status["missing"], found["hours"], {name: counts for name, counts in bars.items() if counts},
    )  # fmt: skip


def forget_below(path: Path, folder: Path) -> int:
    """Drop the tracks below a folder from the library, as its writer; gives how many.

    Raises
    ------
    LockedError
        Another process writes to the library.
    """
    from sqlalchemy import select

    from plugin.library.forgetting import forget
    from plugin.library.schema import tracks
    from plugin.library.store import Library
    from plugin.library.tracks import below

    with Library(path, writable=True) as library:
        with library.reading() as connection:
            ids = connection.execute(select(tracks.c.id).where(below(folder))).scalars().all()
        forget(library, ids)
    return len(ids)


def music_folder() -> Path | None:
    """Give the user's folder of music, where there is one."""
    import platformdirs

    home = Path.home()
    named = Path(platformdirs.user_music_dir())
    candidates = [named, *(home / name for name in MUSIC_FOLDERS)]
    return next((folder for folder in candidates if folder.is_dir() and folder != home), None)


def progress_words(state: IndexState) -> str:
    """Say how far indexing is."""
    words = [f"{state.files_done} of {state.files_total} files"]
    if state.rate:
        words.append(f"{state.rate:.0f}× real time")
    if state.files_done:
        words.append(f"{state.files_a_minute:.0f} files/min")
    if state.seconds_left is not None:
        words.append(f"{clock(state.seconds_left)} left")
    if state.failed:
        words.append(f"{state.failed} failed")
    return " · ".join(words)


def report_words(report: IndexReport) -> str:
    """Say what a run did; empty where it did nothing."""
    counts = {
        "indexed": report.indexed,
        "unchanged": report.unchanged,
        "moved": report.moved,
        "back again": report.returned,
        "missing": report.missing,
        "silent": len(report.silent),
        "failed": len(report.failures),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def changes(report: IndexReport) -> bool:
    """Whether a run found anything else than what was known."""
    one_by_one = report.silent or report.failures
    return bool(report.indexed or report.moved or report.returned or report.missing or one_by_one)


def _top(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: -pair[1])[:TOP])


def _moment(text: str | None) -> str:
    return "" if text is None else f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M}"
