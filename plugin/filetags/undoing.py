"""Taking changes back: every file is again what it was, byte for byte, under its old name and with its old times."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from plugin.errors import InputError, printable
from plugin.filetags.journal import Step, journals, mark_undone, read_journal
from plugin.filetags.moving import move, take_over
from plugin.filetags.proof import file_digest
from plugin.filetags.records import UndoReport
from plugin.filetags.writing import check_writable
from plugin.paths import sync_folder


def undo(folder: Path, id: str | None = None) -> UndoReport:
    """Take the changes of a journal back; a file that fails is left as it is, named, and stops nothing.

    Parameters
    ----------
    folder : pathlib.Path
        Of the journals.
    id : str, optional
        The newest one that is not taken back yet by default.

    Raises
    ------
    InputError
        There is no such journal, or nothing to take back.
    """
    if id is None:
        found = journals(folder)
        if not found:
            raise InputError("nothing can be taken back: Cuefinder has changed no files, or all is taken back")
        id = found[0]
    report = UndoReport(id)
    for step in reversed(read_journal(folder, id)):
        try:
            _take_back(step)
        except InputError as error:
            report.problems.append((step.after, str(error)))
        except OSError as error:
            report.problems.append((step.after, f"{error.strerror or error}; the file is as it was before the undo"))
        else:
            report.restored.append((step.after, step.before))
    if not report.problems:
        mark_undone(folder, id)
    return report


def _take_back(step: Step) -> None:
    """Restore the content, then the name; what had never been done, or was taken back before, is left."""
    there = [path for path in (step.after, step.before) if path.exists()]
    # Our changes keep a file's time, so where there are two files it tells which of them is ours.
    path = next((path for path in there if path.stat().st_mtime_ns == step.times[1]), there[0] if there else None)
    if path is None:
        raise InputError("it is gone; put it back where it was and undo again")
    if path != step.before and os.path.lexists(step.before) and not step.before.samefile(path):
        raise InputError(f"its old name {printable(step.before.name)} is taken by another file: move that away first")
    if step.recipe is not None:
        _restore(path, step)
    if path != step.before:
        move(path, step.before)


def _restore(path: Path, step: Step) -> None:
    found = file_digest(path)
    if found == step.digest_before:
        return
    if found != step.digest_after:
        raise InputError("it was changed since its tags were written, so it is left as it is")
    check_writable(path)
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    assert step.recipe is not None
    try:
        with temporary.open("xb") as file:
            restored = step.recipe.restore(path, file)
            file.flush()
            os.fsync(file.fileno())
        if restored != step.digest_before:
            raise InputError("the journal does not give its old content, so it is left as it is")
        take_over(path, temporary)
        os.utime(temporary, ns=step.times)
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
