"""Changes of files as commands show them, and how they are taken back."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from typing import Any

from plugin.cli.support.options import library_file
from plugin.cli.support.output import fields, print_json
from plugin.errors import InputError, printable
from plugin.filetags import Change, FieldChange, WriteReport, journal_folder, undo


def print_changes(changes: Iterable[Change], how: str) -> None:
    """Print what would be changed, file by file, and how to do it."""
    changes = list(changes)
    for change in changes:
        print(printable(change.path))
        rows = [] if change.rename_to is None else [("new name", change.rename_to.name)]
        rows += [(f"{field.field} ({field.stored_as})", _values(field)) for field in change.fields]
        rows += [(f"{field.field} ({field.stored_as})", f"stays {', '.join(field.before)}; --overwrite replaces it")
                 for field in change.kept]  # fmt: skip
        rows += [("note", note) for note in change.notes]
        print("\n".join(fields(rows, indent=2)))
    print(f"nothing was changed: {how}" if any(not change.is_empty for change in changes) else "nothing to change")


def print_report(report: WriteReport) -> None:
    """Print what was changed."""
    for before, after in report.written:
        new = "" if after == before else f" -> {printable(after.name)}"
        print(f"changed: {printable(before)}{new}")
    if report.journal is None:
        print("nothing was changed")
    else:
        print(f"{len(report.written)} files changed; --undo {report.journal} takes it back")


def change_json(change: Change) -> dict[str, Any]:
    """Give a change as values that JSON can hold."""
    return {
        "path": os.fspath(change.path), "format": change.format,
        "rename_to": None if change.rename_to is None else change.rename_to.name,
        "fields": [_field_json(field) for field in change.fields],
        "kept": [_field_json(field) for field in change.kept], "notes": list(change.notes),
    }  # fmt: skip


def take_back(args: argparse.Namespace, id: str) -> int:
    """Undo a journal, the last one where `id` is empty; gives the exit status."""
    report = undo(journal_folder(library_file(args)), id or None)
    problems = [f"{printable(path)}: {reason}" for path, reason in report.problems]
    if args.json:
        print_json({"journal": report.journal, "restored": [os.fspath(path) for _, path in report.restored],
                    "problems": problems})  # fmt: skip
    else:
        for _, path in report.restored:
            print(f"as it was: {printable(path)}")
        print(f"{len(report.restored)} files restored from {report.journal}")
    for problem in problems:
        print(f"cuefinder: error: {problem}", file=sys.stderr)
    return InputError.exit_code if problems else 0


def _values(field: FieldChange) -> str:
    return f"{', '.join(field.before) or '-'} -> {', '.join(field.after)}"


def _field_json(field: FieldChange) -> dict[str, Any]:
    return {"field": field.field, "stored_as": field.stored_as, "before": list(field.before),
            "after": list(field.after)}  # fmt: skip
