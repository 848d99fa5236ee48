"""`cuefinder watch` and `cuefinder library roots`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from fakes import tone, write_wav

from plugin.cli.watch import lines
from plugin.library.progress import IndexReport
from plugin.library.watch_event import WatchEvent
from plugin.paths import library_path


def test_index_remembers_its_folders(cuefinder, indexed) -> None:
    answer = cuefinder("library", "roots", "--json")
    assert [(root["path"], root["online"], root["watched"]) for root in answer.json] == [(str(indexed), True, True)]
    assert answer.json[0]["scanned_at"]
    cuefinder("index", indexed / "low.wav")  # a file is no folder
    assert len(cuefinder("library", "roots", "--json").json) == 1


def test_roots_are_added_switched_and_removed(cuefinder, tmp_path) -> None:
    assert cuefinder("library", "roots").out.strip() == "folder  state  watched  last walked"
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    cuefinder("library", "roots", "--add", tmp_path / "a", tmp_path / "b")
    cuefinder("library", "roots", "--no-watch", tmp_path / "a")
    (tmp_path / "b").rmdir()
    rows = cuefinder("library", "roots").out.splitlines()
    assert rows[1].split() == [str(tmp_path / "a"), "never"]
    assert rows[2].split() == [str(tmp_path / "b"), "not", "there", "watched", "never"]
    cuefinder("library", "roots", "--remove", tmp_path / "b", "--watch", tmp_path / "a")
    assert [root["watched"] for root in cuefinder("library", "roots", "--json").json] == [True]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["library", "roots", "--add", "/gone"], "/gone: there is no such folder: choose one that is there"),
        (["library", "roots", "--remove", "/tmp"], "/tmp: it is no folder of the library"),
        (["watch"], "no folder is watched: name one, as in 'cuefinder watch DIR'"),
        (["watch", "/gone"], "/gone: there is no such folder"),
        (["watch", "--rest", "0"], "--rest and --poll-seconds: give more than 0 seconds"),
        (["watch", "--workers", "0"], "--workers 0: at least one process must decode"),
    ],
)
def test_bad_input_is_one_line(cuefinder, arguments, error) -> None:
    answer = cuefinder(*arguments)
    assert answer.status == 2
    assert answer.error.startswith(error)


def test_watch_takes_in_what_comes_until_it_is_interrupted(cuefinder, indexed) -> None:
    def disturb() -> None:
        time.sleep(0.5)
        write_wav(indexed / "new.wav", tone(900, 1))
        (indexed / "bad.mp3").write_text("no music")
        until = time.monotonic() + 20
        while time.monotonic() < until:
            time.sleep(0.2)
            if library_path().stat().st_size and _heard(indexed / "new.wav"):
                break
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=disturb)
    thread.start()
    answer = cuefinder("watch", "--rest", "0.2", "--json")
    thread.join()
    assert answer.status == 130
    events = [json.loads(line) for line in answer.out.splitlines()]
    assert events[0] == {"event": "watched", "path": str(indexed)}
    reports = [event["report"] for event in events if event["event"] == "indexed"]
    assert sum(report["indexed"] for report in reports) == 1
    assert [failure["path"] for report in reports for failure in report["failures"]] == [str(indexed / "bad.mp3")]


def _heard(path: Path) -> bool:
    from plugin.library.store import Library
    from plugin.library.tracks import track_at

    with Library(library_path()) as library:
        return track_at(library, path) is not None


def test_watch_ends_in_one_line_in_a_process_of_its_own(tmp_path) -> None:
    (tmp_path / "music").mkdir()
    command = [sys.executable, "-m", "plugin.cli.main", "watch", str(tmp_path / "music"), "--device", "cpu"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == f"watching {tmp_path / 'music'}\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out.splitlines()[-1] == "ended: what was not taken in yet is found at the next start"
    assert err == ""


def test_every_event_is_said_in_words() -> None:
    place = Path("/music")
    for kind in ("watched", "polled", "offline", "walked", "lost", "changes", "waiting", "problem"):
        said = lines(WatchEvent(kind, place, 3, "a reason"))
        assert len(said) == 1
        assert len(said[0]) > 10
    report = IndexReport(indexed=2, moved=1, failures=[(place / "a.mp3", "damaged")])
    assert lines(WatchEvent("indexed", report=report)) == [
        "2 indexed, 1 moved, 1 failed",
        "failed: /music/a.mp3: damaged",
    ]
    assert lines(WatchEvent("indexed", report=IndexReport(unchanged=9))) == []
