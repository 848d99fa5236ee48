"""Records as examples: cached spectrograms, tokens, words for BLEU, sentence vectors and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from transformers import PreTrainedTokenizerFast

from models.datasets.base import SPLITS, DataSet, Record, Split
from models.errors import DatasetError
from models.systems.base import Batch, Example, Examples, Prepared, State
from models.systems.sound import read_sound
from models.systems.synaesthesia.bleu import hash_text, sentence_words
from models.systems.synaesthesia.heuristics import by_group, learn_templates
from models.systems.synaesthesia.sentences import cached_embeddings
from models.systems.synaesthesia.settings import DataSettings, SynaesthesiaSettings
from models.systems.synaesthesia.spectrogram import magnitude
from models.systems.synaesthesia.vocabulary import make_tokenizer, tokenizer_state
from models.systems.tokens import encode
from models.trainer.features import FeatureStore, fingerprint

LOOKED_AT = 500
"""Recordings that the statistics of the spectrum are taken from."""


@dataclass(frozen=True)
class Shared:
    """What all splits use."""

    settings: DataSettings
    store: FeatureStore
    vectors: Mapping[str, npt.NDArray[np.float32]]
    tags: Sequence[str]
    groups: Sequence[str]
    mean: Sequence[float]
    deviation: Sequence[float]


class Pairs(Examples):
    """Recordings with their sentences.

    An example holds `spectrogram` float [T, F], `text`, `texts` (all of the record), `owner` (which recording),
    `tags` and `known` float and bool [K], `sentence` float [E] where there is a sentence encoder, and `name`.
    """

    def __init__(self, records: Sequence[Record], shared: Shared) -> None:
        self.records = records
        self.shared = shared

    def __len__(self) -> int:
        return len(self.records)

    def name(self, index: int) -> str:
        """Key of the record."""
        return self.records[index].key

    def texts(self, index: int) -> tuple[str, ...]:
        """Sentences of a record that are used."""
        return used_texts(self.records[index], self.shared.settings)

    def example(self, index: int, rng: np.random.Generator | None) -> Example:
        """Give an example; `rng` draws the excerpt and which of the sentences, without it the first of each."""
        record, shared = self.records[index], self.shared
        spectrogram = shared.store[recording(record)]
        if shared.settings.excerpt is not None:
            length = round(shared.settings.excerpt * shared.settings.rate / shared.settings.hop)
            spare = max(0, len(spectrogram) - length)
            begin = int(rng.integers(spare + 1)) if rng is not None else 0
            spectrogram = spectrogram[begin : begin + length]
        texts = self.texts(index)
        text = texts[int(rng.integers(len(texts)))] if rng is not None else texts[0]
        described = {record.tag_groups.get(tag, "tag") for tag in record.tags}
        example: Example = {
            "spectrogram": spectrogram,
            "text": text,
            "texts": texts,
            "owner": hash_text(record.group or record.key),
            "tags": np.array([record.tags.get(tag, 0.0) for tag in shared.tags], np.float32),
            # A record that has no tag of a group was not described in it; its absence says nothing.
            "known": np.array([group in described for group in shared.groups], bool),
            "name": record.key,
        }
        if shared.vectors:
            example["sentence"] = shared.vectors[text]
        return example


class SynaesthesiaData(Prepared):
    """A data set made ready; see `prepare`."""

    def __init__(
        self,
        splits: Mapping[Split, Pairs],
        shared: Shared,
        tokenizer: PreTrainedTokenizerFast,
        templates: Sequence[str],
    ) -> None:
        self.splits = splits
        self.shared = shared
        self.tokenizer = tokenizer
        self.templates = templates

    def collate(self, examples: Sequence[Example]) -> Batch:
        """Make a batch.

        Returns
        -------
        dict
            spectrogram float [B, T, F] padded with zeros, frames int64 [B], ids int64 and mask float [B, L], words
            int64 [B, W], owner int64 [B], tags float and known bool [B, K], sentence float [B, E] where there is one,
            and the lists text, texts and name.
        """
        frames = torch.tensor([len(example["spectrogram"]) for example in examples])
        spectrogram = torch.zeros(len(examples), int(frames.max()), self.shared.settings.bins)
        for row, example in zip(spectrogram, examples, strict=True):
            row[: len(example["spectrogram"])] = torch.from_numpy(example["spectrogram"].astype(np.float32))
        texts = [example["text"] for example in examples]
        ids, mask = encode(self.tokenizer, texts, self.shared.settings.longest)
        batch: Batch = {
            "spectrogram": spectrogram,
            "frames": frames,
            "ids": ids,
            "mask": mask,
            "words": sentence_words(texts, self.shared.settings.words),
            "owner": torch.tensor([example["owner"] for example in examples]),
            "tags": torch.from_numpy(np.stack([example["tags"] for example in examples])),
            "known": torch.from_numpy(np.stack([example["known"] for example in examples])),
            "text": texts,
            "texts": [example["texts"] for example in examples],
            "name": [example["name"] for example in examples],
        }
        if self.shared.vectors:
            batch["sentence"] = torch.from_numpy(np.stack([example["sentence"] for example in examples]))
        return batch

    def state(self) -> State:
        """Tokenizer, tags with their groups, width of the sentence vectors, templates, statistics of the spectrum."""
        width = len(next(iter(self.shared.vectors.values()))) if self.shared.vectors else 0
        return {
            "tokenizer": tokenizer_state(self.tokenizer),
            "tags": list(self.shared.tags),
            "groups": list(self.shared.groups),
            "sentence_width": width,
            "templates": list(self.templates),
            "mean": list(self.shared.mean),
            "deviation": list(self.shared.deviation),
        }


def used_texts(record: Record, settings: DataSettings) -> tuple[str, ...]:
    """Give the sentences of a record that are used, best first."""
    return tuple(text for text in record.texts if text.strip())[: settings.texts]


def recording(record: Record) -> str:
    """Key of a record's stretch of audio; several sentences may share it."""
    return f"{record.audio}|{record.start}|{record.end}"


def learn_tags(records: Sequence[Record], at_least: int) -> tuple[list[str], list[str]]:
    """Give the tags that enough records have, in order of group and word, and the group of each."""
    counts: dict[tuple[str, str], int] = {}
    for record in records:
        for tag in record.tags:
            place = (record.tag_groups.get(tag, "tag"), tag)
            counts[place] = counts.get(place, 0) + 1
    kept = sorted(place for place, count in counts.items() if count >= at_least)
    return [tag for _, tag in kept], [group for group, _ in kept]


def statistics(store: FeatureStore, records: Sequence[Record]) -> tuple[list[float], list[float]]:
    """Mean and standard deviation [F] of every frequency over the frames of up to `LOOKED_AT` recordings."""
    keys = list(dict.fromkeys(map(recording, records)))
    sums, squares, frames = 0.0, 0.0, 0
    for key in keys[:: -(-len(keys) // LOOKED_AT)]:
        spectrogram = store[key].astype(np.float64)
        sums, squares = sums + spectrogram.sum(0), squares + np.square(spectrogram).sum(0)
        frames += len(spectrogram)
    mean = sums / frames
    # A frequency that is always silent stays so.
    deviation = np.sqrt(np.maximum(squares / frames - mean**2, 1e-8))
    return np.asarray(mean).tolist(), np.asarray(deviation).tolist()


def prepare(settings: SynaesthesiaSettings, dataset: DataSet, cache: Path) -> SynaesthesiaData:
    """Cache the spectrograms of a data set, learn tokenizer, tags and templates from its training split.

    Raises
    ------
    DatasetError
        If a split has no record with audio and a sentence that can be read, or none of the tags that are asked for.
    """
    data = settings.data
    splits = {split: [r for r in dataset.records(split) if r.audio and used_texts(r, data)] for split in SPLITS}
    by_recording = {recording(record): record for records in splits.values() for record in records}
    stamps = [(key, record.audio.stat().st_size) for key, record in by_recording.items() if record.audio]
    path = cache / f"spectrogram-{fingerprint(stamps, data.rate, data.n_fft, data.hop, data.power, data.seconds)}"

    def make(key: str) -> npt.NDArray[np.float32]:
        audio = read_sound(by_recording[key], data.rate, data.seconds, pad=False)
        return magnitude(audio, data.n_fft, data.hop, data.power)

    dtype = np.int8 if data.store == "int8" else np.float16
    store = FeatureStore.build(
        path.with_name(f"{path.name}-{data.store}"), list(by_recording), make, dtype=dtype, progress="spectrograms"
    )
    splits = {split: [r for r in records if recording(r) in store] for split, records in splits.items()}
    for split, records in splits.items():
        if not records:
            why = f" (the first that failed: {next(iter(store.failed.values()))})" if store.failed else ""
            raise DatasetError(f"{dataset.root}: the split {split} has no recording with a sentence{why}")
    train = splits["train"]
    texts = [text for record in train for text in used_texts(record, data)]
    tags, groups = learn_tags(train, data.tags_at_least)
    if settings.model.structure.kind == "classification" and not tags:
        raise DatasetError(
            f"{dataset.root}: model.structure.kind classification needs tags, and no tag is on "
            f"{data.tags_at_least} training records (data.tags_at_least)"
        )
    vectors: dict[str, npt.NDArray[np.float32]] = {}
    if data.sentence_encoder is not None:
        everything = [text for records in splits.values() for r in records for text in used_texts(r, data)]
        vectors = cached_embeddings(data.sentence_encoder, everything, cache)
    templates = learn_templates(
        (text, by_group(record.tags, record.tag_groups)) for record in train for text in used_texts(record, data)
    )
    mean, deviation = statistics(store, train) if data.standardise else ([0.0], [1.0])
    shared = Shared(data, store, vectors, tags, groups, mean, deviation)
    pairs = {split: Pairs(records, shared) for split, records in splits.items()}
    return SynaesthesiaData(pairs, shared, make_tokenizer(settings, texts), templates)
