"""Learn the key profiles: one pattern of pitch classes for major and one for minor, turned to twelve tonics."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from models.data.corpus import Corpus

START = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
"""Probe-tone ratings (Krumhansl and Kessler 1982, figure 2), where learning starts."""


def key_logits(chroma: Tensor, profiles: Tensor) -> Tensor:
    """Scores [B, 24] of C major .. B major, C minor .. B minor for chroma [B, 12] and profiles [2, 12]."""
    turned = torch.stack([torch.roll(p - p.mean(), t) for p in profiles for t in range(12)])
    return (chroma - chroma.mean(1, keepdim=True)) @ turned.T


def key_score(found: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Share of exact keys, and MIREX's weighted score (fifth 0.5, relative 0.3, parallel 0.2)."""
    exact = found == truth
    f_tonic, t_tonic, f_minor, t_minor = found % 12, truth % 12, found // 12, truth // 12
    same_mode = f_minor == t_minor
    fifth = same_mode & (((f_tonic - t_tonic) % 12 == 7) | ((t_tonic - f_tonic) % 12 == 7))
    relative = ~same_mode & (np.where(t_minor == 0, (f_tonic - t_tonic) % 12 == 9, (f_tonic - t_tonic) % 12 == 3))
    parallel = ~same_mode & (f_tonic == t_tonic)
    return float(exact.mean()), float((exact + 0.5 * fifth + 0.3 * relative + 0.2 * parallel).mean())


def by_track(corpus: Corpus) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean chroma [T, 12], key [T] and held-out flag [T] of the tracks whose key is known.

    Stems are left out: a part alone need not say which key it is in.
    """
    rows = [np.flatnonzero(corpus.track == t) for t, item in enumerate(corpus.items) if item.kind != "stem"]
    rows = [r for r in rows if corpus.key[r[0]] >= 0]
    chroma = np.array([corpus.chroma[r].astype(np.float32).mean(0) for r in rows], np.float32).reshape(-1, 12)
    first = np.array([r[0] for r in rows], np.int64)
    return chroma, corpus.key[first], corpus.held_out[first]


def train(corpus: Corpus, *, steps: int = 600) -> dict[str, list[float]]:
    """Fit the profiles on the tracks to learn from; print the scores on the held-out ones.

    Without tracks of both sorts they stay as published.
    """
    chroma, key, held = by_track(corpus)
    start = np.array([START["major"], START["minor"]], np.float32)
    start = (start - start.mean(1, keepdims=True)) / start.std(1, keepdims=True)
    if not held.any() or held.all():
        print("key: too few tracks of known key, so the profiles are those published", flush=True)
        return _as_settings(start)
    profiles = nn.Parameter(torch.from_numpy(start))
    scale = nn.Parameter(torch.tensor(20.0))
    optimiser = torch.optim.Adam([{"params": [profiles], "lr": 0.01}, {"params": [scale], "lr": 0.5}])
    inputs, labels = torch.from_numpy(chroma[~held]), torch.from_numpy(key[~held].astype(np.int64))
    test = torch.from_numpy(chroma[held])
    with torch.no_grad():
        before = key_score(key_logits(test, profiles).argmax(1).numpy(), key[held])
    for _ in range(steps):
        loss = (
            nn.functional.cross_entropy(key_logits(inputs, profiles) * scale, labels) + 0.003 * profiles.square().mean()
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        after = key_score(key_logits(test, profiles).argmax(1).numpy(), key[held])
    print(f"key: exact and weighted {after[0]:.3f} {after[1]:.3f} on {held.sum()} held-out tracks "
          f"(published profiles {before[0]:.3f} {before[1]:.3f}; chance 0.042)", flush=True)  # fmt: skip
    return _as_settings(profiles.detach().numpy())


def _as_settings(profiles: np.ndarray) -> dict[str, list[float]]:
    return {"major": profiles[0].round(4).tolist(), "minor": profiles[1].round(4).tolist()}
