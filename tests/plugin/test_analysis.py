from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plugin.analysis import PEAKS, SilentError, TrackAnalyser, peaks_of, waveform
from plugin.runtime.engine import MusicFeatures
from plugin.runtime.excerpt import Excerpt

RATE = 16_000


class Ear:
    """An engine whose embedding is the mean level of a segment, so that what was heard can be told."""

    rate, segment_seconds = RATE, 10.0
    key_profiles = (np.eye(12, dtype=np.float32)[0], np.eye(12, dtype=np.float32)[1])

    def __init__(self) -> None:
        self.heard: list[np.ndarray] = []

    def music(self, windows: np.ndarray) -> MusicFeatures:
        self.heard += list(windows)
        level = np.abs(windows).mean(1, keepdims=True)
        return MusicFeatures(
            np.tile(level, (1, 4)), np.tile(level, (1, 3)), np.zeros((len(windows), 20, 8), np.float32)
        )

    def rhythm(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((len(windows), 1000), np.float32), np.zeros((len(windows), 80, 12), np.float32)

    def excerpt(self) -> Excerpt:
        return Excerpt(0)

    def caption(self, features: MusicFeatures, **_: Any) -> str:
        return f"{len(features.tags)} segments"


def analyse(audio: np.ndarray, block: int) -> tuple[Any, Ear]:
    ear = Ear()
    analyser = TrackAnalyser(ear)  # type: ignore[arg-type]
    for start in range(0, len(audio), block):
        analyser.feed(audio[start : start + block])
    return analyser.finish(), ear


def ramp(seconds: float) -> np.ndarray:
    return np.linspace(0.1, 0.9, round(seconds * RATE), dtype=np.float32)


@pytest.mark.parametrize("block", [RATE * 60, RATE * 7 + 123, 40_000])
def test_result_does_not_depend_on_the_blocks(block: int) -> None:
    found, ear = analyse(ramp(34.0), block)
    assert found.starts.tolist() == [0.0, 10.0, 20.0, 24.0]
    assert found.ends.tolist() == [10.0, 20.0, 30.0, 34.0]
    assert np.allclose(ear.heard[3], ramp(34.0)[-160_000:])  # the last segment ends where the file does
    assert found.caption == "4 segments" and found.duration == 34.0
    assert np.isclose(np.linalg.norm(found.embedding), 1.0)


def test_whole_segments_need_no_extra_one() -> None:
    found, _ = analyse(ramp(20.0), RATE * 60)
    assert found.starts.tolist() == [0.0, 10.0]


def test_short_file_is_one_repeated_segment() -> None:
    found, ear = analyse(ramp(0.2), RATE)
    assert (found.starts.tolist(), found.ends.tolist()) == ([0.0], [0.2])
    assert np.allclose(ear.heard[0][:3200], ear.heard[0][3200:6400])


def test_silence_is_refused_in_words() -> None:
    for audio in (np.zeros(RATE * 12, np.float32), np.zeros(0, np.float32)):
        with pytest.raises(SilentError, match="nothing above -80 dBFS"):
            analyse(audio, RATE * 60)


def test_waveform_is_drawn_from_peaks() -> None:
    found, _ = analyse(ramp(30.0), RATE * 60)
    assert found.peaks.shape == (PEAKS,) and found.peaks.dtype == np.uint8
    assert found.peaks[0] < 40 < 200 < found.peaks[-1]
    assert peaks_of(np.array([0.1, -0.5, 0.2], np.float32), 2).tolist() == [0.5, pytest.approx(0.2)]
    assert len(waveform(np.array([0.5], np.float32))) == PEAKS
