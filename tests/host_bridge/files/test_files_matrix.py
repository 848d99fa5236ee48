"""What each format keeps is measured, and is what its host and the page for users say."""

from __future__ import annotations

from pathlib import Path

import pytest

from host_bridge.files.formats import FORMATS, Format, Keeps
from host_bridge.files.matrix import measure, measure_all, page

PAGE = Path(__file__).resolve().parents[3] / "docs" / "timeline-files.md"


@pytest.fixture(scope="module")
def measured() -> dict[Format, frozenset[Keeps]]:
    return measure_all()


@pytest.mark.parametrize("format", FORMATS, ids=lambda one: one.suffix)
def test_a_host_promises_what_was_measured(format: Format, measured: dict[Format, frozenset[Keeps]]) -> None:
    assert measured[format] == format.keeps


def test_the_page_for_users_is_what_was_measured(measured: dict[Format, frozenset[Keeps]]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(measured)


def test_a_loss_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlt = next(one for one in FORMATS if one.suffix == ".mlt")
    monkeypatch.setattr(mlt.document, "add_marker", lambda self, marker: None)
    monkeypatch.setattr("host_bridge.files.mlt.add_effects", lambda *_: None)
    assert measure(mlt, tmp_path) == mlt.keeps - {Keeps.MARKERS, Keeps.FADES, Keeps.GAIN}
