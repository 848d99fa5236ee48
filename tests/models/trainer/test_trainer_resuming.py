from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from trainer_runs import Cut, cut_toy, files, only, same, train
from trainer_toys import Toy, make

from models.trainer.checkpoint import read_checkpoint
from models.trainer.fit import FitResult
from models.trainer.interrupts import InterruptedTraining


@pytest.mark.slow
@pytest.mark.parametrize("cuts", [range(at, 46, 6) for at in range(6)], ids=str)
def test_a_run_cut_anywhere_goes_on_bit_for_bit(
    cuts: range, tmp_path: Path, uncut: tuple[Toy, FitResult, Path]
) -> None:
    """Within an accumulation group, an evaluation, an epoch, after a step, before the first checkpoint."""
    for cut in cuts:
        folder = tmp_path / str(cut)
        with pytest.raises(Cut):
            train(cut_toy(cut), folder)
        system = make()
        assert train(system, folder) == uncut[1]
        assert same(system.state_dict(), uncut[0].state_dict())
        assert same(files(folder), files(uncut[2]))


def test_a_run_cut_many_times_goes_on_bit_for_bit(tmp_path: Path, uncut: tuple[Toy, FitResult, Path]) -> None:
    folder, cuts = tmp_path / "run", 0
    while True:
        system = cut_toy(14)
        try:
            result = train(system, folder)
            break
        except Cut:
            cuts += 1
    assert cuts >= 3
    assert result == uncut[1]
    assert same(files(folder), files(uncut[2]))


def test_a_cut_between_stages_goes_on_bit_for_bit(tmp_path: Path, uncut: tuple[Toy, FitResult, Path]) -> None:
    first = train(make(), tmp_path / "run", stages=["first"])
    assert first.steps == {"first": 6}
    assert read_checkpoint(tmp_path / "run" / "checkpoint.pt").training["stage"] is None  # type: ignore[index]
    system = make()
    assert train(system, tmp_path / "run") == uncut[1]
    assert same(system.state_dict(), uncut[0].state_dict())


def test_a_finished_run_is_only_loaded(uncut: tuple[Toy, FitResult, Path]) -> None:
    system = cut_toy(0)
    assert train(system, uncut[2]) == uncut[1]
    assert same(system.state_dict(), uncut[0].state_dict())
    assert not system.training


def test_cut_runs_agree_on_everything_within_a_stage(tmp_path: Path) -> None:
    """Optimiser state, patience, the open row of the history, best weights: as in a run that was not cut."""
    settings = only(steps=9, evaluate_every=2, patience=50, checkpoint_every=1)

    def stop_at(moment: int, folder: Path) -> None:
        system = cut_toy(moment)

        def act() -> None:
            system.act = lambda: None
            os.kill(os.getpid(), signal.SIGINT)

        system.act = act
        with pytest.raises(InterruptedTraining):
            train(system, folder, settings)

    stop_at(18, tmp_path / "straight")
    with pytest.raises(Cut):
        train(cut_toy(9), tmp_path / "cut", settings)
    reached = read_checkpoint(tmp_path / "cut" / "checkpoint.pt").training
    wanted = read_checkpoint(tmp_path / "straight" / "checkpoint.pt").training
    assert reached is not None and wanted is not None
    assert 0 < reached["step"] < wanted["step"] < 9
    system = cut_toy(10**9)
    steps = iter(range(wanted["step"] - reached["step"] - 1))

    def interrupt(stage: str) -> None:
        Toy.after_step(system, stage)
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGINT)

    system.after_step = interrupt  # type: ignore[method-assign]
    with pytest.raises(InterruptedTraining):
        train(system, tmp_path / "cut", settings)
    one, other = (vars(read_checkpoint(tmp_path / name / "checkpoint.pt")) for name in ("straight", "cut"))
    if one["training"]["step"] + 1 == other["training"]["step"]:
        pytest.fail("the signal was taken one step later")
    assert same(one, other)
    assert one["training"]["optimizer"]["state"][0]["exp_avg"].abs().sum() > 0
