"""Parts that come from a folder, are replaced, and go: never half of one."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from toy_parts import write_part

from plugin.errors import InputError, PackError
from plugin.parts import installed as module
from plugin.parts.choice import choice, choice_path, choose
from plugin.parts.installed import install_folder, installed, remove
from plugin.paths import parts_dir


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = write_part(tmp_path / "source", "tags")
    (folder / "notes.txt").write_text("not of the part")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_part_is_copied_with_all_that_its_manifest_names(source) -> None:
    part = install_folder(source, "mine")
    copied = files(source)
    del copied["notes.txt"]
    assert part.folder == parts_dir() / "mine" and files(part.folder) == copied
    assert [each.name for each in installed()] == ["mine"]
    assert [each.name for each in parts_dir().iterdir()] == ["mine"]


def test_one_of_the_same_name_is_replaced(source) -> None:
    install_folder(source, "mine")
    shutil.rmtree(source)
    part = install_folder(write_part(source, "titles"), "mine")
    assert part.role == "titles" and not (part.folder / "vocabulary.json").exists()
    assert [each.name for each in parts_dir().iterdir()] == ["mine"]


def test_a_part_is_not_copied_over_itself(source) -> None:
    folder = install_folder(source, "mine").folder
    with pytest.raises(InputError, match="is installed already"):
        install_folder(folder, "mine")
    assert install_folder(folder, "twin").name == "twin"


@pytest.mark.parametrize("name", ["", "core", ".mine", "a/b", "..", "a\nb"])
def test_some_names_are_none(source, name) -> None:
    with pytest.raises(InputError, match="no name for a model"):
        install_folder(source, name)


def test_a_damaged_part_is_not_installed(source) -> None:
    size = (source / "tags.onnx").stat().st_size
    (source / "tags.onnx").write_bytes(bytes(size))
    with pytest.raises(PackError, match=r"tags.onnx: wrong checksum"):
        install_folder(source, "mine")
    assert not parts_dir().exists()


@pytest.mark.parametrize("function", ["_copy", "sync_folder"])
def test_a_full_disk_leaves_what_was_there_and_nothing_more(source, monkeypatch, function) -> None:
    before = files(install_folder(source, "mine").folder)
    real, calls = getattr(module, function), []

    def fail(*arguments: object) -> None:
        calls.append(arguments)
        if function == "sync_folder" or len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(*arguments)

    monkeypatch.setattr(module, function, fail)
    with pytest.raises(OSError, match="No space left"):
        install_folder(source, "mine")
    assert [each.name for each in parts_dir().iterdir()] == ["mine"]
    assert files(parts_dir() / "mine") == before


def test_where_the_new_one_cannot_take_its_place_the_old_one_keeps_it(source, monkeypatch) -> None:
    before = files(install_folder(source, "mine").folder)
    real = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if target.name == "mine" and (path / "new").exists():
            raise OSError(5, "Input/output error")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    monkeypatch.setattr(module, "sync_folder", lambda folder: (folder / "new").touch())
    with pytest.raises(OSError, match="Input/output error"):
        install_folder(source, "mine")
    assert files(parts_dir() / "mine") == before


def test_what_a_crash_left_goes_after_a_day(source) -> None:
    old, young = parts_dir() / ".part-old", parts_dir() / ".part-young"
    old.mkdir(parents=True)
    young.mkdir()
    yesterday = time.time() - 2 * 86400
    os.utime(old, (yesterday, yesterday))
    install_folder(source, "mine")
    assert {each.name for each in parts_dir().iterdir()} == {".part-young", "mine"}
    assert [each.name for each in installed()] == ["mine"]


def test_damaged_ones_are_listed_with_what_is_wrong(source) -> None:
    install_folder(source, "good")
    (install_folder(source, "bad").folder / "tags.onnx").write_bytes(b"")
    bad, good = installed()
    assert bad.part is None and "tags.onnx: 0 bytes instead of" in bad.problem
    assert good.part is not None and good.problem == ""


def test_what_is_in_use_goes_by_force_alone(source) -> None:
    install_folder(source, "mine")
    choose("tags", "mine")
    with pytest.raises(InputError, match=r"mine: in use for tags; .*remove it with --force"):
        remove("mine")
    assert (parts_dir() / "mine").is_dir()
    assert remove("mine", force=True) == ["tags"]
    assert choice() == {} and list(parts_dir().iterdir()) == []
    with pytest.raises(InputError, match="mine: no such model is installed"):
        remove("mine")


def test_a_damaged_part_and_one_beside_a_damaged_choice_can_be_removed(source) -> None:
    (install_folder(source, "mine").folder / "manifest.json").write_text("{")
    choice_path().write_text("{")
    assert remove("mine") == [] and list(parts_dir().iterdir()) == []
