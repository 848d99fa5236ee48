"""Names for stems from a template."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from string import Formatter

from plugin.errors import InputError
from plugin.stems.stem import NAMELESS, ROLES, Stem

FILE_TEMPLATE = "{nn}_{role}_{instrument}"
TRACK_TEMPLATE = "{instrument}"
FIELDS = ("nn", "role", "instrument", "key", "tempo", "original")
LONGEST = 200
"""Bytes of a name without its suffix: file systems take 255 with it, and a number may follow."""
_EMPTY = "\0"
_INVALID = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class Template:
    """A name with fields in braces: nn (the stem's number), role, instrument, key, tempo, original (its old name).

    Raises
    ------
    InputError
        It has an unknown field, or none at all.
    """

    def __init__(self, text: str) -> None:
        try:
            parts = list(Formatter().parse(text))
        except ValueError as error:
            raise InputError(f"template '{text}': {error}") from error
        used = [field for _, field, _, _ in parts if field is not None]
        known = ", ".join(f"{{{field}}}" for field in FIELDS)
        for _, field, spec, conversion in parts:
            if field is not None and (field not in FIELDS or spec or conversion):
                raise InputError(f"template '{text}': there is no field {{{field}}}; there are {known}")
        if not used:
            raise InputError(f"template '{text}' gives all stems one name: use some of {known}")
        self.text = text

    def fill(self, number: int, stem: Stem, original: str) -> str:
        """Give a name; a field without a value goes, with the separator before it."""
        values = {
            "nn": f"{number:02}",
            "role": stem.role,
            "instrument": stem.instrument or stem.role,
            "key": stem.key or "",
            "tempo": "" if stem.tempo is None else f"{stem.tempo:.0f}",
            "original": original,
        }
        filled = self.text.format(**{field: value or _EMPTY for field, value in values.items()})
        return re.sub(rf"[ _.,-]*{_EMPTY}", "", filled).strip(" _-,")


def track_names(stems: Sequence[Stem], originals: Sequence[str], template: Template) -> list[str | None]:
    """Names for timeline tracks, in their order: those that are the same are numbered; None leaves a name."""
    filled = [None if stem.role in NAMELESS else template.fill(number, stem, original)
              for number, (stem, original) in enumerate(zip(stems, originals, strict=True), 1)]  # fmt: skip
    often = [name for name in filled if name]
    seen: dict[str, int] = {}
    names: list[str | None] = []
    for name in filled:
        if not name:
            names.append(None)
            continue
        seen[name] = seen.get(name, 0) + 1
        names.append(name[:1].upper() + name[1:] + (f" {seen[name]}" if often.count(name) > 1 else ""))
    return names


def file_names(stems: Sequence[Stem], paths: Sequence[Path], template: Template) -> list[str | None]:
    """Names for the files of stems, without suffix and in their order; None where a stem keeps its name."""
    return [None if stem.role in NAMELESS else file_name(template.fill(number, stem, path.stem).replace(" ", "-"))
            for number, (stem, path) in enumerate(zip(stems, paths, strict=True), 1)]  # fmt: skip


def names_beside(paths: Iterable[Path]) -> dict[Path, set[str]]:
    """List the names that are taken in the folders of files; none of a folder that cannot be read any more.

    A name is looked at again when it is given.
    """
    taken: dict[Path, set[str]] = {}
    for folder in {path.parent for path in paths}:
        try:
            taken[folder] = {entry.name for entry in folder.iterdir()}
        except OSError:
            taken[folder] = set()
    return taken


def free_names(
    names: Sequence[str | None], paths: Sequence[Path], taken: Mapping[Path, Collection[str]]
) -> list[Path | None]:
    """Put names, without suffix, beside the files that are to have them; one that is taken gets a number.

    Parameters
    ----------
    names : sequence of str or None
        None for a file that keeps its name.
    paths : sequence of pathlib.Path
    taken : mapping of pathlib.Path to collection of str
        From `names_beside`. Old names of the files themselves stay taken, for files are renamed one by one.
    """
    used = {folder: {_same(name) for name in names} for folder, names in taken.items()}
    out: list[Path | None] = []
    for name, path in zip(names, paths, strict=True):
        if not name:
            out.append(None)
            continue
        others = used[path.parent]
        is_own = _same(f"{name}{path.suffix}") == _same(path.name)
        number, new = 1, f"{name}{path.suffix}"
        while not (is_own and number == 1) and _same(new) in others:
            number += 1
            new = f"{name}_{number}{path.suffix}"
        others.add(_same(new))
        out.append(path.with_name(new))
    return out


def file_name(text: str) -> str:
    """Make a name that every file system takes; "" where nothing is left."""
    name = _INVALID.sub("-", text).strip(" .").lstrip(".")
    if _RESERVED.fullmatch(name):
        name = f"{name}_"
    raw = os.fsencode(name)
    if len(raw) > LONGEST:
        name = raw[:LONGEST].decode("utf-8", "ignore").rstrip(" .")
    return name


def check_file_name(text: str) -> str:
    """Take a name that the user wrote; raises `InputError` for one that no file can have."""
    if not text.strip() or file_name(text) != text:
        raise InputError(f"'{text}' cannot be a file's name: leave out < > : \" / \\ | ? * and dots at its ends")
    return text


def numbered(stems: Iterable[Stem]) -> list[int]:
    """Give the places of stems in the order in which they are listed: by role, and as they came within one."""
    return [place for place, _ in sorted(enumerate(stems), key=lambda pair: ROLES.index(pair[1].role))]


def _same(name: str) -> str:
    """Give what two names have in common that some file system takes for one."""
    return unicodedata.normalize("NFC", name).casefold()
