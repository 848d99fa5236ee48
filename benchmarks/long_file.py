"""Memory of `cuefinder index` on a recording of four hours, against a limit of 1 GB.

The recording is made: soft noise with a beat, stereo, 44.1 kHz, FLAC. Decoder, models, captions and store are those
that users run; memory is that of all processes together. Run: ``python benchmarks/long_file.py [--hours H]``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.command import index
from benchmarks.support.ratios import keep

LIMIT_BYTES = 1e9
RATE = 44_100


def make(path: Path, hours: float) -> None:
    """Write half a minute of noise with a beat over and over."""
    rng = np.random.default_rng(0)
    time = np.arange(30 * RATE) / RATE
    beat = np.exp(-12 * (time % 0.5)) * np.sin(2 * np.pi * 110 * time)
    part = (2000 * (beat + 0.05 * rng.standard_normal((2, len(time))))).astype(np.int16)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("flac", rate=RATE, layout="stereo")
        for number in range(round(hours * 120)):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part.T.reshape(1, -1)), "s16", "stereo")
            frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), number * len(time)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--device", default="cpu", choices=("auto", "cpu", "cuda"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        song = Path(folder) / "long.flac"
        make(song, args.hours)
        report, seconds, memory = index(song, Path(folder) / "library.db", args.device)
        assert report["indexed"] == 1, report
        hours, size = report["audio_seconds"] / 3600, song.stat().st_size
        print(f"{hours:.2f} h of music ({size / 1e6:.0f} MB) in {seconds:.0f} s")
        keep("memory, to the limit", [memory / LIMIT_BYTES], "lower")
        print(f"memory {memory / 1e6:.0f} MB, {memory / LIMIT_BYTES:.2f} of the limit of {LIMIT_BYTES / 1e6:.0f} MB")
    return 0 if memory < LIMIT_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
