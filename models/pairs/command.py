"""`cuefinder-train viml --pairs FOLDER --out DIR`: reads the videos, learns, and says whether it has helped."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import ConfigError
from models.pairs.data import Segments, hold_out, read_pairs
from models.pairs.find import find_pairs
from models.pairs.learn import Learner
from models.pairs.measure import describe, describe_chance, is_better, retrieval, watch
from models.pairs.options import MINUTES
from models.pairs.result import FORMAT, write_result
from models.trainer import seeds
from models.trainer.features import fingerprint, quiet
from models.trainer.interrupts import InterruptedTraining
from models.training.from_pack import SHIPPED, BasePack
from plugin.errors import printable

STATE = "state.pt"
FEW = 10
"""Videos held out below which the numbers say little."""


def _say(line: str) -> None:
    print(line, flush=True)


def train(options: argparse.Namespace, say: Callable[[str], None] = _say) -> None:
    """Train on the user's own videos.

    Raises
    ------
    CuefinderError
        For all that the user can put right, in one line.
    """
    out, seed = Path(options.out), options.seed or 0
    minutes = MINUTES if options.minutes is None else options.minutes
    if out.exists() and not out.is_dir():
        raise ConfigError(f"--out {printable(out)}: not a folder")
    pack = BasePack(Path(options.pack) if options.pack else SHIPPED)
    pairs = find_pairs(Path(options.pairs))
    say(f"found: {len(pairs)} videos, {sum(pair.beside for pair in pairs)} with a music file beside them")
    with seeds.forked(), quiet(options.no_progress):
        segments = read_pairs(pairs, pack, Path(options.cache) if options.cache else out / "cache", say)
        held = hold_out(segments, seed)
        counts = _counts(segments, held)
        say("usable: {videos} videos, {segments} segments of 10 s; {left_out} left out".format_map(counts))
        say("held out to measure on: {held_out_videos} videos, {held_out_segments} segments".format_map(counts))
        out.mkdir(parents=True, exist_ok=True)
        keys = [pair.key for pair in segments.pairs]
        mark = fingerprint(FORMAT, seed, pack.checksum("music.onnx"), pack.checksum("video.onnx"), keys, segments.video)
        model = pack.video()
        tests = np.flatnonzero(held)
        before = watch(model, segments, tests)
        learner = Learner(model, segments, held, seed=seed, state=out / STATE, mark=mark, say=say)
        if learner.resumed:
            say(f"going on from step {learner.course.step}, {learner.course.seconds / 60:.1f} min")
        finished = learner.run(minutes)
        after = watch(model, segments, tests)
        scores = retrieval(before, segments, tests), retrieval(after, segments, tests)
        report = {
            "date": date.today().isoformat(), **counts, "seed": seed, "finished": finished,
            "steps": learner.course.step, "best_step": learner.course.best_step,
            "minutes": round(learner.course.seconds / 60, 2), "before": scores[0], "after": scores[1],
            "better": is_better(*scores),
            "pack": {"space": pack.space, "music": pack.checksum("music.onnx"), "video": pack.checksum("video.onnx")},
        }  # fmt: skip
        write_result(out, model, report)
    _conclude(report, out, say)
    if not finished:
        raise InterruptedTraining("interrupted; the best so far is kept, and the same command goes on from there")


def _counts(segments: Segments, held: npt.NDArray[np.bool_]) -> dict[str, int]:
    return {
        "videos": len(segments.pairs), "segments": len(held), "left_out": len(segments.failed),
        "music_beside": sum(pair.beside for pair in segments.pairs),
        "held_out_videos": len(np.unique(segments.video[held])), "held_out_segments": int(held.sum()),
    }  # fmt: skip


def _conclude(report: dict[str, Any], out: Path, say: Callable[[str], None]) -> None:
    """Say how well the music of the held-out videos is found, before and after, and what to do now."""
    before, after = report["before"], report["after"]
    say("finding the music of the held-out videos:")
    say(f"  chance  {describe_chance(before)}")
    say(f"  before  {describe(before)}")
    say(f"  after   {describe(after)}")
    if report["held_out_videos"] < FEW:
        say(f"only {report['held_out_videos']} videos were held out: these numbers say little, more videos say more")
    place = printable(out)
    if report["better"]:
        say(f"better than before; now make your pack: python -m export.pairs --trained {place} --out FOLDER")
    else:
        than = "guessing" if after["median_rank"] < before["median_rank"] else "before"
        say(f"NOT better than {than}: keep the pack that you have; the weights are in {place} all the same")
