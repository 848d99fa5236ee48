from __future__ import annotations

import json
import random

import huggingface_hub
import pytest

from models.errors import DatasetError
from models.systems.viml.synthesis import make
from models.systems.viml.synthesis.__main__ import main
from models.systems.viml.synthesis.cache import TextCache, read_texts

ITEMS = [({"rock": 0.9, "happy": 0.8, f"drums {i}": 0.5}, {"rock": "genre", "happy": "mood"}) for i in range(6)]


def test_texts_survive_and_a_cut_line_is_written_anew(tmp_path):
    path = tmp_path / "new" / "texts.jsonl"
    cache = TextCache(path)
    cache.add("a", "Été.\nTwo lines")
    cache.add("b", "B.")
    path.write_bytes(path.read_bytes()[:-4])
    again = TextCache(path)
    assert again.get("a") == "Été.\nTwo lines"
    assert again.get("b") is None
    again.add("b", "B2.")
    assert read_texts(path) == {"a": "Été.\nTwo lines", "b": "B2."}


def test_a_resumed_run_equals_a_whole_one_and_writes_only_what_is_missing(tmp_path):
    whole = make("data2text").many(ITEMS, random.Random(0))
    path = tmp_path / "texts.jsonl"
    assert make("data2text", cache=path).many(ITEMS, random.Random(0)) == whole
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]) + lines[3][:10])
    resumed = make("data2text", cache=path)
    assert resumed.many(ITEMS, random.Random(0)) == whole
    assert resumed.counts["cached"] == 3
    assert sorted(path.read_bytes().splitlines(keepends=True)) == sorted(lines)


def test_other_options_or_seeds_do_not_meet_in_the_cache(tmp_path):
    path = tmp_path / "texts.jsonl"
    make("tags", cache=path).many(ITEMS, random.Random(0))
    for kind, options, seed in (("data2text", {}, 0), ("tags", {"most": 14}, 0), ("tags", {}, 1)):
        other = make(kind, cache=path, **options)
        other.many(ITEMS, random.Random(seed))
        assert other.counts["cached"] == 0


@pytest.mark.parametrize("line", ["{}", "[]", "not json", '{"key": "a"}'])
def test_a_file_of_something_else_is_one_clear_line(tmp_path, line):
    path = tmp_path / "texts.jsonl"
    path.write_text(f'{{"key": "k", "text": "t"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(DatasetError, match="line 2: not a text of ours"):
        TextCache(path)
    with pytest.raises(DatasetError, match="no file of texts"):
        read_texts(tmp_path / "nowhere.jsonl")


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "data"
    root.mkdir()
    rows = ["key,split,text,tags,tag_groups"]
    for i, split in enumerate(["train", "train", "valid", "test"]):
        rows.append(f"k{i},{split},A text,rock:0.9;drums:0.{i + 3},rock:genre;drums:instrument")
    (root / "records.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return root


def test_the_command_writes_resumes_and_reports(folder, tmp_path, capsys):
    out = tmp_path / "texts.jsonl"
    command = ["--data", f"folder:{folder}", "--kind", "data2text", "--out", str(out), "--quiet"]
    assert main(command) == 0
    assert "4 texts written, 0 were there" in capsys.readouterr().out
    whole = read_texts(out)
    assert sorted(whole) == ["k0", "k1", "k2", "k3"]
    lines = out.read_text(encoding="utf-8").splitlines(keepends=True)
    assert set(json.loads(lines[0])) == {"key", "text", "by"}
    out.write_text("".join(lines[:2]) + lines[2][:5], encoding="utf-8")
    assert main(command) == 0
    assert "2 texts written, 2 were there" in capsys.readouterr().out
    assert read_texts(out) == whole
    assert main([*command, "--seed", "1"]) == 2
    assert "other options" in capsys.readouterr().err
    assert main([*command[:-3], "--out", str(tmp_path / "train.jsonl"), "--split", "train"]) == 0
    assert read_texts(tmp_path / "train.jsonl") == {key: whole[key] for key in ("k0", "k1")}


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (["--kind", "prompt2text", "--model", "nobody/no-such-model"], "hf download NAME"),
        (["--set", "threshold=high"], "threshold"),
        (["--set", "colour=red"], "colour"),
    ],
)
def test_errors_of_the_command_are_one_line(folder, tmp_path, capsys, monkeypatch, more, line):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert main(["--data", f"folder:{folder}", "--out", str(tmp_path / "t.jsonl"), "--quiet", *more]) == 2
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1


def test_records_without_tags_are_one_line(folder, tmp_path, capsys):
    (folder / "records.csv").write_text("key,split,text\na,train,x\nb,valid,x\nc,test,x\n", encoding="utf-8")
    assert main(["--data", f"folder:{folder}", "--out", str(tmp_path / "t.jsonl"), "--quiet"]) == 2
    assert "has tags" in capsys.readouterr().err
