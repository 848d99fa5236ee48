"""Captions with and without the choice by tags, in one run.

For 30 s of each track of a folder: the likeliest sentence of the beam search against the one that is chosen because
it names what is heard. Prints the share of different sentences, tags named in a sentence, the share of these that are
heard (at or over their threshold), and the ratio of the shares. Run: ``python benchmarks/captions.py [DIR]``; without a
folder six pieces are rendered.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.music import make_music
from benchmarks.support.ratios import keep
from plugin.decode import AUDIO_SUFFIXES, read_audio
from plugin.library.scan import scan
from plugin.runtime import captioner, sentences
from plugin.runtime.engine import Engine, MusicFeatures

SECONDS = 30


def hear(engine: Engine, folder: Path) -> list[MusicFeatures]:
    heard = []
    for path in scan([folder], AUDIO_SUFFIXES).files:
        audio = read_audio(path, engine.rate)[: SECONDS * engine.rate]
        if len(audio) == SECONDS * engine.rate and np.abs(audio).max() > 1e-3:
            heard.append(engine.music(audio.reshape(SECONDS // 10, -1)))
    return heard


def measure(engine: Engine, heard: list[MusicFeatures]) -> tuple[float, float, float]:
    captions = [engine.caption(features) for features in heard]
    named = true = 0
    for text, features in zip(captions, heard, strict=True):
        for tag, score in zip(engine.vocabulary.tags, features.tags.mean(0), strict=True):
            if re.search(rf"\b{re.escape(tag.name)}\b", text.lower()):
                named += 1
                true += bool(score >= tag.threshold)
    return len(set(captions)) / len(captions), named / len(captions), true / max(1, named)


def main() -> None:
    engine = Engine(device="cpu")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary)
        if len(sys.argv) < 2:
            make_music(folder, 6, 60.0, ("wav",))
        heard = hear(engine, folder)
    chosen = measure(engine, heard)
    sentences.HEARD = sentences.UNHEARD = 0.0
    likeliest = measure(engine, heard)
    print(f"{len(heard)} tracks, {captioner.BEAMS} beams")
    print(f"{'':12} {'different':>9} {'named':>6} {'heard':>6}")
    for name, row in (("likeliest", likeliest), ("chosen", chosen)):
        print(f"{name:12} {row[0]:9.2f} {row[1]:6.2f} {row[2]:6.3f}")
    keep("share heard, chosen / likeliest", [chosen[2] / max(likeliest[2], 1e-9)], "higher")
    print(f"share heard, chosen / likeliest: {chosen[2] / max(likeliest[2], 1e-9):.3f}")


if __name__ == "__main__":
    main()
