from __future__ import annotations

from pathlib import Path

import av
import pytest

from plugin import doctor
from plugin.library.store import Library
from plugin.paths import library_path


def test_a_sound_installation_has_no_problems(tmp_path: Path) -> None:
    with Library(tmp_path / "library.db", writable=True):
        pass
    report = doctor.examine(tmp_path / "library.db", device="cpu")
    assert (report.problems, report.verdict) == ([], "all is well")
    assert report.sections["library"]["state"] == "sound"
    assert report.sections["device"]["why"] == "asked for"
    rows = {section: dict(values) for section, values in report.rows()}
    assert rows["pack"]["state"] == "all checksums right"
    assert "mp3" in rows["decoder"]["audio"]
    assert set(report.sections["graphs"].values()) == {"CPU: asked for"} and len(report.sections["graphs"]) >= 6
    assert report.sections["cache"]["path"] and report.sections["cache"]["graphs"] == 0
    assert {"build", "driver", "missing", "to_do"} == set(rows["cuda"])


def test_each_thing_that_is_wrong_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "codecs_available", set(av.codecs_available) - {"mp3"})
    broken = tmp_path / "library.db"
    broken.write_text("no library " * 100)
    report = doctor.examine(broken, tmp_path)
    assert report.verdict == "something is wrong"
    assert len(report.problems) == 3
    assert "no model pack here" in report.problems[0]
    assert str(broken) in report.problems[1]
    assert report.problems[2] == "this build of PyAV cannot decode mp3: install PyAV's own wheel"
    assert report.sections["pack"]["state"] == "unusable"
    assert dict(dict(report.rows())["device"])["in_use"] == "none"


def test_no_library_yet_is_no_problem() -> None:
    assert doctor.examine(library_path(), device="cpu").problems == []
