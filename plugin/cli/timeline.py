"""``cuefinder timeline``: the clips of a timeline file, captioned, scored with music, and listed as a cue sheet."""

from __future__ import annotations

import argparse
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugin.cli.support.options import add_common_arguments, open_engine, open_library
from plugin.cli.support.output import print_json, table, wrapped
from plugin.cli.support.units import seconds
from plugin.errors import InputError, printable

if TYPE_CHECKING:
    from opentimelineio.opentime import RationalTime

    from host_bridge.files.host import FileHost

NAME = "timeline"
HELP = "read a timeline file: its clips, their captions, music for them, cues placed, a cue sheet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help=".otio, .fcpxml, .xml, .edl, .aaf, .kdenlive, .mlt or .rpp"
    )
    parser.add_argument("--rate", type=Fraction, metavar="FPS", help="frames per second of an EDL: 25 or 30000/1001")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    clips = actions.add_parser("clips", help="list the clips")
    clips.set_defaults(action=_clips)
    caption = actions.add_parser("caption", help="say what each clip sounds and looks like")
    caption.add_argument(
        "--clip", action="append", default=[], metavar="N", help="one clip, by number or id; repeatable"
    )
    caption.add_argument("--write", action="store_true", help="write a new file with the captions, beside the old one")
    caption.add_argument("--out", type=Path, metavar="NEW", help="where to write it")
    caption.set_defaults(action=_caption)
    suggest = actions.add_parser("suggest", help="suggest tracks of the library for a clip")
    suggest.add_argument("--clip", metavar="N", help="default: the selected one, or the first with a picture")
    suggest.add_argument("--text", metavar="WORDS", help="what the music shall sound like")
    suggest.add_argument("--top", type=int, default=10, metavar="N", help="number of tracks (default: 10)")
    suggest.set_defaults(action=_suggest)
    place = actions.add_parser("place", help="place a cue, in a new file beside the old one")
    place.add_argument("track", type=Path, metavar="MUSIC", help="the music file")
    place.add_argument(
        "--at", required=True, metavar="TIME", help="01:00:10:12 as the editor shows it, or seconds: 90, 1:30"
    )
    place.add_argument("--start", metavar="TIME", default="0", help="start within the music (default: 0)")
    place.add_argument("--length", metavar="TIME", help="default: to the end of the music, or of the timeline")
    place.add_argument("--on", metavar="NAME", help="timeline track wanted (default: the next free one)")
    place.add_argument("--fade-in", type=float, default=0.0, metavar="S", help="seconds")
    place.add_argument("--fade-out", type=float, default=0.0, metavar="S", help="seconds")
    place.add_argument("--gain", type=float, default=0.0, metavar="DB", help="level in dB")
    place.add_argument("--out", type=Path, metavar="NEW", help="default: FILE.cuefinder.* beside it")
    place.set_defaults(action=_place)
    sheet = actions.add_parser("cuesheet", help="list the music on the timeline")
    sheet.add_argument("--all", action="store_true", help="all audio clips, not only Cuefinder's cues")
    usages = ("BI", "BV", "VI", "VV", "MT", "ET", "TH")
    usage = "usage of cues that do not say theirs (default: BI, background instrumental)"
    sheet.add_argument("--usage", choices=usages, default="BI", help=usage)
    sheet.add_argument("--format", choices=("csv", "html"), default="csv", help="default: csv, or by --output's name")
    sheet.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    sheet.set_defaults(action=_cuesheet)
    for action in (clips, caption, suggest, place, sheet):
        add_common_arguments(action)


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    status: int = args.action(args)
    return status


def _open(args: argparse.Namespace) -> FileHost:
    from plugin.cli.support.timelines import open_timeline

    return open_timeline(args.file, args.rate)


def _clips(args: argparse.Namespace) -> int:
    from host_bridge.timeline import facts, placed_clips
    from plugin.cli.support.clips import row

    timeline = _open(args).timeline()
    drop = bool(facts(timeline).get("drop_frame"))
    rows = [row(n, placed, timeline.global_start_time, drop) for n, placed in enumerate(placed_clips(timeline), 1)]
    if args.json:
        print_json({"name": timeline.name, "rate": facts(timeline).get("rate"), "clips": rows})
        return 0
    shown = [(r["clip"], r["timeline_track"], r["in"], r["out"], r["name"],
              "" if r["online"] else "offline", r["caption"] or "") for r in rows]  # fmt: skip
    print("\n".join(table(shown, header=("#", "track", "in", "out", "clip", "", "caption"), right=[0])))
    return 0


def _caption(args: argparse.Namespace) -> int:
    """Caption; a clip that cannot be read is named and stops nothing."""
    from host_bridge.timeline import clip_id, placed_clips
    from plugin.cli.support.clips import choose, media_range
    from plugin.cli.support.timelines import keep_captions
    from plugin.suggest.describe import describe

    host, engine = _open(args), open_engine(args)
    said: dict[str, str] = {}
    problems: list[str] = []
    for placed in choose(placed_clips(host.timeline()), args.clip):
        try:
            sentence = describe(engine, *media_range(placed)).sentence
        except InputError as error:
            problems.append(str(error))
            continue
        said[clip_id(placed.clip)] = sentence
        if not args.json:
            print("\n".join([printable(placed.clip.name), *wrapped(sentence, indent=4)]))
    new = keep_captions(host, said, args.out) if said and (args.write or args.out) else None
    if args.json:
        print_json({"captions": said, "written": None if new is None else str(new), "problems": problems})
    elif new is not None:
        print(f"written: {printable(new)}")
    for problem in problems:
        print(f"cuefinder: error: {problem}", file=sys.stderr)
    return InputError.exit_code if problems else 0


def _suggest(args: argparse.Namespace) -> int:
    from host_bridge.timeline import placed_clips, selected_clips
    from plugin.cli.suggest import show
    from plugin.cli.support.clips import choose, media_range
    from plugin.suggest.query import Query
    from plugin.suggest.suggester import Suggester

    timeline = _open(args).timeline()
    clips = placed_clips(timeline)
    chosen = choose(clips, [args.clip]) if args.clip else selected_clips(timeline) or [
        placed for placed in clips if str(placed.timeline_track.kind) == "Video"] or clips  # fmt: skip
    if not chosen:
        raise InputError(f"{printable(args.file)}: there is no clip on this timeline")
    path, start, end = media_range(chosen[0])
    query = Query(video=path, start=start, end=end, text=args.text, top=args.top, length=end - start)
    with open_library(args) as library:
        found = Suggester(library, open_engine(args)).suggest(query)
    return show(args, found)


def _time(args: argparse.Namespace, text: str, host: FileHost) -> RationalTime:
    """A time on the timeline, as a timecode or in seconds from its first frame."""
    from host_bridge.timeline import rate_of
    from host_bridge.times import at_rate, from_timecode

    timeline = host.timeline()
    rate = rate_of(timeline)
    if text.count(":") + text.count(";") < 3:
        return at_rate(Fraction(seconds(text)), rate)
    try:
        return from_timecode(text, rate, start=timeline.global_start_time)
    except ValueError as error:
        raise InputError(f"--at {error}") from error


def _place(args: argparse.Namespace) -> int:
    from host_bridge.timeline import facts
    from host_bridge.times import timecode
    from plugin.cli.support.timelines import place_cue

    host = _open(args)
    at = _time(args, args.at, host)
    placed, new, rendered = place_cue(
        host, args.track, at, start=seconds(args.start), length=None if args.length is None else seconds(args.length),
        fade_in=args.fade_in, fade_out=args.fade_out, gain_db=args.gain, on=args.on, out=args.out,
    )  # fmt: skip
    timeline = host.timeline()
    shown = {"start": timeline.global_start_time, "drop_frame": bool(facts(timeline).get("drop_frame"))}
    begin, end = placed.record.start_time, placed.record.start_time + placed.record.duration
    done: dict[str, Any] = {
        "written": str(new), "timeline_track": placed.timeline_track, "in": timecode(begin, **shown),
        "out": timecode(end, **shown), "rendered": None if rendered is None else str(rendered),
    }  # fmt: skip
    if args.json:
        print_json(done)
        return 0
    print(f"{done['in']} to {done['out']} on {placed.timeline_track}: {printable(args.track)}")
    if rendered is not None:
        print(f"{host.name} keeps no fades or levels: they are in the sound of {printable(rendered)}")
    print(f"written: {printable(new)}")
    return 0


def _cuesheet(args: argparse.Namespace) -> int:
    from host_bridge.cuesheet import cue_rows, to_csv, to_html
    from plugin.paths import atomic_write

    timeline = _open(args).timeline()
    rows = cue_rows(timeline, others=args.all, usage=args.usage)
    if args.json:
        print_json({"cues": [vars(row) for row in rows]})
        return 0
    page = args.format == "html" or (args.output is not None and args.output.suffix.lower() in (".html", ".htm"))
    text = to_html(rows, timeline.name or args.file.stem) if page else to_csv(rows)
    if args.output is None:
        sys.stdout.write(text.replace("\r\n", "\n"))
        return 0
    try:
        atomic_write(args.output, text.encode())
    except OSError as error:
        raise InputError(f"--output {printable(args.output)}: {error.strerror}") from error
    print(f"{len(rows)} cues written: {printable(args.output)}")
    return 0
