"""Records with audio, lyrics or both as examples."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers import BartConfig

from models.datasets.base import SPLITS, DataSet, Record, Split
from models.errors import DatasetError
from models.systems import tokens
from models.systems.alcap.bart import make_config, read_config
from models.systems.alcap.settings import AlcapSettings
from models.systems.alcap.spectrogram import LogMel, excerpt, middle
from models.systems.alcap.tagger import read_tagger
from models.systems.base import Batch, Example, Examples, Prepared, State
from models.systems.sound import read_sound
from models.trainer.features import FeatureStore, fingerprint

log = logging.getLogger(__name__)

IGNORED = -100
"""Label of padding."""


def sound_key(record: Record) -> str:
    """Name of a record's sound; records that share it share its features."""
    return f"{record.audio}|{record.start:g}|{'' if record.end is None else format(record.end, 'g')}"


def group_number(name: str) -> int:
    """Give a group a number of its own below 2 ** 48, the same on every process."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=6).digest(), "big")


class AlcapExamples(Examples):
    """Examples of one split.

    An example holds `key`, `sound` (name of its sound or None), `excerpt` and `middle` (float16 [T, mels], views of
    the features on disk, or None), `lyrics` (text, "" where there are none), `caption`, `references`, `tags` (float32
    [K]), `tagged` (whether the record has any tag at all) and `group`.
    """

    def __init__(
        self, records: Sequence[Record], mels: Mapping[str, npt.NDArray[np.float16]], tags: Sequence[str],
        settings: AlcapSettings,
    ) -> None:  # fmt: skip
        self.records = records
        self.mels = mels
        self.tags = tags
        self.data = settings.data
        self.frames = max(1, round(settings.data.excerpt * settings.model.spectrogram.frames_per_second))

    def __len__(self) -> int:
        return len(self.records)

    def name(self, index: int) -> str:
        """Give the record's key."""
        return self.records[index].key

    def references(self, record: Record) -> tuple[str, ...]:
        """Texts that a caption may be compared with."""
        return record.texts if self.data.text is None else (record.texts[self.data.text],)

    def example(self, index: int, rng: np.random.Generator | None) -> Example:
        """Give an example; `rng` chooses the excerpt and the caption."""
        record = self.records[index]
        references = self.references(record)
        sound = sound_key(record) if record.audio is not None else None
        mel = self.mels.get(sound) if sound is not None else None
        at_random = None
        if mel is not None:
            at_random = middle(mel, self.frames) if rng is None else excerpt(mel, self.frames, rng)
        return {
            "key": record.key,
            "group": record.group or record.key,
            "sound": sound if mel is not None else None,
            "excerpt": at_random,
            "middle": None if mel is None else middle(mel, self.frames),
            "lyrics": record.lyrics.strip() if self.data.lyrics else "",
            "caption": references[0] if rng is None else references[int(rng.integers(len(references)))],
            "references": references,
            "tags": np.array([record.tags.get(tag, 0.0) >= self.data.tag_threshold for tag in self.tags], np.float32),
            "tagged": bool(record.tags),
        }


class AlcapPrepared(Prepared):
    """A data set with spectrograms on disk, tags counted and a tokenizer."""

    def __init__(self, splits: Mapping[Split, AlcapExamples], state: State, settings: AlcapSettings) -> None:
        self.splits: Mapping[Split, AlcapExamples] = splits
        self.settings = settings
        self.tokenizer = tokens.from_state(state["tokenizer"])
        self._state = state
        self._ids: dict[tuple[str, int], list[int]] = {}

    def state(self) -> State:
        """Tags, tokenizer and the configuration of BART."""
        return self._state

    def encode(self, texts: Iterable[str], longest: int) -> tuple[Tensor, Tensor]:
        """Give `<s> words </s>` as int64 [B, T] and mask float32 [B, T]; every text is cut into tokens only once."""
        rows = []
        for text in texts:
            if (text, longest) not in self._ids:
                ids, _ = tokens.encode(self.tokenizer, [text], longest)
                self._ids[text, longest] = ids[0].tolist()
            rows.append(self._ids[text, longest])
        width = max(map(len, rows))
        ids = torch.full((len(rows), width), self.tokenizer.pad_token_id)
        mask = torch.zeros(len(rows), width)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.tensor(row)
            mask[i, : len(row)] = 1.0
        return ids, mask

    def collate(self, examples: Sequence[Example]) -> Batch:
        """Make a batch.

        Returns
        -------
        dict
            `lyrics` int64 [B, L] with `lyrics_mask` float32 [B, L] and `has_lyrics` bool [B]; `labels` int64 [B, T],
            -100 for padding; `tags` float32 [B, K] and `tagged` bool [B]; `groups` int64 [B]; and lists of what an
            example holds: `key`, `sound`, `excerpt`, `middle`, `references`. Spectrograms stay views of the features
            on disk: only those that a stage needs are read.
        """
        data = self.settings.data
        lyrics, lyrics_mask = self.encode((example["lyrics"] for example in examples), data.lyrics_tokens)
        captions, captions_mask = self.encode((example["caption"] for example in examples), data.caption_tokens)
        return {
            "lyrics": lyrics,
            "lyrics_mask": lyrics_mask,
            "has_lyrics": torch.tensor([bool(example["lyrics"]) for example in examples]),
            "labels": captions.masked_fill(captions_mask == 0, IGNORED),
            "tags": torch.from_numpy(np.stack([example["tags"] for example in examples])),
            "tagged": torch.tensor([example["tagged"] for example in examples]),
            "groups": torch.tensor([group_number(example["group"]) for example in examples]),
            **{name: [each[name] for each in examples] for name in ("key", "sound", "excerpt", "middle", "references")},
        }


def read_mels(records: Sequence[Record], settings: AlcapSettings, cache: Path) -> FeatureStore:
    """Make the log-mel spectrograms of all sounds, or open them."""
    make_mel = LogMel(settings.model.spectrogram)
    sounds = {sound_key(record): record for record in records if record.audio is not None}
    samples = round(settings.data.longest * settings.model.spectrogram.rate)

    def make(key: str) -> npt.NDArray[np.float16]:
        audio = read_sound(sounds[key], settings.model.spectrogram.rate)
        if not len(audio):
            raise DatasetError(f"{sounds[key].audio}: no sound in it")
        start = max(0, (len(audio) - samples) // 2)
        return make_mel(audio[start : start + samples])

    name = f"alcap-mel-{fingerprint(settings.model.spectrogram, settings.data.longest)}"
    return FeatureStore.build(cache / name, list(sounds), make, progress="spectrograms")


def choose_tags(records: Sequence[Record], settings: AlcapSettings) -> list[str]:
    """Give the most frequent tags; those that all records have, and so nothing can be learnt of, are left out."""
    threshold = settings.data.tag_threshold
    tagged = [record for record in records if record.tags]
    counts = Counter(tag for record in tagged for tag, confidence in record.tags.items() if confidence >= threshold)
    always = sorted(tag for tag, count in counts.items() if count == len(tagged))
    if always:
        log.warning("tags of one class are left out, every tagged record has them: %s", ", ".join(always))
    ranked = sorted((-count, tag) for tag, count in counts.items() if count < len(tagged))
    return [tag for _, tag in ranked[: settings.model.tagger.tags]]


def _usable(record: Record, mels: FeatureStore, settings: AlcapSettings) -> bool:
    """Whether there is something to say and something to say it of."""
    heard = record.audio is not None and sound_key(record) in mels and settings.model.variant != "bart"
    read = settings.data.lyrics and bool(record.lyrics.strip())
    return len(record.texts) > (settings.data.text or 0) and (heard or read)


def _tokenizer(settings: AlcapSettings, texts: Sequence[str]) -> tuple[Any, BartConfig]:
    name = settings.model.bart.name
    if name is None:
        tokenizer = tokens.learn_pieces(texts, settings.model.bart.vocabulary)
        return tokenizer, make_config(settings.model.bart, tokenizer)
    tokenizer = tokens.of_checkpoint(name)
    return tokenizer, read_config(settings, tokenizer)


def _examples(settings: AlcapSettings, data: DataSet, cache: Path) -> tuple[dict[Split, list[Record]], FeatureStore]:
    """Give the usable records of all splits, and spectrograms."""
    records = {split: data.records(split) for split in SPLITS}
    mels = read_mels([record for split in SPLITS for record in records[split]], settings, cache)
    if mels.failed:
        line = next(iter(mels.failed.values()))
        log.warning("%d sounds cannot be read and count as none; the first: %s", len(mels.failed), line)
    kept = {split: [record for record in records[split] if _usable(record, mels, settings)] for split in SPLITS}
    for split in SPLITS:
        if len(kept[split]) < len(records[split]):
            log.warning("%s: %d of %d records used", split, len(kept[split]), len(records[split]))
    return kept, mels


def prepare(settings: AlcapSettings, data: DataSet, cache: Path) -> AlcapPrepared:
    """Make a data set ready.

    A record needs a caption, and audio or lyrics: lyrics for the variant "bart", which hears nothing. Sounds that
    cannot be read count as none.

    Raises
    ------
    DatasetError
        If nothing is left of the training split.
    """
    records, mels = _examples(settings, data, cache)
    if not records["train"]:
        wanted = "lyrics" if settings.model.variant == "bart" else "audio or lyrics"
        raise DatasetError(f"{data.root}: no training record has a caption (data.text) and {wanted}")
    weights = settings.model.tagger.weights
    if weights is not None:
        tags = read_tagger(weights, settings.model.tagger)["tags"]
    else:
        tags = choose_tags(records["train"], settings)
    texts = [text for record in records["train"] for text in (*record.texts, record.lyrics) if text]
    tokenizer, config = _tokenizer(settings, texts)
    state: State = {
        "tags": tags,
        "tokenizer": tokens.to_state(tokenizer),
        "bart": json.loads(config.to_json_string(use_diff=False)),
    }
    return AlcapPrepared(
        {split: AlcapExamples(records[split], mels, tags, settings) for split in SPLITS}, state, settings
    )


def restore(settings: AlcapSettings, state: State, data: DataSet, cache: Path) -> AlcapPrepared:
    """Make a data set ready for a system that was trained already, with its tags and tokenizer."""
    records, mels = _examples(settings, data, cache)
    return AlcapPrepared(
        {split: AlcapExamples(records[split], mels, state["tags"], settings) for split in SPLITS}, state, settings
    )
