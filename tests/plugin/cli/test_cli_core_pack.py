"""The command line with the pack that ships: nothing is faked here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import tone, write_video, write_wav

from plugin.cli.main import main


def answer(capsys, *arguments: object) -> dict:
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_doctor_finds_nothing_wrong(capsys) -> None:
    report = answer(capsys, "doctor", "--device", "cpu")
    assert report["problems"] == []
    assert report["pack"]["state"] == "all checksums right"
    assert report["device"]["in_use"] == "CPUExecutionProvider"
    assert report["library"]["state"].startswith("none yet")


def test_library_is_indexed_once_and_asked_in_every_way(capsys, tmp_path) -> None:
    music = tmp_path / "music"
    for name, frequency, seconds in (("one", 110, 22), ("two", 440, 25), ("three", 1760, 31)):
        write_wav(music / f"{name}.wav", tone(frequency, seconds))
    report = answer(capsys, "index", music)
    assert (report["indexed"], report["failures"]) == (3, [])
    assert answer(capsys, "index", music)["unchanged"] == 3
    clip = write_video(tmp_path / "clip.mkv", [0.2, 0.8])
    found = answer(capsys, "suggest", "--video", clip, "--text", "calm piano", "--like", music / "one.wav")
    assert {Path(result["track"]["path"]).stem for result in found["results"]} == {"two", "three"}
    for result in found["results"]:
        assert set(result["aspects"]) == {"video", "text", "reference"}
        assert result["segment"]["end"] - result["segment"]["start"] == pytest.approx(20.0)
        assert result["track"]["caption"]
    track = found["results"][0]["track"]
    assert answer(capsys, "show", track["id"])["caption"] == track["caption"]


def test_recordings_and_footage_are_captioned_and_suggested(capsys, shared_data) -> None:
    report = answer(capsys, "index", shared_data / "audio")
    assert (report["indexed"], report["failures"]) == (3, [])
    film = shared_data / "video" / "big_buck_bunny_0_30.webm"
    orders = set()
    for words in ("playful orchestra", "calm acoustic guitar", "loud heavy metal", "dark ambient drone"):
        found = answer(capsys, "suggest", "--video", film, "--text", words, "--top", 5)["results"]
        orders.add(tuple((result["track"]["id"], round(result["score"], 6)) for result in found))
        assert len(found) == 3
    assert len(orders) == 4
    caption = answer(capsys, "caption", film, "--start", 5, "--end", 25)
    assert caption["caption"]
    assert caption["moods"]
