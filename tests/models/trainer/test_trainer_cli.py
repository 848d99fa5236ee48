from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from trainer_toys import RECIPE, Toy, ToyPrepared

from models.datasets.base import DataSet, Record, Report, Split
from models.datasets.registry import NAMES as KINDS
from models.errors import DatasetError
from models.systems.base import Recipe
from models.systems.registry import NAMES
from models.trainer import cli, command
from models.trainer.checkpoint import load_system, read_checkpoint

ROOT = Path(__file__).parents[3]


class Data(DataSet):
    name = "toys"
    download = "nothing"
    report = Report({"train": 13, "valid": 5}, ["a.wav: no such file"])

    def validate(self) -> Report:
        return self.report

    def records(self, split: Split) -> list[Record]:
        return []


def prepare(settings: Any, data: DataSet, cache: Path) -> ToyPrepared:
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "features.bin").write_bytes(bytes(1_500_000))
    return ToyPrepared()


class Run:
    """The command with the toy system and its data."""

    def __init__(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.out, self.data, self.capsys = tmp_path / "run", tmp_path / "data", capsys
        self.data.mkdir()

    def __call__(self, *more: str, system: str = "toy") -> tuple[int, str, str]:
        options = ["--data", str(self.data), "--out", str(self.out), "--device", "cpu", "--no-progress"]
        status = cli.main([system, *options, *more])
        output, errors = self.capsys.readouterr()
        return status, output, errors.replace("cuefinder-train: ", "")


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    recipe: Recipe[Any] = Recipe("toy", RECIPE.settings, prepare, RECIPE.build)
    monkeypatch.setattr("models.systems.registry.find", lambda name: recipe)
    monkeypatch.setattr(command, "open_data", lambda spec: Data(Path(spec)))
    return Run(tmp_path, capsys)


def test_a_run_from_the_command_line(run: Run) -> None:
    status, output, errors = run("--set", "stages.first.epochs=1", "--test")
    assert (status, errors) == (0, "")
    lines = output.splitlines()
    assert re.fullmatch(r"device: cpu \(\d+ threads\)", lines[0])
    assert lines[1:5] == [
        f"data: toys {run.data}: train 13, valid 5",
        "  a.wav: no such file",
        "examples: train 13, valid 5, test 4; features: 1.5 MB on disk, memory-mapped",
        "toy: 79 parameters",
    ]
    assert lines[5].startswith("first, step 3: loss 0.")
    assert lines[-2] == f"best weights: {run.out / 'best.pt'}"
    assert lines[-1].startswith("test: score -")
    system, settings, _ = load_system(run.out, RECIPE)
    assert settings.stage("first").epochs == 1
    assert json.loads((run.out / "test.json").read_text())["score"] == system.evaluate(ToyPrepared(), "test")["score"]
    first = {path.name for path in run.out.iterdir()}
    assert first == {"checkpoint.pt", "best.pt", "config.toml", "history.jsonl", "tensorboard", "cache", "test.json"}


def test_the_seed_decides_the_weights(run: Run) -> None:
    assert run("--stages", "first")[0] == 0
    one = read_checkpoint(run.out / "best.pt").weights
    torch.manual_seed(99)
    run.out = run.out.with_name("again")
    assert run("--stages", "first")[0] == 0
    other = read_checkpoint(run.out / "best.pt").weights
    assert all(torch.equal(value, other[name]) for name, value in one.items())


def test_a_dry_run_leaves_no_trace(run: Run) -> None:
    status, output, errors = run("--dry-run")
    assert (status, errors) == (0, "")
    assert not run.out.exists()
    assert "stage first: 36 parameters to train, 6 steps of 4 examples, 3 batches an epoch; first batch: " in output
    assert "stage second: 43 parameters to train, 9 steps of 6 examples, 4 batches an epoch; first batch: " in output
    assert output.endswith("dry run: all well, nothing was written\n")


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (["--set", "stages.first.bach=3"], "--set: stages.first.bach: unknown key, did you mean 'stages.first.batch'?"),
        (["--set", "batch"], "--set batch: give KEY=VALUE, as in --set stages.joint.batch=8"),
        (["--config", "none.toml"], "none.toml: no such file"),
        (["--stages", "third"], "there is no stage 'third': choose among first, second"),
        (["--device", "quantum"], "device 'quantum' cannot be used (Expected one of cpu,"),
        (["--workers", "-1"], "--workers -1: give 0 or more"),
        (["--set", "stages.first.monitor=bleu"], "stages.first.monitor = 'bleu': validation does not give it; choose"),
    ],
)
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_bad_input_is_one_line(run: Run, more: list[str], dry: list[str], line: str) -> None:
    status, _, errors = run(*more, *dry)
    assert status == 2
    assert errors.startswith(line)
    assert errors.count("\n") == 1


def test_data_that_will_not_do_stops(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Data, "report", Report({"train": 0}, [f"{n}.wav: no such file" for n in range(30)], fatal=True))
    status, output, errors = run()
    assert status == 2
    assert "  19.wav: no such file\n  and 10 more problems\n" in output
    assert errors == f"{run.data}: nothing can be trained from it: 0.wav: no such file\n"
    assert not run.out.exists()


def test_a_failure_has_status_1_and_its_place_with_debug(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = Toy.losses
    monkeypatch.setattr(Toy, "losses", lambda *parts: {"loss": losses(*parts)["loss"] * float("nan")})
    status, _, errors = run()
    assert status == 1
    assert errors.startswith("stage first, step 1: the loss is not a finite number on the examples piece-0-")
    assert errors.count("\n") == 1
    status, _, errors = run("--debug")
    assert "Traceback" in errors
    assert "models.errors.TrainingError: stage first" in errors


def test_a_file_in_the_way_is_one_line(run: Run) -> None:
    run.out.write_text("")
    assert run() [2] == f"--out {run.out}: not a folder\n"  # fmt: skip


def test_ctrl_c_gives_130_and_the_same_command_goes_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    step = Toy.after_step

    def interrupt(self: Toy, stage: str) -> None:
        step(self, stage)
        os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Toy, "after_step", interrupt)
        status, _, errors = run()
    assert status == 130
    assert errors == "interrupted in stage first, step 1 of 6; the same command goes on from there\n"
    status, output, _ = run()
    assert status == 0
    assert f"going on from {run.out / 'checkpoint.pt'}" in output
    training = read_checkpoint(run.out / "checkpoint.pt").training
    assert training is not None
    assert training["steps"] == {"first": 6, "second": 9}


def test_ctrl_c_before_training_gives_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(spec: str) -> DataSet:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "open_data", interrupt)
    assert run()[0::2] == (130, "interrupted; the same command goes on from the last checkpoint\n")


def test_a_bar_is_shown_unless_told_otherwise(run: Run) -> None:
    status = cli.main(["toy", "--data", str(run.data), "--out", str(run.out), "--device", "cpu", "--stages", "first"])
    assert status == 0
    assert re.search(r"first: 100%.* 6/6 ", run.capsys.readouterr().err)


def test_missing_arguments_and_unknown_names_are_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["viml"]) == 2
    assert "--data [KIND:]FOLDER and --out FOLDER; --list says" in capsys.readouterr().err
    assert cli.main(["nothing", "--data", "x", "--out", str(tmp_path / "o")]) == 2
    assert "there is no system 'nothing': choose one of synaesthesia," in capsys.readouterr().err


def test_without_the_extras_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def train(options: Any) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(cli, "_train", train)
    assert cli.main(["viml", "--data", "x", "--out", "y"]) == 2
    assert capsys.readouterr().err == "cuefinder-train: cuefinder-train needs torch: pip install 'cuefinder[train]'\n"


def test_help_imports_no_torch_and_is_quick() -> None:
    code = (
        "import sys\nfrom models.trainer.cli import main\n"
        "try: main(['--help'])\nfinally: print([name for name in ('torch', 'pydantic') if name in sys.modules])"
    )
    times = []
    for _ in range(3):
        start = time.monotonic()
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        times.append(time.monotonic() - start)
    assert done.stdout.startswith("usage: cuefinder-train")
    assert done.stdout.endswith("[]\n")
    assert min(times) < 2


def test_the_list_has_every_system_and_kind_of_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--list"]) == 0
    output = capsys.readouterr().out
    for name in (*NAMES, *KINDS):
        line = re.search(rf"^  {name}  +(.+)$", output, re.M)
        assert line is not None and len(line[1]) > 15, name


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such folder; toys needs: nothing"):
        Data(tmp_path / "none")
