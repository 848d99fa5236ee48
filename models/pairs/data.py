"""The segments of all pairs, kept on disk, and which videos are held out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.errors import DatasetError
from models.nets.video import STATISTICS
from models.pairs.features import VIEWS, Extractor, Rows, divide
from models.pairs.find import Pair
from models.trainer import seeds
from models.trainer.features import FeatureStore, fingerprint
from models.training.from_pack import BasePack

LEAST = 8
"""Videos without which there is nothing to learn from and nothing to measure on."""
HELD_OUT_EVERY = 5
ALIKE = 0.9
"""Cosine from which two segments count as the same music, which under two videos is common."""
ATTEMPTS = 100


@dataclass(frozen=True)
class Segments:
    """All segments that can be used.

    Attributes
    ----------
    music : Tensor
        Unit vectors [S, 256].
    views : list of ndarray
        For each video float16 [segments, 1 + VIEWS, 40, 16 + P], in a file on disk.
    video : int64 [S]
        Number of the video that a segment is of.
    place : int64 [S]
        Number of the segment in its video.
    pairs : list of Pair
        The videos.
    failed : dict of str to str
        Why other videos cannot be used, by key.
    """

    music: Tensor
    views: list[Rows]
    video: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    pairs: list[Pair]
    failed: dict[str, str]

    def look(self, rows: npt.NDArray[np.int64], views: npt.NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Statistics [B, 40, 16] and picture features [B, 40, P] of segments, each in one of its views (0: plain)."""
        found = np.stack(
            [self.views[self.video[row]][self.place[row], view] for row, view in zip(rows, views, strict=True)]
        )
        both = torch.from_numpy(found.astype(np.float32))
        return both[..., :STATISTICS], both[..., STATISTICS:]

    def same(self, rows: npt.NDArray[np.int64]) -> Tensor:
        """Tell which segments [B] are no negatives of each other: of one video, or of the same music; bool [B, B]."""
        video = torch.from_numpy(self.video[rows])
        music = self.music[rows]
        return (video[:, None] == video[None]) | (music @ music.T > ALIKE)


def read_pairs(pairs: Sequence[Pair], pack: BasePack, cache: Path, say: Callable[[str], None]) -> Segments:
    """Read all pairs that were not read before.

    Parameters
    ----------
    cache : Path
        What was read is kept there.
    say : callable
        Takes a line for each file that cannot be used.

    Raises
    ------
    DatasetError
        Fewer than 8 videos can be used.
    """
    by_key = {pair.key: pair for pair in pairs}
    extractor = Extractor(pack.video(), pack.music())
    mark = fingerprint("pairs 1", VIEWS, pack.checksum("music.onnx"), pack.checksum("video.onnx"))
    store = FeatureStore.build(
        cache / f"pairs-{mark}", list(by_key), lambda key: extractor(by_key[key]), progress="reading videos"
    )
    for line in store.failed.values():
        say(f"  left out: {line}")
    good = [by_key[key] for key in store]
    if len(good) < LEAST:
        found = f"{len(good)} of {len(pairs)} videos can be used" if store.failed else f"{len(pairs)} videos found"
        raise DatasetError(f"{found}, at least {LEAST} with music are needed; add videos to the folder")
    music, views = zip(*(divide(store[pair.key]) for pair in good), strict=True)
    counts = [len(part) for part in views]
    return Segments(
        torch.nn.functional.normalize(torch.from_numpy(np.concatenate(music).astype(np.float32)), dim=-1),
        list(views), np.repeat(np.arange(len(good)), counts),
        np.concatenate([np.arange(count) for count in counts]), good, store.failed,
    )  # fmt: skip


def hold_out(segments: Segments, seed: int) -> npt.NDArray[np.bool_]:
    """Choose the videos to measure on, one in five; whole videos, never segments of one.

    Returns
    -------
    ndarray
        bool [S], True for segments of videos that are held out.

    Raises
    ------
    DatasetError
        However they are divided, one part has the same music under all videos.
    """
    videos = len(segments.pairs)
    count = math.ceil(videos / HELD_OUT_EVERY)
    for attempt in range(ATTEMPTS):
        chosen = seeds.generator(seed, "held out", attempt).permutation(videos)[:count]
        held = np.isin(segments.video, chosen)
        if all(bool((~segments.same(np.flatnonzero(part))).any()) for part in (held, ~held)):
            return held
    raise DatasetError("the videos have nearly all the same music: add videos with other music")
