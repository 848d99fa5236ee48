"""What the library knows of a file and of a track, as plain values."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Status = Literal["indexed", "silent", "failed", "missing"]
"""Heard; nothing to hear; not readable; heard once, but its file is gone at the moment."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What ``stat`` says of a file; the same stamp is taken to mean the same content.

    Parameters
    ----------
    size : int
        In bytes.
    mtime_ns : int
        Time of the last change, in nanoseconds since the epoch.
    """

    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """Read the stamp of a file; raises `OSError` where there is none."""
        status = path.stat()
        return cls(status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A row of the library as far as a scan needs it."""

    id: int
    path: Path
    stamp: Stamp
    content_hash: bytes
    space: str
    status: Status
    lyrics_stamp: str | None = None
    """What is known of the lyrics files beside it; nothing of a track that an older version heard."""


@dataclass(frozen=True, slots=True)
class TagScore:
    """A word of the vocabulary and how well it fits, 0 to 1."""

    name: str
    group: str
    score: float


@dataclass(frozen=True, slots=True)
class Track:
    """One music file of the library.

    ``tags`` holds the words at or above their thresholds, best first; all scores stay in the store.
    ``duration`` is in seconds, ``tempo`` in beats a minute, ``loudness`` in LUFS, ``peak`` linear (1 is full
    scale), ``peaks`` the waveform's outline in 400 bytes. A failed or silent track has a ``reason`` and no features.
    ``rating`` (0 to 5 stars), ``favourite`` and ``hidden`` are the user's.
    """

    id: int
    path: Path
    stamp: Stamp
    content_hash: bytes
    title: str
    artist: str
    album: str
    duration: float | None
    tempo: float | None
    key: str | None
    loudness: float | None
    peak: float | None
    caption: str
    lyrics: str
    space: str
    status: Status
    reason: str
    warnings: tuple[str, ...]
    indexed_at: str
    peaks: bytes = field(repr=False)
    tags: tuple[TagScore, ...] = ()
    rating: int = 0
    favourite: bool = False
    hidden: bool = False

    @property
    def name(self) -> str:
        """The title, or the file's name where the file has no title."""
        return self.title or self.path.stem

    def as_dict(self) -> dict[str, Any]:
        """Give the track as values that JSON can hold; the waveform and the hash stay out."""
        return {
            "id": self.id,
            "path": os.fspath(self.path),
            "name": self.name,
            "title": self.title,
            "artist": self.artist,
            "album": self.album,
            "duration": self.duration,
            "tempo": self.tempo,
            "key": self.key,
            "loudness": self.loudness,
            "peak": self.peak,
            "caption": self.caption,
            "tags": [{"name": tag.name, "group": tag.group, "score": tag.score} for tag in self.tags],
            "lyrics": self.lyrics,
            "rating": self.rating,
            "favourite": self.favourite,
            "hidden": self.hidden,
            "status": self.status,
            "reason": self.reason,
            "warnings": list(self.warnings),
            "indexed_at": self.indexed_at,
            "size": self.stamp.size,
            "space": self.space,
        }
