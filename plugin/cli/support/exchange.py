"""``cuefinder library export`` and ``import``, and playlists of what was found."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from plugin.cli.support.options import library_file, open_library
from plugin.cli.support.output import print_json
from plugin.errors import InputError, printable

if TYPE_CHECKING:
    from plugin.exchange import Merge, Taking
    from plugin.library.records import Track

FORMATS = ("csv", "json", "rekordbox", "beets")
LISTED = 20
"""Lines of a kind that are printed; --json has them all."""


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the export."""
    parser.add_argument("--format", choices=FORMATS, help="default: csv, or json with --json")
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")


def export_tracks(args: argparse.Namespace) -> int:
    """Write all tracks in a format; gives the exit status."""
    from plugin.exchange import write_beets, write_rekordbox
    from plugin.library.export import write_csv, write_json
    from plugin.library.tracks import all_tracks

    writers = {"csv": write_csv, "json": write_json, "rekordbox": write_rekordbox, "beets": write_beets}
    write = writers[args.format or ("json" if args.json else "csv")]
    with open_library(args) as library:
        if args.output is None:
            write(all_tracks(library), sys.stdout)
            return 0
        text = io.StringIO(newline="")
        write(all_tracks(library), text)
    _write("--output", args.output, text.getvalue())
    return 0


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the import."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="CSV or JSON of 'library export' or 'beet export', XML of rekordbox"
    )
    parser.add_argument("--apply", action="store_true", help="take the marks over (default: only say what would be)")
    parser.add_argument("--replace", action="store_true", help="also in place of other ratings in the library")


def import_marks(args: argparse.Namespace) -> int:
    """Compare a file's marks with the library's and take them over if asked; gives the exit status."""
    from plugin.exchange import match, read_rows
    from plugin.library.marks import set_marks

    rows = read_rows(args.file)
    with open_library(args) as library:
        merge = match(library, rows, replace=args.replace)
    if args.apply:
        for taking in merge.takings:
            set_marks(library_file(args), taking.track_id, **taking.changes)
    if args.json:
        print_json({
            "rows": len(rows), "applied": args.apply, "same": merge.same, "by_name": merge.by_name,
            "changes": [{"path": os.fspath(taking.path), **taking.changes} for taking in merge.takings],
            "conflicts": merge.conflicts, "unknown": merge.unknown, "comments": merge.comments,
        })  # fmt: skip
    else:
        _print(merge, len(rows), applied=args.apply)
    return 0


def add_playlist_arguments(parser: argparse._ActionsContainer) -> None:
    """Add the options of commands that give a list of tracks."""
    parser.add_argument(
        "--playlist", type=Path, metavar="FILE", help="write the tracks found as a playlist (.m3u8) too"
    )
    parser.add_argument("--relative", action="store_true", help="paths in the playlist relative to its folder")


def save_playlist(args: argparse.Namespace, tracks: Iterable[Track]) -> None:
    """Write the playlist if one was asked for."""
    from plugin.exchange import playlist

    if args.playlist is None:
        if args.relative:
            raise InputError("--relative is about the paths of a playlist: give it with --playlist")
        return
    _write("--playlist", args.playlist, playlist(tracks, args.playlist.parent if args.relative else None))


def _write(option: str, path: Path, text: str) -> None:
    from plugin.paths import atomic_write

    try:
        atomic_write(path, text.encode())
    except OSError as error:
        raise InputError(f"{option} {printable(path)}: {error.strerror}") from error


def _print(merge: Merge, rows: int, *, applied: bool) -> None:
    print(f"{rows} rows: {len(merge.takings)} tracks {'changed' if applied else 'to change'}, {merge.same} as they are")
    _list("change", [_words(taking) for taking in merge.takings])
    _list("conflict", merge.conflicts)
    _list("unknown", merge.unknown)
    if merge.by_name:
        print(f"{merge.by_name} rows were matched by name and length, not by path")
    if merge.comments:
        print(f"{merge.comments} comments were passed over: the library writes its own captions")
    if merge.takings and not applied:
        print("nothing was changed: --apply takes it over")


def _words(taking: Taking) -> str:
    notes = {"rating": f"{taking.changes.get('rating')} of 5 stars", "favourite": "favourite", "hidden": "hidden"}
    return f"{printable(taking.path)}: {', '.join(notes[name] for name in taking.changes)}"


def _list(kind: str, lines: list[str]) -> None:
    for line in lines[:LISTED]:
        print(f"{kind}: {line}")
    if len(lines) > LISTED:
        print(f"{kind}: and {len(lines) - LISTED} more, which --json lists")
