"""All the teachers at once: what each hears in the segments of a piece."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.teachers.choi import CHUNK, CRNN, FCN
from models.teachers.front import load_tagger
from models.teachers.musicnn import Musicnn, score_segments
from models.teachers.yamnet import Yamnet

SETS = ("mtat", "jamendo", "msd")
SHORT = ("musicnn-mtat", "musicnn-jamendo")
"""Teachers that hear 3 s at once and are asked about every segment."""
LONG = tuple(f"{kind}-{name}" for kind in ("fcn", "crnn") for name in SETS)
"""Teachers that hear 29 s at once; the segments of a block share an answer."""


@dataclass
class Panel:
    """The teachers, loaded.

    Attributes
    ----------
    networks : dict of str to Module
        The eight taggers by name.
    tags : dict of str to list of str
        The tags of each set in output order, and YAMNet's classes as "yamnet".
    yamnet : Yamnet
    """

    networks: dict[str, nn.Module]
    tags: dict[str, list[str]]
    yamnet: Yamnet

    @classmethod
    def load(cls, folder: Path) -> Panel:
        """Read every teacher from the developers' folder of teachers."""
        kinds = {"musicnn": Musicnn, "fcn": FCN, "crnn": CRNN}
        networks: dict[str, nn.Module] = {name: kinds[name.split("-")[0]]() for name in (*SHORT, *LONG)}
        tags = {name.split("-")[1]: load_tagger(network, folder, name) for name, network in networks.items()}
        for name in LONG:
            networks[name].to(memory_format=torch.channels_last)  # twice as fast
        yamnet = Yamnet(folder)
        return cls(networks, tags | {"yamnet": yamnet.classes}, yamnet)

    def short(self, segments: np.ndarray, chunks: int = 3) -> dict[str, np.ndarray]:
        """Scores [S, 50] of the Musicnn pair for segments [S, 160000]."""
        return {name: score_segments(self.networks[name], segments, chunks) for name in SHORT}

    @torch.inference_mode()
    def long(self, segments: np.ndarray, blocks: list[list[int]]) -> dict[str, np.ndarray]:
        """Scores [S, 50] of FCN and CRNN, the same for all segments of a block of neighbours."""
        chunks = []
        for rows in blocks:
            audio = segments[rows].reshape(-1)
            chunks.append(np.tile(audio, -(-CHUNK // len(audio)))[:CHUNK])
        batch = torch.from_numpy(np.stack(chunks))
        out = {}
        for name in LONG:
            with torch.autocast("cpu", torch.bfloat16):
                scores = self.networks[name](batch).float().numpy()
            rows_scores = np.zeros((len(segments), scores.shape[1]), np.float32)
            for rows, row_scores in zip(blocks, scores, strict=True):
                rows_scores[rows] = row_scores
            out[name] = rows_scores
        return out

    def yam(self, segments: np.ndarray) -> np.ndarray:
        """YAMNet's scores [S, 521]."""
        return np.stack([self.yamnet(segment) for segment in segments])
