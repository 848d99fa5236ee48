"""Batches for the music encoder: what is drawn of which kind of music, and what happens to it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from models.data.augment import colour, crop, mix
from models.data.corpus import REAL, Corpus
from models.data.hearing import MEL_STEP
from models.data.vocabulary import load_vocabulary

SHARES = {"recording": 0.42, "arranged": 0.22, "sung": 0.08, "stem": 0.20, "midi": 0.08}
"""How much of a batch is of each kind: real music first, since that is what is to be heard."""
MIXED, TALKED = 0.2, 0.08
"""Shares of made clips with another made clip on top, and of clips with talk on top."""


class Batches:
    """Draws training batches.

    Parameters
    ----------
    corpus : Corpus
    texts : float16 [S, P, 256]
        Sentence vectors of texts about each segment.
    talk : int8 [N, 80, 400]
        Spectrograms of speech.
    """

    def __init__(self, corpus: Corpus, texts: np.ndarray, talk: np.ndarray, seed: int) -> None:
        self.corpus, self.texts, self.talk = corpus, texts, talk
        self.rng = np.random.default_rng(seed)
        learnt, kinds = ~corpus.held_out, corpus.kind
        self.pools = {kind: np.flatnonzero(learnt & (kinds == kind)) for kind in SHARES}
        self.pools = {kind: pool for kind, pool in self.pools.items() if len(pool)}
        self.instruments = torch.tensor([group == "instrument" for group in load_vocabulary().groups])

    def __call__(self, size: int) -> dict[str, Tensor]:
        """Draw `size` clips: mel [B, 80, 200], target, weight, taught, yamnet, text, track."""
        corpus, rng = self.corpus, self.rng
        counts = rng.multinomial(size, np.array([SHARES[k] for k in self.pools]) / sum(SHARES[k] for k in self.pools))
        rows = np.concatenate([rng.choice(pool, n) for pool, n in zip(self.pools.values(), counts, strict=True)])
        mel = crop(torch.from_numpy(corpus.mels(rows)), rng)
        target, weight = torch.from_numpy(corpus.target[rows]), torch.from_numpy(corpus.weight[rows])
        taught = torch.from_numpy(corpus.taught[rows].astype(np.float32))
        yamnet = torch.from_numpy(corpus.yamnet[rows].astype(np.float32))
        described = torch.ones(size, dtype=torch.bool)
        made = np.flatnonzero(corpus.kind_of(rows) != REAL)
        lower = made[rng.random(len(made)) < MIXED]
        if len(lower) > 1:
            # Two pieces at once: what plays is the union, and of what it is nothing is known.
            upper = np.roll(lower, 1)
            level = torch.from_numpy(rng.uniform(-9, 3, len(lower)).astype(np.float32))
            mel[lower] = mix(mel[lower], mel[upper], level)
            target[lower] = torch.maximum(target[lower], target[upper])
            weight[lower] = torch.minimum(weight[lower], weight[upper]) * self.instruments
            taught[lower], yamnet[lower], described[lower] = torch.nan, torch.nan, False
        talked = np.flatnonzero(rng.random(size) < TALKED)
        if len(talked):
            talk = self.talk[rng.integers(0, len(self.talk), len(talked))].astype(np.float32) * MEL_STEP
            level = torch.from_numpy(rng.uniform(-14, 0, len(talked)).astype(np.float32))
            mel[talked] = mix(mel[talked], crop(torch.from_numpy(talk), rng), level)
            yamnet[talked] = torch.nan  # it hears the talk
        text = torch.from_numpy(self.texts[rows, rng.integers(0, self.texts.shape[1], size)].astype(np.float32))
        return {"mel": colour(mel, rng), "target": target, "weight": weight, "taught": taught, "yamnet": yamnet,
                "text": text, "described": described, "track": torch.from_numpy(corpus.track[rows])}  # fmt: skip
