"""`cuefinder stems` on folders, `cuefinder tag --write`, and their undo."""

from __future__ import annotations

import hashlib
from pathlib import Path

from plugin.filetags import plan, read_tags, write


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


def test_stems_of_a_folder_are_grouped_and_nothing_is_changed(cuefinder, music: Path) -> None:
    before = contents(music)
    answer = cuefinder("stems", music)
    assert answer.status == 0
    lines = answer.out.splitlines()
    assert lines[0].split()[:4] == ["file", "proposed", "name", "BPM"]
    assert any(line.endswith(":") for line in lines)
    assert "nothing was changed: --rename gives these names, --write these tags" in answer.out
    assert contents(music) == before
    rows = cuefinder("stems", music, "--json").json["files"]
    assert {Path(row["path"]).name: row["instrument"] for row in rows} == {
        "low.wav": "bass guitar", "mid.wav": "piano", "high.wav": "flute"
    }  # fmt: skip
    assert all({"role", "key", "tempo", "loudness", "silence", "bleed", "caption", "proposed"} <= set(row)
               for row in rows)  # fmt: skip


def test_stems_are_renamed_tagged_and_taken_back(cuefinder, music: Path) -> None:
    before = contents(music)
    answer = cuefinder("stems", music, "--rename", "--write", "--template", "{instrument}_{original}")
    assert "3 files changed; --undo" in answer.out
    new = music / "bass-guitar_low.wav"
    assert read_tags(new)["instrument"] == ("bass guitar",)
    assert sorted(path.name for path in music.rglob("*.wav")) == [
        "bass-guitar_low.wav", "flute_high.wav", "piano_mid.wav"
    ]  # fmt: skip
    assert "3 files restored" in cuefinder("stems", "--undo").out
    assert contents(music) == before
    assert cuefinder("stems", "--undo").error.startswith("nothing can be taken back")


def test_stems_rename_alone_writes_no_tags(cuefinder, music: Path) -> None:
    before = sorted(contents(music).values())
    assert cuefinder("stems", music, "--rename").status == 0
    assert sorted(contents(music).values()) == before
    assert (music / "low.wav").exists() is False


def test_stems_say_what_cannot_be(cuefinder, music: Path, tmp_path: Path) -> None:
    (music / "words.mp3").write_text("no music")
    answer = cuefinder("stems", music)
    assert answer.status == 2
    assert answer.error == f"{music / 'words.mp3'}: not a media file, or damaged beyond reading"
    assert "name a folder of stems" in cuefinder("stems").error
    assert "there is no field {x}" in cuefinder("stems", music, "--template", "{x}").error
    assert "are for sessions" in cuefinder("stems", music, "--apply").error
    assert "--dry-run changes nothing" in cuefinder("stems", music, "--dry-run", "--write").error
    assert "there is no such plug-in" in cuefinder("stems", music, "--vst3", tmp_path / "x.vst3").error
    assert "stands behind the --vst3" in cuefinder("stems", music, "--param", "a=1").error
    assert "write it as NAME=VALUE" in cuefinder("stems", music, "--vst3", tmp_path, "--param", "a").error
    assert "for folders of files" in cuefinder("stems", tmp_path / "edit.otio", "--write").error


def test_tag_shows_then_writes_then_takes_back(cuefinder, music: Path) -> None:
    before = contents(music)
    dry = cuefinder("tag", music / "low.wav", "--dry-run")
    assert "mood (TMOO)" in dry.out
    assert "nothing was changed: --write does it" in dry.out
    assert contents(music) == before
    assert "1 files changed" in cuefinder("tag", music / "low.wav", "--write").out
    assert read_tags(music / "low.wav")["mood"] == ("Calm",)
    found = cuefinder("tag", "--undo", "--json").json
    assert (found["restored"], found["problems"]) == ([str(music / "low.wav")], [])
    assert contents(music) == before


def test_tag_leaves_what_is_filled_unless_told(cuefinder, music: Path) -> None:
    low, wanted = music / "low.wav", {"mood": ("Mine",), "comment": ("Mine too.",)}
    write([plan(low, wanted)], music.parent / "journal")
    assert "stays Mine; --overwrite replaces it" in cuefinder("tag", low, "--dry-run").out
    cuefinder("tag", low, "--write")
    assert {field: read_tags(low)[field] for field in wanted} == wanted
    cuefinder("tag", low, "--write", "--overwrite")
    assert read_tags(low)["mood"] == ("Calm",)


def test_tag_names_files_that_cannot_be_written(cuefinder, music: Path) -> None:
    low = music / "low.wav"
    low.chmod(0o444)
    before = contents(music)
    answer = cuefinder("tag", music, "--write")
    assert answer.status == 2
    assert answer.error == f"{low}: the file is read-only: make it writable first"
    assert contents(music)["low.wav"] == before["low.wav"]
    assert "2 files changed" in answer.out
    assert "name music files or folders" in cuefinder("tag").error
    assert "name its ID, and no files" in cuefinder("tag", low, "--undo").error
