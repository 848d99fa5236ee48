"""``cuefinder suggest``: tracks of the library for a clip, words, a reference track, or all of them."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from plugin.cli.support.exchange import add_playlist_arguments, save_playlist
from plugin.cli.support.options import open_engine, open_library
from plugin.cli.support.output import print_json, table, wrapped
from plugin.cli.support.units import clock, seconds, span, tempo_range, weight
from plugin.errors import InputError

if TYPE_CHECKING:
    from plugin.library.records import Track
    from plugin.suggest.query import Query
    from plugin.suggest.suggestion import Suggestions

NAME = "suggest"
HELP = "suggest tracks for a clip, a phrase, a reference track, or any mix of them"

TAGS_SHOWN = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    asked = parser.add_argument_group("what the music is for (at least one)")
    asked.add_argument("--video", type=Path, metavar="FILE", help="footage that needs music")
    asked.add_argument("--start", metavar="TIME", help="start of the clip in the footage: 90 or 1:30")
    asked.add_argument("--end", metavar="TIME", help="end of the clip in the footage")
    asked.add_argument("--text", metavar="WORDS", help="what the music shall sound like")
    for option, what in (("--like", "music to take after"), ("--unlike", "music to keep away from")):
        asked.add_argument(option, type=Path, action="append", default=[], metavar="FILE", help=f"{what}; repeatable")
    asked.add_argument(
        "--weight",
        action="append",
        default=[],
        metavar="ASPECT=NUMBER",
        help="how much video, text or reference counts (default: 1 each); repeatable",
    )
    wanted = parser.add_argument_group("what a track must be like")
    wanted.add_argument("--tempo", metavar="LOW-HIGH", help="in BPM, as 80-110")
    wanted.add_argument("--min-length", metavar="TIME", help="shortest track: 90 or 1:30")
    wanted.add_argument("--max-length", metavar="TIME", help="longest track")
    wanted.add_argument("--key", help="as 'A minor', Am, F#, Bb major")
    wanted.add_argument("--instrumental", action="store_true", help="without singing")
    wanted.add_argument("--vocal", action="store_true", help="with singing")
    wanted.add_argument("--favourites", action="store_true", help="only those that you marked as favourites")
    wanted.add_argument("--min-rating", type=int, default=0, metavar="STARS", help="that you gave, 0 to 5")
    wanted.add_argument("--show-hidden", action="store_true", help="also those that you hid")
    wanted.add_argument("--tag", action="append", default=[], help="a tag it carries; repeatable")
    wanted.add_argument("--not-tag", action="append", default=[], help="a tag it does not carry; repeatable")
    given = parser.add_argument_group("the list")
    given.add_argument("--length", metavar="TIME", help="length of the segment (default: the clip's, or 30 s)")
    given.add_argument("--top", type=int, default=10, metavar="N", help="number of tracks (default: 10)")
    given.add_argument(
        "--per-artist",
        type=int,
        default=2,
        metavar="N",
        help="tracks by one artist before others get their turn (default: 2, 0: no limit)",
    )
    add_playlist_arguments(given)


def run(args: argparse.Namespace) -> int:
    """Suggest."""
    from plugin.suggest.suggester import Suggester

    query = _query(args)
    with open_library(args) as library:
        found = Suggester(library, open_engine(args)).suggest(query)
    save_playlist(args, (result.track for result in found.results))
    return show(args, found)


def show(args: argparse.Namespace, found: Suggestions) -> int:
    """Print suggestions; gives the exit status."""
    if args.json:
        print_json(
            {
                "length": found.length,
                "considered": found.considered,
                "total": found.total,
                "stale": found.stale,
                "hidden": found.hidden,
                "results": [result.as_dict() for result in found.results],
            }
        )
    else:
        _print(found)
    if found.stale:
        print(
            f"cuefinder: {found.stale} tracks were indexed with another model pack and are not compared: "
            "run 'cuefinder index' on their folders again, or 'cuefinder library rehear'",
            file=sys.stderr,
        )
    return 0


def _query(args: argparse.Namespace) -> Query:
    from plugin.suggest.query import Filters, Query

    if args.video is None and (args.start is not None or args.end is not None):
        raise InputError("--start and --end are a range of the footage: give it with --video")

    def time(text: str | None) -> float | None:
        return None if text is None else seconds(text)

    return Query(
        video=args.video,
        start=time(args.start) or 0.0,
        end=time(args.end),
        text=args.text,
        like=tuple(args.like),
        unlike=tuple(args.unlike),
        weights=dict(weight(text) for text in args.weight),
        filters=Filters(
            tempo=None if args.tempo is None else tempo_range(args.tempo),
            min_length=time(args.min_length),
            max_length=time(args.max_length),
            key=args.key,
            instrumental=args.instrumental,
            vocal=args.vocal,
            tags=tuple(args.tag),
            not_tags=tuple(args.not_tag),
            favourites=args.favourites,
            min_rating=args.min_rating,
            show_hidden=args.show_hidden,
        ),
        length=time(args.length),
        top=args.top,
        per_artist=args.per_artist,
    )


def _print(found: Suggestions) -> None:
    hidden = f"; {found.hidden} more are hidden, --show-hidden shows them" if found.hidden else ""
    if not found.results:
        none = f"none of {found.total} tracks passes the filters"
        print(("there is no other track than those given" if found.considered else none) + hidden)
        return
    aspects = list(found.results[0].aspects)
    rows = [
        [
            number,
            f"{result.score:+.2f}",
            *(f"{result.aspects[aspect]:.2f}" for aspect in aspects),
            result.track.name,
            result.track.artist,
            span(result.start, result.end),
            clock(result.track.duration or 0.0),
            f"{result.track.tempo:.0f}" if result.track.tempo else "",
            result.track.key or "",
        ]
        for number, result in enumerate(found.results, 1)
    ]
    header = ["#", "score", *aspects, "title", "artist", "segment", "length", "BPM", "key"]
    after = 2 + len(aspects)
    lines = table(rows, header=header, right=[*range(after), after + 3, after + 4])
    print(lines[0])
    for line, result in zip(lines[1:], found.results, strict=True):
        print(line)
        tags = ", ".join(tag.name for tag in result.track.tags[:TAGS_SHOWN])
        details = [result.track.caption, tags, os.fspath(result.track.path)]
        details += [f"also in {os.fspath(path)}" for path in result.duplicates]
        details += [f"also: {_kind(version)}, {version.name}: {os.fspath(version.path)}" for version in result.versions]
        for detail in filter(None, details):
            print("\n".join(wrapped(detail, indent=4)))
    print(f"{found.considered} of {found.total} tracks passed the filters; segments of {clock(found.length)}{hidden}")


def _kind(version: Track) -> str:
    from plugin.suggest.versions import parse

    return f"{' '.join(parse(version.title, version.artist).kinds) or 'another'} version"
