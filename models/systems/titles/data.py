"""Records to examples: inputs, texts, vocabulary, and the filter of test titles."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from models.datasets.base import SPLITS, DataSet, Record, Split
from models.errors import DatasetError
from models.systems.base import Batch, Example, Examples, Prepared, State
from models.systems.titles.encoder import resnet_config
from models.systems.titles.filtering import TitleFilter, keep
from models.systems.titles.settings import DataSettings, TitlesSettings
from models.systems.titles.sources import Kind, Source, Timbres, kind_of, open_source
from models.systems.tokens import encode, from_state, learn_words, to_state

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Item:
    """A record and what may be said of it, best first."""

    record: Record
    texts: tuple[str, ...]


def texts_of(record: Record, settings: DataSettings, kind: Kind) -> tuple[str, ...]:
    """Give captions of an image, the title of music, or what the settings ask for."""
    caption = settings.text == "caption" or (settings.text == "auto" and kind == "image")
    texts = record.texts if caption else (record.title,)
    return tuple(text for text in texts if text.strip())


def pieces(tokenizer: PreTrainedTokenizerFast, text: str) -> list[str]:
    """Words of a text as the vocabulary divides it, unknown ones as they are."""
    backend = tokenizer.backend_tokenizer
    normal = backend.normalizer.normalize_str(text)
    return [piece for piece, _ in backend.pre_tokenizer.pre_tokenize_str(normal)]


class TitleExamples(Examples):
    """Examples of a split: `pixels` or `timbre`, `text` and `references`."""

    def __init__(self, items: Sequence[Item], source: Source, settings: DataSettings) -> None:
        self.items, self.source, self.settings = items, source, settings

    def __len__(self) -> int:
        return len(self.items)

    def name(self, index: int) -> str:
        """Give the record's key."""
        return self.items[index].record.key

    def example(self, index: int, rng: np.random.Generator | None) -> Example:
        """Give an example; `rng` draws the crop, the tile and the text."""
        item = self.items[index]
        inputs = self.source.load(item.record, rng)
        tile = self.settings.tile
        if rng is not None and self.settings.tile_training and tile is not None and inputs.ndim == 3:
            top = int(rng.integers(max(1, inputs.shape[1] - tile + 1)))
            left = int(rng.integers(max(1, inputs.shape[2] - tile + 1)))
            inputs = np.ascontiguousarray(inputs[:, top : top + tile, left : left + tile])
        text = item.texts[0] if rng is None else item.texts[int(rng.integers(len(item.texts)))]
        return {self.source.field: inputs, "text": text, "references": item.texts}


class PreparedTitles(Prepared):
    """A data set ready for the system.

    Attributes
    ----------
    tokenizer : PreTrainedTokenizerFast
    kind : str
        What goes into the network.
    dropped : Counter
        Test titles that the filter left out, by reason.
    """

    def __init__(
        self,
        splits: Mapping[Split, TitleExamples],
        tokenizer: PreTrainedTokenizerFast,
        settings: DataSettings,
        state: State,
        dropped: Counter[str],
    ) -> None:
        self.splits = splits
        self.tokenizer, self.settings, self.dropped = tokenizer, settings, dropped
        self._state = state
        self.kind: Kind = state["source"]

    def collate(self, examples: Sequence[Example]) -> Batch:
        """Stack the inputs; `ids` int64 [B, T] and `mask` float32 [B, T] of begin .. end."""
        field = "timbre" if "timbre" in examples[0] else "pixels"
        ids, mask = encode(self.tokenizer, [example["text"] for example in examples], self.settings.longest)
        stacked = torch.from_numpy(np.stack([example[field] for example in examples]))
        return {field: stacked, "ids": ids, "mask": mask}

    def state(self) -> State:
        """Give the vocabulary, the ResNet's configuration and the kind of input."""
        return self._state


def prepare(
    settings: TitlesSettings,
    dataset: DataSet,
    cache: Path,
    *,
    splits: Sequence[Split] = SPLITS,
    state: State | None = None,
    limit: int | None = None,
) -> PreparedTitles:
    """Make a data set ready.

    Parameters
    ----------
    splits : sequence of str
        Those wanted.
    state : dict, optional
        Of the checkpoint that is to be run on this data set, whose vocabulary then is used. Without one the
        vocabulary is learnt from the training split.
    limit : int, optional
        Records drawn at random (always the same ones) from each split; the paper tests on 1,000.

    Raises
    ------
    DatasetError
        If a wanted split is empty, or becomes so by what cannot be read or by the filter.
    """
    by_split = {split: dataset.records(split) for split in splits}
    if limit is not None:
        by_split = {split: _draw(records, limit) for split, records in by_split.items()}
    every = [record for records in by_split.values() for record in records]
    kind = kind_of(settings.data, every)
    items = {
        split: [Item(record, texts) for record in records if (texts := texts_of(record, settings.data, kind))]
        for split, records in by_split.items()
    }
    _check(items, f"{dataset.root}: no record with a {'caption' if kind == 'image' else 'title'}")
    if state is None:
        learnt = [text for item in items["train"] for text in item.texts]
        tokenizer = learn_words(learnt, at_least=settings.data.at_least, most=settings.data.most)
        resnet = None if kind == "timbre" else resnet_config(settings.model)
        state = {"tokenizer": to_state(tokenizer), "resnet": resnet, "source": kind}
    else:
        tokenizer, state = from_state(state["tokenizer"]), {**state, "source": kind}

    dropped: Counter[str] = Counter()
    tested: list[Split] = ["test"] if "train" in splits else list(splits)
    if settings.data.filter_titles and kind != "image" and settings.data.text != "caption":
        vocabulary = set(tokenizer.get_vocab())
        rules = TitleFilter.of(settings.data, lambda title: vocabulary.issuperset(pieces(tokenizer, title)))
        for split in tested:
            kept = keep([item.texts[0] for item in items[split]], rules)
            dropped += kept.dropped
            items[split] = [items[split][place] for place in kept.places]
        reasons = ", ".join(f"{count} {reason}" for reason, count in dropped.most_common())
        _log.info("test titles left out by %s: %s", ", ".join(rules.rules) or "no list of words", reasons or "none")
        _check(items, f"{dataset.root}: the title filter leaves nothing ({reasons}); set data.filter_titles = false")

    records = {item.record.key: item.record for chosen in items.values() for item in chosen}
    source = open_source(kind, settings.data, dataset, records, cache)
    failures = source.store.failed
    for line in failures.values():
        _log.warning("left out: %s", line)
    items = {split: [item for item in chosen if item.record.key in source.store] for split, chosen in items.items()}
    first = next(iter(failures.values()), "nothing failed")
    _check(items, f"{dataset.root}: {len(failures)} of {len(records)} records cannot be used (the first: {first})")
    if isinstance(source, Timbres):
        # In training those of the training split; a data set that is only tested on has its own.
        source.standardise([item.record.key for item in items["train" if "train" in items else splits[0]]])
    examples = {split: TitleExamples(chosen, source, settings.data) for split, chosen in items.items()}
    return PreparedTitles(examples, tokenizer, settings.data, state, dropped)


def _draw(records: list[Record], limit: int) -> list[Record]:
    """Draw records without repetition, in their order."""
    if len(records) <= limit:
        return records
    chosen = np.random.default_rng(0).choice(len(records), limit, replace=False)
    return [records[place] for place in sorted(chosen.tolist())]


def _check(items: Mapping[Split, Sequence[Any]], line: str) -> None:
    for split, chosen in items.items():
        if not chosen:
            raise DatasetError(f"{line}; split {split!r} is empty")
