"""Times, ranges and tables."""

from __future__ import annotations

import pytest

from plugin.cli.support import output
from plugin.cli.support.output import columns_of, fields, fitted, table
from plugin.cli.support.units import clock, seconds, span, tempo_range, weight
from plugin.errors import InputError


@pytest.mark.parametrize(
    ("text", "value"), [("90", 90), ("1:30", 90), ("1:02:03.5", 3723.5), ("0.25", 0.25), (".5", 0.5), (" 5. ", 5)]
)
def test_times_are_read(text, value) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "-5", "1:2:3:4", "five", "1:", "nan", "1e3"])
def test_what_is_no_time_is_bad_input(text) -> None:
    with pytest.raises(InputError, match="is not a time"):
        seconds(text)


def test_times_are_written() -> None:
    assert [clock(value) for value in (0, 59.4, 59.6, 61, 3599.7, 3725)] == [
        "0:00",
        "0:59",
        "1:00",
        "1:01",
        "1:00:00",
        "1:02:05",
    ]
    assert span(5, 65) == "0:05-1:05"


def test_tempo_ranges_and_weights_are_read() -> None:
    assert tempo_range("80-110") == (80, 110)
    assert tempo_range("80.5 -") == (80.5, float("inf"))
    assert tempo_range("-110") == (0, 110)
    assert weight("text = 0.7") == ("text", 0.7)


@pytest.mark.parametrize("text", ["", "-", "110", "110-80", "a-b", "80-nan"])
def test_what_is_no_tempo_range_is_bad_input(text) -> None:
    with pytest.raises(InputError, match="not a range of tempi"):
        tempo_range(text)


def test_columns_are_aligned_and_numbers_stand_right() -> None:
    assert table([("a", 5), ("bcd", 10)], header=("x", "n"), right=[1]) == ["x     n", "a     5", "bcd  10"]
    assert table([]) == []


def test_wide_and_combining_characters_are_counted_as_shown() -> None:
    assert columns_of("日本") == 4
    assert columns_of("é") == 1
    lines = table([("日本", "x"), ("ab", "x")])
    assert [columns_of(line) for line in lines] == [7, 7]


@pytest.mark.parametrize("room", [12, 20, 40, 60])
def test_table_fits_the_terminal(monkeypatch, room) -> None:
    monkeypatch.setattr(output, "width", lambda: room)
    rows = [(1, "a rather long title of a piece of music", "artist"), (22, "日本の音楽の長い題名です", "b")]
    lines = table(rows)
    assert all(columns_of(line) <= room for line in lines)
    assert any("…" in line for line in lines) == (room < 60)
    assert columns_of(fitted("x" * 100, indent=4)) == room


def test_long_values_go_on_below_themselves_and_paths_stay_whole(monkeypatch) -> None:
    monkeypatch.setattr(output, "width", lambda: 24)
    path = "/music/" + "x" * 40 + ".wav"
    assert fields([("caption", "A quiet piece for piano."), ("path", path), ("empty", "")], indent=2) == [
        "  caption  A quiet piece",
        "           for piano.",
        f"  path     {path}",
        "  empty",
    ]
    monkeypatch.setattr(output, "width", lambda: None)
    assert fields([("caption", "A quiet piece for piano.")]) == ["caption  A quiet piece for piano."]
