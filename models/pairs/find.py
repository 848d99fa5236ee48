"""Which videos of a folder have which music."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.datasets.media import walk
from models.errors import DatasetError
from plugin.decode import VIDEO_SUFFIXES
from plugin.errors import printable

MUSIC = (".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus", ".aiff", ".aif")
"""Music beside a video; of several files the first in this order is taken."""


@dataclass(frozen=True)
class Pair:
    """A video and its music.

    Attributes
    ----------
    key : str
        Path of the video in the folder, and what tells whether one of the two files has changed.
    video, music : Path
        The same file where the video's own sound is its music.
    """

    key: str
    video: Path
    music: Path

    @property
    def beside(self) -> bool:
        """Whether the music is a file of its own."""
        return self.music != self.video


def find_pairs(folder: Path) -> list[Pair]:
    """List the videos below a folder, each with the music file of its name beside it or else its own sound.

    No file is opened. Hidden files and folders are passed over.

    Raises
    ------
    DatasetError
        There is no such folder, or no video in it.
    """
    if not folder.is_dir():
        raise DatasetError(f"--pairs {printable(folder)}: no such folder")
    beside: dict[Path, Path] = {}
    for path, _ in walk(folder, MUSIC):
        known = beside.setdefault(path.with_suffix(""), path)
        if MUSIC.index(path.suffix.lower()) < MUSIC.index(known.suffix.lower()):
            beside[path.with_suffix("")] = path
    pairs = []
    for video, _ in walk(folder, VIDEO_SUFFIXES):
        music = beside.get(video.with_suffix(""), video)
        stamps = "|".join(_stamp(path) for path in dict.fromkeys((video, music)))
        pairs.append(Pair(f"{video.relative_to(folder).as_posix()}|{stamps}", video, music))
    if not pairs:
        raise DatasetError(f"--pairs {printable(folder)}: no video in it; give a folder of videos with their music")
    return pairs


def _stamp(path: Path) -> str:
    """Name, size and time of a file; a file that has gone away by now fails when it is read."""
    try:
        status = path.stat()
    except OSError:
        return path.suffix
    return f"{path.suffix} {status.st_size} {status.st_mtime_ns}"
