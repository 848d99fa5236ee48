"""Media files of a folder by their stem, looked up once: a hundred thousand single looks at a disk take minutes."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from models.datasets.log import Log

AUDIO = frozenset({".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".aif", ".aiff", ".wma", ".webm", ".mp4"})
IMAGES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
VIDEOS = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".mxf", ".ts", ".wmv"})


def walk(folder: Path, suffixes: Collection[str]) -> Iterator[tuple[Path, int]]:
    """Give the files below a folder with any of the suffixes, and their sizes in bytes, in a stable order."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in suffixes:  # noqa: PTH122  # faster
                path = Path(parent, name)
                try:
                    yield path, path.stat().st_size
                except OSError:
                    continue


def file_size(path: Path) -> int:
    """Give the size of a file in bytes, -1 where there is no such file or no file can have such a name."""
    try:
        return path.stat().st_size if path.is_file() else -1
    except (OSError, ValueError):
        return -1


class MediaFolder:
    """The media files below a folder by stem; of two with one stem the first by name is taken.

    Parameters
    ----------
    folder : Path
        May be missing: then it holds nothing.
    suffixes : collection of str
        What counts as media, as ".wav".
    log : Log
        Takes empty files, which are what a broken download leaves behind, and a folder that is missing.
    what : str
        Names the media in the log ("audio").
    """

    def __init__(self, folder: Path, suffixes: Collection[str], log: Log, what: str) -> None:
        self.folder = folder
        self.what = what
        self._log = log
        self._files: dict[str, Path] = {}
        self._empty: set[str] = set()
        if not folder.is_dir():
            log.problem(f"{folder}: no such folder for the {what} files")
        for path, size in walk(folder, suffixes):
            if size:
                self._files.setdefault(path.stem, path)
            else:
                self._empty.add(path.stem)
                log.fault(f"{what} files empty", path)

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def get(self, stem: str) -> Path | None:
        """Give the file with a stem, if there is one."""
        return self._files.get(stem)

    def need(self, *stems: str) -> Path | None:
        """Give the file with the first stem that is there.

        If none is, the log takes the first as missing, unless there is an empty file, which it has already.
        """
        for stem in stems:
            if stem in self._files:
                return self._files[stem]
        if self._empty.isdisjoint(stems):
            self._log.fault(f"{self.what} files missing", self.folder / f"{stems[0]}.*")
        return None
