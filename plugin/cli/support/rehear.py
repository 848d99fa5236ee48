"""``cuefinder library rehear``: hear the whole library again with other models, while it stays as it is."""

from __future__ import annotations

import argparse
import os
import sys

from plugin.cli.support.options import library_file, open_engine
from plugin.cli.support.output import print_json
from plugin.cli.support.progress import STYLES, ProgressDisplay
from plugin.errors import InputError, printable

INTERRUPTED = 130


def add_rehear_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--workers", type=int, default=2, help="decoding processes (default: 2)")
    parser.add_argument("--progress", choices=STYLES, default="auto", help="display on stderr; json: one object a line")


def rehear(args: argparse.Namespace) -> int:
    """Hear all tracks of another space again, then take all over at once."""
    from plugin.library.rehearing import Rehearing

    if args.workers < 1:
        raise InputError(f"--workers {args.workers}: at least one process must decode")
    path, engine = library_file(args), open_engine(args)
    display = ProgressDisplay(args.progress)
    rehearing = Rehearing(path, engine, workers=args.workers, on_progress=display)
    interrupted, taken_over = False, 0
    try:
        rehearing.run()
        taken_over = rehearing.adopt()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        display.close()
    report = rehearing.report
    failed = [*report.failures, *report.silent]
    if args.json:
        print_json(
            {
                "library": os.fspath(path), "space": engine.space, "tracks": report.found, "heard": report.indexed,
                "heard_before": report.unchanged, "away": report.missing, "taken_over": taken_over,
                "failed": len(failed) + report.still_failed,
                "failures": [{"path": os.fspath(file), "reason": reason} for file, reason in failed],
                "interrupted": interrupted,
            }
        )  # fmt: skip
    else:
        counts = {
            "tracks were heard with other models": report.found,
            "heard now": report.indexed,
            "heard by earlier runs": report.unchanged,
            "taken over into the library": taken_over,
            "not there at the moment: 'cuefinder index' hears them when they are back": report.missing,
            "silent or not readable: they stay as they were": len(failed) + report.still_failed,
        }
        print("\n".join(f"{count:7} {what}" for what, count in counts.items() if count) or "nothing is left to hear")
        for file, reason in failed:
            print(f"failed: {printable(file)}: {reason}")
    if interrupted:
        print("cuefinder: interrupted: the library is as it was, and what was heard is kept; run the same command again"
              " to go on", file=sys.stderr)  # fmt: skip
        return INTERRUPTED
    return 0
