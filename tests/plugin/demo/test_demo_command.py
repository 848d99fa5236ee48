"""``cuefinder demo`` from end to end, with a short film, a small library and a fake engine."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeEngine

from plugin.cli.main import main
from plugin.demo.film import film_scenes
from plugin.demo.library import Recipe

RECIPES = [
    Recipe("ambient_pad", 1, 6, "Low Pad", "One", "Album"),
    Recipe("techno", 2, 6, "Fast Beat", "Two", "Album"),
    Recipe("waltz", 3, 6, "Turning", "Three", "Album"),
]


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inline_decoding: None) -> Path:
    monkeypatch.setattr("plugin.runtime.engine.Engine", FakeEngine)
    monkeypatch.setattr("plugin.demo.library.CATALOGUE", RECIPES)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # main sets it: put it back afterwards
    sea, *_, creatures = film_scenes(seconds=1)[:4]
    scenes = [sea, replace(creatures, start=sea.end)]
    monkeypatch.setattr("plugin.demo.film.film_scenes", lambda: scenes)
    return tmp_path / "demo"


def test_the_demo_makes_indexes_captions_suggests_and_writes_its_page(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "Indexed 3 tracks" in said.err
    for shown in ("Scene 1: Calm sea at dusk", "Scene 2: Creatures in the meadow", "sounds: A sound in the"):
        assert shown in said.out
    for recipe in RECIPES:
        assert said.out.count(recipe.title) == 4  # two scenes, without and with words
    assert str(out / "index.html") in said.out
    assert (out / "index.html").read_text(encoding="utf-8").count("<audio") == 12

    made = {path: path.stat().st_mtime_ns for path in (out / "music").rglob("*") if path.is_file()}
    assert len(made) == 3
    assert main(["demo", "--out", str(out), "--json"]) == 0
    said = capsys.readouterr()
    assert "Indexed 0 tracks" in said.err
    answer = json.loads(said.out)
    assert [scene["name"] for scene in answer["scenes"]] == ["Calm sea at dusk", "Creatures in the meadow"]
    assert answer["scenes"][0]["caption"] == ""
    assert {result["track"]["title"] for result in answer["scenes"][0]["by_words"]} == {r.title for r in RECIPES}
    assert {path: path.stat().st_mtime_ns for path in made} == made


def test_a_file_in_the_way_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.runtime.engine.Engine", FakeEngine)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    (tmp_path / "taken").write_text("x")
    assert main(["demo", "--out", str(tmp_path / "taken")]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("cuefinder: error: --out ")
    assert said.err.count("\n") == 1
