"""``cuefinder stems``: say what each timeline track of a session is, and give it that name and a colour."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from plugin.cli.support.options import open_engine
from plugin.cli.support.output import print_json, table
from plugin.errors import InputError, printable

NAME = "stems"
HELP = "tag the timeline tracks of a session and propose names and colours for them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("session", metavar="SESSION", help="a session file, or a running host: audacity, ardour")
    apply = "name and colour the timeline tracks, in one undo step; of a file, in a new one beside it"
    parser.add_argument("--apply", action="store_true", help=apply)
    parser.add_argument("--out", type=Path, metavar="NEW", help="where to write a file's new one")


def run(args: argparse.Namespace) -> int:
    """Tag; a timeline track that cannot be heard is named and stops nothing."""
    from host_bridge.timeline import timeline_tracks, track_id
    from plugin.cli.support.sessions import Session, hear_track
    from plugin.stems import Stem, names_for

    engine = open_engine(args)
    with Session(args.session) as session:
        tracks: dict[str, Any] = {}
        for track in timeline_tracks(session.host.timeline()):
            if track.kind == "Audio":
                tracks.setdefault(track_id(track), track)  # lanes of one timeline track are heard together
        stems: dict[str, Stem] = {}
        problems: list[str] = []
        for id in tracks:
            try:
                stems[id] = hear_track(engine, session.host, id)
            except InputError as error:
                problems.append(f"{printable(tracks[id].name)}: {error}")
        names = dict(zip(stems, names_for(stems.values()), strict=True))
        rows = [{"id": id, "name": tracks[id].name, "role": stem.role, "instrument": stem.instrument,
                 "vocal": stem.vocal,
                 "tags": [{"name": tag.name, "score": tag.score} for tag in stem.tags], "proposed": names[id],
                 "colour": stem.colour} for id, stem in stems.items()]  # fmt: skip
        done = session.apply(rows, args.out) if args.apply and rows else None
    if args.json:
        print_json({"tracks": rows, "applied": done, "problems": problems})
    else:
        shown = [(row["name"], row["role"], row["proposed"] or "(keep)",
                  ", ".join(f"{tag['name']} {tag['score']:.2f}" for tag in row["tags"])) for row in rows]  # fmt: skip
        print("\n".join(table(shown, header=("timeline track", "role", "proposed name", "heard"))))
        print(done or "nothing was changed: --apply gives these names and colours")
    for problem in problems:
        print(f"cuefinder: error: {problem}", file=sys.stderr)
    return InputError.exit_code if problems else 0
