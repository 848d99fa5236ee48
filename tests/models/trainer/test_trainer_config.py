from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field, model_validator
from trainer_toys import RECIPE, ToyModel, ToySettings, ToyStages

from models.errors import ConfigError
from models.systems.base import Recipe
from models.systems.settings import Settings, SystemSettings, TrainSettings
from models.trainer.config import differences, load_settings, to_toml


def load(tmp_path: Path, text: str = "", recipe: Recipe[Any] = RECIPE, **overrides: str) -> Any:
    path = tmp_path / "toy.toml"
    path.write_text(text)
    return load_settings(recipe, path, {key.replace("__", "."): value for key, value in overrides.items()})


def complaint(tmp_path: Path, text: str = "", recipe: Recipe[Any] = RECIPE, **overrides: str) -> str:
    with pytest.raises(ConfigError) as found:
        load(tmp_path, text, recipe, **overrides)
    line = str(found.value)
    assert "\n" not in line
    return line.replace(str(tmp_path / "toy.toml"), "FILE")


def test_defaults_file_and_overrides_in_this_order(tmp_path: Path) -> None:
    assert load_settings(RECIPE, None, {}) == ToySettings()
    text = "seed = 3\n[model]\nwidth = 9\n[stages.second]\nbatch = 5\nclip = 'none'"
    settings = load(tmp_path, text, stages__second__batch="8", model__name="x y", stages__first__steps="12")
    assert settings.seed == 3
    assert settings.model == ToyModel(width=9, name="x y")
    assert settings.stages.second.batch == 8
    assert settings.stages.second.clip is None
    assert settings.stages.second.schedule == "cosine"  # of the toy's defaults
    assert settings.stages.first.steps == 12


@pytest.mark.parametrize("word", ["8", "true", "1e-3", "some text", "[1", '"quoted"'])
def test_a_text_may_look_like_anything(tmp_path: Path, word: str) -> None:
    assert load(tmp_path, model__name=word).model.name == word.strip('"')


def test_none_is_a_word_where_it_is_one_of_the_words(tmp_path: Path) -> None:
    settings = load(tmp_path, "[model]\nweights = 'none'\nkind = 'none'\nname = 'none'")
    assert settings.model == ToyModel(weights=None, kind="none", name="none")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[stages.first]\nbach = 8", "FILE: stages.first.bach: unknown key, did you mean 'stages.first.batch'?"),
        ("[model]\nbatch = 8", "unknown key, did you mean 'stages.first.batch' or 'stages.second.batch'?"),
        ("[model]\nzzz = 8", "FILE: model.zzz: unknown key (there are width, dropout, name, weights, kind)"),
        ("[stage.first]\nbatch = 8", "FILE: stage: unknown key, did you mean 'stages'?"),
        ("[model]\nwidth = 'wide'", "FILE: model.width = 'wide': should be a valid integer"),
        ("[stages.first]\nbatch = 0", "FILE: stages.first.batch = 0: should be greater than 0"),
        ("[stages.first]\nclip = -1", "FILE: stages.first.clip = -1: should be greater than 0"),
        ("[stages.first]\nschedule = 'step'", "schedule = 'step': should be 'constant', 'linear' or 'cosine'"),
        ("model = 3", "FILE: model = 3: should be a valid dictionary or instance of ToyModel"),
        ("[model\n", "FILE: not TOML: Expected ']' at the end of a table declaration (at line 1, column 7)"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(tmp_path: Path, text: str, line: str) -> None:
    assert line in complaint(tmp_path, text)


def test_all_problems_are_in_one_line(tmp_path: Path) -> None:
    line = complaint(tmp_path, "[model]\nwidht = 2\ndropout = 'x'\n[stages.first]\nbatch = 0", model__kind="odd")
    assert line.startswith("FILE: model.dropout = 'x': should be a valid number")
    for part in ("model.widht: unknown key, did you mean 'model.width'?", "batch = 0: should be greater than 0"):
        assert part in line
    assert line.endswith("--set: model.kind = 'odd': should be 'none' or 'some'")


def test_an_override_of_a_wrong_key_is_named_as_such(tmp_path: Path) -> None:
    line = complaint(tmp_path, stages__first__bach="8")
    assert line == "--set: stages.first.bach: unknown key, did you mean 'stages.first.batch'?"
    assert complaint(tmp_path, "model = 3", model__width="8") == "--set model.width: model is a value, not a table"
    assert complaint(tmp_path, stages__first__batch="some") == (
        "--set: stages.first.batch = 'some': should be a valid integer, unable to parse string as an integer"
    )


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: no such file"):
        load_settings(RECIPE, tmp_path / "none.toml", {})
    with pytest.raises(ConfigError, match="Is a directory"):
        load_settings(RECIPE, tmp_path, {})
    (tmp_path / "bytes.toml").write_bytes(b"a = '\xff'")
    with pytest.raises(ConfigError, match=r"bytes\.toml: not a text file in UTF-8"):
        load_settings(RECIPE, tmp_path / "bytes.toml", {})


class OddModel(Settings):
    either: int | ToyModel | None = None
    both: tuple[int, float] = (1, 2.5)
    shares: dict[str, float] = Field(default={"a b": 0.5, "c": 1e-9})
    parts: tuple[ToyModel, ...] = (ToyModel(), ToyModel(width=2))
    text: str = 'quotes " and \\ and\nlines, \x7f, µ'
    limit: Annotated[float, Field(ge=0)] = 1e22

    @model_validator(mode="after")
    def _check(self) -> OddModel:
        if self.both[0] == 13:
            raise ValueError("13 brings bad luck; choose another number")
        return self


class OddSettings(SystemSettings):
    model: OddModel = OddModel()
    data: Settings = Settings()
    stages: ToyStages = ToyStages(second=TrainSettings(patience=3))


ODD: Recipe[Any] = Recipe("odd", OddSettings, None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{}, {"either": 3}, {"either": ToyModel(width=3)}, {"both": (7, float("inf"))}])
def test_what_was_written_is_read_back(tmp_path: Path, change: dict[str, Any]) -> None:
    settings = OddSettings(seed=-5, model=OddModel(**change))
    assert load(tmp_path, to_toml(settings), ODD) == settings
    assert load(tmp_path, to_toml(ToySettings()), RECIPE) == ToySettings()


def test_alternatives_and_checks_of_a_whole_table(tmp_path: Path) -> None:
    assert "model.either.widht: unknown key, did you mean 'model.either.width'?" in complaint(
        tmp_path, "[model.either]\nwidht = 1", ODD
    )
    assert complaint(tmp_path, "[model]\nboth = [13, 1]", ODD) == (
        "FILE: model: 13 brings bad luck; choose another number"
    )
    assert "FILE: model.both.0 = 'x': should be a valid integer" in complaint(tmp_path, "model.both = ['x', 1]", ODD)


def test_differences_are_dotted_keys() -> None:
    one = {"a": 1, "b": {"c": [1], "d": 2}}
    assert differences(one, one) == []
    assert differences(one, {"a": 2, "b": {"c": [2], "d": 2}, "e": 1}) == ["a", "b.c", "e"]
