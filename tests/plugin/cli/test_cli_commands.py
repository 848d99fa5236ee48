"""Every command, run as a user would."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import tone, write_video, write_wav

from plugin import cli
from plugin.cli.main import build_parser, commands
from plugin.library.store import Library
from plugin.paths import library_path

ROOT = Path(__file__).resolve().parents[3]
HEAVY = ("numpy", "av", "sqlalchemy", "onnxruntime", "tokenizers", "pedalboard", "torch", "PyQt6", "mido")


def python(code: str, *arguments: object, **options) -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "plugin")])
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
        **options,
    )


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from plugin.cli.main import main\n"
        "try: main(['--help'])\n"
        f"except SystemExit: print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    out, _ = python(code).communicate(timeout=60)
    assert out.rstrip().endswith("LOADED []")
    for command in commands():
        assert f"    {command.NAME} " in out


@pytest.mark.parametrize("command", list(commands()), ids=lambda command: command.NAME)
def test_every_command_has_help_and_the_common_options(command, capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        build_parser().parse_args([command.NAME, "--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert all(option in text for option in ("--json", "--library", "--pack", "--debug"))
    assert command.__name__ == f"{cli.__name__}.{command.NAME}"


def test_index_says_what_it_did(cuefinder, music) -> None:
    (music / "cover.jpg").touch()
    (music / "words.mp3").write_text("no music")
    answer = cuefinder("index", music)
    assert answer.status == 0
    assert "4 music files found" in answer.out
    assert "3 indexed (0:41 of sound" in answer.out
    assert f"failed: {music / 'words.mp3'}: " in answer.out
    assert "passed over as no music: 1 .jpg" in answer.out
    again = cuefinder("index", music)
    assert "3 unchanged" in again.out
    assert "1 failed before and unchanged (--retry" in again.out


def test_second_run_starts_no_process_and_no_model(cuefinder, indexed, monkeypatch) -> None:
    monkeypatch.delattr("plugin.library.indexing.DecodePool")
    monkeypatch.delattr("fakes.FakeEngine.music")
    report = cuefinder("index", indexed, "--json").json
    assert (report["unchanged"], report["indexed"], report["failed"]) == (3, 0, 0)


def test_index_json_is_one_object_with_progress_apart(cuefinder, music) -> None:
    answer = cuefinder("index", music, "--json", "--progress", "json")
    assert answer.json["indexed"] == 3
    assert answer.json["interrupted"] is False
    lines = [json.loads(line) for line in answer.err.splitlines()]
    assert lines[-1]["files_done"] == lines[-1]["files_total"] == 3
    assert lines[-1]["share"] == 1.0


def test_progress_bar_shows_files_rate_and_time_left(cuefinder, music, monkeypatch) -> None:
    monkeypatch.setattr("plugin.cli.support.progress.BAR_SECONDS", 0.0)
    err = cuefinder("index", music, "--progress", "bar").err
    assert "[########################] 3/3 files" in err
    assert "x real time, 0:00 left" in err
    assert err.endswith("\r\x1b[K")  # it is taken away


SLOW_INDEX = """
import sys, time
from fakes import FakeEngine
import plugin.runtime.engine as runtime
real, heard = FakeEngine.music, []
def slow(self, windows):
    heard.append(len(windows))
    time.sleep(0.3 if len(heard) == 1 else 4)  # long enough to be interrupted on a busy machine
    return real(self, windows)
FakeEngine.music = slow
runtime.Engine = FakeEngine
from plugin.cli.main import main
if __name__ == "__main__":
    sys.exit(main(["index", sys.argv[1], "--progress", "json", "--workers", "1"]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for other processes")
def test_interrupt_keeps_finished_files_and_says_how_to_go_on(cuefinder, music) -> None:
    child = python(SLOW_INDEX, music)
    assert child.stderr is not None
    for line in child.stderr:
        if json.loads(line)["files_done"] == 1:
            break
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    kept = int(err.split("interrupted: ")[1].split(" ")[0])
    assert 1 <= kept < 3
    assert "run the same command again to go on" in err
    assert "Traceback" not in err
    report = cuefinder("index", music, "--json").json
    assert (report["unchanged"], report["indexed"]) == (kept, 3 - kept)


def test_suggest_prints_ranked_tracks(cuefinder, indexed) -> None:
    lines = cuefinder("suggest", "--text", "low", "--top", "2").out.splitlines()
    assert lines[0].split() == ["#", "score", "text", "title", "artist", "segment", "length", "BPM", "key"]
    assert lines[1].split()[:4:3] == ["1", "low"]
    assert "    A sound in the low register." in lines
    assert f"    {indexed / 'low.wav'}" in lines
    assert lines[-1] == "3 of 3 tracks passed the filters; segments of 0:30"


def test_suggest_json_has_all_that_a_host_needs(cuefinder, indexed, tmp_path) -> None:
    clip = write_video(tmp_path / "clip.mkv", [0.1])
    arguments = ["--video", clip, "--end", "0:08", "--text", "low", "--like", indexed / "mid.wav", "--weight", "text=2"]
    found = cuefinder("suggest", *arguments, "--json").json
    first = found["results"][0]
    assert first["track"]["path"] == str(indexed / "low.wav")
    assert first["segment"]["end"] - first["segment"]["start"] == pytest.approx(8.0)
    assert set(first["aspects"]) == {"video", "text", "reference"}
    assert {"title", "artist", "tempo", "key", "caption", "tags"} <= set(first["track"])
    assert found["stale"] == 0


def test_suggest_says_when_nothing_passes(cuefinder, indexed) -> None:
    assert (
        cuefinder("suggest", "--text", "low", "--min-length", "1:00:00").out == "none of 3 tracks passes the filters\n"
    )


def test_caption_of_music(cuefinder, music, tmp_path) -> None:
    (tmp_path / "words.lrc").write_text("[00:01.00]Rivers run")
    answer = cuefinder(
        "caption", music / "mid.wav", "--start", "5", "--end", "0:15", "--lyrics", tmp_path / "words.lrc"
    )
    assert answer.out.splitlines()[:2] == [
        f"{music / 'mid.wav'}  0:05-0:15",
        "  sounds: A sound in the middle register singing of Rivers.",
    ]
    found = cuefinder("caption", music / "mid.wav", "--json").json
    assert found["caption"] == "A sound in the middle register."
    assert [tag["name"] for tag in found["tags"]] == ["piano"]
    assert found["end"] == pytest.approx(25.0)


def test_caption_of_video_tells_sound_and_look(cuefinder, tmp_path) -> None:
    clip = write_video(tmp_path / "clip.mkv", [0.1], sound=tone(4000, 10))
    out = cuefinder("caption", clip).out
    assert "sounds: A sound in the high register." in out
    assert "looks:  dark, bright" in out


def test_caption_of_video_without_sound_tells_its_look_and_says_so(cuefinder, tmp_path) -> None:
    clip = write_video(tmp_path / "mute.mkv", [0.9])
    found = cuefinder("caption", clip, "--json").json
    assert found["caption"] is None
    assert found["moods"][0]["name"] == "bright"
    assert found["notes"] == ["there is no sound in this video: only its look is described"]
    silent = write_video(tmp_path / "silent.mkv", [0.9], sound=tone(80, 10, level=0.0))
    assert "note:   the sound of this range is silent" in cuefinder("caption", silent).out


def test_tag_prints_groups_and_writes_nothing(cuefinder, music, home) -> None:
    answer = cuefinder("tag", music)
    assert f"{music / 'low.wav'}\n  genre       -\n  mood        calm 1." in answer.out
    assert "  instrument  bass guitar 1." in answer.out
    assert list(home.iterdir()) == []
    found = cuefinder("tag", music / "low.wav", "--json").json
    assert [tag["name"] for tag in found["files"][0]["tags"]["mood"]] == ["calm"]


def test_search_show_and_stats_agree(cuefinder, indexed) -> None:
    out = cuefinder("search", "bass", "guitar").out
    assert out.splitlines()[1].split()[1] == "low"
    found = cuefinder("search", "bass", "--json").json["results"][0]
    assert cuefinder("show", found["id"], "--json").json == found
    out = cuefinder("show", indexed / "low.wav").out
    assert "caption     A sound in the low register." in out
    assert "no track holds the words: polka" in cuefinder("search", "polka").out
    assert cuefinder("library", "stats", "--json").json["tracks"]["indexed"] == 3
    assert "3 indexed, 0 silent, 0 failed, 0 missing" in cuefinder("library", "stats").out


def test_export_goes_to_a_file_or_a_pipe(cuefinder, indexed, tmp_path) -> None:
    rows = list(csv.DictReader(io.StringIO(cuefinder("library", "export").out)))
    assert [Path(row["path"]).name for row in rows] == ["low.wav", "mid.wav", "high.wav"]
    cuefinder("library", "export", "--format", "json", "--output", tmp_path / "out.json")
    assert [track["path"] for track in json.loads((tmp_path / "out.json").read_text())] == [r["path"] for r in rows]


def test_export_into_a_closed_pipe_is_no_error(cuefinder, indexed) -> None:
    code = "import sys; from plugin.cli.main import main; sys.exit(main(['library', 'export', '--json']))"
    child = python(code)
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    assert child.wait(timeout=60) == 141
    assert child.stderr.read() == ""
    child.stderr.close()


def test_forget_drops_files_and_folders_but_never_from_the_disk(cuefinder, indexed) -> None:
    assert cuefinder("library", "forget", indexed / "sub", "--json").json["forgotten"] == 1
    (indexed / "low.wav").rename(indexed / "elsewhere.wav")
    assert "files forgotten: 1 " in cuefinder("library", "forget", indexed / "low.wav").out
    assert cuefinder("library", "stats", "--json").json["tracks"]["indexed"] == 1
    assert sorted(path.name for path in indexed.rglob("*.wav")) == ["elsewhere.wav", "high.wav", "mid.wav"]


def test_names_with_control_characters_cannot_reach_the_terminal(cuefinder, tmp_path) -> None:
    write_wav(tmp_path / "music" / "evil\x1b[31m\nname.wav", tone(80, 4))
    cuefinder("index", tmp_path / "music")
    for command in (["suggest", "--text", "low"], ["search", "low"], ["show", "1"], ["tag", tmp_path / "music"]):
        out = cuefinder(*command).out
        assert "\x1b" not in out
        assert "evil\\x1b[31m\\nname" in out


def test_marks_are_set_shown_and_obeyed(cuefinder, indexed) -> None:
    answer = cuefinder("library", "mark", "low", "mid", "--rating", "4", "--favourite")
    assert answer.status == 0
    assert "low: 4 of 5 stars, favourite" in answer.out
    found = cuefinder("suggest", "--text", "low", "--min-rating", "3", "--json").json["results"]
    assert {result["track"]["name"] for result in found} == {"low", "mid"}
    assert {result["track"]["rating"] for result in found} == {4}
    assert cuefinder("library", "mark", indexed / "low.wav", "--hide", "--no-favourite").status == 0
    found = cuefinder("suggest", "--text", "low", "--json").json["results"]
    assert "low" not in {result["track"]["name"] for result in found}
    assert cuefinder("suggest", "--text", "low", "--favourites", "--json").json["results"][0]["track"]["name"] == "mid"


def test_hidden_tracks_are_counted_where_they_are_left_out(cuefinder, indexed) -> None:
    assert "more are hidden" not in cuefinder("suggest", "--text", "low").out
    cuefinder("library", "mark", "low", "mid", "high", "--hide")
    out = cuefinder("suggest", "--text", "low").out
    assert out == "none of 3 tracks passes the filters; 3 more are hidden, --show-hidden shows them\n"
    assert cuefinder("suggest", "--text", "low", "--json").json["hidden"] == 3
    assert len(cuefinder("suggest", "--text", "low", "--show-hidden", "--json").json["results"]) == 3
    assert "mid: 0 of 5 stars\n" in cuefinder("library", "mark", "mid", "--unhide").out
    assert "1 of 3 tracks passed the filters" in cuefinder("suggest", "--text", "low").out
    with pytest.raises(SystemExit):
        cuefinder("library", "mark", "mid", "--hide", "--unhide")
    assert "choose 0 to 5 stars" in cuefinder("library", "mark", "mid", "--rating", "6").error


def test_versions_are_told_apart(cuefinder, indexed) -> None:
    with Library(library_path(), writable=True) as library, library.writing() as connection:
        connection.exec_driver_sql("UPDATE tracks SET artist = 'Lena', title = 'Boats (Live at the Quay)'")
        connection.exec_driver_sql("UPDATE tracks SET title = 'Boats' WHERE path LIKE '%low.wav'")
    answer = cuefinder("suggest", "--text", "low")
    assert "also: live version, Boats (Live at the Quay):" in answer.out
    (only,) = cuefinder("suggest", "--text", "low", "--json").json["results"]
    assert [version["kinds"] for version in only["versions"]] == [["live"], ["live"]]
    (only,) = cuefinder("suggest", "--text", "high", "--json").json["results"]
    assert sorted(version["kinds"] for version in only["versions"]) == [[], ["live"]]
    assert "also: another version, Boats:" in cuefinder("suggest", "--text", "high").out


def test_seeds_are_never_the_only_answer(cuefinder, indexed) -> None:
    low = indexed / "low.wav"
    out = cuefinder("suggest", "--like", low, "--max-length", "0:13", "--min-length", "0:10").out
    assert out == "there is no other track than those given\n"


def test_marks_that_say_nothing_and_tracks_that_are_not_known_are_bad_input(cuefinder, indexed) -> None:
    assert "nothing to mark" in cuefinder("library", "mark", "low").error
    answer = cuefinder("library", "mark", "low", "none of these", "--rating", "1")
    assert (answer.status, "no track has the id, path or title" in answer.error) == (2, True)
    assert cuefinder("suggest", "--text", "low", "--min-rating", "1", "--json").json["results"] == []


def test_seeds_may_be_several_and_to_keep_away_from(cuefinder, indexed) -> None:
    low, high = indexed / "low.wav", indexed / "sub" / "high.wav"
    found = cuefinder("suggest", "--like", low, "--like", high, "--json").json["results"]
    assert [result["track"]["name"] for result in found] == ["mid"]
    found = cuefinder("suggest", "--text", "mid", "--unlike", high, "--json").json["results"]
    assert "high" not in {result["track"]["name"] for result in found}
    assert "to keep away from a track is not enough" in cuefinder("suggest", "--unlike", low).error
