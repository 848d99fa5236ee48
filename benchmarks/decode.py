"""Decoding to mono at a model's rate: Cuefinder against other libraries, in times real time on one core.

All read the same files in the same run, each its best of several turns taken in rotation, in seconds of CPU time (so
that a busy machine does not matter). Run: ``python benchmarks/decode.py``; needs the extra ``bench``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from time import process_time

import audioread
import av
import librosa
import numpy as np
import soundfile
import soxr
from pedalboard.io import AudioFile

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.ratios import keep
from plugin.decode import audio_blocks, decode_file

SOURCE_RATE = 44100
FORMATS = {
    "mp3": ("libmp3lame", "fltp", 192_000),
    "ogg": ("vorbis", "fltp", 192_000),
    "m4a": ("aac", "fltp", 192_000),
    "opus": ("libopus", "flt", 128_000),
    "flac": ("flac", "s16", None),
    "wav": ("pcm_s16le", "s16", None),
}


def by_cuefinder(path: Path, rate: int) -> int:
    return sum(block.size for block in audio_blocks(path, rate))


def by_cuefinder_with_loudness(path: Path, rate: int) -> int:
    finished = None
    for event in decode_file(path, rate, 60.0):
        finished = event
    return round(finished.duration * rate)


def by_soundfile(path: Path, rate: int) -> int:
    samples, source_rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(samples.mean(1), source_rate, rate).size


def by_librosa(path: Path, rate: int) -> int:
    return librosa.load(path, sr=rate, mono=True)[0].size


def by_pedalboard(path: Path, rate: int) -> int:
    with AudioFile(str(path)).resampled_to(float(rate)) as file:
        return file.read(file.frames).mean(0).size


READERS: dict[str, Callable[[Path, int], int]] = {
    "cuefinder": by_cuefinder,
    "+ loudness": by_cuefinder_with_loudness,
    "soundfile+soxr": by_soundfile,
    "librosa": by_librosa,
    "pedalboard": by_pedalboard,
}


def make_song(seconds: float) -> np.ndarray:
    """Give chords over a beat with noise, float32 [2, N]: as hard for a codec as music is."""
    time = np.arange(round(seconds * SOURCE_RATE)) / SOURCE_RATE
    chord = sum(
        np.sin(2 * np.pi * 110 * ratio * partial * time) / partial for ratio in (1, 1.25, 1.5) for partial in (1, 2, 3)
    )
    hiss = np.random.default_rng(0).standard_normal((2, time.size))
    return (0.08 * chord + 0.15 * hiss * np.exp(-8 * (time % 0.5))).astype(np.float32)


def write(path: Path, song: np.ndarray) -> None:
    codec, fmt, bit_rate = FORMATS[path.suffix[1:]]
    rate = 48000 if codec == "libopus" else SOURCE_RATE
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate, options={"strict": "experimental"})
        stream.layout, stream.format = "stereo", fmt
        if bit_rate:
            stream.bit_rate = bit_rate
        stream.codec_context.open()
        size = stream.codec_context.frame_size or 4096
        convert = av.AudioResampler(fmt, "stereo", rate, frame_size=size)
        frame = av.AudioFrame.from_ndarray(song, "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = SOURCE_RATE, 0, Fraction(1, SOURCE_RATE)
        for piece in [*convert.resample(frame), *convert.resample(None)]:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))


def speeds(path: Path, seconds: float, rate: int, turns: int) -> dict[str, float | None]:
    """Give times real time of each reader; None where it cannot read the format."""
    best: dict[str, float | None] = dict.fromkeys(READERS, float("inf"))
    for _ in range(turns):
        for name, read in READERS.items():
            if best[name] is None:
                continue
            begin = process_time()
            try:
                read(path, rate)
            except (soundfile.LibsndfileError, audioread.NoBackendError, ValueError):
                best[name] = None
                continue
            best[name] = min(best[name], process_time() - begin)
    return {name: seconds / spent if spent else None for name, spent in best.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120.0, help="length of the song (default: %(default)s)")
    parser.add_argument("--rate", type=int, default=16000, help="rate of the output (default: %(default)s)")
    parser.add_argument("--turns", type=int, default=5, help="turns of each reader (default: %(default)s)")
    options = parser.parse_args()
    song = make_song(options.seconds)
    print("format  " + "".join(f"{name:>16}" for name in READERS) + "  cuefinder / best other")
    with tempfile.TemporaryDirectory() as folder:
        for suffix in FORMATS:
            path = Path(folder) / f"song.{suffix}"
            write(path, song)
            found = speeds(path, options.seconds, options.rate, options.turns)
            other = max((found[name] or 0.0 for name in list(READERS)[2:]), default=0.0)
            cells = "".join(f"{f'{speed:.0f}x' if speed else 'cannot':>16}" for speed in found.values())
            if other:
                keep(f"{suffix}, cuefinder / best other", [found["cuefinder"] / other], "higher")
            ratio = f"{found['cuefinder'] / other:.2f}" if other else "-"
            print(f"{suffix:8}{cells}  {ratio:>22}")


if __name__ == "__main__":
    main()
