"""Ratios of benchmarks: handed over, stored, and compared with what they were."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmarks import __main__ as runner
from benchmarks.support import baseline
from benchmarks.support.ratios import FILE_VARIABLE, Ratio, keep, kept

LOWER = Ratio(0.9, 1.0, 1.2, "lower")


def test_ratios_come_over_with_their_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ratios"
    monkeypatch.setenv(FILE_VARIABLE, str(path))
    keep("index / decode", [0.7, 0.5, 0.9], "higher")
    keep("copy", [2.0], "lower")
    assert kept(path) == {"index / decode": Ratio(0.5, 0.7, 0.9, "higher"), "copy": Ratio(2.0, 2.0, 2.0, "lower")}


def test_a_benchmark_by_itself_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    keep("copy", [2.0], "lower")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("now", "word"),
    [
        (Ratio(1.2, 1.29, 1.3, "lower"), None),
        (Ratio(1.2, 1.31, 1.4, "lower"), "WORSE"),
        (Ratio(0.6, 0.69, 0.7, "lower"), "better"),
        (Ratio(1.0, 1.5, 1.7, "lower"), None),  # this run's own spread is wider
    ],
)
def test_only_what_moved_by_more_than_its_spread_is_told(now: Ratio, word: str | None) -> None:
    told = dict(baseline.moved({"x": LOWER}, {"x": now}))
    assert (told == {}) if word is None else told["x"].startswith(f"{word}: 1 -> ")


def test_where_more_is_better_less_is_worse() -> None:
    before, now = Ratio(5, 5.0, 5.0, "higher"), Ratio(4.4, 4.4, 4.4, "higher")
    assert dict(baseline.moved({"x": before}, {"x": now}))["x"].startswith("WORSE")
    assert dict(baseline.moved({"x": before}, {"x": Ratio(4.6, 4.6, 4.6, "higher")})) == {}, "within a tenth"


def test_what_came_and_went_is_told() -> None:
    assert dict(baseline.moved({"a": LOWER}, {"b": LOWER})) == {"a": "not measured any more", "b": "new: 1"}


def test_what_is_stored_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    assert baseline.read(path) == {}
    stored = {"search": baseline.Kept("0.1.0", "a machine", {"x": LOWER, "y": Ratio(1 / 3, 1 / 3, 1 / 3, "higher")})}
    baseline.write(path, stored)
    found = baseline.read(path)["search"]
    assert (found.version, found.machine, found.ratios["x"]) == ("0.1.0", "a machine", LOWER)
    assert found.ratios["y"].middle == 0.3333


def test_every_benchmark_hands_its_ratios_over() -> None:
    for path in runner.FOLDER.glob("[!_]*.py"):
        calls = {node.func.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
                 and isinstance(node.func, ast.Name)}  # fmt: skip
        assert "keep" in calls, path.name


def test_a_run_is_compared_and_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd) -> None:
    (tmp_path / "fast.py").write_text(
        "import json, os\n"
        "row = {'name': 'speed', 'low': SPEED, 'middle': SPEED, 'high': SPEED, 'better': 'higher'}\n"
        "open(os.environ['CUEFINDER_RATIOS'], 'a').write(json.dumps(row) + '\\n')\n"
    )
    (tmp_path / "broken.py").write_text("raise SystemExit('no')\n")
    source = (tmp_path / "fast.py").read_text()
    monkeypatch.setattr(runner, "FOLDER", tmp_path)
    monkeypatch.setattr(runner, "BASELINE", tmp_path / "baseline.json")

    def measured(speed: float, *options: str) -> tuple[int, str]:
        (tmp_path / "fast.py").write_text(source.replace("SPEED", str(speed)))
        monkeypatch.setattr("sys.argv", ["benchmarks", *options])
        return runner.main(), capfd.readouterr().out

    assert "nothing is stored to compare with" in measured(2.0, "fast")[1]
    assert measured(2.0, "fast", "--save")[0] == 0
    status, said = measured(1.0)
    assert status == 1 and "fast · speed: WORSE: 2 -> 1 (spread 0.2) (since " in said
    assert "failed, or over a limit: broken" in said
