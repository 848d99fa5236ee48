"""Treated sound: the same wherever a pass begins, in little memory, at the tempo and pitch that were asked for."""

from __future__ import annotations

import subprocess
import sys
import wave
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from plugin.audition import open_treated
from plugin.audition.stretch import stretched
from plugin.decode.stereo import read_stereo
from plugin.errors import DecodeError, InputError
from plugin.treatment import Treatment

RATE = 44_100
EARS = Treatment(gain_db=3.0, low_db=4.0, mid_db=-5.0, high_db=2.0, fade_in=1.0, fade_out=2.0)


def write(path: Path, samples: np.ndarray) -> Path:
    """float [2, N] in -1..1."""
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))
        file.writeframes((samples.T * 32767).round().astype("<i2").tobytes())
    return path


def heard(path: Path, start: float, end: float, treatment: Treatment, skip: float = 0.0) -> np.ndarray:
    with open_treated(path, start, end, treatment, skip) as sound:
        return np.concatenate(list(sound), 1)


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    samples = 0.15 * np.random.default_rng(3).standard_normal((2, 12 * RATE))
    return write(tmp_path_factory.mktemp("sound") / "noise.wav", np.clip(samples, -1, 1))


def test_a_pass_from_the_middle_is_the_whole_one_from_there(noise: Path) -> None:
    whole = heard(noise, 2.0, 10.0, EARS)
    rest = heard(noise, 2.0, 10.0, EARS, skip=3.3)
    assert rest.shape[1] == whole.shape[1] - round(3.3 * RATE)
    assert np.abs(rest - whole[:, -rest.shape[1] :]).max() < 1e-4


@pytest.mark.parametrize(("tone", "hz"), [("low_db", 60), ("mid_db", 1000), ("high_db", 12_000)])
def test_each_band_of_the_equaliser_changes_its_own_tones(tmp_path: Path, tone: str, hz: int) -> None:
    at = np.arange(2 * RATE) / RATE
    levels = {}
    for frequency in (60, 1000, 12_000):
        sine = np.tile(0.1 * np.sin(2 * np.pi * frequency * at), (2, 1))
        path = write(tmp_path / f"{frequency}.wav", sine)
        treated, plain = (heard(path, 0.5, 1.5, each) for each in (Treatment(**{tone: 9.0}), Treatment()))
        levels[frequency] = 20 * np.log10(treated.std() / plain.std())
    assert levels.pop(hz) == pytest.approx(9.0, abs=0.7)
    assert all(abs(other) < 1.0 for other in levels.values()), levels


@pytest.mark.parametrize("tempo", [0.9, 1.1, 1.5])
def test_another_tempo_keeps_the_pitch_and_the_places(tmp_path: Path, tempo: float) -> None:
    at = np.arange(20 * RATE) / RATE
    tone = 0.2 * np.sin(2 * np.pi * 440 * at) * (1 + 0.5 * np.sign(np.sin(2 * np.pi * 0.25 * at)))  # changes every 2 s
    got = heard(write(tmp_path / "tone.wav", np.tile(tone, (2, 1))), 0.0, 20.0, Treatment(tempo=tempo))[0]
    assert got.size == round(20 * RATE / tempo)
    power = np.abs(np.fft.rfft(got * np.hanning(got.size)))
    assert power.argmax() / got.size * RATE == pytest.approx(440, abs=0.5)
    level = np.sqrt(np.convolve(got**2, np.ones(2205) / 2205, "same"))
    for change in range(2, 20, 2):
        place = round(change / tempo * RATE)
        near = level[place - RATE // 5 : place + RATE // 5]
        loud, soft = 0.2 * 1.5 / 2**0.5, 0.2 * 0.5 / 2**0.5
        crossed = np.abs(near - (loud + soft) / 2).argmin() - RATE // 5
        assert abs(crossed) / RATE < 0.03, f"the change at {change} s"


def test_the_joints_of_a_stretched_sound_are_not_heard() -> None:
    at = np.arange(26 * RATE) / RATE
    chord = np.tile(sum(0.1 * np.sin(2 * np.pi * hz * at) for hz in (220, 277.18, 329.63, 3000)), (2, 1))
    pieces = np.array_split(chord.astype(np.float32), 200, axis=1)
    got = np.concatenate(list(stretched(iter(pieces), RATE, 1.07)), 1)
    levels = [got[0, i : i + 4410].std() / chord.std() for i in range(4410, got.shape[1] - 8820, 2205)]
    assert min(levels) > 0.9 and max(levels) < 1.1


def test_five_minutes_take_no_more_memory_than_ten_seconds(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("flac", rate=RATE, layout="stereo", format="s16")
        for number in range(5):
            tone = 8000 * np.sin(np.arange(60 * RATE) * (0.01 + number / 1000))
            frame = av.AudioFrame.from_ndarray(np.repeat(tone.astype(np.int16), 2)[None], "s16", "stereo")
            frame.rate = RATE
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    code = """
import resource, sys
from pathlib import Path
from plugin.audition import open_treated
from plugin.treatment import Treatment
def most(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open_treated(Path(sys.argv[1]), 60.0, 70.0, Treatment(gain_db=1.0, low_db=1.0)) as sound:
    list(sound)
before, count = most(), 0
with open_treated(Path(sys.argv[1]), 0.0, 300.0, Treatment(gain_db=1.0, low_db=1.0)) as sound:
    for block in sound: count += block.shape[1]
    assert count == sound.length
print((most() - before) / 1024)
"""
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 20, "MiB; at once it would be a hundred"


def test_a_file_that_is_damaged_in_the_middle_is_heard_to_its_end_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp3"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libmp3lame", rate=RATE, layout="stereo")
        tone = (8000 * np.sin(np.arange(10 * RATE) / 20)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.tile(tone, (2, 1)), "s16p", "stereo")
        frame.rate = RATE
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    for at in range(middle, middle + 6000):
        data[at] = data[at] ^ 0x5A if data[at] != 0xFF else 0xFF
    path.write_bytes(data)
    with open_treated(path, 0.0, 10.0, Treatment()) as sound:
        got = np.concatenate(list(sound), 1)
        assert sound.warnings()
    assert got.shape[1] == 10 * RATE
    assert got[:, -2 * RATE : -RATE].std() > 0.1


def test_wrong_parts_and_no_sound_are_refused_in_words(noise: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="skip 9"):
        heard(noise, 0.0, 8.0, Treatment(), skip=9.0)
    with pytest.raises(InputError, match="must end after it starts"):
        heard(noise, 5.0, 5.0, Treatment())
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(DecodeError, match="not a media file"):
        heard(tmp_path / "text.wav", 0.0, 1.0, Treatment())


def test_the_first_block_does_not_wait_for_the_others(noise: Path) -> None:
    with open_treated(noise, 1.0, 11.0, EARS) as sound:
        (first,) = islice(sound, 1)
    assert 0 < first.shape[1] <= RATE // 5
    assert np.array_equal(first[:, :1], np.zeros((2, 1))), "it begins with the fade"
    assert read_stereo(noise, 1.0, 1.1)[0].std() > 0.1
