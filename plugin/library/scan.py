"""Finding the music files under folders, by names and ``stat`` alone."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plugin.errors import printable
from plugin.library.lyrics_files import is_lyrics, seen_lyrics, stem_of
from plugin.library.records import Stamp

HASH_CHUNKS = 18
HASH_CHUNK_BYTES = 16 * 1024


@dataclass(slots=True)
class Scan:
    """What one walk found.

    Parameters
    ----------
    files : dict of pathlib.Path to Stamp
        The music files, in the order of the walk.
    lyrics : dict of pathlib.Path to str
        What `plugin.library.lyrics_files.seen_lyrics` tells, of the music files with lyrics files beside them.
    complete : set of pathlib.Path
        Folders that were there and could be read to the end, with all below them, and paths that are gone from
        folders that are there: only at or under these may a known file that was not seen be called missing.
    passed_over : collections.Counter
        What is not music, by suffix, or as 'hidden' or 'dangling links'.
    problems : list of (pathlib.Path, str)
        Paths that could not be read, or hold no music, and why.
    """

    files: dict[Path, Stamp] = field(default_factory=dict)
    lyrics: dict[Path, str] = field(default_factory=dict)
    complete: set[Path] = field(default_factory=set)
    passed_over: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[Path, str]] = field(default_factory=list)


def scan(roots: Sequence[Path], suffixes: Collection[str]) -> Scan:
    """Walk folders for files with the given suffixes; a file among the roots is taken whatever its suffix.

    Folders are named by their real paths and each is read once, so links between them cannot make a loop
    or a second track of one file.

    Parameters
    ----------
    roots : sequence of pathlib.Path
        Folders and files.
    suffixes : collection of str
        In lower case, with the dot.
    """
    result = Scan()
    visited: set[Path] = set()
    walked: list[Path] = []
    for root in roots:
        try:
            if not root.is_dir():
                file = file_path(root)
                result.files[file] = Stamp.of(root)
                _note_lyrics([file], result)
                continue
            folder = root.resolve()
        except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself
            result.problems.append((root, _reason(error)))
            continue
        if folder in visited or _walk(folder, suffixes, visited, result):
            walked.append(folder)
        else:  # perhaps the empty mount point of a drive that is not there: nothing is missing from it
            result.problems.append((root, "no audio files in this folder"))
    unread = [path for path, _ in result.problems]
    result.complete = {root for root in walked if not any(path.is_relative_to(root) for path in unread)}
    return result


def look(paths: Iterable[Path], roots: Sequence[Path], suffixes: Collection[str]) -> Scan:
    """Look at single paths of which it is known that something happened to them; nothing else is walked.

    Parameters
    ----------
    paths : iterable of pathlib.Path
        Files, by their real paths, and files or folders that are gone.
    roots : sequence of pathlib.Path
        What is gone counts as missing only below one of these folders, and only while there is music in it: an
        empty one may be the mount point of a drive that is not there.
    suffixes : collection of str
        In lower case, with the dot.
    """
    result = Scan()
    plugged: dict[Path, bool] = {}
    for path in paths:
        try:
            result.files[path] = Stamp.of(path)
            _note_lyrics([path], result)
        except (FileNotFoundError, NotADirectoryError):
            root = next((root for root in roots if path != root and path.is_relative_to(root)), None)
            if root is not None:
                if root not in plugged:
                    plugged[root] = holds_music(root, suffixes)
                if plugged[root]:
                    result.complete.add(path)
        except OSError as error:
            result.problems.append((path, _reason(error)))
    return result


def holds_music(folder: Path, suffixes: Collection[str]) -> bool:
    """Say whether there is a music file below a folder; ends at the first."""
    return any(is_music(name, suffixes) for _, _, names in os.walk(folder) for name in names)


def is_music(name: str, suffixes: Collection[str]) -> bool:
    """Say whether a file of this name would be taken as music."""
    # By os.path: a Path for each file would double the time of a walk.
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in suffixes  # noqa: PTH122


def file_path(path: Path) -> Path:
    """Give the one name by which the library knows a file, whatever links lead to its folder."""
    return path.parent.resolve() / path.name


def content_hash(path: Path, size: int) -> bytes:
    """Hash a file's size and chunks spread over it: enough to know a moved file again, and quick.

    Stems of one song have equal sizes and often silence at both ends, so the middle counts as well.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    digest = hashlib.blake2b(str(size).encode(), digest_size=16)
    with path.open("rb") as file:
        last = max(size - HASH_CHUNK_BYTES, 0)
        for offset in sorted({last * i // (HASH_CHUNKS - 1) for i in range(HASH_CHUNKS)}):
            file.seek(offset)
            digest.update(file.read(HASH_CHUNK_BYTES))
    return digest.digest()


def _walk(root: Path, suffixes: Collection[str], visited: set[Path], result: Scan) -> bool:
    """Take in all below a folder; says whether music was found."""
    before = len(result.files)
    folders = [root]
    while folders:
        folder = folders.pop()
        if folder in visited:
            continue
        visited.add(folder)
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            result.problems.append((folder, _reason(error)))
            continue
        words = {stem_of(entry.name) for entry in entries if is_lyrics(entry.name)}
        songs = []
        for entry in entries:
            try:
                folders.extend(_take(entry, suffixes, result))
                if words and stem_of(entry.name) in words and is_music(entry.name, suffixes):
                    songs.append(Path(entry.path))
            except FileNotFoundError:
                result.passed_over["dangling links"] += 1
            except (OSError, RuntimeError) as error:
                result.problems.append((Path(entry.path), _reason(error)))
        _note_lyrics(songs, result)
    return len(result.files) > before


def _note_lyrics(songs: Iterable[Path], result: Scan) -> None:
    result.lyrics |= {song: seen for song in songs if (seen := seen_lyrics(song))}


def _take(entry: os.DirEntry[str], suffixes: Collection[str], result: Scan) -> list[Path]:
    """Take in one entry of a folder; gives the folders to walk next: itself, if it is one."""
    if entry.name.startswith("."):  # also the "._" files of macOS, which have the suffix but not the music
        result.passed_over["hidden"] += 1
        return []
    if entry.is_dir():
        return [Path(entry.path).resolve() if entry.is_symlink() else Path(entry.path)]
    suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122 - a Path for each file would double the time
    if suffix in suffixes:
        status = entry.stat()
        result.files[Path(entry.path)] = Stamp(status.st_size, status.st_mtime_ns)
    else:
        result.passed_over[printable(suffix) or "no suffix"] += 1
    return []


def _reason(error: OSError | RuntimeError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
