"""``cuefinder watch``: take in what changes in the folders of the library, until it is ended."""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugin.cli.index import INTERRUPTED, as_dict
from plugin.cli.support.options import library_file, open_engine, open_library
from plugin.errors import InputError, printable

if TYPE_CHECKING:
    from plugin.library.indexing import IndexRun
    from plugin.library.watch_event import WatchEvent

NAME = "watch"
HELP = "watch folders of music and take in what is new, changed, moved or gone, until Ctrl-C"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="DIR", help="folders to add to those that are watched")
    parser.add_argument("--workers", type=int, default=2, help="decoding processes (default: 2)")
    parser.add_argument("--poll", action="store_true", help="look for changes now and then, as on network drives")
    parser.add_argument(
        "--poll-seconds", type=float, default=60.0, metavar="S", help="pause between two such looks (default: 60)"
    )
    parser.add_argument(
        "--rest", type=float, default=3.0, metavar="S", help="seconds without change until a file is read (default: 3)"
    )


def run(args: argparse.Namespace) -> int:
    """Watch; with ``--json`` an object a line."""
    from plugin.library.indexing import IndexRun
    from plugin.library.roots import add_root, roots, set_watched
    from plugin.library.watch import Watcher
    from plugin.runtime.engine import Engine

    if args.workers < 1:
        raise InputError(f"--workers {args.workers}: at least one process must decode")
    if args.rest <= 0 or args.poll_seconds <= 0:
        raise InputError("--rest and --poll-seconds: give more than 0 seconds")
    library = library_file(args)
    for path in args.paths:
        set_watched(library, add_root(library, path).path, True)
    if not any(root.watched for root in roots(library)):
        raise InputError("no folder is watched: name one, as in 'cuefinder watch DIR'")
    engine = open_engine(args)

    def write(work: Callable[[IndexRun], None]) -> None:
        # By now others may be in use: these ones and 'cuefinder index' would hear all tracks again in turns.
        if Engine(args.pack, device=args.device).space != engine.space:
            raise InputError("other models were put into use: begin to watch anew, with those")
        with open_library(args, writable=True) as store:
            work(IndexRun(store, engine, workers=args.workers))

    def say(event: WatchEvent) -> None:
        if args.json:
            print(json.dumps(_as_dict(event, library), allow_nan=False), flush=True)
        else:
            for line in lines(event):
                print(line, flush=True)

    watcher = Watcher(
        library, engine.space, write, say, rest=args.rest, poll_seconds=args.poll_seconds, poll=args.poll
    )  # fmt: skip
    try:
        watcher.run(threading.Event())
    except KeyboardInterrupt:
        if not args.json:
            print("ended: what was not taken in yet is found at the next start")
    return INTERRUPTED


def lines(event: WatchEvent) -> list[str]:
    """Say in words what the watcher tells."""
    where = "" if event.path is None else printable(event.path)
    if event.report is not None:
        return _report_lines(event)
    return [
        {
            "watched": f"watching {where}",
            "polled": f"looking into {where} now and then: the system does not tell of changes there",
            "offline": f"{where} is not there: its tracks are kept, and it is watched again when it is back",
            "walked": f"{where}: {event.count} files are new or changed",
            "lost": "the system could not keep up with the changes: all folders are walked",
            "changes": f"{event.count} files are at rest",
            "waiting": f"waiting: {event.text}",
            "problem": f"{where}: {event.text}",
        }[event.kind]
    ]


def _report_lines(event: WatchEvent) -> list[str]:
    report = event.report
    assert report is not None
    counts = {
        "indexed": report.indexed,
        "moved": report.moved,
        "back again": report.returned,
        "missing": report.missing,
        "silent": len(report.silent),
        "failed": len(report.failures),
    }
    said = [", ".join(f"{count} {what}" for what, count in counts.items() if count)]
    said += [f"failed: {printable(path)}: {reason}" for path, reason in [*report.failures, *report.problems]]
    return [line for line in said if line]


def _as_dict(event: WatchEvent, library: Path) -> dict[str, Any]:
    values: dict[str, Any] = {"event": event.kind}
    if event.path is not None:
        values["path"] = str(event.path)
    if event.count:
        values["count"] = event.count
    if event.text:
        values["text"] = event.text
    if event.report is not None:
        values["report"] = as_dict(event.report, library, interrupted=False)
    return values
