"""Changes of files as plain values: planned, done, taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from plugin.library.records import Stamp

Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a file before and after.

    Attributes
    ----------
    field : str
        One of `plugin.filetags.fields.FIELDS`.
    stored_as : str
        The format's own name of it, such as "TCON".
    before, after : tuple of str
        Its values; empty where there are none.
    """

    field: str
    stored_as: str
    before: Values
    after: Values


@dataclass(frozen=True, slots=True)
class Change:
    """What would be done to a file.

    Attributes
    ----------
    path : pathlib.Path
    stamp : Stamp
        The file as it was when this was planned; another one is not changed.
    format : str
        Where its tags lie, such as "Vorbis comments"; "" where only its name changes.
    fields : tuple of FieldChange
    kept : tuple of FieldChange
        Fields that the user has filled otherwise and that stay as they are: their ``after`` is what was proposed.
    rename_to : pathlib.Path or None
        The file's new name, in the same folder.
    notes : tuple of str
        What is to be known about it, in plain words.
    """

    path: Path
    stamp: Stamp
    format: str
    fields: tuple[FieldChange, ...] = ()
    kept: tuple[FieldChange, ...] = ()
    rename_to: Path | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not self.fields and self.rename_to is None


@dataclass(slots=True)
class WriteReport:
    """What was done.

    Attributes
    ----------
    journal : str or None
        What `undo` is given; None where nothing was changed.
    written : list of (Path, Path)
        Files by their names before and after.
    problems : list of (Path, str)
        Files that were left as they were, and why.
    """

    journal: str | None = None
    written: list[tuple[Path, Path]] = field(default_factory=list)
    problems: list[tuple[Path, str]] = field(default_factory=list)


@dataclass(slots=True)
class UndoReport:
    """What was taken back.

    Attributes
    ----------
    journal : str
    restored : list of (Path, Path)
        Files that are again what they were, by their names before the undo and now; also those that had never been
        changed.
    problems : list of (Path, str)
        Files that were left as they are, and why.
    """

    journal: str
    restored: list[tuple[Path, Path]] = field(default_factory=list)
    problems: list[tuple[Path, str]] = field(default_factory=list)
