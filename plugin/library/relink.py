"""Following a folder of music that moved as a whole: to another drive, another drive letter, another machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

from sqlalchemy import delete, func, select, update

from plugin.errors import InputError, printable
from plugin.library.records import KnownFile, Stamp
from plugin.library.scan import content_hash
from plugin.library.schema import roots as root_table
from plugin.library.schema import tracks
from plugin.library.store import Library
from plugin.library.tracks import known_below
from plugin.library.writer import FileChange

SAMPLE = 40
"""Files whose content is compared where not all are; if one of them differs, all are compared."""


@dataclass(slots=True)
class RelinkReport:
    """What stands at the new place of a folder.

    Attributes
    ----------
    old, new : pathlib.Path
        The folder as the library knows it, and the real path of where it is now.
    found : list of FileChange
        Tracks whose file is there, with the same size and, where it was compared, the same content.
    compared : int
        How many files were compared by their content.
    problems : list of (pathlib.Path, str)
        Old paths of tracks that stay where they are, and why.
    """

    old: Path
    new: Path
    found: list[FileChange] = field(default_factory=list)
    compared: int = 0
    problems: list[tuple[Path, str]] = field(default_factory=list)


def plan_relink(library: Library, old: Path, new: Path, *, every: bool = False) -> RelinkReport:
    r"""Compare the tracks below a folder with the files at its new place; nothing is changed.

    Parameters
    ----------
    library : Library
    old : pathlib.Path
        The folder as the library knows it, also one of another system, such as ``D:\Music``. It need not exist.
    new : pathlib.Path
        Where it is now.
    every : bool
        Compare the content of all files, not only of some.

    Raises
    ------
    InputError
        The new folder is not there, or the library knows no track below the old one.
    """
    new = new.expanduser().resolve()
    if not new.is_dir():
        raise InputError(f"{printable(new)}: there is no such folder: name the one where the music is now")
    known = known_below(library, old, _separator(old))
    if not known:
        raise InputError(f"{printable(old)}: the library knows no file below this folder: name it as 'show' does")
    report = RelinkReport(old, new)
    there: list[tuple[KnownFile, Path, Stamp]] = []
    for file in known:
        path = new.joinpath(*_parts_below(file.path, old))
        try:
            stamp = Stamp.of(path)
        except FileNotFoundError:
            report.problems.append((file.path, f"there is no {printable(path)}"))
        except OSError as error:
            report.problems.append((file.path, f"{printable(path)}: {error.strerror}"))
        else:
            if stamp.size == file.stamp.size:
                there.append((file, path, stamp))
            else:
                report.problems.append((file.path, f"{printable(path)} has another size"))
    same = _compared(there, every, report)
    _take_free(library, same, {file.id for file in known}, report)
    return report


def relink(library: Library, report: RelinkReport) -> None:
    """Give the tracks of a plan their new paths, and the library's folders too, in one transaction.

    Ids, tags and marks stay; tracks that were missing are suggested again.
    """
    old, new = report.old, report.new
    with library.writing() as connection:
        for change in report.found:  # out of each other's way first: a folder may have moved into itself
            connection.execute(update(tracks).where(tracks.c.id == change.id).values(path=f"relink:{change.id}"))
        for change in report.found:
            title = connection.scalar(select(tracks.c.title).where(tracks.c.id == change.id)) or ""
            connection.execute(update(tracks).where(tracks.c.id == change.id).values(change.values(title)))
            back = (tracks.c.id == change.id) & (tracks.c.status == "missing") & (tracks.c.space != "")
            connection.execute(update(tracks).where(back).values(status="indexed"))
        for path in connection.scalars(select(root_table.c.path)).all():
            if path == old or _is_below(path, old):
                moved = new.joinpath(*_parts_below(path, old))
                taken = connection.scalar(select(func.count()).where(root_table.c.path == moved))
                if taken:
                    connection.execute(delete(root_table).where(root_table.c.path == path))
                else:
                    connection.execute(update(root_table).where(root_table.c.path == path).values(path=moved))


def _prefix(folder: Path) -> str:
    """Give what the paths of all files below a folder begin with, also where it is of another system."""
    text = os.fspath(folder)
    separator = _separator(folder)
    return text if text.endswith(separator) else text + separator


def _separator(folder: Path) -> str:
    return "\\" if PureWindowsPath(folder).drive and os.fspath(folder)[:1] != "/" else os.sep


def _is_below(path: Path, folder: Path) -> bool:
    return os.fspath(path).startswith(_prefix(folder))


def _parts_below(path: Path, folder: Path) -> list[str]:
    rest = os.fspath(path)[len(_prefix(folder)) :]
    return [part for part in rest.split(_separator(folder)) if part]


def _compared(
    there: Sequence[tuple[KnownFile, Path, Stamp]], every: bool, report: RelinkReport
) -> list[tuple[KnownFile, Path, Stamp]]:
    """Compare contents; gives those that are the same, or were not compared."""
    step = max(1, len(there) // SAMPLE)
    differ: dict[int, str] = {}
    for sample in (there,) if every or step == 1 else (there[::step], there):
        for file, path, stamp in sample:
            reason = _difference(file, path, stamp)
            if reason is not None:
                differ[file.id] = reason
        report.compared = len(sample)
        if not differ:
            break
    report.problems += [(file.path, differ[file.id]) for file, _, _ in there if file.id in differ]
    return [row for row in there if row[0].id not in differ]


def _difference(file: KnownFile, path: Path, stamp: Stamp) -> str | None:
    if not file.content_hash:  # it could not be read when it was indexed
        return None
    try:
        same = content_hash(path, stamp.size) == file.content_hash
    except OSError as error:
        return f"{printable(path)}: {error.strerror}"
    return None if same else f"{printable(path)} is another file of the same size"


def _take_free(
    library: Library, same: Sequence[tuple[KnownFile, Path, Stamp]], moving: set[int], report: RelinkReport
) -> None:
    """Plan the moves to paths that no other track has."""
    staying = moving - {file.id for file, _, _ in same}
    with library.reading() as connection:
        for file, path, stamp in same:
            holder = connection.scalar(select(tracks.c.id).where(tracks.c.path == path))
            if holder is None or (holder in moving and holder not in staying):
                report.found.append(FileChange(file.id, path, stamp, file.lyrics_stamp))
            else:
                reason = f"{printable(path)} is in the library already, as track {holder}"
                report.problems.append((file.path, reason))
