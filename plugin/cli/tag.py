"""``cuefinder tag``: the tags of files, by group; nothing is written anywhere."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugin.cli.support.options import open_engine
from plugin.cli.support.output import fields, print_json
from plugin.errors import DecodeError, InputError, printable

if TYPE_CHECKING:
    from plugin.library.records import TagScore

NAME = "tag"
HELP = "print the tags of music files by group, with scores; changes nothing"

GROUPS = ("genre", "mood", "instrument", "vocal")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE|DIR", help="music to listen to")


def run(args: argparse.Namespace) -> int:
    """Tag; a file that fails is named and stops nothing."""
    from plugin.decode import AUDIO_SUFFIXES
    from plugin.library.scan import scan
    from plugin.suggest.hear import SilentFileError, hear, shown_tags

    engine = open_engine(args)
    found = scan(args.paths, AUDIO_SUFFIXES)
    problems = [f"{printable(path)}: {reason}" for path, reason in found.problems]
    results: list[dict[str, Any]] = []
    for path in found.files:
        try:
            tags = shown_tags(engine, hear(engine, path))
        except (DecodeError, SilentFileError) as error:
            problems.append(str(error))
            continue
        if args.json:
            results.append({"path": os.fspath(path), "tags": _by_group(tags)})
        else:
            _print(path, tags)
    if args.json:
        print_json({"files": results, "problems": problems})
    for problem in problems:
        print(f"cuefinder: error: {problem}", file=sys.stderr)
    return InputError.exit_code if problems else 0


def _by_group(tags: list[TagScore]) -> dict[str, list[dict[str, Any]]]:
    return {group: [{"name": tag.name, "score": tag.score} for tag in tags if tag.group == group] for group in GROUPS}


def _print(path: Path, tags: list[TagScore]) -> None:
    print(printable(path))
    rows = [
        (group, ", ".join(f"{tag.name} {tag.score:.2f}" for tag in tags if tag.group == group) or "-")
        for group in GROUPS
    ]
    print("\n".join(fields(rows, indent=2)))
