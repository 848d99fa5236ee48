from __future__ import annotations

import errno
import os
import wave
from pathlib import Path

import numpy as np
import pytest

from plugin.audition import open_treated
from plugin.cue import render_cue
from plugin.decode import probe
from plugin.decode.stereo import read_stereo
from plugin.errors import DecodeError, InputError
from plugin.treatment import Treatment

RATE = 44_100
STEP = 2.0**-23
"""Of a file of 24 bits."""


def write(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """float [N, C] in -1..1."""
    with wave.open(str(path), "wb") as file:
        file.setparams((samples.shape[1], 2, rate, 0, "NONE", ""))
        file.writeframes((samples * 32767).round().astype("<i2").tobytes())
    return path


@pytest.fixture
def track(tmp_path: Path) -> Path:
    """Left a tone that grows, right another: every moment is another."""
    at = np.arange(8 * RATE) / RATE
    sound = np.stack([0.05 * at * np.sin(2 * np.pi * 220 * at), 0.2 * np.sin(2 * np.pi * 330 * at)], 1)
    return write(tmp_path / "träck.wav", sound)


def test_a_range_is_read_to_the_sample(track: Path) -> None:
    whole, rate = read_stereo(track, 0.0, 8.0)
    assert rate == RATE
    assert whole.shape == (2, 8 * RATE)
    part, _ = read_stereo(track, 5.25, 6.5)
    assert np.array_equal(part, whole[:, round(5.25 * RATE) : round(6.5 * RATE)])


def test_mono_is_on_both_channels_and_silence_follows_the_end(tmp_path: Path) -> None:
    tone = 0.3 * np.sin(np.arange(RATE) / 20)[:, None]
    samples, _ = read_stereo(write(tmp_path / "mono.wav", tone), 0.5, 2.0)
    assert np.array_equal(samples[0], samples[1])
    assert np.abs(samples[:, : RATE // 2]).max() > 0.25
    assert not samples[:, RATE // 2 + 10 :].any()


def test_an_untreated_cue_is_the_track_to_the_sample(track: Path, tmp_path: Path) -> None:
    got, _ = read_stereo(render_cue(track, 1.0, 7.5, tmp_path / "cue.wav"), 0.0, 6.5)
    assert np.array_equal(got, read_stereo(track, 1.0, 7.5)[0])


@pytest.mark.parametrize("treatment", [
    Treatment(gain_db=-3.0, fade_in=0.5, fade_out=2.0), Treatment(gain_db=12.0, low_db=-6.0, mid_db=3.0, high_db=9.0),
    Treatment(tempo=1.08, fade_out=1.0), Treatment(tempo=0.5), Treatment(tempo=2.0),
])  # fmt: skip
def test_what_is_heard_is_what_is_rendered_sample_for_sample(track: Path, tmp_path: Path, treatment: Treatment) -> None:
    with open_treated(track, 1.0, 7.0, treatment) as sound:
        heard = np.concatenate(list(sound), 1)
        assert heard.shape == (2, sound.length)
    assert sound.length == round(6.0 / treatment.tempo * RATE)
    rendered, rate = read_stereo(render_cue(track, 1.0, 7.0, tmp_path / "cue.wav", treatment), 0.0, 6 / treatment.tempo)
    assert (rate, rendered.shape) == (RATE, heard.shape)
    assert np.abs(heard).max() <= 1.0
    assert np.abs(rendered - heard).max() <= STEP


def test_a_cue_has_its_level_and_fades(track: Path, tmp_path: Path) -> None:
    before = track.read_bytes()
    treatment = Treatment(fade_in=0.5, fade_out=1.0, gain_db=-6.0)
    out = render_cue(track, 2.0, 6.0, tmp_path / "cue.wav", treatment)
    info = probe(out)
    assert (info.sample_rate, info.channels, info.audio_codec) == (RATE, 2, "pcm_s24le")
    got, _ = read_stereo(out, 0.0, 4.0)
    source, _ = read_stereo(track, 2.0, 6.0)
    ratio = np.sqrt((got[1, RATE : 2 * RATE] ** 2).mean() / (source[1, RATE : 2 * RATE] ** 2).mean())
    assert 20 * np.log10(ratio) == pytest.approx(-6.0, abs=0.01)
    quarter = slice(RATE // 4 - 500, RATE // 4 + 500)  # half way up the fade, so at half of -6 dB
    assert np.abs(got[1, quarter]).mean() / np.abs(source[1, quarter]).mean() == pytest.approx(0.2506, abs=0.002)
    assert np.abs(got[:, 0]).max() == 0.0
    assert np.abs(got[:, -1]).max() < 1e-4
    assert track.read_bytes() == before


def test_what_is_too_loud_is_limited(track: Path, tmp_path: Path) -> None:
    out = render_cue(track, 4.0, 8.0, tmp_path / "loud.wav", Treatment(gain_db=12.0))
    got, _ = read_stereo(out, 0.0, 4.0)
    assert 0.8 < np.abs(got).max() <= 1.0
    clipped = np.abs(got).max(0) >= 1.0 - STEP
    assert clipped.mean() < 0.01, "peaks are turned down, not cut off"


def test_fades_that_meet(track: Path, tmp_path: Path) -> None:
    out = render_cue(track, 2.0, 3.0, tmp_path / "cue.wav", Treatment(fade_in=1.0, fade_out=1.0))
    got, source = read_stereo(out, 0.0, 1.0)[0], read_stereo(track, 2.0, 3.0)[0]
    middle = slice(RATE // 2 - 200, RATE // 2 + 200)
    assert np.abs(got[1, middle]).max() / np.abs(source[1, middle]).max() == pytest.approx(0.25, abs=0.01)


def test_nothing_is_overwritten_and_errors_say_what(track: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="already"):
        render_cue(track, 0.0, 1.0, track)
    with pytest.raises(InputError, match="outside the file"):
        render_cue(track, 20.0, 21.0, tmp_path / "a.wav")
    with pytest.raises(InputError, match="outside the file"):
        render_cue(track, 8.1, 9.0, tmp_path / "a.wav")
    with pytest.raises(DecodeError, match="gone"):
        render_cue(tmp_path / "gone.wav", 0.0, 1.0, tmp_path / "a.wav")
    with pytest.raises(InputError, match="cannot be written"):
        render_cue(track, 0.0, 1.0, tmp_path / "no such folder" / "a.wav")
    assert not list(tmp_path.glob(".*"))


def test_a_full_disk_or_a_changed_mind_leaves_nothing_behind(
    track: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_cue(track, 0.0, 5.0, tmp_path / "a.wav", check=give_up)

    def no_space(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(InputError, match=r"a\.wav: cannot be written: No space left"):
        render_cue(track, 0.0, 5.0, tmp_path / "a.wav")
    assert list(tmp_path.iterdir()) == [track]
