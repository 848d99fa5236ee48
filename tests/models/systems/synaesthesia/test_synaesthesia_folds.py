"""Cross-validation drives the trainer's own command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.systems.synaesthesia import folds


def test_all_folds_are_trained_once_and_summed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[list[str]] = []

    def train(arguments: list[str]) -> int:
        calls.append(arguments)
        out = Path(arguments[arguments.index("--out") + 1])
        out.mkdir(parents=True)
        (out / "test.json").write_text(json.dumps({"bleu4": float(len(calls)), f"only{len(calls)}": 1.0}))
        return 0

    monkeypatch.setattr(folds, "train", train)
    arguments = ["--data", "synaesthesia:/music", "--out", str(tmp_path), "--folds", "3", "--set", "seed=1"]
    assert folds.main(arguments) == 0
    assert [call[call.index("--data") + 1] for call in calls] == [f"synaesthesia:/music?fold={k}" for k in range(3)]
    assert all(call[0] == "synaesthesia" and call[-3:] == ["--test", "--set", "seed=1"] for call in calls)
    assert json.loads((tmp_path / "folds.json").read_text()) == {"bleu4": [2.0, 1.0]}
    assert "bleu4" in capsys.readouterr().out
    (tmp_path / "fold-1" / "test.json").unlink()
    (tmp_path / "fold-1").rmdir()
    folds.main(arguments)
    assert len(calls) == 4


def test_a_failed_fold_ends_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert folds.main(["--data", f"synaesthesia:{tmp_path}/none", "--out", str(tmp_path / "run")]) == 2
    assert "none" in capfd.readouterr().err


def test_the_fold_follows_other_options() -> None:
    assert folds.with_fold("synaesthesia:/music?require_audio=false", 2).endswith("?require_audio=false&fold=2")
