"""``cuefinder library roots``: the folders of the library."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from plugin.cli.support.options import library_file
from plugin.cli.support.output import print_json, table


def add_roots_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the action's arguments."""
    for option, text in (
        ("--add", "remember folders, to be watched"),
        ("--remove", "remember folders no longer; their tracks stay until they are forgotten"),
        ("--watch", "take in what changes in these folders, while 'cuefinder watch' or the panel runs"),
        ("--no-watch", "do not watch these folders"),
    ):
        parser.add_argument(option, nargs="+", type=Path, metavar="DIR", default=[], help=text)


def change_roots(args: argparse.Namespace) -> int:
    """Make the changes in the order of the help, then list the folders."""
    from plugin.library.roots import add_root, remove_root, roots, set_watched

    library = library_file(args)
    for folder in args.add:
        add_root(library, folder)
    for folder in args.remove:
        remove_root(library, folder)
    for folders, watched in ((args.watch, True), (args.no_watch, False)):
        for folder in folders:
            set_watched(library, folder, watched)
    found = roots(library)
    if args.json:
        print_json([
            {"path": os.fspath(root.path), "online": root.online, "watched": root.watched, "added_at": root.added_at,
             "scanned_at": root.scanned_at}
            for root in found
        ])  # fmt: skip
        return 0
    rows = [
        (root.path, "" if root.online else "not there", "watched" if root.watched else "", root.scanned_at or "never")
        for root in found
    ]
    print("\n".join(table(rows, header=("folder", "state", "watched", "last walked"))) or "no folders yet")
    return 0
