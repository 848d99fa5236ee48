"""Which parts are in use: written whole, read with care."""

from __future__ import annotations

import shutil

import pytest
from toy_parts import write_part

from plugin.errors import InputError, PackError
from plugin.parts import choice as choices
from plugin.parts.choice import choice, choice_path, choose, installed_part, parts_in_use
from plugin.paths import parts_dir


@pytest.fixture
def clap() -> None:
    write_part(parts_dir() / "clap", "joint")


def test_nothing_is_in_use_at_first() -> None:
    assert choice() == {} and parts_in_use() == ({}, [])


def test_a_choice_is_kept_by_role(clap) -> None:
    write_part(parts_dir() / "nn", "tags")
    choose("joint", "clap")
    choose("tags", "nn")
    assert choice() == {"joint": "clap", "tags": "nn"}
    choose("joint", None)
    assert choice() == {"tags": "nn"}
    parts, problems = parts_in_use()
    assert (parts["tags"].name, problems) == ("nn", [])


@pytest.mark.parametrize("text", ["{", "[]", '{"joint": 3}', "\x00\x01", ""])
def test_a_damaged_choice_means_the_core_and_can_be_made_anew(clap, text) -> None:
    choice_path().write_text(text)
    parts, (problem,) = parts_in_use()
    assert parts == {} and "models.json: damaged, so the core pack is used" in problem
    choose("joint", "clap")
    assert choice() == {"joint": "clap"}


def test_a_choice_that_cannot_be_read_means_the_core(clap) -> None:
    choice_path().mkdir(parents=True)
    parts, (problem,) = parts_in_use()
    assert parts == {} and "models.json: cannot be read (Is a directory)" in problem


def test_entries_that_cannot_be_used_are_told_one_by_one(clap) -> None:
    choice_path().write_text(
        '{"smell": "clap", "joint": "gone", "tags": "clap", "text": "../clap", "video": "", "titles": "half"}'
    )
    write_part(parts_dir() / "half", "titles")
    (parts_dir() / "half" / "encoder.onnx").unlink()
    parts, problems = parts_in_use()
    smell, joint, tags, text, video, titles = problems
    assert parts == {}
    assert "'smell', which is no role" in smell
    assert joint == (
        "gone: no such model is installed; see 'cuefinder models list'; the core pack is used for joint"
        " (to keep it so: 'cuefinder models use core --role joint')"
    )
    assert "clap: a part for joint, not for tags" in tags
    assert "no such model is installed" in text and "no such model is installed" in video
    assert "encoder.onnx: No such file" in titles


def test_only_what_is_there_and_for_the_role_can_be_chosen(clap) -> None:
    for role, name, line in (
        ("smell", None, "role 'smell': unknown; choose one of joint, text"),
        ("tags", "clap", "clap: a part for joint, not for tags"),
        ("joint", "clop", "clop: no such model is installed"),
    ):
        with pytest.raises(InputError, match=line):
            choose(role, name)
    shutil.rmtree(parts_dir() / "clap")
    (parts_dir() / "clap").mkdir()
    with pytest.raises(PackError, match="no model pack here"):
        choose("joint", "clap")
    assert not choice_path().exists()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/", "../models/clap"])
def test_a_name_never_leads_out_of_the_folder(clap, name) -> None:
    with pytest.raises(InputError, match="no such model is installed"):
        installed_part(name)


def test_where_the_disk_does_not_take_a_choice_the_old_one_stays(clap, monkeypatch) -> None:
    choose("joint", "clap")

    def full(path, data) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(choices, "atomic_write", full)
    with pytest.raises(OSError, match="No space left"):
        choose("joint", None)
    assert choice() == {"joint": "clap"}
