"""Tempo to fit, and one loudness for all tracks."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from plugin.audition import fitting_end, matching_gain, open_treated, tempo_to_fit
from plugin.decode import decode_file
from plugin.decode.file import Finished
from plugin.errors import InputError
from plugin.treatment import Treatment

RATE = 48_000


def test_a_part_that_is_a_little_longer_plays_a_little_faster() -> None:
    fit = tempo_to_fit(31.5, 30.0)
    assert (fit.tempo, fit.length, fit.fits) == (pytest.approx(1.05), pytest.approx(30.0), True)


@pytest.mark.parametrize(("part", "tempo"), [(40.0, 1.1), (20.0, 0.9)])
def test_beyond_the_limits_it_says_that_it_does_not_fit(part: float, tempo: float) -> None:
    fit = tempo_to_fit(part, 30.0)
    assert (fit.tempo, fit.fits) == (tempo, False)
    assert fit.length == pytest.approx(part / tempo)
    assert tempo_to_fit(part, 30.0, (0.5, 2.0)).fits


def test_nothing_fits_a_clip_without_length() -> None:
    with pytest.raises(InputError, match="the clip 0 s"):
        tempo_to_fit(10.0, 0.0)


def test_a_part_ends_with_the_track_where_it_can() -> None:
    assert fitting_end(150.0, 28.0, 120.0, 180.0) == 180.0


def test_else_it_ends_with_whole_bars() -> None:
    assert fitting_end(10.0, 31.0, 120.0, 200.0) == 10.0 + 32.0, "four phrases of four bars of 2 s"
    assert fitting_end(10.0, 29.5, 120.0, 200.0) == 10.0 + 30.0, "fifteen bars: the phrase would change the tempo"
    assert fitting_end(10.0, 11.5, 120.0, 200.0) == 10.0 + 12.0, "six bars"
    assert tempo_to_fit(12.0, 11.5).fits


def test_else_it_is_as_long_as_the_clip_or_the_track() -> None:
    assert fitting_end(10.0, 30.0, None, 200.0) == 40.0
    assert fitting_end(10.0, 30.0, None, 20.0) == 20.0
    assert fitting_end(10.0, 0.7, 120.0, 200.0) == 10.7, "shorter than a bar"


def test_gain_brings_tracks_to_one_loudness_as_far_as_their_peaks_allow() -> None:
    assert matching_gain(-10.0, 1.0, -18.0) == -8.0
    assert matching_gain(-24.0, 0.4, -18.0) == 6.0
    assert matching_gain(-30.0, 1.0, -18.0) == 3.0, "at full scale already: only what the limiter takes"
    assert matching_gain(-30.0, None, -18.0) == 3.0
    assert matching_gain(None, 0.5, -18.0) == 0.0
    assert matching_gain(-17.0, 2.0, -16.0) == 0.0, "a peak over full scale turns nothing down"


def measured(path: Path) -> Finished:
    *_, last = decode_file(path, 16_000, 10.0)
    assert isinstance(last, Finished) and last.loudness is not None
    return last


def write(path: Path, samples: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1).T * 32767).round().astype("<i2").tobytes())
    return path


def test_two_tracks_twelve_units_apart_are_heard_within_one(tmp_path: Path) -> None:
    """Both measured by EBU R 128, before and after."""
    rng = np.random.default_rng(5)
    loud = 0.09 * rng.standard_normal((2, 20 * RATE))
    tracks = [write(tmp_path / "loud.wav", 2 * loud), write(tmp_path / "quiet.wav", 2 * 10 ** (-12 / 20) * loud)]
    before = [measured(path) for path in tracks]
    assert before[0].loudness - before[1].loudness == pytest.approx(12.0, abs=0.2)
    after = []
    for path, known in zip(tracks, before, strict=True):
        gain = matching_gain(known.loudness, known.peak, -18.0)
        with open_treated(path, 0.0, 20.0, Treatment(gain_db=gain)) as sound:
            after.append(measured(write(tmp_path / f"heard {path.name}", np.concatenate(list(sound), 1))).loudness)
    assert after[0] == pytest.approx(after[1], abs=1.0)
    assert after[0] == pytest.approx(-18.0, abs=0.5)
