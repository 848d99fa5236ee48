"""``cuefinder library``: what the library holds, its export, and what it shall forget."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from plugin.cli.support.exchange import add_export_arguments, add_import_arguments, export_tracks, import_marks
from plugin.cli.support.failed import add_failed_arguments, list_failed
from plugin.cli.support.marks import add_mark_arguments, mark_tracks
from plugin.cli.support.options import add_common_arguments, open_library
from plugin.cli.support.output import fields, print_json
from plugin.cli.support.rehear import add_rehear_arguments, rehear
from plugin.cli.support.roots import add_roots_arguments, change_roots
from plugin.cli.support.upkeep import add_upkeep
from plugin.errors import InputError, printable

NAME = "library"
HELP = "count, export, rate or forget what the library holds, list its folders, check, repair and back it up"

MEGA = 1e6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    counts = actions.add_parser("stats", help="count tracks, hours, artists and tags")
    counts.set_defaults(action=_stats)
    export = actions.add_parser("export", help="write all tracks as a table")
    add_export_arguments(export)
    export.set_defaults(action=export_tracks)
    marks = actions.add_parser("import", help="take over ratings and favourites from another library or program")
    add_import_arguments(marks)
    marks.set_defaults(action=import_marks)
    failed = actions.add_parser("failed", help="list the files that could not be read, and try them again")
    add_failed_arguments(failed)
    failed.set_defaults(action=list_failed)
    forget = actions.add_parser("forget", help="drop files or whole folders, also from the backups, not from the disk")
    forget.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders, also gone ones")
    forget.set_defaults(action=_forget)
    folders = actions.add_parser("roots", help="list the folders of the library, or change them")
    add_roots_arguments(folders)
    folders.set_defaults(action=change_roots)
    again = actions.add_parser("rehear", help="hear all tracks again with other models, such as those of --pack; the "
                               "library stays usable, and takes them over at the end")  # fmt: skip
    add_rehear_arguments(again)
    again.set_defaults(action=rehear)
    mark = actions.add_parser("mark", help="rate tracks, make them favourites, hide them from suggestions")
    add_mark_arguments(mark)
    mark.set_defaults(action=mark_tracks)
    for action in (counts, export, marks, failed, forget, folders, again, mark, *add_upkeep(actions)):
        add_common_arguments(action)


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    status: int = args.action(args)
    return status


def _stats(args: argparse.Namespace) -> int:
    from plugin.library.second_store import under_way
    from plugin.library.stats import stats

    with open_library(args) as library:
        found = stats(library)
        again = under_way(library.path)
    if args.json:
        print_json(found | {"rehearing": None if again is None else again._asdict()})
        return 0
    tracks = found["tracks"]
    rows: list[tuple[str, Any]] = [
        ("library", found["path"]),
        ("size", f"{found['bytes'] / MEGA:.1f} MB"),
        ("tracks", ", ".join(f"{count} {status}" for status, count in tracks.items())),
        ("music", f"{found['hours']:.1f} h in {found['segments']} segments"),
        ("artists", _counts(found["top_artists"], found["artists"])),
        *((group, _counts(counts, len(counts))) for group, counts in found["tags"].items()),
        *((f"space {space}", f"{count} tracks") for space, count in found["spaces"].items()),
    ]
    if again is not None:
        rows.append(("being heard again", f"{again.heard} tracks so far, for space {again.space}"))
    print("\n".join(fields(rows)))
    return 0


def _counts(counts: dict[str, int], total: int) -> str:
    named = ", ".join(f"{name} {count}" for name, count in counts.items())
    return f"{total}: {named}" if named else "0"


def _forget(args: argparse.Namespace) -> int:
    from plugin.library.forgetting import forget
    from plugin.library.scan import file_path
    from plugin.library.tracks import known_below

    ids: list[int] = []
    with open_library(args) as reader:  # a library that is not there is not made only to forget
        for path in args.paths:
            wanted = {file_path(path), path.resolve()}  # a link itself, or what it leads to
            found = [file.id for root in wanted for file in known_below(reader, root)]
            if not found:
                raise InputError(f"{printable(path)}: the library knows no file at or below this path")
            ids += found
    with open_library(args, writable=True) as library:
        forget(library, set(ids))
    if args.json:
        print_json({"forgotten": len(set(ids)), "paths": [os.fspath(path) for path in args.paths]})
    else:
        print(f"files forgotten: {len(set(ids))} (on the disk they are as they were)")
    return 0
