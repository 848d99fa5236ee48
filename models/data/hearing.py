"""What an item sounds like, as training reads it: spectrograms in 8 bits, onset strength, chroma, teachers' scores."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from models.data.items import Item
from models.data.pieces import BLOCK
from models.nets.frontend import LogMel
from models.nets.rhythm import Rhythm
from models.teachers.panel import LONG, SHORT, Panel

MEL_STEP = 1 / 40
"""One step of a spectrogram in 8 bits; a fortieth of the network's unit, far below the spread between recordings."""


def pack_mel(mel: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    """Round a log-mel to 8 bits."""
    return np.clip(np.round(mel / MEL_STEP), -127, 127).astype(np.int8)


class Listener:
    """Hears the sounds of items: front-ends and teachers.

    Parameters
    ----------
    teachers : Path
        The developers' folder of teachers.
    """

    def __init__(self, teachers: Path) -> None:
        self.mel, self.rhythm = LogMel(), Rhythm()
        self.panel = Panel.load(teachers)

    @torch.inference_mode()
    def hear(self, item: Item, sound: Path) -> dict[str, np.ndarray]:
        """Features of an item from its file of sound.

        Returns
        -------
        dict
            mel int8 [S, 80, 400], onset float16 [S, 1000], chroma float16 [S, 12], yamnet float16 [S, 521]; for
            every teacher of 50 tags float16 [S, 50], NaN where it was not asked; truths, JSON; name, kind.
        """
        with np.load(sound) as fields:
            segments = fields["audio"].astype(np.float32) / 32767.0
            truths = fields["truths"]
        audio = torch.from_numpy(segments)
        onset, chroma = self.rhythm(audio)
        out = {
            "name": np.array(item.name), "kind": np.array(item.kind), "truths": truths,
            "mel": pack_mel(self.mel(audio).numpy()), "onset": onset.half().numpy(),
            "chroma": chroma.mean(1).half().numpy(), "yamnet": self.panel.yam(segments).astype(np.float16),
        }  # fmt: skip
        return out | self._taggers(item, segments)

    def _taggers(self, item: Item, segments: np.ndarray) -> dict[str, np.ndarray]:
        """Scores of the taggers; not all are asked about music whose truth is known.

        Recordings and all that is held out are heard whole by all, other made music by the Musicnn pair in one segment.
        """
        scores = {name: np.full((len(segments), 50), np.nan, np.float16) for name in (*SHORT, *LONG)}
        whole = item.kind == "recording" or item.held_out
        rows = np.arange(len(segments)) if whole else np.array([zlib.crc32(item.file.encode()) % len(segments)])
        for name, values in self.panel.short(segments[rows], chunks=3 if item.test_only else 2).items():
            scores[name][rows] = values
        if whole:
            blocks = [list(range(a, min(a + BLOCK, len(segments)))) for a in range(0, len(segments), BLOCK)]
            for name, values in self.panel.long(segments, blocks).items():
                scores[name][:] = values
        return scores


def read_truths(fields: np.lib.npyio.NpzFile) -> list[dict[str, object]]:
    """The truths of an item's segments from its file."""
    truths: list[dict[str, object]] = json.loads(str(fields["truths"]))
    return truths
