"""Fields in ID3v2.4, Vorbis comments and MP4 atoms, by mutagen."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mutagen
import mutagen.id3
import mutagen.mp4
from mutagen.aiff import AIFF
from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from plugin.errors import InputError, printable
from plugin.filetags.fields import FIELDS
from plugin.filetags.records import Values

# Called as Any: mutagen's own types are loose.
_FRAMES: Any = mutagen.id3.Frames
_FREE_FORM: Any = mutagen.mp4.MP4FreeForm
_UTF8 = 3
_CLASSES = (MP3, FLAC, OggVorbis, OggOpus, OggFLAC, MP4, AIFF, WAVE)
_COMMENTS = ("", "ID3v1 Comment")
"""Descriptions of what players show as the comment; other ones hold values of programs."""
MUTAGEN_ERRORS = (mutagen.MutagenError, ValueError, IndexError, struct.error)
"""What mutagen raises on damaged files."""


class Tags(ABC):
    """The tags of one open file."""

    name: str

    def __init__(self, file: Any) -> None:
        self._file = file
        if file.tags is None:
            file.add_tags()
        self._tags = file.tags

    @abstractmethod
    def place(self, field: str) -> str:
        """Give the format's own name of a field, as it is there or would be written."""

    @abstractmethod
    def read(self, field: str) -> Values:
        """Give a field's values; empty where it is not filled."""

    @abstractmethod
    def put(self, field: str, values: Values) -> None:
        """Set a field."""

    @abstractmethod
    def others(self, fields: Collection[str]) -> dict[str, str]:
        """Give all that is in the tags but these fields, covers too, in a form that can be compared."""

    def save(self, path: Path) -> None:
        """Write the tags into a file that holds what the open one holds."""
        self._file.save(path)


class Id3(Tags):
    """ID3v2.4, at the head of an MP3 file or as a chunk of WAV and AIFF."""

    name = "ID3v2.4"

    def place(self, field: str) -> str:
        """Give the frame."""
        return FIELDS[field].id3

    def read(self, field: str) -> Values:
        """Give the frame's texts."""
        texts: list[str] = []
        for frame in self._frames(field):
            texts += frame.genres if field == "genre" else [str(text) for text in frame.text]
        return tuple(text for text in texts if text.strip())

    def put(self, field: str, values: Values) -> None:
        """Replace the frame; a comment keeps its language."""
        place = self.place(field)
        old = self._frames(field)
        if field == "comment":
            for frame in old:
                self._tags.delall(frame.HashKey)
            self._tags.add(
                _FRAMES["COMM"](encoding=_UTF8, lang=old[0].lang if old else "eng", desc="", text=list(values))
            )
        elif place.startswith("TXXX:"):
            self._tags.add(_FRAMES["TXXX"](encoding=_UTF8, desc=place.removeprefix("TXXX:"), text=list(values)))
        else:
            self._tags.setall(place, [_FRAMES[place](encoding=_UTF8, text=list(values))])

    def others(self, fields: Collection[str]) -> dict[str, str]:
        """Give the other frames, those that mutagen does not know by their number."""
        ours = {frame.HashKey for field in fields for frame in self._frames(field)}
        known = {key: repr(frame) for key, frame in self._tags.items() if key not in ours}
        return {**known, "unknown frames": str(len(self._tags.unknown_frames))}

    def save(self, path: Path) -> None:
        """Write as version 2.4; an ID3v1 tag is brought up to date where there is one."""
        self._file.save(path, v2_version=4)

    def _frames(self, field: str) -> list[Any]:
        place = self.place(field)
        frames: list[Any] = self._tags.getall(place)
        return [frame for frame in frames if frame.desc in _COMMENTS] if field == "comment" else frames


class Vorbis(Tags):
    """Vorbis comments, in FLAC and Ogg."""

    name = "Vorbis comments"

    def place(self, field: str) -> str:
        """Give the first of the field's names that is filled, else the one to write."""
        names = FIELDS[field].vorbis
        return next((name for name in names if self._texts(name)), names[0])

    def read(self, field: str) -> Values:
        """Give the comments of that name."""
        return self._texts(self.place(field))

    def put(self, field: str, values: Values) -> None:
        """Replace the comments of that name."""
        self._tags[self.place(field)] = list(values)

    def others(self, fields: Collection[str]) -> dict[str, str]:
        """Give the other comments, in their order, and pictures."""
        ours = {self.place(field).casefold() for field in fields}
        rest = [(key, value) for key, value in self._tags if key.casefold() not in ours]
        pictures = [repr(picture.data) for picture in getattr(self._file, "pictures", ())]
        return {"comments": repr(rest), "vendor": self._tags.vendor, "pictures": repr(pictures)}

    def _texts(self, name: str) -> Values:
        return tuple(text for text in self._tags.get(name, []) if text.strip())


class Atoms(Tags):
    """The item list of MP4, as iTunes writes it."""

    name = "MP4 atoms"

    def place(self, field: str) -> str:
        """Give the first of the field's atoms that is filled, else the one to write."""
        names = FIELDS[field].mp4
        return next((name for name in names if self._texts(name)), names[0])

    def read(self, field: str) -> Values:
        """Give the atom's values as text."""
        return self._texts(self.place(field))

    def put(self, field: str, values: Values) -> None:
        """Replace the atom."""
        place = self.place(field)
        new: list[Any] = list(values)
        if place == "tmpo":
            new = [round(float(value)) for value in values]
        elif place.startswith("----"):
            new = [_FREE_FORM(value.encode()) for value in values]
        self._tags[place] = new

    def others(self, fields: Collection[str]) -> dict[str, str]:
        """Give the other atoms."""
        ours = {self.place(field) for field in fields}
        return {key: repr(value) for key, value in self._tags.items() if key not in ours}

    def _texts(self, name: str) -> Values:
        found = self._tags.get(name, [])
        texts = (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in found)
        return tuple(text for text in texts if text.strip() and (name != "tmpo" or text != "0"))


@contextmanager
def open_tags(path: Path) -> Iterator[Tags]:
    """Read a file's tags.

    Raises
    ------
    InputError
        The file cannot be read, its tags are damaged, or tags of this format cannot be written.
    """
    try:
        file = mutagen.File(path, options=_CLASSES)
        if file is None:
            known = "MP3, FLAC, Ogg, Opus, M4A, AIFF and WAV"
            raise InputError(f"{printable(path)}: tags can be written into {known}, not into this format")
        kind = Atoms if isinstance(file, MP4) else Id3 if isinstance(file, (MP3, WAVE, AIFF)) else Vorbis
        yield kind(file)
    except MUTAGEN_ERRORS as error:
        raise InputError(f"{printable(path)}: its tags cannot be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return " ".join(str(error).split()) or "they are damaged"
