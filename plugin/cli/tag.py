"""``cuefinder tag``: the tags of files, by group; into the files only on demand, and taken back exactly."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugin.cli.support.options import library_file, open_engine
from plugin.cli.support.output import fields, print_json
from plugin.errors import DecodeError, InputError, printable

if TYPE_CHECKING:
    from plugin.library.records import TagScore

NAME = "tag"
HELP = "print the tags of music files by group, with scores; writes them into the files only with --write"

GROUPS = ("genre", "mood", "instrument", "vocal")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE|DIR", help="music to listen to")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--write", action="store_true", help="write the tags into the files; the sound stays bit for bit")
    what.add_argument("--dry-run", action="store_true", help="show field by field what --write would change")
    what.add_argument("--undo", nargs="?", const="", metavar="ID", help="take the last (or that) change of files back")
    parser.add_argument("--overwrite", action="store_true", help="also over fields that are filled already")


def run(args: argparse.Namespace) -> int:
    """Tag; a file that fails is named and stops nothing."""
    if args.undo is not None:
        from plugin.cli.support.changes import take_back

        return take_back(args, args.undo if not args.paths else _no_paths())
    if not args.paths:
        raise InputError("name music files or folders to listen to, or --undo")
    from plugin.cli.support.changes import change_json, print_changes, print_report
    from plugin.decode import AUDIO_SUFFIXES
    from plugin.filetags import Change, WriteReport, journal_folder, plan, wanted_fields, write
    from plugin.library.scan import scan
    from plugin.suggest.hear import SilentFileError, hear, shown_tags

    engine = open_engine(args)
    found = scan(args.paths, AUDIO_SUFFIXES)
    problems = [f"{printable(path)}: {reason}" for path, reason in found.problems]
    results: list[dict[str, Any]] = []
    changes: list[Change] = []
    for path in found.files:
        try:
            heard = hear(engine, path)
        except (DecodeError, SilentFileError) as error:
            problems.append(str(error))
            continue
        tags = shown_tags(engine, heard)
        results.append({"path": os.fspath(path), "tags": _by_group(tags)})
        if not args.json:
            _print(path, tags)
        if args.write or args.dry_run:
            wanted = wanted_fields(tags, tempo=heard.tempo, key=heard.key, caption=heard.caption)
            try:
                changes.append(plan(path, wanted, overwrite=args.overwrite))
            except InputError as error:
                problems.append(str(error))
    report = write(changes, journal_folder(library_file(args))) if args.write else WriteReport()
    problems += [f"{printable(path)}: {reason}" for path, reason in report.problems]
    if args.json:
        print_json({"files": results, "changes": [change_json(change) for change in changes],
                    "journal": report.journal, "problems": problems})  # fmt: skip
    elif args.write:
        print_report(report)
    elif args.dry_run:
        print_changes(changes, "--write does it")
    for problem in problems:
        print(f"cuefinder: error: {problem}", file=sys.stderr)
    return InputError.exit_code if problems else 0


def _no_paths() -> str:
    raise InputError("--undo takes whole changes back: name its ID, and no files")


def _by_group(tags: list[TagScore]) -> dict[str, list[dict[str, Any]]]:
    return {group: [{"name": tag.name, "score": tag.score} for tag in tags if tag.group == group] for group in GROUPS}


def _print(path: Path, tags: list[TagScore]) -> None:
    print(printable(path))
    rows = [
        (group, ", ".join(f"{tag.name} {tag.score:.2f}" for tag in tags if tag.group == group) or "-")
        for group in GROUPS
    ]
    print("\n".join(fields(rows, indent=2)))
