"""Which files are taken for one recording: copies in other encodings, and strangers that are much alike.

Pieces of a few styles are rendered, several of each style, all of one length, and written as MP3 (128 kbit/s; and 320
at half the level), AAC 128, Opus 64 and FLAC; of a folder of music parts of the same length are taken besides. All
pairs of files are compared by three rules: ours (`plugin.suggest.recordings`), and embeddings alone, above 0.999 and
above 0.98. Printed are the share of copies that are found, and the number of strangers that are taken for copies.

Run: ``python benchmarks/copies.py [DIR]``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import combinations, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.music import RATE, STYLES, encode
from benchmarks.support.ratios import keep
from plugin.decode import AUDIO_SUFFIXES, read_audio
from plugin.library.scan import scan
from plugin.runtime.engine import Engine
from plugin.suggest.hear import hear
from plugin.suggest.recordings import Recording, outline_of
from plugin.synth.arranger import arrange
from plugin.synth.render import render

SECONDS = 45
PIECES, COPIED, PARTS = 6, 2, 4
"""Pieces of a style, those of them that are copied, and parts of a file of the folder."""
ENCODINGS = {
    "mp3": ("mp3", "libmp3lame", 128_000, RATE, 0.9), "soft mp3": ("mp3", "libmp3lame", 320_000, RATE, 0.45),
    "aac": ("m4a", "aac", 128_000, RATE, 0.9), "opus": ("opus", "libopus", 64_000, 48_000, 0.9),
    "flac": ("flac", "flac", 0, RATE, 0.9),
}  # fmt: skip


class Heard(NamedTuple):
    """A file as it was heard, and the number of its piece."""

    piece: int
    recording: Recording


def pieces(folder: Path | None) -> Iterator[tuple[int, np.ndarray]]:
    """Give stereo pieces [2, N], each with its number within its style or file."""
    size = SECONDS * RATE
    for style in STYLES:
        for number in range(PIECES):
            yield number, render(arrange(style, 100 + number, SECONDS), rate=RATE).astype(np.float32)[:, :size]
    for path in [] if folder is None else scan([folder], AUDIO_SUFFIXES).files:
        sound = read_audio(path, RATE)
        for number in range(min(PARTS, len(sound) // size)):
            yield number, np.tile(sound[number * size : (number + 1) * size], (2, 1))


def listen(engine: Engine, folder: Path | None) -> Iterator[Heard]:
    """Write and hear all files."""
    with tempfile.TemporaryDirectory() as place:
        for piece, (number, sound) in enumerate(pieces(folder)):
            for suffix, codec, bit_rate, rate, level in islice(
                reversed(ENCODINGS.values()), None if number < COPIED else 1
            ):
                path = Path(place) / f"piece.{suffix}"
                encode(path, level * sound, codec, bit_rate, rate)
                found = hear(engine, path)
                yield Heard(piece, Recording(found.embedding, found.duration, outline_of(found.peaks.tobytes())))


def closer_than(cosine: float) -> Callable[[Recording, Recording], bool]:
    return lambda one, other: float(one.embedding @ other.embedding) > cosine


def main() -> None:
    engine = Engine(device="cpu", parts={})
    heard = list(listen(engine, Path(sys.argv[1]) if len(sys.argv) > 1 else None))
    pairs = list(combinations(heard, 2))
    copies = [(one.recording, other.recording) for one, other in pairs if one.piece == other.piece]
    strangers = [(one.recording, other.recording) for one, other in pairs if one.piece != other.piece]
    print(f"{len(heard)} files, {len(copies)} pairs of copies, {len(strangers)} of strangers")
    print(f"{'rule':24} {'copies found':>12} {'strangers taken':>16}")
    shares = {}
    for name, rule in {
        "ours": Recording.same_as, "embedding over 0.999": closer_than(0.999), "embedding over 0.98": closer_than(0.98)
    }.items():  # fmt: skip
        shares[name] = sum(rule(*pair) for pair in copies) / len(copies)
        print(f"{name:24} {shares[name]:12.3f} {sum(rule(*pair) for pair in strangers):16}")
    keep("copies found, ours / embedding over 0.999", [shares["ours"] / shares["embedding over 0.999"]], "higher")


if __name__ == "__main__":
    main()
