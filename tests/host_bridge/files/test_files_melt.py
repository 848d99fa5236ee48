"""What is written for MLT and Kdenlive is played by the real melt: a cue sounds when and as loudly as it should."""

from __future__ import annotations

import shutil
import subprocess
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.files.convert import contents
from host_bridge.files.host import FileHost
from host_bridge.host import CueOptions
from host_bridge.timeline import AUDIO, VIDEO, make_clip, make_timeline, make_tracks
from tests.host_bridge.conformance import span, tone, write_wav
from tests.host_bridge.files.samples import NTSC

MELT = shutil.which("melt")
pytestmark = pytest.mark.skipif(MELT is None, reason="needs the Debian package melt")
RATES = [(Fraction(24000, 1001), False), (Fraction(25), False), (NTSC, True), (Fraction(60000, 1001), False)]
LOUD = 0.4 / np.sqrt(2)
"""RMS of the conformance suite's tone."""


def melt(*arguments: str | Path) -> None:
    """Run melt. 7.12 waits for ever now and then, with any file: its consumer ends before it is told that it runs."""
    done = None
    for patience in (4, 8, 16, 32, 64):
        try:
            done = subprocess.run([str(MELT), *map(str, arguments)], capture_output=True, text=True, timeout=patience)
        except subprocess.TimeoutExpired:
            continue
        break
    assert done is not None, "melt hung five times"
    assert done.returncode == 0, done.stderr[-2000:]
    assert "failed to load" not in done.stderr, done.stderr[-2000:]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a silent video, a spoken line (here: silence), and a piece of music."""
    folder = tmp_path_factory.mktemp("film & sound")
    melt("color:#336699", "out=299", "-profile", "atsc_720p_25", "-silent", "-consumer",
         f"avformat:{folder / 'shot.mp4'}", "vcodec=mpeg4", "an=1", "s=64x36", "real_time=0")  # fmt: skip
    write_wav(folder / "voice.wav", np.zeros(48_000 * 4))
    # Quiet before the second second, so that a segment that begins too early is heard.
    music = np.concatenate([np.zeros(96_000), tone(6)])
    with wave.open(str(folder / "mus ic 🎸.wav"), "wb") as file:  # stereo: melt takes 3 dB from mono sound
        file.setparams((2, 2, 48_000, 0, "NONE", ""))
        file.writeframes((np.stack([music, music], 1) * 32767).astype("<i2").tobytes())
    return folder


@pytest.fixture
def music(film: Path) -> Path:
    return film / "mus ic 🎸.wav"


def render(timeline: Path, out: Path, seconds: float, rate: Fraction) -> np.ndarray:
    """float [N], mono at 48 kHz."""
    melt(timeline, f"out={round(seconds * rate)}", "-silent", "-consumer", f"avformat:{out}", "vn=1",
         "acodec=pcm_s16le", "ar=48000", "ac=2", "real_time=0")  # fmt: skip
    with wave.open(str(out)) as file:
        assert (file.getframerate(), file.getnchannels()) == (48_000, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)[:, 0] / 32768


def rms(sound: np.ndarray, start: float, end: float) -> float:
    return float(np.sqrt(np.mean(sound[round(start * 48_000) : round(end * 48_000)] ** 2)))


def decibels(value: float) -> float:
    return 20 * np.log10(max(value, 1e-9) / LOUD)


def a_film(folder: Path, path: Path, rate: Fraction, drop_frame: bool) -> FileHost:
    def at(frame: int) -> RationalTime:
        return RationalTime(frame, float(rate))

    def clip(name: str, count: int) -> otio.schema.Clip:
        whole = TimeRange(at(0), at(4 * round(rate)))
        return make_clip(name, folder / name, TimeRange(at(0), at(count)), available=whole)

    second = round(rate)
    tracks = make_tracks("Picture", VIDEO, [(clip("shot.mp4", second * 4), at(0))])
    tracks += make_tracks("Voice", AUDIO, [(clip("voice.wav", second), at(second * 2))])
    timeline = make_timeline("film", tracks, rate=rate, drop_frame=drop_frame, start=at(second * 3600))
    path.write_bytes(contents(timeline, path))
    return FileHost(path)


@pytest.mark.parametrize("suffix", [".mlt", ".kdenlive"])
@pytest.mark.parametrize(("rate", "drop_frame"), RATES)
def test_a_cue_sounds_in_its_place_and_nowhere_else(
    film: Path, music: Path, tmp_path: Path, suffix: str, rate: Fraction, drop_frame: bool
) -> None:
    host = a_film(film, tmp_path / f"film{suffix}", rate, drop_frame)
    placed = host.insert_cue(music, span(2, 1.5), RationalTime(1000, 1000), CueOptions(name="Our cue"))
    sound = render(host.save(), tmp_path / "out.wav", 4, rate)
    frame = 1 / float(rate)
    start = float(Fraction(placed.record.start_time.value) / rate)
    end = start + float(Fraction(placed.record.duration.value) / rate)
    assert rms(sound, 0, start - 0.01) < 1e-3
    assert abs(decibels(rms(sound, start + frame, end - frame))) < 0.2
    assert rms(sound, end + 0.01, 3.9) < 1e-3
    heard = np.flatnonzero(np.abs(sound) > 0.1) / 48_000
    assert abs(heard[0] - start) < 0.005
    assert abs(heard[-1] - end) < 0.005


@pytest.mark.parametrize("suffix", [".mlt", ".kdenlive"])
def test_gain_and_fades_are_heard(film: Path, music: Path, tmp_path: Path, suffix: str) -> None:
    host = a_film(film, tmp_path / f"film{suffix}", Fraction(25), False)
    options = CueOptions(name="Our cue", fade_in=Fraction(1), fade_out=Fraction(1), gain_db=-6.0)
    host.insert_cue(music, span(2.2, 3), RationalTime(1, 2), options)
    sound = render(host.save(), tmp_path / "out.wav", 4, Fraction(25))
    # The cue lies from 0.5 to 3.5 s, its fades from 0.5 to 1.5 s and from 2.5 to 3.5 s.
    assert rms(sound, 0, 0.49) < 1e-3
    assert abs(decibels(rms(sound, 1.6, 2.4)) + 6) < 0.2
    assert rms(sound, 3.51, 3.9) < 1e-3
    # Kdenlive fades the amplitude in a straight line, Shotcut the level from -60 dB.
    half, quarter = (-6.0, -12.0) if suffix == ".kdenlive" else (-30.0, -45.0)
    # melt goes to a frame's level during that frame, so it lags by up to one: 2.5 dB of Shotcut's first fade.
    assert abs(decibels(rms(sound, 0.98, 1.02)) - (-6 + half)) < 3
    assert abs(decibels(rms(sound, 0.74, 0.76)) - (-6 + quarter)) < 4
    assert abs(decibels(rms(sound, 2.98, 3.02)) - (-6 + half)) < 3
    assert decibels(rms(sound, 3.46, 3.5)) < -20
