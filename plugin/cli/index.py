"""``cuefinder index``: bring the library up to date with folders of music."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugin.cli.support.options import library_file, open_engine, open_library
from plugin.cli.support.output import print_json
from plugin.cli.support.progress import STYLES, ProgressDisplay
from plugin.cli.support.units import clock
from plugin.errors import InputError, printable

if TYPE_CHECKING:
    from plugin.library.progress import IndexReport

NAME = "index"
HELP = "index folders of music: listen to every new or changed file and keep what was heard"

FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="DIR",
        help="folders to walk; also files, then of any kind that has sound",
    )
    parser.add_argument("--workers", type=int, default=2, help="decoding processes (default: 2)")
    parser.add_argument("--retry", action="store_true", help="try files again that failed before")
    parser.add_argument("--progress", choices=STYLES, default="auto", help="display on stderr; json: one object a line")


def run(args: argparse.Namespace) -> int:
    """Index; files that fail are listed and stop nothing."""
    from plugin.library.indexing import IndexRun
    from plugin.library.roots import add_root

    if args.workers < 1:
        raise InputError(f"--workers {args.workers}: at least one process must decode")
    engine = open_engine(args)
    display = ProgressDisplay(args.progress)
    interrupted = False
    with open_library(args, writable=True) as library:
        for path in args.paths:
            if path.is_dir():
                add_root(library.path, path)
        index_run = IndexRun(library, engine, workers=args.workers, retry=args.retry, on_progress=display)
        try:
            index_run.run(args.paths)
        except KeyboardInterrupt:
            interrupted = True
        finally:
            display.close()
    report = index_run.report
    if args.json:
        print_json(as_dict(report, library_file(args), interrupted))
    else:
        _print(report)
    for path, reason in report.problems:
        print(f"cuefinder: error: {printable(path)}: {reason}", file=sys.stderr)
    if interrupted:
        print(
            f"cuefinder: interrupted: {report.indexed} files of this run are kept; run the same command again to go on",
            file=sys.stderr,
        )
        return INTERRUPTED
    if report.problems:
        return BAD_INPUT
    nothing_heard = (report.failures or report.silent) and not report.indexed + report.unchanged
    return FAILED if nothing_heard else 0


def as_dict(report: IndexReport, library: Path, interrupted: bool) -> dict[str, Any]:
    """Give the report as values that JSON can hold."""

    def listed(pairs: list[tuple[Path, str]]) -> list[dict[str, str]]:
        return [{"path": os.fspath(path), "reason": reason} for path, reason in pairs]

    return {
        "library": os.fspath(library),
        "found": report.found,
        "indexed": report.indexed,
        "unchanged": report.unchanged,
        "moved": report.moved,
        "returned": report.returned,
        "missing": report.missing,
        "silent": len(report.silent),
        "failed": len(report.failures),
        "still_failed": report.still_failed,
        "failures": listed(report.failures),
        "silences": listed(report.silent),
        "warnings": listed(report.warnings),
        "problems": listed(report.problems),
        "passed_over": report.passed_over,
        "audio_seconds": report.audio_seconds,
        "seconds": report.seconds,
        "interrupted": interrupted,
    }


def _print(report: IndexReport) -> None:
    rate = report.audio_seconds / max(report.seconds, 1e-9)
    print(f"{report.found} music files found in {report.seconds:.1f} s")
    counts = {
        f"indexed ({clock(report.audio_seconds)} of sound at {rate:.0f}x real time)": report.indexed,
        "unchanged": report.unchanged,
        "moved, known again by their content": report.moved,
        "back again": report.returned,
        "missing: kept, but not suggested until they are back": report.missing,
        "silent": len(report.silent),
        "failed": len(report.failures),
        "failed before and unchanged (--retry tries them again)": report.still_failed,
    }
    for what, count in counts.items():
        if count:
            print(f"{count:7} {what}")
    for kind, pairs in (("failed", report.failures), ("silent", report.silent), ("note", report.warnings)):
        for path, reason in pairs:
            print(f"{kind}: {printable(path)}: {reason}")
    if report.passed_over:
        some = ", ".join(f"{count} {what}" for what, count in report.passed_over.items())
        print(f"passed over as no music: {some}")
