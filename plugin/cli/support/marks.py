"""``cuefinder library mark``: stars, favourites and hidden tracks."""

from __future__ import annotations

import argparse

from plugin.cli.support.options import library_file, open_library
from plugin.cli.support.output import print_json
from plugin.errors import InputError, printable


def add_mark_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the action."""
    parser.add_argument("tracks", nargs="+", metavar="TRACK", help="ids, paths, or parts of titles")
    parser.add_argument("--rating", type=int, metavar="STARS", help="0 (none) to 5")
    parser.add_argument("--favourite", action=argparse.BooleanOptionalAction, help="make it a favourite, or no longer")
    hide = parser.add_mutually_exclusive_group()
    hide.add_argument("--hide", dest="hidden", action="store_true", default=None, help="leave it out of suggestions")
    hide.add_argument("--unhide", dest="hidden", action="store_false", default=None, help="suggest it again")


def mark_tracks(args: argparse.Namespace) -> int:
    """Mark; all tracks must be known before any is marked."""
    from plugin.library.marks import set_marks
    from plugin.library.tracks import find_track, get_tracks

    given = {"rating": args.rating, "favourite": args.favourite, "hidden": args.hidden}
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise InputError("nothing to mark: give --rating, --favourite, --hide or --unhide")
    with open_library(args) as library:
        ids = [find_track(library, words).id for words in args.tracks]
        for id_ in ids:
            set_marks(library_file(args), id_, **changes)
        marked = get_tracks(library, ids)
    if args.json:
        print_json([marked[id_].as_dict() for id_ in ids])
        return 0
    for id_ in ids:
        track = marked[id_]
        notes = ["favourite"] * track.favourite + ["hidden"] * track.hidden
        print(f"{id_} {printable(track.name)}: {', '.join([f'{track.rating} of 5 stars', *notes])}")
    return 0
