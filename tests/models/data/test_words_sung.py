import shutil

import numpy as np
import pytest

from models.data.words_sung import RANGE, sing_words
from plugin.errors import CuefinderError

RATE = 32_000
NOTES = np.array([[0.2, 1.6, 69.0, 100.0], [2.2, 1.6, 62.0, 90.0], [4.2, 1.6, 65.0, 110.0]])
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="the system package espeak-ng is missing")


def sung(notes=NOTES, seconds=6.0, *, female=True, seed=1):
    return sing_words(notes, seconds, rate=RATE, female=female, seed=seed)


def heard_pitch(audio):
    """MIDI pitch within the singers' ranges whose first harmonics are strongest."""
    power = np.abs(np.fft.rfft(audio * np.hanning(len(audio)), 1 << 17)) ** 2
    pitches = np.arange(48.0, 77.0, 0.05)
    bins = 440 * 2 ** ((pitches - 69) / 12) * (1 << 17) / RATE
    # the square root keeps a strong formant from outvoting the fundamental, the mean octave errors downwards
    votes = sum(np.sqrt(power[np.round(bins * k).astype(int)]) / k for k in range(1, 9))
    return pitches[votes.argmax()]


@needs_espeak
@pytest.mark.parametrize("female", [True, False])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_it_sings_in_tune_and_in_range(female, seed):
    audio = sung(female=female, seed=seed)
    low, high = RANGE[female]
    for start, length, pitch, _ in NOTES:
        found = heard_pitch(audio[int((start + 0.4) * RATE) : int((start + length - 0.2) * RATE)])
        away = (found - pitch + 6) % 12 - 6
        assert abs(away) < 0.6
        assert low - 0.6 < found < high + 0.6


@needs_espeak
@pytest.mark.parametrize(("rate", "seconds"), [(RATE, 6.0), (16_000, 5.01), (44_100, 3.0)])
def test_length_and_peak(rate, seconds):
    audio = sing_words(NOTES, seconds, rate=rate, female=False, seed=5)
    assert audio.dtype == np.float32
    assert audio.shape == (round(seconds * rate),)
    assert np.abs(audio).max() == pytest.approx(1.0)


@needs_espeak
def test_a_seed_decides_everything():
    assert np.array_equal(sung(seed=7), sung(seed=7))
    assert not np.array_equal(sung(seed=7), sung(seed=8))


@needs_espeak
def test_it_is_quiet_before_and_after_the_notes():
    audio = sung(np.array([[2.0, 1.0, 65.0, 100.0]]))
    assert np.abs(audio[: int(1.95 * RATE)]).max() < 1e-3
    assert np.abs(audio[int(5.0 * RATE) :]).max() < 1e-2


def test_no_notes_are_silence():
    audio = sung(np.zeros((0, 4)), 2.0)
    assert audio.shape == (2 * RATE,)
    assert not audio.any()


def test_a_missing_program_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(CuefinderError) as caught:
        sung()
    assert str(caught.value) == "espeak-ng is not installed: install the system package espeak-ng"
