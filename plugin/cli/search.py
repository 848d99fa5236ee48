"""``cuefinder search``: find tracks by the words in their titles, tags, captions and lyrics."""

from __future__ import annotations

import argparse

from plugin.cli.support.exchange import add_playlist_arguments, save_playlist
from plugin.cli.support.options import open_library
from plugin.cli.support.output import print_json, table
from plugin.cli.support.units import clock
from plugin.errors import InputError

NAME = "search"
HELP = "search titles, artists, albums, tags, captions and lyrics for words"

TAGS_SHOWN = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("words", nargs="+", metavar="WORDS", help="words that all must occur")
    parser.add_argument("--top", type=int, default=20, metavar="N", help="number of tracks (default: 20)")
    add_playlist_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Search."""
    from plugin.library.words import search

    if args.top < 1:
        raise InputError(f"--top {args.top}: ask for at least one track")
    words = " ".join(args.words)
    with open_library(args) as library:
        found = search(library, words, args.top)
    save_playlist(args, found)
    if args.json:
        print_json({"words": words, "results": [track.as_dict() for track in found]})
        return 0
    if not found:
        print(f"no track holds the words: {words}")
        return 0
    rows = [
        (
            track.id,
            track.name,
            track.artist,
            clock(track.duration or 0.0),
            ", ".join(tag.name for tag in track.tags[:TAGS_SHOWN]),
        )
        for track in found
    ]
    print("\n".join(table(rows, header=("id", "title", "artist", "length", "tags"), right=(0, 3))))
    return 0
