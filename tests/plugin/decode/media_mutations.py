"""Small valid files of every format that can be written here, and ways to damage them."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from media_maker import id3, jpeg, noise, write_media

from plugin.decode import AUDIO_SUFFIXES

SECONDS = 0.6
RATE = 48000

SOUNDS: dict[str, dict[str, str]] = {
    "pcm.wav": {},
    "float.wav": {"codec": "pcm_f32le", "fmt": "flt"},
    "adpcm.wav": {"codec": "adpcm_ms"},
    "pcm.aiff": {"codec": "pcm_s16be"},
    "pcm.au": {"codec": "pcm_s16be"},
    "pcm.caf": {"codec": "pcm_s16be"},
    "pcm.w64": {},
    "a.flac": {"codec": "flac"},
    "flac.oga": {"codec": "flac", "container": "ogg"},
    "vorbis.ogg": {"codec": "vorbis", "fmt": "fltp"},
    "a.opus": {"codec": "libopus", "fmt": "flt"},
    "a.mp3": {"codec": "libmp3lame", "fmt": "fltp"},
    "a.mp2": {"codec": "mp2"},
    "aac.m4a": {"codec": "aac", "fmt": "fltp"},
    "alac.m4a": {"codec": "alac", "fmt": "s16p"},
    "a.aac": {"codec": "aac", "fmt": "fltp", "container": "adts"},
    "a.ac3": {"codec": "ac3", "fmt": "fltp"},
    "a.wma": {"codec": "libmp3lame", "fmt": "fltp", "container": "asf"},
    "a.wv": {"codec": "wavpack", "fmt": "s16p"},
    "a.tta": {"codec": "tta"},
    "a.mka": {"codec": "flac"},
}
FILMS: dict[str, dict[str, str]] = {
    "film.mp4": {"codec": "aac", "fmt": "fltp", "video": "mpeg4"},
    "film.mov": {"codec": "pcm_s16le", "video": "mpeg4"},
    "h264.mkv": {"codec": "vorbis", "fmt": "fltp", "video": "libx264"},
    "film.webm": {"codec": "libopus", "fmt": "flt", "video": "libvpx"},
    "film.avi": {"codec": "libmp3lame", "fmt": "fltp", "video": "mpeg4"},
    "film.ts": {"codec": "mp2", "video": "mpeg2video"},
    "film.mpg": {"codec": "mp2", "video": "mpeg2video"},
    "film.flv": {"codec": "libmp3lame", "fmt": "fltp", "video": "flv"},
}
TAGS = {"title": "A song", "artist": "Somebody", "album": "Things", "lyrics": "one two\nthree four"}
SIZES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
HEAD = 400
"""Bytes at the front of a file that most headers lie in."""

Mutation = Callable[[random.Random, bytearray, list[bytes]], bytearray]


def originals(folder: Path) -> dict[str, bytes]:
    """Make a file of each format, in two channels; gives their contents by name."""
    sound = np.stack([noise(SECONDS, RATE, seed) for seed in (1, 2)])
    made: dict[str, bytes] = {}
    for name, how in (SOUNDS | FILMS).items():
        made[name] = write_media(folder / name, sound, RATE, layout="stereo", tags=TAGS, **how).read_bytes()
    frames = ((b"TIT2", b"\0Song"), (b"USLT", b"\0eng\0la la la"), (b"APIC", b"\0image/jpeg\0\x03\0" + jpeg()))
    made["tagged.mp3"] = id3(*frames) + made["a.mp3"]
    return made


def mutate(rng: random.Random, files: dict[str, bytes]) -> tuple[str, bytes]:
    """Give the suffix and the content of a damaged file, by up to three kinds of damage."""
    name = rng.choice(sorted(files))
    content = bytearray(files[name])
    for damage in rng.sample(MUTATIONS, rng.choice((1, 1, 1, 2, 3))):
        content = damage(rng, content, list(files.values()))
    suffix = Path(name).suffix
    return (rng.choice(sorted(AUDIO_SUFFIXES)) if rng.random() < 0.1 else suffix), bytes(content)


def _header_bytes(rng: random.Random, content: bytearray, others: list[bytes]) -> bytearray:
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        if content:
            content[rng.randrange(min(HEAD, len(content)))] = rng.choice((0, 255, 128, rng.randrange(256)))
    return content


def _sizes(rng: random.Random, content: bytearray, others: list[bytes]) -> bytearray:
    """Put numbers that break sums and products where sizes, rates and counts may be."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        width = rng.choice(("<I", ">I", "<H", ">H"))
        room = min(len(content), rng.choice((HEAD, 10 * HEAD, 10**9))) - 4
        if room > 0:
            value = rng.choice(SIZES) & (0xFFFF if width[1] == "H" else 0xFFFFFFFF)
            struct.pack_into(width, content, rng.randrange(room), value)
    return content


def _cut(rng: random.Random, content: bytearray, others: list[bytes]) -> bytearray:
    at = rng.randrange(len(content) + 1)
    return rng.choice((content[:at], content[at:], content[: min(at, 64)]))


def _random_bytes(rng: random.Random, content: bytearray, others: list[bytes]) -> bytearray:
    for _ in range(max(1, round(len(content) * rng.choice((0.0001, 0.001, 0.01, 0.1))))):
        if content:
            content[rng.randrange(len(content))] = rng.randrange(256)
    return content


def _flipped_bits(rng: random.Random, content: bytearray, others: list[bytes]) -> bytearray:
    for _ in range(rng.choice((1, 8, 64))):
        if content:
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return content


def _spliced(rng: random.Random, content: bytearray, others: list[bytes]) -> bytearray:
    """Go on as a file of another format, or begin as one."""
    other = rng.choice(others)
    at, theirs = rng.randrange(len(content) + 1), rng.randrange(len(other))
    return content[:at] + other[theirs:] if rng.random() < 0.7 else bytearray(other[: 4 * HEAD]) + content


def _repeated(rng: random.Random, content: bytearray, others: list[bytes]) -> bytearray:
    at = rng.randrange(len(content) + 1)
    part = content[at : at + rng.choice((4, 16, 188, 4096))]
    return content[:at] + part * rng.choice((2, 20, 200)) + content[at:]


def _swapped(rng: random.Random, content: bytearray, others: list[bytes]) -> bytearray:
    size, room = rng.choice((4, 64, 1024)), len(content)
    a, b = rng.randrange(room + 1), rng.randrange(room + 1)
    content[a : a + size], content[b : b + size] = content[b : b + size], content[a : a + size]
    return content


def _garbage(rng: random.Random, content: bytearray, others: list[bytes]) -> bytearray:
    return content[: rng.choice((4, 12, 40, 128))] + rng.randbytes(rng.choice((0, 100, 20_000)))


MUTATIONS: tuple[Mutation, ...] = (
    _header_bytes, _sizes, _cut, _random_bytes, _flipped_bits, _spliced, _repeated, _swapped, _garbage
)  # fmt: skip


def lyrics(rng: random.Random) -> bytes:
    """Give a lyrics file as bad as they come."""
    return rng.choice((
        rng.randbytes(rng.randrange(400_000)),
        b"[" * rng.randrange(400_000),
        b"<1:" * 100_000,
        b"[00:01.00]la la\x00la\xff\xfe\n" * rng.randrange(2000),
        "\ufeff[ti:x]\nuno due".encode("utf-16"),
        b"",
    ))  # fmt: skip
