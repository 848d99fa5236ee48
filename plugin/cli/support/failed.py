"""``cuefinder library failed``: the files that could not be read, and another try at them."""

from __future__ import annotations

import argparse
import os

from plugin.cli.support.options import open_library
from plugin.cli.support.output import print_json
from plugin.errors import printable


def add_failed_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the action's arguments."""
    parser.add_argument("--retry", action="store_true", help="try to read them again now")
    parser.set_defaults(workers=2, progress="auto")


def list_failed(args: argparse.Namespace) -> int:
    """List the files with their reasons, or read them again; gives the exit status."""
    from plugin.cli import index
    from plugin.library.tracks import tracks_of_status

    with open_library(args) as library:
        failed = tracks_of_status(library, "failed")
    if args.retry and failed:
        args.paths = [track.path for track in failed]
        return index.run(args)
    if args.json:
        print_json([{"path": os.fspath(track.path), "reason": track.reason, "tried_at": track.indexed_at,
                     "size": track.stamp.size} for track in failed])  # fmt: skip
        return 0
    for track in failed:
        print(f"{printable(track.path)}: {track.reason}")
    print(f"{len(failed)} files failed; --retry tries them again" if failed else "no file failed")
    return 0
