"""A video encoder learns another taste than the pack's from a few films."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pairs_films import film, music

from models.pairs import state
from models.pairs.learn import Learner
from models.pairs.measure import is_better
from models.pairs.read import picture_segments
from models.pairs.result import read_result
from models.trainer.cli import main
from models.training.from_pack import SHIPPED, BasePack

FILMS, SECONDS = 16, 20
PLACES = ("sea", "party")


class Run:
    """Films whose music is not what the pack expects, and a training on them."""

    def __init__(self, folder: Path) -> None:
        self.videos, self.folder = folder / "videos", folder
        pack = BasePack(SHIPPED)
        video, heard = pack.video(), pack.music()
        kinds = ("slow", "fast")
        wanted = heard(np.stack([music(kind, 99, 10)[0] for kind in kinds]))
        likes = []
        for place in PLACES:
            film(folder / f"{place}.mp4", place, 99, 10, music("slow", 99, 10))
            with torch.inference_mode():
                frames = torch.from_numpy(next(picture_segments(folder / f"{place}.mp4")))[None]
                likes.append(wanted @ video(frames)[0][0].numpy())
        # The pack must expect the other music in each place.
        straight = likes[0][0] + likes[1][1] > likes[0][1] + likes[1][0]
        music_of = dict(zip(PLACES, kinds[::-1] if straight else kinds, strict=True))
        for number in range(FILMS):
            place = PLACES[number % 2]
            film(self.videos / f"{number:02}.mp4", place, number, SECONDS, music(music_of[place], number, SECONDS))

    def __call__(self, name: str, *more: str) -> int:
        common = ["--cache", str(self.folder / "cache"), "--no-progress", "--minutes", "2", "--seed", "1"]
        return main(["viml", "--pairs", str(self.videos), "--out", str(self.folder / name), *common, *more])

    def report(self, name: str) -> dict[str, Any]:
        report: dict[str, Any] = json.loads((self.folder / name / "report.json").read_text())
        return report


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(tmp_path_factory.mktemp("pairs"))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few looks without a better loss: the tests have little time."""
    monkeypatch.setattr(state, "PATIENCE", 3)


@pytest.mark.slow
def test_what_the_user_likes_replaces_what_the_pack_expects(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("whole") == 0
    report = run.report("whole")
    before, after = report["before"], report["after"]
    assert (report["videos"], report["segments"]) == (16, 32)
    assert (report["held_out_videos"], report["held_out_segments"]) == (4, 8)
    assert after["pool"] == 8 and after["chance_median_rank"] == 4.5
    assert after["median_rank"] < 4.5 <= before["median_rank"]
    assert after["mrr"] > max(before["mrr"], before["chance_mrr"])
    assert report["better"] and report["finished"] and 0 < report["best_step"] <= report["steps"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "usable: 16 videos, 32 segments of 10 s; 0 left out"
    assert lines[2] == "held out to measure on: 4 videos, 8 segments"
    place = next(number for number, line in enumerate(lines) if line.startswith("finding the music"))
    assert lines[place + 1].startswith("  chance  median rank 4.5 of 8, R@1 12.5, R@5 62.5, R@10 100.0 %")
    assert lines[place + 2].startswith(f"  before  median rank {before['median_rank']:g}, R@1 ")
    assert lines[place + 3].startswith(f"  after   median rank {after['median_rank']:g}, R@1 ")
    assert lines[place + 4].startswith("only 4 videos were held out")
    assert lines[-1].startswith("better than before; now make your pack: python -m export.pairs --trained ")
    # What is frozen is as it was.
    result, base = read_result(run.folder / "whole"), BasePack(SHIPPED).video()
    same = {name for name, value in base.state_dict().items() if torch.equal(value, result.model.state_dict()[name])}
    frozen = {name for name in base.state_dict() if name.startswith(("cnn.", "picture.", "statistics_", "mood_head."))}
    assert same == frozen


@pytest.mark.slow
def test_ctrl_c_keeps_the_best_and_the_same_command_ends_as_an_uncut_one(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (run.folder / "whole").exists():
        assert run("whole") == 0
    capsys.readouterr()
    step = Learner._step

    def interrupt(self: Learner) -> float:
        loss = step(self)
        if self.course.step == 17:
            os.kill(os.getpid(), signal.SIGINT)
        return loss

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "_step", interrupt)
        assert run("cut") == 130
    errors = capsys.readouterr().err
    assert errors == (
        "cuefinder-train: interrupted; the best so far is kept, and the same command goes on from there\n"
    )
    assert run.report("cut")["finished"] is False and run.report("cut")["steps"] == 17
    read_result(run.folder / "cut")
    assert run("cut") == 0
    assert "going on from step 17, " in capsys.readouterr().out
    one, other = (read_result(run.folder / name).model.state_dict() for name in ("cut", "whole"))
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert run.report("cut")["after"] == run.report("whole")["after"]


@pytest.mark.slow
def test_no_gain_is_said_plainly_and_the_weights_are_the_packs_own(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state.Course, "looked", lambda self, loss: False)  # nothing is ever better
    assert run("none", "--minutes", "0.01") == 0
    report = run.report("none")
    assert report["better"] is False and report["before"] == report["after"]
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("NOT better than before: keep the pack that you have; the weights are in ")
    base = BasePack(SHIPPED).video().state_dict()
    assert all(torch.equal(value, base[n]) for n, value in read_result(run.folder / "none").model.state_dict().items())


def scores(median: float, mrr: float) -> dict[str, float]:
    return {"median_rank": median, "mrr": mrr, "chance_median_rank": 10.0}


@pytest.mark.parametrize(
    ("before", "after", "better"),
    [
        ((8, 0.2), (7, 0.1), True),
        ((8, 0.2), (8, 0.3), True),
        ((8, 0.2), (8, 0.2), False),
        ((8, 0.2), (9, 0.4), False),
        ((14, 0.1), (10, 0.2), False),  # no better than guessing
    ],
)
def test_better_is_a_rank_that_moved_up_to_where_guessing_does_not_come(
    before: tuple[float, float], after: tuple[float, float], better: bool
) -> None:
    assert is_better(scores(*before), scores(*after)) is better
