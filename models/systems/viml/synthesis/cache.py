"""Texts kept on disk: JSON lines, appended as they get done; a line cut short by an interruption is written anew."""

from __future__ import annotations

import json
import os
from pathlib import Path

from models.errors import DatasetError


class TextCache:
    """Texts by key in a file of JSON lines `{"key": ..., "text": ..., "by": ...}`.

    Parameters
    ----------
    path : Path
        The file; it and its folder are made where they are not there.
    by : str
        Who writes; a file of another writer is refused.

    Raises
    ------
    DatasetError
        If a line other than the last is no such object or of another writer, or the file cannot be read or written.
    """

    def __init__(self, path: Path, by: str = ""):
        self.path = path
        self.by = by
        self._texts: dict[str, str] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._read()
        except (OSError, UnicodeError) as error:
            raise DatasetError(f"{path}: the texts cannot be read or written ({error})") from error

    def _read(self) -> None:
        if not self.path.exists():
            return
        data = self.path.read_bytes()
        whole = data.rfind(b"\n") + 1
        for number, line in enumerate(data[:whole].decode("utf-8").splitlines(), 1):
            try:
                entry = json.loads(line)
                self._texts[str(entry["key"])] = str(entry["text"])
                by = str(entry.get("by", ""))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise DatasetError(
                    f"{self.path}, line {number}: not a text of ours; take the line out or choose another file"
                ) from error
            if by != self.by:
                raise DatasetError(
                    f"{self.path}: its texts were written with other options; choose another file or the same options"
                )
        if whole < len(data):
            os.truncate(self.path, whole)

    def __len__(self) -> int:
        """Texts kept."""
        return len(self._texts)

    def get(self, key: str) -> str | None:
        """Give a text that is kept."""
        return self._texts.get(key)

    def add(self, key: str, text: str) -> None:
        """Keep a text.

        The line goes out in one write to a file opened for appending: two writers never mix within a line.
        """
        entry = {"key": key, "text": text, **({"by": self.by} if self.by else {})}
        try:
            with self.path.open("ab", buffering=0) as file:
                file.write((json.dumps(entry, ensure_ascii=False) + "\n").encode("utf-8"))
        except OSError as error:
            raise DatasetError(f"{self.path}: the texts cannot be written ({error})") from error
        self._texts[key] = text


def read_texts(path: Path) -> dict[str, str]:
    """Read the texts that the command line wrote, by key of the record; a line cut short is left out.

    Raises
    ------
    DatasetError
        If the file is not there, or a line is no text of ours.
    """
    try:
        data = path.read_bytes()
        entries = [json.loads(line) for line in data[: data.rfind(b"\n") + 1].decode("utf-8").splitlines()]
        return {str(entry["key"]): str(entry["text"]) for entry in entries}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{path}: no file of texts ({error}); write one with python -m models.systems.viml.synthesis"
        ) from error
