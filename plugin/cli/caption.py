"""``cuefinder caption``: say in a sentence what a file sounds like, and in words how a video looks."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from plugin.cli.support.options import open_engine
from plugin.cli.support.output import print_json
from plugin.cli.support.units import clock, seconds, span
from plugin.errors import InputError, printable

NAME = "caption"
HELP = "say what a clip of music or video sounds like, and how a video looks"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", type=Path, metavar="FILE", help="music or video")
    parser.add_argument("--start", metavar="TIME", help="start of the range: 90 or 1:30")
    parser.add_argument("--end", metavar="TIME", help="end of the range")
    parser.add_argument("--lyrics", type=Path, metavar="FILE", help="words of the song (text or LRC)")
    parser.add_argument("--beams", type=int, default=8, metavar="K", help="beam width (default: 8; 1: greedy)")


def run(args: argparse.Namespace) -> int:
    """Caption."""
    from plugin.suggest.describe import describe

    start = 0.0 if args.start is None else seconds(args.start)
    end = None if args.end is None else seconds(args.end)
    said = describe(open_engine(args), args.file, start, end, lyrics=_lyrics(args.lyrics), beams=args.beams)
    result: dict[str, Any] = vars(said) | {
        "path": os.fspath(args.file),
        "tags": [{"name": tag.name, "group": tag.group, "score": tag.score} for tag in said.tags],
        "moods": [{"name": word, "score": score} for word, score in said.moods],
    }
    if args.json:
        print_json(result)
    else:
        _print(result)
    return 0


def _lyrics(path: Path | None) -> str:
    from plugin.library.lyrics import read_lyrics

    if path is None:
        return ""
    try:
        return read_lyrics(path)
    except OSError as error:
        raise InputError(f"--lyrics {printable(path)}: {error.strerror}") from error


def _print(result: dict[str, Any]) -> None:
    end = result["end"]
    where = span(result["start"], end) if end is not None else f"from {clock(result['start'])}"
    print(f"{printable(result['path'])}  {where}")
    if result["caption"] is not None:
        print(f"  sounds: {printable(result['caption'])}")
    if result["title"] is not None:
        print(f"  title:  {printable(result['title'])}")
    if result["tags"]:
        print(f"  tags:   {', '.join(tag['name'] for tag in result['tags'])}")
    if result["tempo"] is not None:
        print(f"  tempo:  {result['tempo']:.0f} BPM")
    if result["key"] is not None:
        print(f"  key:    {result['key']}")
    if result["moods"]:
        print(f"  looks:  {', '.join(mood['name'] for mood in result['moods'])}")
    for note in result["notes"]:
        print(f"  note:   {note}")
