from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from models.systems.titles.settings import TitlesSettings
from models.systems.titles.spectrogram import Spectrogram
from models.systems.titles.timbre import WIDTH, coefficients, replicas, summarise, timbre


def test_thirty_seconds_have_the_papers_shape() -> None:
    data = TitlesSettings().data
    draw = Spectrogram(data.fft, data.window, data.pool, data.decibels)
    frames = draw.frames(round(data.seconds * data.rate))
    assert (draw.bins, frames) == (256, 2583)
    assert draw(np.random.default_rng(0).normal(size=1_323_000).astype(np.float32)).shape == (256, 2583)


def test_frames_are_as_announced_for_any_length() -> None:
    draw = Spectrogram(pool=3)
    for samples in (0, 1, 511, 512, 1024, 1279, 1280, 5000, 5001):
        picture = draw(np.ones(samples, np.float32))
        assert picture.shape == (draw.bins, draw.frames(samples))


def test_every_pixel_is_the_mean_power_of_its_bins_and_frames() -> None:
    sound = np.random.default_rng(1).normal(size=512 + 3 * 256).astype(np.float32)
    picture = Spectrogram(decibels=60.0)(sound)
    centred = sound.astype(np.float64) - sound.mean()
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    power = np.array([np.abs(np.fft.fft(np.r_[centred[at : at + 512] * hann, np.zeros(512)])[1:513]) ** 2
                      for at in range(0, 1024, 256)]).T  # fmt: skip
    pooled = power.reshape(256, 2, 2, 2).mean((1, 3))
    expected = np.clip(1 + 10 * np.log10(pooled / pooled.max()) / 60, 0, 1)[::-1]
    assert_allclose(picture, expected, atol=1e-4)


def test_a_constant_offset_changes_nothing() -> None:
    sound = np.sin(np.arange(8000) * 0.3).astype(np.float32) * 0.3
    assert_allclose(Spectrogram()(sound + 0.5), Spectrogram()(sound), atol=1e-3)
    assert Spectrogram()(np.full(8000, 0.5, np.float32)).max() == 0.0


def test_high_tones_are_on_top_and_loudness_does_not_matter() -> None:
    draw = Spectrogram()
    time = np.arange(16000) / 16000
    low, high = (draw(np.sin(2 * np.pi * pitch * time).astype(np.float32)) for pitch in (500, 6000))
    assert low.mean(1).argmax() > 200
    assert high.mean(1).argmax() < 80
    quiet = draw((0.01 * np.sin(2 * np.pi * 500 * time)).astype(np.float32))
    assert_allclose(quiet, low, atol=1e-3)
    assert low.max() == pytest.approx(1.0)
    assert low.min() >= 0.0


def test_short_and_empty_sounds_are_filled_with_silence() -> None:
    sound = np.sin(np.arange(4000) * 0.3).astype(np.float32)
    picture = Spectrogram()(sound, frames=30)
    assert picture.shape == (256, 30)
    assert picture[:, 10:].max() == 0.0
    assert Spectrogram()(np.zeros(0, np.float32), frames=5).max() == 0.0
    assert Spectrogram()(np.zeros(0, np.float32), frames=5).shape == (256, 5)


def test_timbre_is_twelve_means_and_the_covariances() -> None:
    segments = np.random.default_rng(0).normal(size=(20, 12))
    summary = summarise(segments)
    assert summary.shape == (90,)
    assert_allclose(summary[:12], segments.mean(0), atol=1e-6)
    covariance = np.cov(segments.T, bias=True)
    assert_allclose(summary[12:24], covariance[0], atol=1e-6)
    assert summary[-1] == pytest.approx(covariance[11, 11], rel=1e-5)


def test_timbre_coefficients_are_a_dct_of_log_mel_segments() -> None:
    from scipy.fft import dct

    from models.nets.frontend import mel_filters

    rate = 8000
    sound = np.random.default_rng(2).normal(size=2 * rate).astype(np.float32) * 0.1
    found = coefficients(sound, rate)
    assert found.shape == (8, 12)
    frames = sound.astype(np.float64).reshape(-1, 200) * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(200) / 200))
    filters = mel_filters(101, 40, 30.0, 4000.0, rate).numpy()
    logs = np.log(np.abs(np.fft.rfft(frames)) ** 2 @ filters + 1e-6)
    expected = dct(logs.reshape(8, 10, 40).mean(1), norm="ortho")[:, :12]
    assert_allclose(found, expected, atol=1e-2)


def test_timbre_tells_dark_from_bright_and_loud_from_quiet() -> None:
    time = np.arange(16000) / 16000
    dark, bright = (np.sin(2 * np.pi * pitch * time).astype(np.float32) for pitch in (150, 6000))
    assert timbre(dark, 16000)[1] > timbre(bright, 16000)[1]
    assert timbre(dark, 16000)[0] > timbre(0.1 * dark, 16000)[0]
    assert np.isfinite(timbre(np.zeros(0, np.float32), 16000)).all()


def test_ninety_numbers_are_replicated_evenly_and_in_a_fixed_random_order() -> None:
    order = replicas(512)
    counts = np.bincount(order, minlength=WIDTH)
    assert len(order) == 512
    assert set(counts) == {5, 6}
    assert_array_equal(order, replicas(512))
    assert not np.array_equal(order, np.sort(order))
    assert not np.array_equal(order, np.resize(np.arange(WIDTH), 512))
