"""Pairs of video and music with their texts, as examples; features and text vectors lie memory-mapped on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.datasets.base import Split
from models.systems.base import Batch, Example, Examples, Prepared, State
from models.systems.viml.features.base import Features
from models.systems.viml.settings import DataSettings, Level, ModelSettings
from models.trainer.features import FeatureStore


@dataclass(frozen=True)
class Item:
    """A record in use: where its arrays lie in the stores; None where it has none.

    Attributes
    ----------
    key : str
        Of the record.
    video, music, text : str, optional
        Keys of [S, F] arrays, and of the [N, F] array of its texts.
    """

    key: str
    video: str | None
    music: str
    text: str | None


class Pairs(Examples):
    """Examples of one split."""

    def __init__(
        self,
        items: Sequence[Item],
        stores: Mapping[str, FeatureStore],
        model: ModelSettings,
        data: DataSettings,
        text_width: int,
    ) -> None:
        self.items, self.stores = items, stores
        self.model, self.data = model, data
        self.text_width = text_width

    def __len__(self) -> int:
        return len(self.items)

    def name(self, index: int) -> str:
        """Key of the record."""
        return self.items[index].key

    def example(self, index: int, rng: np.random.Generator | None) -> Example:
        """Give an example at the level of training; `rng` draws the clip's place, the text and whether it is dropped.

        Returns
        -------
        dict
            music float32 [S, F] and, where the variant has them, video float32 [S, F], text float32 [F] and has_text.
        """
        return self._example(index, self.data.level, rng)

    def at(self, index: int, level: Level) -> Example:
        """Give an example at a level with nothing random about it: the middle, the first text, never dropped."""
        return self._example(index, level, None)

    def _example(self, index: int, level: Level, rng: np.random.Generator | None) -> Example:
        item = self.items[index]
        music = self.stores["music"][item.music]
        video = None if item.video is None else self.stores["video"][item.video]
        shared = len(music) if video is None else min(len(music), len(video))
        longest = min(self.data.longest, self.data.clip_segments) if level == "clip" else self.data.longest
        # A clip's video and music are of the same seconds; a whole track keeps what the other has not.
        if shared > longest:
            first = (shared - longest) // 2 if rng is None else int(rng.integers(shared - longest + 1))
            window = slice(first, first + longest)
        else:
            window = slice(0, longest)
        found: Example = {"music": _floats(music[window])}
        if video is not None:
            found["video"] = _floats(video[window])
        if self.model.reads:
            found["text"], found["has_text"] = self._text(item, rng)
        return found

    def _text(self, item: Item, rng: np.random.Generator | None) -> tuple[Features, bool]:
        nothing = np.zeros(self.text_width, np.float32)
        if item.text is None:
            return nothing, False
        texts = self.stores["text"][item.text]
        if rng is None:
            return _floats(texts[0]), True
        chosen, dropped = int(rng.integers(len(texts))), rng.random() < self.data.text_dropout
        # A query of text alone would have nothing left.
        if dropped and self.model.sees:
            return nothing, False
        return _floats(texts[chosen]), True


def _floats(array: np.ndarray) -> Features:
    return np.array(array, np.float32)


class PreparedPairs(Prepared):
    """A data set made ready for ViML.

    Attributes
    ----------
    failed : dict of str to str
        Records left out, with the reason.
    """

    def __init__(self, splits: Mapping[Split, Pairs], state: State, failed: Mapping[str, str]) -> None:
        self.splits = splits
        self.failed = dict(failed)
        self._state = state

    def collate(self, examples: Sequence[Example]) -> Batch:
        """Pad sequences: music and video float32 [B, T, F] with bool [B, T]; text [B, F] with bool [B]."""
        batch: Batch = {}
        for name in ("music", "video"):
            if name in examples[0]:
                batch[name], batch[f"{name}_valid"] = pad([example[name] for example in examples])
        if "text" in examples[0]:
            batch["text"] = torch.from_numpy(np.stack([example["text"] for example in examples]))
            batch["has_text"] = torch.tensor([example["has_text"] for example in examples])
        return batch

    def state(self) -> State:
        """Vectors of the empty string and of the usual video, means and spreads, and where features come from."""
        return self._state


def pad(sequences: Sequence[Features]) -> tuple[Tensor, Tensor]:
    """Give [B, T, F] of sequences [T, F] with zeros behind their ends, and bool [B, T] of what is no padding."""
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    padded = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(each) for each in sequences], batch_first=True)
    return padded, torch.arange(int(lengths.max()))[None] < lengths[:, None]
