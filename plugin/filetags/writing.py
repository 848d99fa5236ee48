"""Writing of planned changes: into a copy, which is proven to sound the same, and takes the file's place."""

from __future__ import annotations

import io
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from plugin.errors import CuefinderError, InputError
from plugin.filetags.delta import Recipe, make_recipe
from plugin.filetags.formats import open_tags
from plugin.filetags.journal import JournalWriter, Step
from plugin.filetags.moving import move, sync_file, take_over
from plugin.filetags.proof import file_digest, sound_digest
from plugin.filetags.records import Change, WriteReport
from plugin.library.records import Stamp
from plugin.paths import sync_folder


def write(changes: Iterable[Change], folder: Path, on_step: Callable[[Change], None] | None = None) -> WriteReport:
    """Do what was planned; a file that fails is left as it was, named, and stops nothing.

    Parameters
    ----------
    changes : iterable of Change
    folder : pathlib.Path
        Where the journal goes, see `plugin.filetags.journal.journal_folder`.
    on_step : callable, optional
        Called before each file; what it raises ends the work between two files, and passes on.
    """
    journal, report = JournalWriter(folder), WriteReport()
    for change in changes:
        if change.is_empty:
            continue
        if on_step is not None:
            on_step(change)
        try:
            _do(change, journal)
        except (OSError, CuefinderError) as error:
            report.problems.append((change.path, _reason(error)))
        else:
            report.written.append((change.path, change.rename_to or change.path))
    report.journal = journal.id if journal.is_begun else None
    return report


def check_writable(path: Path) -> None:
    """Raise `InputError` where a file is read-only, or another program has locked it."""
    if not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise InputError("the file is read-only: make it writable first")
    try:
        with path.open("r+b") as file:
            _check_lock(file)
    except PermissionError as error:
        raise InputError("no permission to write it, or another program has it open") from error


def _do(change: Change, journal: JournalWriter) -> None:
    path, status = change.path, change.path.stat()
    if Stamp(status.st_size, status.st_mtime_ns) != change.stamp:
        raise InputError("it was changed since the changes were planned: look at it again")
    check_writable(path)
    if change.rename_to is not None and os.path.lexists(change.rename_to) and not change.rename_to.samefile(path):
        raise InputError(f"there is a file {change.rename_to.name} already")
    times = (status.st_atime_ns, status.st_mtime_ns)
    if not change.fields:
        assert change.rename_to is not None
        journal.add(Step(path, change.rename_to, "", "", times, None))
        move(path, change.rename_to)
        return
    temporary = path.parent / f".{secrets.token_hex(8)}{path.suffix}"
    try:
        shutil.copyfile(path, temporary)
        before = file_digest(temporary)
        _tag(temporary, change)
        if sound_digest(temporary) != sound_digest(path):
            raise InputError("its sound would not stay the same, so nothing was written")
        recipe = _checked_recipe(path, temporary, before)
        take_over(path, temporary)
        sync_file(temporary)
        journal.add(Step(path, change.rename_to or path, before, file_digest(temporary), times, recipe))
        if Stamp.of(path) != change.stamp:
            raise InputError("it was changed while its tags were written: look at it again")
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
    if change.rename_to is not None:
        try:
            move(path, change.rename_to)
        except OSError as error:
            raise InputError(f"its tags are written, but it could not be renamed: {error.strerror}") from error


def _tag(path: Path, change: Change) -> None:
    """Put the fields into a file, and see that all else in its tags is as it was."""
    fields = [field.field for field in change.fields]
    with open_tags(path) as tags:
        others = tags.others(fields)
        for field in change.fields:
            tags.put(field.field, field.after)
        tags.save(path)
    with open_tags(path) as tags:
        if tags.others(fields) != others:
            raise InputError("it holds tags that would be lost, so nothing was written")
        wrong = [field.field for field in change.fields if tags.read(field.field) != field.after]
    if wrong:
        raise InputError(f"its format does not hold {', '.join(wrong)} as proposed, so nothing was written")


def _checked_recipe(path: Path, new: Path, digest: str) -> Recipe:
    recipe = make_recipe(path, new)
    if recipe.restore(new, _Nowhere()) != digest:
        raise InputError("it was changed while its tags were written: look at it again")
    return recipe


def _check_lock(file: io.BufferedRandom) -> None:
    if os.name == "nt":  # Windows does not even open it then
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError("another program has locked it: close it there first") from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror or error}; the file is as it was"
    return str(error)


class _Nowhere:
    def write(self, data: bytes, /) -> None:
        """Take the next bytes, and forget them."""
