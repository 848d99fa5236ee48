"""Cue sheets say exactly when each cue sounds, and harm no spreadsheet or browser."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import opentimelineio as otio
import pytest
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.cuesheet import COLUMNS, cue_rows, save_cuesheet, to_csv, to_html
from host_bridge.errors import TimelineError
from host_bridge.timeline import AUDIO, VIDEO, make_clip, make_timeline, make_tracks

NTSC = Fraction(30000, 1001)


def film(rate: Fraction = NTSC, drop_frame: bool = True, start: int = 107_892, **cue: str) -> otio.schema.Timeline:
    """A cue over the tenth minute, where drop frame timecode does not jump, one over the first, and a voice."""

    def clip(name: str, frames: int, **known: object) -> otio.schema.Clip:
        source = TimeRange(RationalTime(0, float(rate)), RationalTime(frames, float(rate)))
        return make_clip(name, f"/music/{name}.wav", source, **known)

    def at(frame: int) -> RationalTime:
        return RationalTime(frame, float(rate))

    warm = clip("warm guitar", 60, cue={"key": "1", "title": "Warm", "artist": "Åsa & Co"} | cue)
    drums = clip("drums", 1800, cue={"key": "2", "usage": "ET"})
    return make_timeline(
        "A film", make_tracks("Picture", VIDEO, [(clip("shot", 9000), at(0))])
        + make_tracks("Voice", AUDIO, [(clip("voice", 30), at(10))])
        + make_tracks("Music", AUDIO, [(drums, at(17_952)), (warm, at(1770))]),
        rate=rate, drop_frame=drop_frame, start=RationalTime(start, float(rate)),
    )  # fmt: skip


def test_times_are_exact_with_drop_frame_and_start_timecode() -> None:
    rows = cue_rows(film())
    assert [(r.number, r.title, r.artist, r.usage, r.time_in, r.time_out, r.duration, r.file) for r in rows] == [
        (1, "Warm", "Åsa & Co", "BI", "01:00:59;00", "01:01:01;02", "00:00:02;00", "warm guitar.wav"),
        (2, "drums", "", "ET", "01:09:59;00", "01:10:59;00", "00:01:00;02", "drums.wav"),
    ]


def test_without_drop_frame() -> None:
    (row, _) = cue_rows(film(Fraction(25), False, 90_000))
    assert (row.time_in, row.time_out, row.duration) == ("01:01:10:20", "01:01:13:05", "00:00:02:10")


def test_other_clips_on_audio_tracks_are_listed_where_asked() -> None:
    assert [(r.title, r.usage) for r in cue_rows(film(), others=True, usage="BV")] == [
        ("voice", "BV"), ("Warm", "BV"), ("drums", "ET")]  # fmt: skip


def test_csv_is_rfc_4180() -> None:
    text = to_csv(cue_rows(film(title='Warm, "hopeful"\nguitar')))
    assert text.endswith("\r\n")
    assert text.count("\r\n") == 3
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert found[0] == list(COLUMNS)
    assert found[1][1] == 'Warm, "hopeful"\nguitar'


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =HYPERLINK(1)", "\n=1"])
def test_no_cell_is_a_formula(title: str) -> None:
    found = list(csv.reader(io.StringIO(to_csv(cue_rows(film(title=title, artist=title))), newline="")))
    assert found[1][1:3] == [f"'{title}"] * 2


class Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["td"] and data.strip():
            self.cells.append(data)


def test_html_is_escaped_and_loads_nothing() -> None:
    text = to_html(cue_rows(film(title="<script>alert('1')</script>", artist='"><img src=x>')), "<b>film</b>")
    page = Cells()
    page.feed(text)
    assert "<script>alert('1')</script>" in page.cells
    assert not {"script", "img", "link", "b"} & set(page.tags)
    assert "://" not in text
    assert "background instrumental" in text


@pytest.mark.parametrize("suffix", [".csv", ".html"])
def test_a_cue_sheet_is_a_new_file(tmp_path: Path, suffix: str) -> None:
    out, count = save_cuesheet(film(), tmp_path / f"cues{suffix}")
    assert count == 2
    data = out.read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    assert "Åsa" in data.decode()
    with pytest.raises(TimelineError, match="already"):
        save_cuesheet(film(), out)
    assert [one.name for one in tmp_path.iterdir()] == [out.name]


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match=r"\.csv or \.html"):
        save_cuesheet(film(), tmp_path / "cues.xlsx")
