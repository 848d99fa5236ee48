"""What happens to the samples: mono, garbage, places on the time line, ranges."""

import struct

import av
import numpy as np
import pytest
from media_maker import RATE, delay, noise, sine, wav, write_media

from plugin.decode import audio_blocks, decode_file, read_audio
from plugin.decode.resample import MonoResampler, samples_of
from plugin.errors import DecodeError, InputError


def pieces(layout, channels, tmp_path):
    """Give the mono level of each channel alone, relative to its own."""
    signal = np.zeros((channels, channels * 1000), np.float32)
    for channel in range(channels):
        signal[channel, channel * 1000 : (channel + 1) * 1000] = 0.5
    path = write_media(tmp_path / "a.wav", signal, codec="pcm_f32le", fmt="flt", layout=layout)
    return read_audio(path, RATE).reshape(channels, 1000)[:, 500] / 0.5


@pytest.mark.parametrize(
    ("layout", "weights"),
    [
        ("mono", [1]),
        ("stereo", [0.5, 0.5]),
        ("quad", [0.29, 0.29, 0.21, 0.21]),
        ("5.1", [0.21, 0.21, 0.29, 0, 0.15, 0.15]),
    ],
)
def test_mono_is_the_editors_downmix(layout, weights, tmp_path):
    np.testing.assert_allclose(pieces(layout, len(weights), tmp_path), weights, atol=0.01)


@pytest.mark.parametrize("channels", [3, 6, 9, 20, 64])
def test_channels_without_names_are_averaged(channels, tmp_path):
    signal = np.zeros((1000, channels), "<i2")
    signal[:, -1] = 16384
    (tmp_path / "a.wav").write_bytes(wav(signal.tobytes(), channels=channels))
    assert read_audio(tmp_path / "a.wav", 8000)[500] == pytest.approx(0.5 / channels, abs=2e-4)


@pytest.mark.parametrize("layout", ["FL+LFE", "FR+FC", "ambisonic 1", "7.1.4", "22.2", "hexagonal"])
def test_odd_layouts_are_mixed_too(layout):
    frame = av.AudioFrame("s16", layout, 8000)
    frame.sample_rate = 8000
    frame.planes[0].update(np.full(8000 * frame.layout.nb_channels, 16384, np.int16).tobytes())
    resampler = MonoResampler(frame, 8000)
    [mono] = [*resampler.push(frame), *resampler.flush()]
    np.testing.assert_allclose(samples_of(mono), 0.5, atol=0.001)


def test_more_channels_than_can_be_mixed_are_one_clear_line(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav(bytes(2 * 65 * 100), channels=65))
    with pytest.raises(DecodeError, match=r"cannot mix its channels to mono \(65 channels\)"):
        list(decode_file(tmp_path / "a.wav", 8000, 60.0))


def test_full_scale_on_all_channels_does_not_clip(tmp_path):
    for layout, channels in (("stereo", 2), ("5.1", 6)):
        path = write_media(tmp_path / "a.wav", np.ones((channels, RATE), np.float32), layout=layout)
        assert read_audio(path, RATE)[1000:-1000].max() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("bits", [32, 64])
def test_nan_and_infinity_become_silence_and_spread_nowhere(bits, tmp_path):
    signal = sine(440, 4, 8000, -20).astype(f"<f{bits // 8}")
    signal[100:200], signal[16000], signal[20000], signal[24000] = np.nan, np.inf, -np.inf, 1e30
    (tmp_path / "a.wav").write_bytes(wav(signal.tobytes(), kind=3, bits=bits))
    *_, finished = decode_file(tmp_path / "a.wav", 8000, 60.0)
    heard = read_audio(tmp_path / "a.wav", 8000)
    assert not heard[100:200].any()
    assert not heard[[16000, 20000, 24000]].any()
    good = np.isfinite(signal) & (np.abs(signal) < 1)
    np.testing.assert_allclose(heard[good], signal[good], atol=1e-6)
    assert finished.loudness == pytest.approx(-23.7, abs=0.5)
    assert finished.peak == pytest.approx(0.1, abs=0.001)


def test_floats_over_full_scale_are_kept(tmp_path):
    path = write_media(tmp_path / "a.wav", 4 * sine(440, 1, RATE, 0)[None], codec="pcm_f32le", fmt="flt")
    assert np.abs(read_audio(path, RATE)).max() == pytest.approx(4, rel=0.01)


@pytest.mark.parametrize("name", ["film.mkv", "film.mp4"])
def test_sound_that_starts_after_the_picture_begins_with_silence(name, tmp_path):
    signal = noise(3)
    path = write_media(tmp_path / name, signal[None], codec="flac", video="mpeg4", late=0.75)
    heard = read_audio(path, RATE)
    assert not heard[: round(0.74 * RATE)].any()
    assert delay(heard, signal) == pytest.approx(0.75 * RATE, abs=0.0015 * RATE)
    part = read_audio(path, RATE, start=0.5, end=2.5)
    assert delay(part, signal) == pytest.approx(0.25 * RATE, abs=0.0015 * RATE)


def test_file_that_changes_its_rate_and_channels_is_read_on(tmp_path):
    parts = [
        write_media(tmp_path / "1.ogg", noise(2, 44100)[None], 44100, codec="flac", container="ogg"),
        write_media(tmp_path / "2.ogg", noise(3, seed=1)[None].repeat(2, 0), codec="flac", layout="stereo"),
    ]
    (tmp_path / "chain.ogg").write_bytes(b"".join(part.read_bytes() for part in parts))
    heard = read_audio(tmp_path / "chain.ogg", 16000)
    assert heard.size == pytest.approx(5 * 16000, abs=2)
    for place, part in zip((0, 2 * 16000), parts, strict=True):
        alone = read_audio(part, 16000)
        assert abs(delay(heard[place : place + alone.size], alone)) <= 1
    *_, finished = decode_file(tmp_path / "chain.ogg", 16000, 60.0)
    loud = [list(decode_file(part, 16000, 60.0))[-1].loudness for part in parts]
    assert min(loud) < finished.loudness < max(loud)


@pytest.mark.parametrize(("seconds", "size"), [(0.05, 800), (0.2, 3200), (0.005, 80)])
def test_short_files_are_read(seconds, size, tmp_path):
    path = write_media(tmp_path / "a.wav", noise(seconds)[None])
    assert read_audio(path, 16000).size == pytest.approx(size, abs=1)


@pytest.mark.parametrize(
    ("start", "end", "line"),
    [
        (-1, None, "start must be zero or more seconds, not -1"),
        (float("nan"), None, "start must be zero or more seconds, not nan"),
        (3, 2, "the range must end after it starts: 3 s to 2 s"),
        (1, float("nan"), "the range must end after it starts: 1 s to nan s"),
        (10, None, "song.flac: no sound after 10 s: the range is outside the file"),
        (10, 12, "song.flac: no sound after 10 s: the range is outside the file"),
        (1, 12, "song.flac: the range ends at 12 s, the file at 2 s"),
    ],
)
def test_range_outside_the_file_is_one_clear_line(start, end, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_media(tmp_path / "song.flac", noise(2)[None], codec="flac")
    with pytest.raises(InputError) as caught:
        read_audio("song.flac", 16000, start=start, end=end)
    assert str(caught.value) == line
    assert not isinstance(caught.value, DecodeError)


def test_range_may_end_a_picture_after_the_sound(tmp_path):
    path = write_media(tmp_path / "a.flac", noise(2)[None], codec="flac")
    assert read_audio(path, 16000, start=1, end=2.04).size == 16000


def test_senseless_rates_and_blocks_are_refused(tmp_path):
    path = write_media(tmp_path / "a.flac", noise(1)[None], codec="flac")
    with pytest.raises(InputError, match="sample rate must be positive, not 0"):
        read_audio(path, 0)
    with pytest.raises(InputError, match="at least one sample"):
        next(audio_blocks(path, 16000, block_seconds=0))


def test_reading_can_stop_early_and_start_again(tmp_path):
    path = write_media(tmp_path / "a.flac", noise(3)[None], codec="flac")
    blocks = audio_blocks(path, 16000, block_seconds=0.5)
    first = next(blocks)
    blocks.close()
    np.testing.assert_array_equal(next(audio_blocks(path, 16000, block_seconds=0.5)), first)


def test_wav_made_by_hand_has_the_samples_it_was_given(tmp_path):
    values = [0, 8192, -8192, 32767, -32768]
    (tmp_path / "a.wav").write_bytes(wav(struct.pack("<5h", *values)))
    np.testing.assert_allclose(read_audio(tmp_path / "a.wav", 8000), np.array(values) / 32768, atol=1e-7)
