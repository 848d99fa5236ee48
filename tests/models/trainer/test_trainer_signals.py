from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from trainer_runs import cut_toy, files, same, train
from trainer_toys import Toy, make

from models.trainer.checkpoint import read_checkpoint
from models.trainer.fit import FitResult
from models.trainer.interrupts import InterruptedTraining


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", [1, 8, 10, 17, 19, 26])
def test_a_signal_ends_the_step_and_writes_a_checkpoint(
    moment: int, number: int, tmp_path: Path, uncut: tuple[Toy, FitResult, Path]
) -> None:
    system = cut_toy(moment)

    def act() -> None:
        system.act = lambda: None
        os.kill(os.getpid(), number)

    system.act = act
    before = signal.getsignal(number)
    with pytest.raises(
        InterruptedTraining, match=r"interrupted in stage \w+, step \d of \d; the same command"
    ) as found:
        train(system, tmp_path / "run")
    assert found.value.exit_code == 130
    assert signal.getsignal(number) is before
    kept = read_checkpoint(tmp_path / "run" / "checkpoint.pt").training
    assert kept is not None
    assert f"stage {kept['stage']}, step {kept['step']} of" in str(found.value)
    assert same(read_checkpoint(tmp_path / "run" / "checkpoint.pt").weights, system.state_dict())
    system = make()
    assert train(system, tmp_path / "run") == uncut[1]
    assert same(files(tmp_path / "run"), files(uncut[2]))


def test_a_signal_in_the_last_step_of_a_stage_stops_before_the_next(
    tmp_path: Path, uncut: tuple[Toy, FitResult, Path]
) -> None:
    system = make()
    step, left = system.after_step, iter(range(5))

    def last(stage: str) -> None:
        step(stage)
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGINT)

    system.after_step = last  # type: ignore[method-assign]
    with pytest.raises(InterruptedTraining, match="interrupted before stage second; the same command goes on"):
        train(system, tmp_path / "run")
    assert train(make(), tmp_path / "run") == uncut[1]
    assert same(files(tmp_path / "run"), files(uncut[2]))


def test_a_second_signal_acts_at_once(tmp_path: Path) -> None:
    def twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    system = cut_toy(3, twice)
    before = signal.getsignal(signal.SIGINT)  # ignored, where the tests run in the background of a shell
    with pytest.raises(KeyboardInterrupt):
        train(system, tmp_path / "run")
    assert signal.getsignal(signal.SIGINT) is before
