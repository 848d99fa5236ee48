"""How far tags and embedding stay what they are when a recording is damaged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from models.data.corpus import REAL
from models.evaluation import damage
from models.evaluation.bench import BATCH, Bench, Heard
from models.evaluation.damage import Array
from models.evaluation.result import Result, Row
from models.metrics.agreement import agreement
from plugin.errors import InputError

SEGMENTS = 60

DAMAGES: dict[str, Callable[[Array, int], Array]] = {
    "MP3 at 64 kb/s": lambda audio, _: damage.mp3(audio),
    "6 dB louder": lambda audio, _: damage.louder(audio, 6.0),
    "6 dB louder, clipped": lambda audio, _: damage.clipped(audio, 6.0),
    "6 dB softer": lambda audio, _: damage.louder(audio, -6.0),
    "8 kHz and back": lambda audio, _: damage.telephone(audio),
    "speech on top, 6 dB below": lambda audio, number: damage.talked_over(audio, 90_000 + number),
}


def segments(bench: Bench, most: int = SEGMENTS) -> Array:
    """Middle segments float32 [N, 160000] of tested items, half of them recordings where there are enough."""
    corpus = bench.tested
    rng = np.random.default_rng(4)
    test = np.array([item.test_only for item in corpus.items])
    pools = [
        rng.permutation(np.flatnonzero(mask)) for mask in (test, (corpus.kinds == REAL) & ~test, corpus.kinds != REAL)
    ]
    real = np.concatenate(pools[:2])[: most // 2]
    chosen = np.concatenate([real, pools[2][: most - len(real)]]).astype(int)
    out = []
    for track in chosen:
        path = bench.work / "sounds" / corpus.items[track].file
        if path.exists():
            with np.load(path) as fields:
                audio = fields["audio"]
            out.append(audio[len(audio) // 2].astype(np.float32) / 32767.0)
    return np.stack(out) if out else np.zeros((0, 0), np.float32)


@torch.inference_mode()
def listen(bench: Bench, audio: Array) -> Heard:
    """Tags, embeddings and latents of segments [N, 160000], through the front-end."""
    parts = [bench.music(torch.from_numpy(audio[i : i + BATCH])) for i in range(0, len(audio), BATCH)]
    embeddings, scores, latents = (torch.cat(column).numpy() for column in zip(*parts, strict=True))
    return Heard(scores, embeddings, latents)


def rows_of(name: str, clean: Heard, other: Heard) -> list[Row]:
    """Rows that compare what is heard in each segment with the clean one; chance is another track's clean sound."""
    of = f"{len(clean.scores)} segments"
    found, chance = agreement(clean.scores, other.scores), agreement(clean.scores, np.roll(clean.scores, 1, 0))
    cosine = (clean.embeddings * other.embeddings).sum(1).mean()
    apart = (clean.embeddings * np.roll(clean.embeddings, 1, 0)).sum(1).mean()
    numbers = (("correlation of tag scores within a track", found.within_track, chance.within_track),
               ("share of the top five tags", found.top_five, chance.top_five),
               ("cosine of embeddings", float(cosine), float(apart)))  # fmt: skip
    return [Row(f"{name}: {what}", of, value, level, "another track, clean") for what, value, level in numbers]


def run(bench: Bench) -> Result:
    """Measure robustness."""
    result = Result("Robustness")
    audio = segments(bench)
    if len(audio) < 2:
        result.lines.append("Skipped: the sounds of the corpus are not in the work folder.")
        return result
    clean = listen(bench, audio)
    for name, spoil in DAMAGES.items():
        try:
            damaged = np.stack([spoil(row, number) for number, row in enumerate(audio)])
        except InputError as error:
            result.lines.append(f"Skipped: {name} ({error}).")
            continue
        result.rows += rows_of(name, clean, listen(bench, damaged))
    return result
