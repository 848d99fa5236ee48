"""``cuefinder library rehear``, as a user would."""

from __future__ import annotations

import pytest
from fakes import FakeEngine

from plugin.library.indexing import IndexRun
from plugin.paths import library_path


@pytest.fixture
def new_models(cuefinder, indexed, monkeypatch) -> None:
    """The library was indexed with other models than those in use now."""
    monkeypatch.setattr("plugin.runtime.engine.Engine", lambda *args, **options: FakeEngine(space="fake-2"))


def test_all_is_heard_again_and_taken_over(cuefinder, indexed, new_models) -> None:
    before = cuefinder("suggest", "--text", "low")
    assert before.status == 1
    assert "all 3 tracks were indexed with another model pack" in before.error
    report = cuefinder("library", "rehear", "--json", "--progress", "none").json
    assert report == {
        "library": str(library_path()), "space": "fake-2", "tracks": 3, "heard": 3, "heard_before": 0, "away": 0,
        "taken_over": 3, "failed": 0, "failures": [], "interrupted": False,
    }  # fmt: skip
    assert cuefinder("suggest", "--text", "low").status == 0
    assert "nothing is left to hear" in cuefinder("library", "rehear").out
    assert cuefinder("library", "stats", "--json").json["spaces"] == {"fake-2": 3}


def test_what_is_away_or_broken_is_said_and_counted_in_answers(cuefinder, indexed, new_models) -> None:
    (indexed / "low.wav").unlink()
    (indexed / "mid.wav").write_text("These are only words.")
    words = cuefinder("library", "rehear").out
    assert "1 not there at the moment: 'cuefinder index' hears them" in words
    assert "1 silent or not readable: they stay as they were" in words
    assert "failed: " in words
    answer = cuefinder("suggest", "--text", "high")
    assert "2 tracks were indexed with another model pack and are not compared" in answer.err


def test_ctrl_c_keeps_what_was_heard_and_the_same_command_goes_on(cuefinder, indexed, new_models, monkeypatch) -> None:
    say = IndexRun._say

    def interrupt(self, progress, filing) -> None:
        say(self, progress, filing)
        if progress.files_done:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(IndexRun, "_say", interrupt)
        stopped = cuefinder("library", "rehear")
    assert stopped.status == 130
    assert "interrupted: the library is as it was, and what was heard is kept" in stopped.err
    stats = cuefinder("library", "stats", "--json").json
    assert stats["spaces"] == {"fake-1": 3}
    heard = stats["rehearing"]["heard"]
    assert stats["rehearing"] == {"space": "fake-2", "heard": heard}
    assert 1 <= heard <= 3
    assert f"{heard} tracks so far, for space fake-2" in cuefinder("library", "stats").out
    report = cuefinder("library", "rehear", "--json").json
    assert (report["heard_before"], report["heard"], report["taken_over"]) == (heard, 3 - heard, 3)


def test_workers_must_be_there(cuefinder, indexed) -> None:
    assert cuefinder("library", "rehear", "--workers", "0").error == "--workers 0: at least one process must decode"
