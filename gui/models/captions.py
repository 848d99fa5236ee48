"""Captions of parts of media files, kept in one file of JSON beside the library: made ones, and the user's own."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gui.models.clips import Clip, MediaRange
from plugin.errors import InputError, printable
from plugin.library.records import Stamp
from plugin.paths import atomic_write, data_dir

MOST_MADE = 5000
"""Made captions that are kept, the newest; the user's own are never dropped."""


def captions_path() -> Path:
    """Give the file of the captions."""
    return data_dir() / "captions.json"


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a part of a media file.

    Attributes
    ----------
    text : str
        One line.
    tags, moods : tuple of str
        Of the sound and of the picture, best first.
    edited : bool
        Whether the text is the user's own.
    stamp : Stamp or None
        Of the file that was heard: of another content, only the user's own words still hold.
    """

    text: str
    tags: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    edited: bool = False
    stamp: Stamp | None = None

    def holds_for(self, clip: Clip) -> bool:
        """Whether it still tells of this clip, whose media may have been written anew."""
        return self.edited or clip.stamp is None or self.stamp in (None, clip.stamp)


class Captions:
    """All captions in memory; reading and writing the file belong on a worker thread.

    Parameters
    ----------
    path : Path
        It need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._said: dict[MediaRange, Said] = {}

    def load(self) -> None:
        """Read the file.

        Raises
        ------
        InputError
            It cannot be read, or is damaged: then it is kept beside itself with another name, and captions begin anew.
        """
        try:
            found = _from_json(json.loads(self.path.read_text("utf-8")))
        except FileNotFoundError:
            return
        except OSError as error:
            raise InputError(f"{printable(self.path)}: the captions cannot be read: {error.strerror}") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            aside = self.path.with_name(f"{self.path.name}.damaged")
            self.path.replace(aside)
            raise InputError(
                f"{printable(self.path)}: it is damaged; it was kept as {aside.name}, clips are captioned anew"
            ) from error
        with self._lock:
            self._said = found | self._said

    def of(self, clip: Clip) -> Said | None:
        """What is said of a clip: the user's words, else what was heard, else what the host keeps with it."""
        with self._lock:
            said = None if clip.range is None else self._said.get(clip.range)
        if said is not None and said.holds_for(clip):
            return said
        return Said(clip.caption) if clip.caption else None

    def keep(self, part: MediaRange, said: Said) -> None:
        """Remember what is said of a part; what was made does not replace the user's own words, only its tags."""
        with self._lock:
            old = self._said.pop(part, None)
            if old is not None and old.edited and not said.edited:
                said = Said(old.text, said.tags, said.moods, True, said.stamp)
            self._said[part] = said

    def forget(self, part: MediaRange) -> None:
        """Drop what is said of a part, the user's own words too: it shall be said anew."""
        with self._lock:
            self._said.pop(part, None)

    def save(self) -> None:
        """Write the file.

        Raises
        ------
        InputError
            The disk does not take it; the old file is still there, and nothing in memory is lost.
        """
        with self._writing:
            with self._lock:
                made = [part for part, said in self._said.items() if not said.edited]
                for part in made[: max(0, len(made) - MOST_MADE)]:
                    del self._said[part]
                data = _to_json(self._said)
            try:
                atomic_write(self.path, json.dumps(data, indent=0).encode())
            except OSError as error:
                raise InputError(f"{printable(self.path)}: the captions cannot be saved: {error.strerror}") from error


def _to_json(said: Mapping[MediaRange, Said]) -> list[dict[str, Any]]:
    return [{"path": os.fspath(path), "start": start, "end": end, **asdict(one)}
            for (path, start, end), one in said.items()]  # fmt: skip


def _from_json(data: list[dict[str, Any]]) -> dict[MediaRange, Said]:
    found = {}
    for entry in data:
        stamp = entry["stamp"]
        part = Path(entry["path"]), int(entry["start"]), int(entry["end"])
        found[part] = Said(
            str(entry["text"]), tuple(map(str, entry["tags"])), tuple(map(str, entry["moods"])), bool(entry["edited"]),
            None if stamp is None else Stamp(int(stamp["size"]), int(stamp["mtime_ns"])),
        )  # fmt: skip
    return found
