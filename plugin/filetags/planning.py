"""What would be changed in a file; nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from plugin.errors import InputError, printable
from plugin.filetags.fields import FIELDS
from plugin.filetags.formats import open_tags
from plugin.filetags.records import Change, FieldChange, Values
from plugin.library.records import Stamp

_CHUNKS = {b"bext": "its broadcast description (bext)", b"iXML": "its iXML", b"axml": "its axml"}


def read_tags(path: Path) -> dict[str, Values]:
    """Read the fields of a file that are filled.

    Raises
    ------
    InputError
        The file or its tags cannot be read, or tags of its format cannot be written.
    """
    with open_tags(path) as tags:
        values = {field: tags.read(field) for field in FIELDS}
    return {field: value for field, value in values.items() if value}


def plan(path: Path, wanted: Mapping[str, Values], *, overwrite: bool = False, rename_to: Path | None = None) -> Change:
    """Say what writing fields into a file, and giving it a name, would change.

    Parameters
    ----------
    path : pathlib.Path
        A link is followed: its target is changed.
    wanted : mapping of str to tuple of str
        Values by field; with none the tags are not even read.
    overwrite : bool
        Also replace what the user has filled in.
    rename_to : pathlib.Path, optional
        A new name in the same folder.

    Raises
    ------
    InputError
        As for `read_tags`.
    """
    if rename_to is not None and path.is_symlink():
        raise InputError(f"{printable(path)}: this is a link to another file: rename that one")
    path = path.resolve()
    try:
        stamp = Stamp.of(path)
    except OSError as error:
        raise InputError(f"{printable(path)}: cannot be read: {error.strerror}") from error
    new_name = None if rename_to is None or rename_to.name == path.name else path.with_name(rename_to.name)
    if not wanted:
        return Change(path, stamp, "", rename_to=new_name)
    changed: list[FieldChange] = []
    kept: list[FieldChange] = []
    with open_tags(path) as tags:
        for field, values in wanted.items():
            change = FieldChange(field, tags.place(field), tags.read(field), values)
            if change.before == values:
                continue
            is_free = not change.before or FIELDS[field].ours or overwrite
            (changed if is_free else kept).append(change)
        name = tags.name
    return Change(path, stamp, name, tuple(changed), tuple(kept), new_name, _notes(path))


def _notes(path: Path) -> tuple[str, ...]:
    notes = [f"{what} stays as it is; the tags go into an ID3 chunk" for what in _broadcast(path)]
    if path.stat().st_nlink > 1:
        notes.append("the file has further names on the disk (hard links), which keep the old tags")
    return tuple(notes)


def _broadcast(path: Path) -> list[str]:
    """List what a WAV file holds of the studio's own metadata, which no library at hand writes."""
    found = []
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return []
        while len(chunk := file.read(8)) == 8:
            if chunk[:4] in _CHUNKS:
                found.append(_CHUNKS[chunk[:4]])
            size = int.from_bytes(chunk[4:], "little")
            file.seek(size + size % 2, 1)
    return found
