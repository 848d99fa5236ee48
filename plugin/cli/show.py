"""``cuefinder show``: all that the library knows of one track."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from plugin.cli.support.options import open_library
from plugin.cli.support.output import fields, print_json
from plugin.cli.support.units import clock
from plugin.errors import printable

if TYPE_CHECKING:
    from plugin.library.records import Track

NAME = "show"
HELP = "show all that the library knows of one track"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("track", metavar="TRACK", help="its path, its id or a part of its title")


def run(args: argparse.Namespace) -> int:
    """Show."""
    from plugin.library.tracks import find_track

    with open_library(args) as library:
        track = find_track(library, args.track)
    if args.json:
        print_json(track.as_dict())
    else:
        print("\n".join(fields(_rows(track))))
        if track.lyrics:
            print("lyrics")
            print("\n".join(f"  {printable(line)}" for line in track.lyrics.splitlines()))
    return 0


def _rows(track: Track) -> list[tuple[str, str]]:
    rows = [
        ("id", str(track.id)),
        ("path", os.fspath(track.path)),
        ("title", track.name),
        ("artist", track.artist),
        ("album", track.album),
        ("status", track.status),
        ("reason", track.reason),
        ("length", "" if track.duration is None else clock(track.duration)),
        ("tempo", "" if track.tempo is None else f"{track.tempo:.0f} BPM"),
        ("key", track.key or ""),
        ("loudness", "" if track.loudness is None else f"{track.loudness:.1f} LUFS"),
        ("peak", "" if track.peak is None else f"{track.peak:.3f}"),
        ("caption", track.caption),
    ]
    for group in dict.fromkeys(tag.group for tag in track.tags):
        rows.append((group, ", ".join(f"{tag.name} {tag.score:.2f}" for tag in track.tags if tag.group == group)))
    rows += [("note", warning) for warning in track.warnings]
    rows.append(("indexed", track.indexed_at))
    return [(name, value) for name, value in rows if value]
