"""Marks that come and go: to rekordbox, beets, spreadsheets and other libraries, and back."""

from __future__ import annotations

import csv
import json
import os
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote_to_bytes

import mutagen.wave
import pytest
from fakes import tone, write_wav
from mutagen.id3 import TIT2, TPE1

from plugin.library.store import Library
from plugin.library.tracks import all_tracks
from plugin.paths import library_path


def marks() -> dict[str, tuple[int, bool, bool]]:
    with Library(library_path()) as library:
        return {track.path.name: (track.rating, track.favourite, track.hidden) for track in all_tracks(library)}


@pytest.fixture
def marked(cuefinder, indexed: Path) -> Path:
    cuefinder("library", "mark", "low", "--rating", "3", "--favourite")
    cuefinder("library", "mark", "high", "--rating", "5", "--hide")
    return indexed


MARKS = {"low.wav": (3, True, False), "mid.wav": (0, False, False), "high.wav": (5, False, True)}
UNMARKED = dict.fromkeys(MARKS, (0, False, False))


def export(cuefinder, style: str, target: Path) -> Path:
    answer = cuefinder("library", "export", "--format", style, "--output", target)
    assert answer.status == 0
    return target


def start_anew(cuefinder, music: Path) -> None:
    for file in library_path().parent.glob("library.db*"):
        file.unlink() if file.is_file() else shutil.rmtree(file)
    assert cuefinder("index", music).status == 0
    assert marks() == UNMARKED


@pytest.mark.parametrize("style", ["csv", "json", "beets", "rekordbox"])
def test_marks_come_back_from_every_format(style, cuefinder, marked, tmp_path) -> None:
    file = export(cuefinder, style, tmp_path / "marks")
    start_anew(cuefinder, marked)
    tried = cuefinder("library", "import", file)
    assert "2 tracks to change" in tried.out
    assert "nothing was changed: --apply takes it over" in tried.out
    assert marks() == UNMARKED
    done = cuefinder("library", "import", file, "--apply", "--json").json
    assert (done["rows"], len(done["changes"]), done["conflicts"], done["unknown"]) == (3, 2, [], [])
    hidden = style != "rekordbox"  # it has no field for it
    assert marks() == MARKS | {"high.wav": (5, False, hidden)}
    again = cuefinder("library", "import", file, "--apply", "--json").json
    assert (again["changes"], again["same"], again["comments"]) == ([], 3, 0)  # captions come back as they were


def test_rekordbox_finds_its_attributes(cuefinder, marked, tmp_path) -> None:
    odd = marked / os.fsdecode(b"a & b #1 caf\xe9 \xc3\xa9.wav")
    write_wav(odd, tone(300, 7))
    cuefinder("index", marked)
    root = ET.parse(export(cuefinder, "rekordbox", tmp_path / "x.xml")).getroot()
    assert (root.tag, root.get("Version")) == ("DJ_PLAYLISTS", "1.0.0")
    collection = root.find("COLLECTION")
    assert collection.get("Entries") == "4" == str(len(collection))
    tracks = {track.get("Name"): track for track in collection}
    low = tracks["low"]
    assert (low.get("Rating"), low.get("TotalTime"), low.get("Kind")) == ("153", "12", "WAV File")
    assert low.get("Comments") == "A sound in the low register."
    assert float(low.get("AverageBpm", "0")) >= 0
    assert low.get("Location") == f"file://localhost{marked}/low.wav"
    locations = [track.get("Location").removeprefix("file://localhost") for track in collection]
    assert os.fsencode(odd) in [unquote_to_bytes(location) for location in locations]
    [favourites] = root.iterfind("PLAYLISTS/NODE/NODE")
    assert favourites.get("Entries") == "1"
    assert [entry.get("Key") for entry in favourites] == [low.get("TrackID")]


def test_beets_finds_its_fields(cuefinder, marked) -> None:
    rows = {row["title"]: row for row in cuefinder("library", "export", "--format", "beets").json}
    names = {"path", "artist", "album", "genre", "bpm", "initial_key", "comments", "lyrics", "length"}
    assert rows["low"].keys() >= names
    assert (rows["low"]["rating"], rows["low"]["length"]) == (0.6, 12.0)
    assert rows["low"]["rg_track_gain"] == pytest.approx(-9, abs=4)


def tag(path: Path, title: str, artist: str) -> None:
    file = mutagen.wave.WAVE(path)
    file.add_tags()
    file.tags.add(TIT2(encoding=3, text=title))
    file.tags.add(TPE1(encoding=3, text=artist))
    file.save()


def write_rows(path: Path, *rows: dict[str, object]) -> Path:
    names = sorted({name for row in rows for name in row} | {"path"})
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, names)
        table.writeheader()
        table.writerows(rows)
    return path


def test_tracks_of_another_computer_are_known_by_name_and_length(cuefinder, music, tmp_path) -> None:
    tag(music / "low.wav", "Über  Song", "Someone")
    cuefinder("index", music)
    file = write_rows(
        tmp_path / "rows.csv",
        {"title": "über song", "artist": "SOMEONE", "duration": "12.6", "rating": 4},
        {"title": "über song", "artist": "Another", "duration": "12", "rating": 1},
        {"path": "/Volumes/x/mid.wav", "title": "", "duration": "25", "favourite": "True"},
        {"title": "mid", "duration": "60", "rating": 2},
        {"title": "high", "rating": 2},
    )
    found = cuefinder("library", "import", file, "--apply", "--json").json
    assert marks() == UNMARKED | {"low.wav": (4, False, False), "mid.wav": (0, True, False)}
    assert found["by_name"] == 2
    assert len(found["unknown"]) == 3
    assert found["unknown"][0] == "line 3 (über song): no such track"


def test_conflicts_are_listed_and_the_library_stays_as_it_is(cuefinder, marked, tmp_path) -> None:
    shutil.copy(marked / "mid.wav", marked / "sub" / "mid.wav")
    cuefinder("index", marked)
    file = write_rows(
        tmp_path / "rows.csv",
        {"path": marked / "low.wav", "rating": 5},
        {"path": marked / "sub" / "high.wav", "rating": 5, "favourite": "1"},
        {"title": "mid", "duration": 25, "rating": 2},
        {"path": marked / "mid.wav", "rating": 2},
        {"path": marked / "mid.wav", "rating": 4},
    )
    answer = cuefinder("library", "import", file, "--apply", "--json").json
    assert [line.partition(": ")[2] for line in answer["conflicts"]] == [
        "rating 5, but 3 in the library, which stays",
        f"2 tracks fit: {marked / 'mid.wav'}; {marked / 'sub' / 'mid.wav'}",
        "rating 4, but 2 further up in the same file",
    ]
    assert marks()["low.wav"] == (3, True, False)
    assert marks()["high.wav"] == (5, True, True)
    assert cuefinder("library", "import", file, "--apply", "--replace").status == 0
    assert marks()["low.wav"] == (5, True, False)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no table of tracks: its first line names neither 'path' nor 'title'"),
        (b"\xff\xfe\x00music", "neither CSV in UTF-8, JSON nor XML of rekordbox"),
        (b"[1]", "entry 1 is no track"),
        (b"[" * 100_000, "damaged JSON"),
        (b"<a>", "damaged XML (no element found"),
        (b"<a/>", "not a collection of rekordbox: its first element is a"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "damaged XML"),
        (b"path,rating\na,7\n", "line 2: rating is '7', not 0 to 5"),
        (b"path,rating\na,nan\n", "line 2: rating is 'nan', not 0 to 5"),
        (b"path,hidden\na,perhaps\n", "line 2: hidden is 'perhaps', neither true nor false"),
        (b'[{"title": "a", "length": 1, "rating": 3}]', "entry 1: rating is '3', not 0 to 1"),
        (b"path,title\n" + b"x" * 2**21, "damaged CSV (field larger than field limit"),
        (b'<DJ_PLAYLISTS><COLLECTION><TRACK Rating="999"/></COLLECTION></DJ_PLAYLISTS>', "track 1: Rating is '999'"),
    ],
)
def test_files_that_are_none_are_one_line(cuefinder, marked, tmp_path, content, reason) -> None:
    (tmp_path / "x").write_bytes(content)
    answer = cuefinder("library", "import", tmp_path / "x", "--apply")
    assert answer.status == 2
    assert answer.error.startswith(f"{tmp_path / 'x'}: {reason}")
    assert marks() == MARKS


def test_xml_bombs_do_not_fill_the_memory(cuefinder, indexed, tmp_path) -> None:
    names = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20 if n else "x" * 100}">' for n in range(9))
    (tmp_path / "x").write_text(f"<!DOCTYPE a [{names}]><DJ_PLAYLISTS>&e8;</DJ_PLAYLISTS>")
    assert "damaged XML" in cuefinder("library", "import", tmp_path / "x").error


def test_file_that_is_not_there_is_one_line(cuefinder, indexed, tmp_path) -> None:
    assert cuefinder("library", "import", tmp_path / "x").error == f"{tmp_path / 'x'}: No such file or directory"


def test_comments_are_counted_as_passed_over(cuefinder, indexed, tmp_path) -> None:
    rows = [{"path": str(indexed / "low.wav"), "length": 12, "comments": "mine", "rating": 1.0}]
    (tmp_path / "x.json").write_text(json.dumps(rows))
    assert "1 comments were passed over" in cuefinder("library", "import", tmp_path / "x.json", "--apply").out
    assert marks()["low.wav"] == (5, False, False)


def test_failed_files_are_listed_with_their_reason_and_tried_again(cuefinder, music) -> None:
    (music / "words.mp3").write_text("no music")
    (music / "sub" / "empty.wav").touch()
    cuefinder("index", music)
    answer = cuefinder("library", "failed")
    assert f"{music / 'words.mp3'}: not a media file, or damaged beyond reading" in answer.out
    assert f"{music / 'sub' / 'empty.wav'}: the file is empty (zero bytes)" in answer.out
    assert "2 files failed; --retry tries them again" in answer.out
    write_wav(music / "sub" / "empty.wav", tone(900, 5))
    again = cuefinder("library", "failed", "--retry", "--json").json
    assert (again["found"], again["indexed"], again["failed"]) == (2, 1, 1)
    [left] = cuefinder("library", "failed", "--json").json
    assert left["path"] == str(music / "words.mp3")
    assert {"low.wav", "empty.wav"} < set(marks())


def test_library_without_failures_says_so(cuefinder, indexed) -> None:
    assert cuefinder("library", "failed").out == "no file failed\n"
    assert cuefinder("library", "failed", "--retry").out == "no file failed\n"
