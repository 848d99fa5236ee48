"""Stamps of the lyrics files beside a track, so that a change of them alone is a change of the track.

A stamp is one line of two words, or empty where there is no such file: what ``stat`` says of the files, by which most
are known to be as they were, and a hash of what they hold, by which those are that were only copied or touched.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from stat import S_ISREG

from plugin.library.lyrics import MAX_BYTES, SUFFIXES


def is_lyrics(name: str) -> bool:
    """Say whether a file of this name may hold the words of a song."""
    # By os.path: a Path for each file would double the time of a walk.
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122


def stem_of(name: str) -> str:
    """Give a name without its suffix, as disks that take capitals for small letters know it."""
    return os.path.splitext(name)[0].casefold()  # noqa: PTH122 - as above


def seen_lyrics(track: Path) -> str:
    """Give the part of the stamp that ``stat`` tells."""
    return ",".join(f"{path.suffix.lower()}:{size}:{mtime_ns}" for path, size, mtime_ns in _beside(track))


def lyrics_stamp(track: Path) -> str:
    """Give the stamp; what cannot be read counts as empty."""
    digest = hashlib.blake2b(digest_size=8)
    parts = []
    for path, size, mtime_ns in _beside(track):
        parts.append(f"{path.suffix.lower()}:{size}:{mtime_ns}")
        digest.update(path.suffix.lower().encode())
        try:
            with path.open("rb") as file:
                digest.update(file.read(MAX_BYTES))
        except OSError:  # who reads the words says what is wrong
            continue
    return f"{','.join(parts)} {digest.hexdigest()}" if parts else ""


def seen_of(stamp: str | None) -> str:
    """Give the part of a stamp that ``stat`` tells."""
    return (stamp or "").partition(" ")[0]


def same_words(one: str, other: str) -> bool:
    """Say whether two stamps are of files that hold the same."""
    return one.partition(" ")[2] == other.partition(" ")[2]


def songs_of(paths: Iterable[Path], suffixes: Collection[str]) -> list[Path]:
    """Put in place of lyrics files the files beside them, with suffixes of music, that they are of."""
    found: dict[Path, None] = {}
    words: dict[Path, set[str]] = {}
    for path in paths:
        if is_lyrics(path.name):
            words.setdefault(path.parent, set()).add(stem_of(path.name))
        else:
            found[path] = None
    for folder, stems in words.items():
        try:
            beside = sorted(folder.iterdir())
        except OSError:  # it is gone, with what was in it
            continue
        songs = (path for path in beside if path.suffix.lower() in suffixes and not path.name.startswith("."))
        found.update(dict.fromkeys(song for song in songs if stem_of(song.name) in stems))
    return list(found)


def _beside(track: Path) -> Iterator[tuple[Path, int, int]]:
    """Find the lyrics files of a track, with size and time of the last change; of each kind there is one."""
    for suffix in SUFFIXES:
        for path in (track.with_suffix(suffix), track.with_suffix(suffix.upper())):
            try:
                status = path.stat()
            except OSError:
                continue
            if S_ISREG(status.st_mode):
                yield path, status.st_size, status.st_mtime_ns
                break
