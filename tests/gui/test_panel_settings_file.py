"""Settings on disk: what is wrong is said, and the rest is used."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from gui.models.settings import Settings, changed, load_settings, save_settings, settings_path
from plugin.errors import InputError

OTHERS = Settings("dark", "cpu", "/packs/other", 7, "cards", False, False, -14.0, 0.5, 2.0, False, False, "/cues")


def test_settings_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "new" / "panel.json"
    save_settings(OTHERS, path)
    assert load_settings(path) == (OTHERS, [])


def test_every_setting_is_tried_above() -> None:
    default = asdict(Settings())
    assert all(value != default[name] for name, value in asdict(OTHERS).items())


def test_without_a_file_there_are_defaults_and_no_complaint(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.json") == (Settings(), [])


@pytest.mark.parametrize("content", [b"{oops", b"\xff\xfe\x00", b"[1, 2]", b"3", b"[" * 100_000, b""])
def test_a_file_that_is_no_settings_is_said_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "panel.json"
    path.write_bytes(content)
    settings, problems = load_settings(path)
    assert settings == Settings()
    assert len(problems) == 1 and str(path) in problems[0] and problems[0].endswith("defaults are used")
    assert "\n" not in problems[0]
    assert path.read_bytes() == content


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    assert load_settings(tmp_path)[1] == [
        f"{tmp_path}: the settings cannot be read (Is a directory); defaults are used"
    ]


def test_a_wrong_value_is_said_and_the_others_are_used(tmp_path: Path) -> None:
    path = tmp_path / "panel.json"
    path.write_text(json.dumps({"theme": "dark", "results": "many", "fade_in": -1, "of_the_future": 1}))
    settings, problems = load_settings(path)
    assert settings == replace(Settings(), theme="dark")
    assert problems == [
        f"{path}: results 'many' is no int; the default is used",
        f"{path}: fade_in -1: choose 0 to 30; the default is used",
    ]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("theme", "pink", "theme 'pink': choose one of system, light, dark"),
        ("theme", 1, "theme 1 is no str"),
        ("device", "tpu", "choose one of auto, cpu, cuda"),
        ("results", 0, "results 0: choose 1 to 10000"),
        ("results", True, "results True is no int"),
        ("results", 2.5, "results 2.5 is no int"),
        ("results", 10**400, "choose 1 to 10000"),
        ("play_at_once", 1, "play_at_once 1 is no bool"),
        ("loudness", float("nan"), "loudness nan: choose -40 to -6"),
        ("loudness", False, "loudness False is no float"),
        ("fade_out", 30.5, "choose 0 to 30"),
        ("cues", "beside/me", "cues 'beside/me' is no folder: give its whole path"),
        ("pack", "~no-such-user-here/pack", "give its whole path"),
        ("pack", "/a\0b", "give its whole path"),
    ],
)
def test_values_out_of_kind_or_range_are_refused_in_words(name: str, value: object, words: str) -> None:
    with pytest.raises(InputError) as caught:
        changed(Settings(), name, value)
    assert words in str(caught.value)


def test_a_whole_number_does_for_a_real_one() -> None:
    loudness = changed(Settings(), "loudness", -14).loudness
    assert loudness == -14.0 and isinstance(loudness, float)


def test_a_disk_that_takes_nothing_is_said_and_the_old_settings_stay(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "panel.json"
    save_settings(Settings(), path)

    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="the settings cannot be saved: No space left on device"):
        save_settings(OTHERS, path)
    assert load_settings(path) == (Settings(), [])
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_found_from_settings(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("CUEFINDER_HOME", str(tmp_path))
    assert settings_path() == tmp_path / "panel.json"
    assert Settings().cue_folder == tmp_path / "cues"
    assert (Settings().pack_folder, OTHERS.pack_folder) == (None, Path("/packs/other"))
