from __future__ import annotations

import numpy as np
import pytest

from models.systems.viml.features.segments import average, bounds, chunks


def test_25_seconds_are_three_segments_the_last_of_what_is_left():
    assert bounds(150, 6.0, 10.0) == [(0, 60), (60, 120), (120, 150)]


def test_a_rest_of_less_than_a_second_is_left_out():
    assert bounds(65, 6.0, 10.0) == [(0, 60)]
    assert bounds(66, 6.0, 10.0) == [(0, 60), (60, 66)]


def test_a_clip_shorter_than_a_second_is_one_segment():
    assert bounds(3, 6.0, 10.0) == [(0, 3)]


def test_rows_slower_than_segments_stay_whole():
    assert bounds(3, 0.05, 10.0) == [(0, 1), (1, 2), (2, 3)]


def test_average_is_that_of_each_segment():
    rows = np.arange(150, dtype=np.float32)[:, None] * np.array([1.0, 2.0])
    assert average(rows, 6.0, 10.0) == pytest.approx(np.array([[29.5, 59], [89.5, 179], [134.5, 269]]))


@pytest.mark.parametrize("rate", [0.3, 1.0, 2.5, 6.0, 29.97])
@pytest.mark.parametrize("rows", [1, 2, 7, 59, 60, 61, 66, 150, 300])
def test_a_stream_is_cut_like_an_array(rate, rows):
    parts = [(part[0], part[-1] + 1) for part in chunks(range(rows), rate, 10.0)]
    assert parts == bounds(rows, rate, 10.0)


def test_an_empty_stream_has_no_segment():
    assert list(chunks([], 6.0, 10.0)) == []
