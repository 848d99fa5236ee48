"""What a part's manifest may say; whatever else it says is one line."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from toy_parts import PARTS, change_manifest, write_part

from plugin.errors import CuefinderError, PackError
from plugin.parts.part import ROLES, Part
from plugin.runtime.engine import Engine

WRONG: tuple[Any, ...] = (None, [[1]], {}, "words", -1)


@pytest.mark.parametrize("role", ROLES)
def test_a_part_of_each_role_opens(tmp_path, role) -> None:
    part = Part(write_part(tmp_path / "mine", role))
    assert (part.role, part.name, part.licence) == (role, "mine", "CC0-1.0")
    assert part.bytes == sum(file.stat().st_size for file in part.folder.iterdir() if file.name != "manifest.json")


@pytest.mark.parametrize("role", ROLES)
def test_no_manifest_brings_more_than_one_line(tmp_path, role) -> None:
    folder = write_part(tmp_path / "mine", role)
    path = folder / "manifest.json"
    good = json.loads(path.read_text())
    refused = 0
    for changed in variants(good):
        path.write_text(json.dumps(changed))
        try:
            Engine(device="cpu", parts={role: folder})
        except CuefinderError as error:
            refused += 1
            assert str(folder) in str(error) and "\n" not in str(error)
    assert refused > 40


def variants(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A manifest with one of its values, at any depth, taken away or replaced by something else."""
    for way in ways(manifest):
        for value in (..., *WRONG):
            changed = copy.deepcopy(manifest)
            inner: Any = changed
            for key in way[:-1]:
                inner = inner[key]
            if value is ...:
                del inner[way[-1]]
            else:
                inner[way[-1]] = value
            yield changed


def ways(value: Any) -> Iterator[tuple[Any, ...]]:
    keys = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in keys:
        yield (key,)
        yield from ((key, *way) for way in ways(inner))


def test_a_folder_without_a_part_says_so(tmp_path) -> None:
    with pytest.raises(PackError, match="no model pack here"):
        Part(tmp_path)
    write_part(tmp_path / "old", "tags")
    manifest = json.loads((tmp_path / "old" / "manifest.json").read_text())
    del manifest["part"]
    (tmp_path / "old" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(PackError, match=r"a pack \(toy-tags\), but no part: .* use it with --pack"):
        Part(tmp_path / "old")


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"format": 2}, "pack format 2, this Cuefinder reads 1; update Cuefinder"),
        ({"part": {"role": "smell"}}, "a part for 'smell', which this Cuefinder does not know; update Cuefinder"),
        ({"precisions": {}}, "lacks its precisions"),
        ({"graphs": {}}, "lacks the graph tags"),
        ({"files": {}}, "the part lacks vocabulary.json"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, values, line) -> None:
    folder = write_part(tmp_path / "mine", "tags")
    change_manifest(folder, **values)
    with pytest.raises(PackError, match=line):
        Part(folder)


def test_files_must_be_there_in_full_and_in_the_folder(tmp_path) -> None:
    folder = write_part(tmp_path / "mine", "tags")
    (folder / "vocabulary.json").unlink()
    with pytest.raises(PackError, match=r"vocabulary.json: No such file or directory; install mine again"):
        Part(folder)
    write_part(folder, "tags")
    files = json.loads((folder / "manifest.json").read_text())["files"]
    (tmp_path / "elsewhere").write_bytes(b"")
    change_manifest(folder, files=files | {"../elsewhere": files["tags.onnx"]})
    with pytest.raises(PackError, match="names a file outside its folder"):
        Part(folder)


def test_titles_from_anything_but_sound_are_refused(tmp_path) -> None:
    with pytest.raises(PackError, match="titles for picture, not for sound"):
        Part(write_part(tmp_path / "mine", "titles", input="picture"))


def test_a_system_that_writes_nothing_is_refused(tmp_path) -> None:
    with pytest.raises(PackError, match="a pack of alcap that writes no text"):
        Part(write_part(tmp_path / "mine", "captions", caption=None))


def test_catalogue_and_roles_agree() -> None:
    from plugin.parts.catalogue import catalogue

    entries = catalogue()
    assert {entry.role for entry in entries.values()} == set(ROLES) == set(PARTS)
    for name, entry in entries.items():
        assert entry.name == name and entry.licence and entry.about
        assert bool(entry.source) == bool(entry.bytes) and bool(entry.source) != bool(entry.how), name


def test_the_folder_of_a_part_may_have_any_name(tmp_path) -> None:
    folder = write_part(tmp_path / "my\nmodel", "tags")
    (folder / "tags.onnx").unlink()
    with pytest.raises(PackError) as caught:
        Part(Path(folder))
    assert "\n" not in str(caught.value)
