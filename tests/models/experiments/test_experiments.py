"""The experiments' own machinery: corpus, runs, claims, report."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models.data.lyrics import themes
from models.errors import TrainingError
from models.experiments import report, runner
from models.experiments.base import Line, Plot, Results, Run, Section, Table
from models.experiments.corpus import (
    PIECES,
    SECONDS,
    SPLITS,
    Piece,
    attributes,
    frame_statistics,
    make_corpus,
    pieces,
    scene,
    sentences,
    title,
)
from plugin.decode import read_audio
from plugin.synth.arranger import arrange


def known_of(piece: Piece) -> dict[str, Any]:
    return attributes(arrange(piece.style, 5000 + piece.number, SECONDS, guests=True))


def test_splits_hold_every_style_and_no_piece_twice() -> None:
    everything = pieces()
    assert len(SPLITS) == PIECES
    assert len({piece.key for piece in everything}) == len(everything) == 480
    for split in set(SPLITS):
        styles = {piece.style for piece in everything if SPLITS[piece.number] == split}
        assert len(styles) == 30


@pytest.mark.parametrize("piece", pieces(2), ids=lambda piece: piece.key)
def test_sentences_name_what_is_known_and_only_the_third_a_theme(piece: Piece) -> None:
    known = known_of(piece)
    first, second, third = sentences(piece, known, "a broken heart")
    assert first != second
    for text in (first, second, third):
        assert known["genre"] in text.lower()
        assert any(mood in text.lower() for mood in known["moods"])
        assert known["named"][0] in text.lower()
        assert "{" not in text and "  " not in text
        assert text[0].isupper() and text.endswith(".")
        assert not re.search(r"\b[Aa] [aeiou]|\b[Aa]n [^aeiou]", text), text
    assert "a broken heart" in third
    assert not any(theme in first or theme in second for theme in themes() if len(theme) > 8)
    assert len(title(piece, known).split()) >= 2


def test_a_solo_is_not_said_to_be_two() -> None:
    for number in range(6):
        piece = Piece("church_organ", number)
        known = known_of(piece)
        if known["named"][0] == known["named"][1]:
            for text in sentences(piece, known, "faith"):
                assert text.lower().count("organ") == 1


def test_scenes_agree_with_moods_more_than_other_scenes_do() -> None:
    chosen, others = [], []
    for piece in pieces(1)[:12]:
        known = known_of(piece)
        for spec, into in ((scene(piece, known), chosen), (scene(Piece(piece.style, 99), {"moods": []}), others)):
            moods: Mapping[str, float] = spec.truth()["mood"]
            into.append(sum(moods.get(mood, 0.0) for mood in known["moods"]))
    assert np.mean(chosen) > 2 * np.mean(others)


def test_frame_statistics_are_those_of_the_scene() -> None:
    piece = Piece("rock", 0)
    numbers = frame_statistics(scene(piece, known_of(piece)))
    assert numbers.shape == (40, 64)
    assert np.isfinite(numbers).all()
    assert np.allclose(numbers[:, 16:].astype(float).mean(), numbers[:, [9, 10, 11]].astype(float).mean(), atol=0.02)


@pytest.mark.slow
def test_the_corpus_is_made_once_and_is_a_folder_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.experiments.corpus.pieces", lambda _: [Piece("techno", 0), Piece("techno", 15)])
    table = make_corpus(tmp_path, processes=1)
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["split"] for row in rows] == ["train", "test"]
    audio = read_audio(tmp_path / rows[0]["audio"], 16_000)
    assert len(audio) == 320_000 and np.abs(audio).max() > 0.05
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.suffix in (".flac", ".npy")}
    assert len(before) == 4
    make_corpus(tmp_path, processes=1)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def results(better: list[float], worse: list[float]) -> Results:
    values = {("a", seed): {"m": value} for seed, value in enumerate(better)}
    return Results(values | {("b", seed): {"m": value} for seed, value in enumerate(worse)})


@pytest.mark.parametrize(
    ("better", "worse", "verdict"),
    [
        ([3.0, 3.1, 3.2], [1.0, 1.2, 1.1], "holds"),
        ([3.0, 3.1, 1.0], [1.0, 1.2, 1.1], "leans"),
        ([1.0, 1.0, 1.0], [1.0, 1.0, 1.0], "does not hold"),
        ([1.0, 1.1, 1.2], [3.0, 3.1, 3.2], "does not hold"),
    ],
)
def test_verdicts(better: list[float], worse: list[float], verdict: str) -> None:
    assert results(better, worse).claim("", "m", "a", "b").verdict == verdict


def test_lower_is_better_where_said_and_seeds_are_paired() -> None:
    found = results([1.0, 2.0, 3.0], [1.5, 2.5, 3.5])
    assert found.difference("m", "a", "b") == [-0.5] * 3
    assert found.claim("", "m", "a", "b", lower=True).verdict == "holds"
    assert found.spread("a", "m") == 1.0


class Fake(SimpleNamespace):
    """An experiment that counts its runs."""


def test_done_runs_are_kept_failed_ones_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process instead of workers, which could not see the fake."""
    calls: list[str] = []

    def run(run: Run, corpus: Path, cache: Path) -> dict[str, float]:
        calls.append(run.condition)
        if run.condition == "bad":
            raise ValueError("no such switch")
        return {"m": float(run.seed)}

    monkeypatch.setattr(runner, "experiment", lambda name: Fake(run=run))
    monkeypatch.setattr(runner, "code_of", lambda name: "x")
    monkeypatch.setattr(runner, "ProcessPoolExecutor", InThisProcess)
    runs = [Run("fake", "good", 0), Run("fake", "bad", 0), Run("fake", "good", 1)]
    with pytest.raises(TrainingError, match=r"1 of 3 runs failed .*fake / bad / seed 0: ValueError: no such switch"):
        runner.do(runs, tmp_path, tmp_path, jobs=1)
    runner.do([runs[0], runs[2]], tmp_path, tmp_path, jobs=1)
    assert calls == ["good", "bad", "good"]
    found, seconds = runner.collect([runs[0], runs[2]], tmp_path)
    assert found.of("good", "m") == [0.0, 1.0] and seconds >= 0
    assert all(json.loads(path.read_text())["values"] for path in (tmp_path / "results").rglob("*.json"))


class InThisProcess:
    """As much of an executor as the runner uses."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def __enter__(self) -> InThisProcess:
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, function: Any, *arguments: Any) -> Any:
        from concurrent.futures import Future

        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except ValueError as error:
            future.set_exception(error)
        return future


def test_other_code_and_other_options_are_other_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "code_of", lambda name: "one")
    first = runner.result_path(Run("fake", "a", 0, {"w": 1}), tmp_path)
    assert runner.result_path(Run("fake", "a", 0, {"w": 2}), tmp_path) != first
    assert runner.result_path(Run("fake", "a", 1, {"w": 1}), tmp_path) != first
    monkeypatch.setattr(runner, "code_of", lambda name: "two")
    assert runner.result_path(Run("fake", "a", 0, {"w": 1}), tmp_path) != first


def test_the_report_has_tables_claims_and_the_same_plot_twice(tmp_path: Path) -> None:
    found = results([3.0, 3.1], [1.0, 1.2])
    section = Section(
        "Fake",
        "What was done.",
        [found.claim("a beats b", "m", "a", "b")],
        [found.table("All", {"m": "metric"})],
        [
            Plot("bars", "Bars", "", "m", [Line("", [0, 1], [3, 1], [0.1, 0.1])], ticks=["a", "b"]),
            Plot("line", "Line", "k", "m", [found.line("m", "m", {"a": 0.0, "b": 0.02})], log=True),
        ],
    )
    path = report.write([section], tmp_path, "Head.")
    text = path.read_text(encoding="utf-8")
    assert "| a beats b | **holds** |" in text and "| a | 3.05 ± 0.071 |" in text
    plots = sorted((tmp_path / "images").glob("*.svg"))
    assert [plot.name for plot in plots] == ["experiments-bars.svg", "experiments-line.svg"]
    before = [plot.read_bytes() for plot in plots]
    report.write([section], tmp_path, "Head.")
    assert [plot.read_bytes() for plot in plots] == before
    assert not any(line.endswith(" ") for plot in plots for line in plot.read_text().splitlines())


def test_a_table_in_markdown() -> None:
    assert report.markdown(Table("T", ("", "x"), [["a", "1"]])).splitlines() == ["**T**", "", "|  | x |", "|---|---|",
                                                                                  "| a | 1 |"]  # fmt: skip
