"""``cuefinder demo``: the whole product at work on a library and a film of its own."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugin.cli.support.options import open_engine
from plugin.cli.support.output import fitted, print_json, table
from plugin.cli.support.progress import ProgressDisplay
from plugin.cli.support.units import clock, span
from plugin.errors import InputError, printable

if TYPE_CHECKING:
    from plugin.demo.film import FilmScene
    from plugin.demo.tour import Finding
    from plugin.library.progress import IndexReport
    from plugin.library.store import Library
    from plugin.runtime.engine import Engine
    from plugin.suggest.suggestion import Suggestions

NAME = "demo"
HELP = "make a music library and a film, index, caption, suggest, and show it all on one page"

MOODS_SHOWN = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("demo-out"),
        metavar="DIR",
        help="folder for music, film, library and page (default: demo-out); media that are there are kept",
    )


def run(args: argparse.Namespace) -> int:
    """Make what is missing, index it, and look for music for each scene."""
    from plugin.demo.film import film_scenes
    from plugin.demo.library import make_media
    from plugin.demo.report import write_page
    from plugin.library.store import Library
    from plugin.synth.render import renderer_name

    began = time.monotonic()
    out: Path = args.out.resolve()
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {printable(args.out)}: this is not a folder")
    engine = open_engine(args)
    music, film, page = out / "music", out / "film.mp4", out / "index.html"
    _say(f"Making a library and a film in {printable(out)}; music by {renderer_name()}")
    scenes = film_scenes()
    make_media(music, film, scenes=scenes, on_progress=_show_files)
    with Library(args.library or out / "library.db", writable=True) as library:
        report = _index(library, engine, music)
        findings = _explore(library, engine, film, scenes, quiet=args.json)
        seconds_of_music = _seconds_of_music(library)
    seconds = time.monotonic() - began
    totals = {
        "tracks": str(report.found),
        "of music": clock(seconds_of_music),
        "played by": renderer_name(),
        "models ran on": engine.device,
        "in all": clock(seconds),
    }
    write_page(page, film, findings, totals)
    if args.json:
        print_json({"page": os.fspath(page), "seconds": seconds, "scenes": [_as_dict(found) for found in findings]})
    else:
        print(f"\nThe page with players and waveforms: {printable(page)}\nAll in {seconds:.0f} s")
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _show_files(done: int, total: int) -> None:
    """Show how many files are made: in place on a terminal, else a line for every tenth."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K  {done} of {total} files", end="\n" if done == total else "", file=sys.stderr, flush=True)
    elif done % 10 == 0 or done == total:
        _say(f"  {done} of {total} files")


def _index(library: Library, engine: Engine, music: Path) -> IndexReport:
    from plugin.library.indexing import IndexRun

    display = ProgressDisplay("auto")
    try:
        report = IndexRun(library, engine, on_progress=display).run([music])
    finally:
        display.close()
    rate = f" at {report.audio_seconds / report.seconds:.0f}x real time" if report.indexed else ""
    _say(f"Indexed {report.indexed} tracks in {report.seconds:.1f} s{rate}; {report.unchanged} known from before")
    for path, reason in report.problems + report.failures:
        _say(f"cuefinder: error: {printable(path)}: {reason}")
    return report


def _explore(
    library: Library, engine: Engine, film: Path, scenes: Sequence[FilmScene], *, quiet: bool
) -> list[Finding]:
    from plugin.demo.tour import explore
    from plugin.suggest.suggester import Suggester

    findings = []
    for finding in explore(engine, Suggester(library, engine), film, scenes):
        findings.append(finding)
        if not quiet:
            _print_scene(len(findings), finding)
    return findings


def _seconds_of_music(library: Library) -> float:
    from plugin.library.tracks import all_tracks

    return sum(track.duration or 0.0 for track in all_tracks(library) if track.status == "indexed")


def _print_scene(number: int, finding: Finding) -> None:
    scene = finding.scene
    print(f"\nScene {number}: {scene.name}  {span(scene.start, scene.end)}")
    print(f"  looks:  {', '.join(word for word, _ in finding.looks[:MOODS_SHOWN])}")
    if finding.caption:
        print(fitted(f"sounds: {finding.caption}", indent=2))
    print("  from the picture alone:")
    _print_tracks(finding.by_picture)
    print(f"  with the words '{scene.words}':")
    _print_tracks(finding.by_words)


def _print_tracks(found: Suggestions) -> None:
    rows = [
        [
            "   ",
            rank,
            f"{result.score:+.2f}",
            *(f"{cosine:.2f}" for cosine in result.aspects.values()),
            result.track.name,
            result.track.artist,
            span(result.start, result.end),
            f"{result.track.tempo:.0f}" if result.track.tempo else "",
            result.track.key or "",
        ]
        for rank, result in enumerate(found.results, 1)
    ]
    header = ["", "#", "score", *found.results[0].aspects, "title", "artist", "segment", "BPM", "key"]
    after = 3 + len(found.results[0].aspects)
    for line in table(rows, header=header, right=[*range(1, after), after + 3]):
        print(line)


def _as_dict(finding: Finding) -> dict[str, Any]:
    """Give a finding as values that JSON can hold."""
    scene = finding.scene
    return {
        "name": scene.name,
        "start": scene.start,
        "end": scene.end,
        "words": scene.words,
        "moods": [{"name": word, "score": float(score)} for word, score in finding.looks],
        "caption": finding.caption,
        "by_picture": [result.as_dict() for result in finding.by_picture.results],
        "by_words": [result.as_dict() for result in finding.by_words.results],
    }
