from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from plugin.errors import PackError
from plugin.pack import Pack
from plugin.runtime.engine import Engine
from plugin.runtime.session import Graph


def make_pack(folder: Path, **changes: object) -> Path:
    vocabulary = json.dumps({"tags": [{"name": "piano", "group": "instrument", "threshold": 0.4}]})
    (folder / "vocabulary.json").write_text(vocabulary)
    manifest = {
        "format": 1, "id": "tiny", "version": "1", "space": "tiny-1",
        "files": {"vocabulary.json": {"sha256": hashlib.sha256(vocabulary.encode()).hexdigest()}},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps({**manifest, **changes}))
    return folder


def test_pack_reads_its_vocabulary(tmp_path: Path) -> None:
    pack = Pack(make_pack(tmp_path))
    assert pack.vocabulary().names == ("piano",)
    assert pack.vocabulary().tags[0].threshold == 0.4
    assert pack.problems() == []


def test_missing_manifest_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"manifest\.json is missing"):
        Pack(tmp_path)


def test_unreadable_manifest_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{oops")
    with pytest.raises(PackError, match="cannot be read"):
        Pack(tmp_path)


def test_pack_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="pack format 2"):
        Pack(make_pack(tmp_path, format=2))


def test_wrong_checksum_is_named(tmp_path: Path) -> None:
    pack = Pack(make_pack(tmp_path))
    (tmp_path / "vocabulary.json").write_text("{}")
    with pytest.raises(PackError, match=r"vocabulary\.json: wrong checksum"):
        pack.file("vocabulary.json")
    assert len(pack.problems()) == 1


def test_missing_and_unknown_files_are_named(tmp_path: Path) -> None:
    pack = Pack(make_pack(tmp_path))
    (tmp_path / "vocabulary.json").unlink()
    with pytest.raises(PackError, match="cannot be read"):
        pack.file("vocabulary.json")
    with pytest.raises(PackError, match="not a file of pack tiny"):
        pack.file("music.onnx")


@pytest.mark.parametrize("content", [b"", b"not a graph"])
def test_file_that_is_no_graph_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "music.onnx"
    path.write_bytes(content)
    with pytest.raises(PackError, match="cannot load it"):
        Graph(path, "cpu")


def test_a_manifest_that_is_not_whole_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"format": 1, "id": "tiny", "files": {}}')
    with pytest.raises(PackError, match="lacks version, space"):
        Pack(tmp_path)
    (tmp_path / "manifest.json").write_text("[1]")
    with pytest.raises(PackError, match="is no manifest"):
        Pack(tmp_path)
    with pytest.raises(PackError, match="manifest lacks rate"):
        Engine(make_pack(tmp_path))
