"""Places of frames: holes are found, jitter and jumps of the clock are not holes."""

from fractions import Fraction

import av
import pytest

from plugin.decode.clock import Clock


def frame(pts, samples=1000, rate=1000):
    """Give one second of sound at ``pts`` milliseconds."""
    made = av.AudioFrame("s16", "mono", samples)
    made.rate, made.pts, made.time_base = rate, pts, Fraction(1, 1000)
    return made


def places(frames, origin=0.0):
    clock = Clock(origin)
    return [tuple(round(value, 6) for value in clock.place(each)) for each in frames]


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([0, 1000, 2000], [(0, 0), (1, 0), (2, 0)]),
        ([0, 1040, 1960], [(0, 0), (1, 0), (2, 0)]),  # jitter
        ([0, 1500, 2500], [(0, 0), (1.5, 0.5), (2.5, 0)]),  # half a second is lost
        ([0, 500, 1500], [(0, 0), (1, 0), (2, 0)]),  # joined files: the clock starts again
        ([0, 90_000, 91_000, 92_500], [(0, 0), (1, 0), (2, 0), (3.5, 0.5)]),  # a jump, and then a loss
        ([0, None, 2000], [(0, 0), (1, 0), (2, 0)]),  # no time stamp
        ([None, 1000], [(0, 0), (1, 0)]),
        ([7000, 8000], [(7, 0), (8, 0)]),  # sound that starts late
    ],
)
def test_frames_are_placed_one_after_the_other_but_for_holes(stamps, expected):
    assert places([frame(stamp) for stamp in stamps]) == expected


def test_small_losses_add_up_to_a_hole():
    lossy = [frame(pts, 10) for pts in range(0, 200, 30)]  # 10 ms of every 30 are there
    holes = [hole for _, hole in places(lossy)]
    assert holes == [0, 0, 0, 0.06, 0, 0, 0.06]


def test_origin_is_time_zero():
    assert places([frame(1500), frame(2500)], origin=2.0) == [(-0.5, 0), (0.5, 0)]


def test_after_a_change_of_rate_time_stamps_are_not_believed():
    stamps = [frame(0), frame(1000, 2000, 2000), frame(3000, 2000, 2000), frame(3000)]
    assert places(stamps) == [(0, 0), (1, 0), (2, 0), (3, 0)]


def test_damaged_stamps_make_no_more_silence_than_a_minute_beside_the_sound():
    stamps = [frame(50_000 * number, 100) for number in range(200)]
    holes = [hole for _, hole in places(stamps)]
    assert 0 < sum(holes) <= 0.1 * len(stamps) + 60


def test_film_with_more_holes_than_sound_keeps_its_places_for_a_minute():
    stamps = [frame(3000 * number) for number in range(30)]
    assert places(stamps)[-1] == (87, 2)
