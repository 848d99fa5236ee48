"""Bad input: one clear line each, the right exit status, and nothing else lost."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from fakes import tone, write_video, write_wav

from plugin.cli.main import main


def write_mp3(path: Path, seconds: float) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mp3", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(600, seconds)[None].astype(np.float32), "fltp", "mono")
        frame.sample_rate = 16000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def test_one_run_takes_the_good_files_and_lists_the_bad_ones(cuefinder, music) -> None:
    (music / "text.mp3").write_text("This is no music at all. " * 100)
    (music / "empty.mp3").touch()
    whole = write_mp3(music / "cut.mp3", 30).read_bytes()
    (music / "cut.mp3").write_bytes(whole[: len(whole) // 3])
    write_wav(music / "silent.wav", np.zeros(16000 * 5))
    write_wav(music / "short.wav", tone(600, 0.2))
    write_video(music / "mute.mkv", [0.5])
    report = cuefinder("index", music, music / "mute.mkv", "--json").json
    failures = {Path(item["path"]).name: item["reason"] for item in report["failures"]}
    assert set(failures) == {"text.mp3", "empty.mp3", "mute.mkv"}
    assert [Path(item["path"]).name for item in report["silences"]] == ["silent.wav"]
    assert "nothing" in report["silences"][0]["reason"]
    assert all(reason and "\n" not in reason for reason in failures.values())
    assert report["indexed"] == 5
    notes = {Path(item["path"]).name: item["reason"] for item in report["warnings"]}
    assert set(notes) == {"cut.mp3", "short.wav"}
    assert "cut short" in notes["cut.mp3"]
    assert cuefinder("library", "stats", "--json").json["tracks"] == {
        "indexed": 5,
        "silent": 1,
        "failed": 3,
        "missing": 0,
    }


def test_missing_path_and_folder_without_audio(cuefinder, indexed, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    answer = cuefinder("index", tmp_path / "gone", tmp_path / "empty", indexed, "--json")
    assert answer.status == 2
    assert answer.err.splitlines() == [
        f"cuefinder: error: {tmp_path / 'gone'}: No such file or directory",
        f"cuefinder: error: {tmp_path / 'empty'}: no audio files in this folder",
    ]
    assert answer.json["unchanged"] == 3  # the rest is indexed all the same
    for command in ("caption", "tag"):
        answer = cuefinder(command, tmp_path / "gone.wav")
        assert answer.status == 2
        assert str(tmp_path / "gone.wav") in answer.error


def test_nothing_but_a_bad_file_is_a_failure(cuefinder, tmp_path) -> None:
    (tmp_path / "text.mp3").write_text("This is no music at all.")
    assert cuefinder("index", tmp_path / "text.mp3").status == 1


@pytest.mark.parametrize("command", ["caption", "tag", "suggest --like"])
def test_files_that_cannot_be_heard(cuefinder, indexed, tmp_path, command) -> None:
    (tmp_path / "text.mp3").write_text("This is no music at all. " * 100)
    (tmp_path / "empty.mp3").touch()
    write_wav(tmp_path / "silent.wav", np.zeros(16000 * 5))
    for name in ("text.mp3", "empty.mp3", "silent.wav", "gone.mp3"):
        answer = cuefinder(*command.split(), tmp_path / name)
        assert answer.status == 2
        assert answer.error.startswith(f"{tmp_path / name}: ")


def test_short_file_is_captioned(cuefinder, tmp_path) -> None:
    assert "sounds: A sound in the middle" in cuefinder("caption", write_wav(tmp_path / "s.wav", tone(600, 0.2))).out


def test_video_without_sound_cannot_be_tagged_but_suggested_for(cuefinder, indexed, tmp_path) -> None:
    clip = write_video(tmp_path / "mute.mkv", [0.1])
    assert cuefinder("tag", clip).status == 2
    assert cuefinder("suggest", "--video", clip).status == 0


@pytest.mark.parametrize("bounds", [("60", None), ("0", "60"), ("8", "4"), ("2:0:0", None)])
@pytest.mark.parametrize("command", ["caption", "suggest --video"])
def test_range_outside_the_file(cuefinder, indexed, tmp_path, command, bounds) -> None:
    clip = write_video(tmp_path / "clip.mkv", [0.1], sound=tone(600, 10))
    options = ["--start", bounds[0], *(["--end", bounds[1]] if bounds[1] else [])]
    answer = cuefinder(*command.split(), clip, *options)
    assert answer.status == 2
    assert answer.error


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "nothing to go by: give --video, --text or --like"),
        ("--text low --weight sound=2", "'sound' is no aspect to weight: choose from video, text, reference"),
        ("--text low --weight text", "'text' is not a weight: write it as text=0.7"),
        ("--text low --weight text=much", "'text=much' is not a weight"),
        ("--text low --tempo 110-80", "'110-80' is not a range of tempi"),
        ("--text low --tempo fast", "'fast' is not a range of tempi"),
        ("--text low --tag flte", "'flte' is no tag of the vocabulary: did you mean flute"),
        ("--text low --not-tag xyzzy", "'xyzzy' is no tag of the vocabulary: 'cuefinder library stats' lists"),
        ("--text low --key H", "'H' is not a key: write it as"),
        ("--text low --min-length long", "'long' is not a time: write seconds (90) or minutes (1:30)"),
        ("--text low --min-length 60 --max-length 30", "no track is at least 60 s and at most 30 s long"),
        ("--text low --start 5", "--start and --end are a range of the footage"),
        ("--text low --top 0", "--top is a number from 1 up"),
    ],
)
def test_bad_questions(cuefinder, indexed, options, message) -> None:
    answer = cuefinder("suggest", *options.split())
    assert answer.status == 2
    assert answer.error.startswith(message)
    assert answer.out == ""


def test_library_that_is_not_there_or_holds_nothing(cuefinder, tmp_path) -> None:
    for command in (["suggest", "--text", "low"], ["search", "low"], ["show", "1"], ["library", "stats"]):
        answer = cuefinder(*command)
        assert answer.status == 2
        assert "there is no library at" in answer.error
    (tmp_path / "text.mp3").write_text("no music")
    cuefinder("index", tmp_path / "text.mp3")
    assert (
        "the library holds no tracks: fill it with 'cuefinder index DIR'" in cuefinder("suggest", "--text", "x").error
    )


def test_forgetting_what_the_library_does_not_know(cuefinder, indexed, tmp_path) -> None:
    answer = cuefinder("library", "forget", indexed / "low.wav", tmp_path / "unknown.wav")
    assert answer.status == 2
    assert "the library knows no file at or below this path" in answer.error
    assert cuefinder("library", "stats", "--json").json["tracks"]["indexed"] == 3


def test_store_of_a_newer_version(cuefinder, indexed, home) -> None:
    with sqlite3.connect(home / "library.db") as connection:
        connection.execute("UPDATE meta SET value = 7 WHERE key = 'schema_version'")
    connection.close()
    for command in (["suggest", "--text", "low"], ["index", indexed], ["search", "low"]):
        answer = cuefinder(*command)
        assert answer.status == 1
        assert "was written by another version of Cuefinder (store version 7, this one reads 3)" in answer.error


def test_library_in_use(cuefinder, indexed, home) -> None:
    from plugin.library.store import Library

    with Library(home / "library.db", writable=True):
        answer = cuefinder("index", indexed)
        assert answer.status == 1
        assert "is being written by process" in answer.error
        assert cuefinder("search", "low").status == 0


def test_pack_with_a_wrong_checksum(music, tmp_path, home, capsys) -> None:
    pack = write_pack(tmp_path / "pack")
    for file in ("music.onnx", "vocabulary.json"):
        (pack / file).write_text("damaged")
    for command in (["index", music], ["tag", music / "low.wav"], ["caption", music / "low.wav"]):
        assert main([*map(str, command), "--pack", str(pack)]) == 2
        err = capsys.readouterr().err
        assert "wrong checksum" in err
        assert err.count("\n") == 1
    assert main(["library", "stats", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tracks"] == dict.fromkeys(("indexed", "silent", "failed", "missing"), 0)
    assert main(["index", str(music), "--pack", str(tmp_path)]) == 2
    assert "no model pack here" in capsys.readouterr().err


def test_doctor_names_what_is_wrong(tmp_path, capsys) -> None:
    pack = write_pack(tmp_path / "pack")
    (pack / "music.onnx").write_text("damaged")
    (tmp_path / "library.db").write_text("no library " * 100)
    arguments = ["doctor", "--pack", str(pack), "--library", str(tmp_path / "library.db")]
    assert main([*arguments, "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["pack"]["state"] == "damaged"
    assert report["device"]["in_use"] is None
    assert "CPUExecutionProvider" in report["device"]["providers"]
    assert {"mp3", "flac", "aac", "opus"} <= set(report["decoder"]["audio"])
    assert report["versions"]["numpy"] == np.__version__
    assert main(arguments) == 1
    out = capsys.readouterr().out
    assert "wrong checksum" in out
    assert "it is damaged or no library" in out
    assert out.endswith("something is wrong\n")


def write_pack(folder: Path) -> Path:
    """Write a pack without graphs, with right checksums."""
    folder.mkdir()
    files = {"vocabulary.json": b'{"tags": []}', "music.onnx": b""}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    manifest = {
        "format": 1,
        "id": "tiny",
        "version": "1",
        "space": "tiny-1",
        "rate": 16000,
        "segment_seconds": 10.0,
        "video": {"fps": 2.0, "width": 32, "height": 24},
        "files": {name: {"sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_faults_of_ours_are_one_line_unless_debugging(cuefinder, music, monkeypatch, capsys) -> None:
    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("fakes.FakeEngine.music", broken)
    with pytest.raises(RuntimeError) as caught:
        cuefinder("tag", music / "low.wav")
    sys.excepthook(caught.type, caught.value, caught.tb)
    err = capsys.readouterr().err
    assert err == "cuefinder: internal error: RuntimeError: two lines (--debug shows where)\n"


def test_debug_shows_where_an_error_comes_from(cuefinder, tmp_path) -> None:
    answer = cuefinder("tag", tmp_path / "gone.wav", "--debug")
    assert answer.status == 2
    answer = cuefinder("caption", tmp_path / "gone.wav", "--debug")
    assert "Traceback" in answer.err
