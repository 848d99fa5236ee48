"""Every format that Cuefinder promises: right length, right level, every sample in its place."""

import numpy as np
import pytest
from media_maker import RATE, delay, noise, write_media

from plugin.decode import audio_blocks, probe, read_audio

SIGNAL = noise(6.0)

# name: how it is written, the error of time that the format itself brings (s), decoded length beyond the signal (s)
FORMATS = {
    "u8.wav": ({"codec": "pcm_u8", "fmt": "u8"}, 0, 0),
    "s16.wav": ({}, 0, 0),
    "s24.wav": ({"codec": "pcm_s24le", "fmt": "s32"}, 0, 0),
    "s32.wav": ({"codec": "pcm_s32le", "fmt": "s32"}, 0, 0),
    "f32.wav": ({"codec": "pcm_f32le", "fmt": "flt"}, 0, 0),
    "f64.wav": ({"codec": "pcm_f64le", "fmt": "dbl"}, 0, 0),
    "mp3.wav": ({"codec": "libmp3lame", "fmt": "fltp"}, 0.024, 0.05),
    "song.aiff": ({"codec": "pcm_s16be"}, 0, 0),
    "song.flac": ({"codec": "flac"}, 0, 0),
    "song.ogg": ({"codec": "vorbis", "fmt": "fltp", "layout": "stereo"}, 0, 0),
    "song.opus": ({"codec": "libopus", "fmt": "flt"}, 0, 0),
    "song.mp3": ({"codec": "libmp3lame", "fmt": "fltp"}, 0, 0),
    "noxing.mp3": ({"codec": "libmp3lame", "fmt": "fltp", "options": {"write_xing": "0"}}, 0.024, 0.05),
    "song.m4a": ({"codec": "aac", "fmt": "fltp"}, 0, 0.03),
    "alac.m4a": ({"codec": "alac", "fmt": "s16p"}, 0, 0),
    "song.aac": ({"codec": "aac", "fmt": "fltp", "container": "adts"}, 0.022, 0.05),
    "film.mp4": ({"codec": "aac", "fmt": "fltp", "video": "mpeg4"}, 0, 0.03),
    "film.mov": ({"codec": "pcm_s24le", "fmt": "s32", "video": "mpeg4"}, 0, 0),
    "opus.webm": ({"codec": "libopus", "fmt": "flt", "video": "libvpx"}, 0.001, 0),
    "vorbis.webm": ({"codec": "vorbis", "fmt": "fltp", "layout": "stereo", "video": "libvpx"}, 0.001, 0),
    "film.mkv": ({"codec": "flac", "video": "mpeg4"}, 0.001, 0),
    "film.avi": ({"codec": "libmp3lame", "fmt": "fltp", "video": "mpeg4"}, 0.024, 0.05),
    "film.ts": ({"codec": "aac", "fmt": "fltp", "video": "mpeg4", "container": "mpegts"}, 0.045, 0.07),
}


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")

    def written(name):
        how = FORMATS[name][0]
        path = folder / name
        if not path.exists():
            write_media(path, np.stack([SIGNAL] * (2 if how.get("layout") == "stereo" else 1)), RATE, **how)
        return path

    return written


@pytest.mark.parametrize("name", FORMATS)
def test_whole_file_has_its_length_its_level_and_no_delay(name, song):
    _, error, longer = FORMATS[name]
    heard = read_audio(song(name), RATE)
    assert heard.dtype == np.float32
    assert heard.ndim == 1
    assert -1 <= heard.size - SIGNAL.size <= longer * RATE
    assert 0 <= delay(heard, SIGNAL) <= error * RATE
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(0.2, rel=0.06)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("start", [0.2, 3.3337])
def test_range_is_where_it_is_in_the_whole_file(name, start, song):
    whole = read_audio(song(name), RATE)
    part = read_audio(song(name), RATE, start=start, end=start + 1.5)
    assert part.size == 1.5 * RATE
    assert abs(delay(part, whole[round(start * RATE) :][: part.size])) <= 0.0015 * RATE


@pytest.mark.parametrize("name", ["s16.wav", "song.flac", "song.mp3", "song.ogg", "film.mp4"])
def test_blocks_join_to_the_whole_and_are_exact(name, song):
    blocks = list(audio_blocks(song(name), 16000, block_seconds=0.7))
    assert {block.size for block in blocks[:-1]} == {11200}
    assert 0 < blocks[-1].size <= 11200
    np.testing.assert_array_equal(np.concatenate(blocks), read_audio(song(name), 16000))


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 96000, 192000])
def test_any_rate_to_any_rate(rate, tmp_path):
    path = write_media(tmp_path / "a.wav", noise(2, rate)[None], rate)
    for target in (16000, 32000, 44100):
        assert read_audio(path, target).size == pytest.approx(2 * target, abs=1)


def test_resampling_keeps_a_tone_and_drops_what_the_rate_cannot_hold(tmp_path):
    time = np.arange(2 * RATE) / RATE
    tones = 0.25 * np.sin(2 * np.pi * 1000 * time) + 0.25 * np.sin(2 * np.pi * 15000 * time)
    path = write_media(tmp_path / "a.wav", tones[None].astype(np.float32), codec="pcm_f32le", fmt="flt")
    spectrum = np.abs(np.fft.rfft(read_audio(path, 16000)[8000:24000] * np.hanning(16000))) / 4000
    assert spectrum[1000] == pytest.approx(0.25, rel=0.01)
    assert np.delete(spectrum, range(995, 1006)).max() < 1e-3


@pytest.mark.parametrize("name", FORMATS)
def test_probe_names_what_is_inside(name, song):
    info = probe(song(name))
    assert (info.sample_rate, info.path) == (RATE, song(name))
    assert info.channels == (2 if FORMATS[name][0].get("layout") == "stereo" else 1)
    assert info.duration == pytest.approx(6.0, abs=0.15)
    assert (info.video_codec is not None) == ("video" in FORMATS[name][0])
    assert (info.width, info.height, info.fps) == ((64, 48, 25) if info.video_codec else (0, 0, None))
