from __future__ import annotations

import random
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from host_bridge.ardour.sound import Sound, read_sound
from tests.host_bridge.conformance import tone, write_wav


def encoded(path: Path, codec: str, rate: int, samples: int) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate, layout="stereo")
        form = stream.codec_context.codec.audio_formats[0].name
        planar = form.endswith("p")
        kind = {"s16": np.int16, "flt": np.float32, "s32": np.int32}.get(form.rstrip("p"), np.int16)
        step = 4096
        for start in range(0, samples, step):
            count = min(step, samples - start)
            shape = (2, count) if planar else (1, count * 2)
            sound = av.AudioFrame.from_ndarray(np.zeros(shape, kind), format=form, layout="stereo")
            sound.rate, sound.pts = rate, start
            out.mux(stream.encode(sound))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("name", "codec"), [("a.flac", "flac"), ("a.aiff", "pcm_s16be"), ("a.wav", "pcm_s16le")])
def test_the_head_of_a_file_tells_rate_channels_and_length(tmp_path: Path, name: str, codec: str) -> None:
    assert read_sound(encoded(tmp_path / name, codec, 44_100, 10_000)) == Sound(44_100, 2, 10_000)


def test_the_head_of_an_ogg_file_tells_rate_and_channels(tmp_path: Path) -> None:
    packet = b"\x01vorbis" + struct.pack("<IBI", 0, 2, 48_000) + bytes(14)
    page = b"OggS\0\2" + bytes(20) + bytes([1, len(packet)]) + packet
    (tmp_path / "a.ogg").write_bytes(page)
    assert read_sound(tmp_path / "a.ogg") == Sound(48_000, 2, None)


NOTHING = struct.pack("<HHIIHH", 1, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("raw", [
    b"ID3\4\0\0" + bytes(100), b"hello", b"", b"RIFF1234WAVE", b"RIFF1234WAVEfmt \4\0\0\0abcd", b"FORM1234AIFF",
    b"fLaC", b"OggS", b"RIFF1234WAVEfmt \x10\0\0\0" + NOTHING,
])  # fmt: skip
def test_what_ardour_must_convert_gives_nothing(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "file").write_bytes(raw)
    assert read_sound(tmp_path / "file") is None


def test_a_file_that_is_not_there_gives_nothing(tmp_path: Path) -> None:
    assert read_sound(tmp_path / "gone.wav") is None


def test_no_damaged_head_does_anything_but_give_nothing_or_numbers(tmp_path: Path) -> None:
    good = write_wav(tmp_path / "good.wav", tone(0.01)).read_bytes()
    rng = random.Random(8)
    for _ in range(500):
        bad = bytearray(good)
        for _ in range(4):
            bad[rng.randrange(60)] = rng.randrange(256)
        (tmp_path / "bad.wav").write_bytes(bad)
        found = read_sound(tmp_path / "bad.wav")
        assert found is None or (found.rate > 0 and found.channels > 0)
