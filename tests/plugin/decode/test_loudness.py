"""Loudness against the test signals of EBU Tech 3341 and the arithmetic of BS.1770."""

import numpy as np
import pytest
from media_maker import RATE, noise, sine, write_media

from plugin.decode import Block, Finished, Started, decode_file


def finish(path, rate=16000):
    finished = list(decode_file(path, rate, 60.0))[-1]
    assert isinstance(finished, Finished)
    return finished


def loudness(tmp_path, signal, layout="stereo", rate=RATE):
    how = {"codec": "pcm_f32le", "fmt": "flt"}
    return finish(write_media(tmp_path / "a.wav", signal, rate, layout=layout, **how)).loudness


def stereo(*parts):
    return np.stack([np.concatenate(parts)] * 2)


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
@pytest.mark.parametrize("level", [-23, -33])
def test_case_1_and_2_stereo_sine_at_its_level(level, rate, tmp_path):
    assert loudness(tmp_path, stereo(sine(1000, 20, rate, level)), rate=rate) == pytest.approx(level, abs=0.1)


def test_sine_of_997_hz_reads_its_level(tmp_path):
    assert loudness(tmp_path, stereo(sine(997, 10, RATE, -23))) == pytest.approx(-23, abs=0.1)


def test_case_3_soft_parts_are_gated(tmp_path):
    parts = [sine(1000, seconds, RATE, level) for seconds, level in ((10, -36), (60, -23), (10, -36))]
    assert loudness(tmp_path, stereo(*parts)) == pytest.approx(-23, abs=0.1)


def test_case_6_surround_channels_are_weighted(tmp_path):
    levels = [-28, -28, -24, -200, -30, -30]
    signal = np.stack([sine(1000, 20, RATE, level) for level in levels])
    assert loudness(tmp_path, signal, "5.1") == pytest.approx(-23, abs=0.1)


def test_mono_is_one_channel(tmp_path):
    assert loudness(tmp_path, sine(997, 10, RATE, -23)[None], "mono") == pytest.approx(-26, abs=0.1)


def test_out_of_phase_channels_are_loud_though_mono_cancels(tmp_path):
    tone = sine(1000, 10, RATE, -23)
    assert loudness(tmp_path, np.stack([tone, -tone])) == pytest.approx(-23, abs=0.1)


def test_silence_and_less_than_0_4_seconds_have_none(tmp_path):
    assert loudness(tmp_path, np.zeros((2, RATE), np.float32)) is None
    assert loudness(tmp_path, stereo(sine(997, 0.3, RATE, -23))) is None
    assert loudness(tmp_path, stereo(sine(997, 0.6, RATE, -23))) == pytest.approx(-23, abs=0.5)


def test_events_of_a_file_tell_all_of_it(tmp_path):
    signal = np.concatenate([0.5 * noise(2), np.full(480, 0.9, np.float32)])[None]
    path = write_media(tmp_path / "a.flac", signal, codec="flac", tags={"title": "T"})
    started, *blocks, finished = decode_file(path, 16000, 0.75)
    assert isinstance(started, Started)
    assert (started.path, started.info.title) == (path, "T")
    assert all(isinstance(block, Block) and block.path == path for block in blocks)
    assert [block.start for block in blocks] == [0, 0.75, 1.5]
    assert [block.samples.size for block in blocks] == [12000, 12000, 8160]
    assert finished.duration == 2.01
    assert finished.peak == max(float(np.abs(block.samples).max()) for block in blocks) > 0.89
    assert finished.warnings == ()
