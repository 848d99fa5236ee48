"""From records to stored features, text vectors and the numbers that the network needs."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from models.datasets.base import SPLITS, DataSet, Record, Split
from models.datasets.features import NpyFeatures
from models.errors import DatasetError
from models.systems.base import State
from models.systems.viml.data import Item, Pairs, PreparedPairs
from models.systems.viml.features.base import Extractor, Shipped, identity
from models.systems.viml.features.make import make_music, make_video, resolve
from models.systems.viml.features.text import TextEncoder, make_text_encoder
from models.systems.viml.settings import ViMLSettings
from models.systems.viml.texts import Texts, query_texts, training_texts
from models.trainer.features import FeatureStore, fingerprint

log = logging.getLogger(__name__)
AHEAD = 256
"""Records whose texts are encoded together."""


def prepare(settings: ViMLSettings, dataset: DataSet, cache: Path) -> PreparedPairs:
    """Extract what is not in the cache yet, and put the splits together.

    Records whose video or music cannot be had are left out and listed in `PreparedPairs.failed`. A record without a
    text stays: its text is the empty string.

    Raises
    ------
    DatasetError
        If fewer than two records are left to train on, none to validate, or none has a text where a query is text.
    """
    model, data = settings.model, settings.data
    records: dict[Split, list[Record]] = {split: dataset.records(split) for split in SPLITS}
    everything = [record for split in SPLITS for record in records[split]]
    sources = {name: resolve(getattr(data, name), name, everything) for name in ("video", "music")}
    stores: dict[str, FeatureStore] = {}
    places: dict[str, dict[str, str]] = {}
    failed: dict[str, str] = {}
    makers = {"video": make_video, "music": make_music}
    for name in ("video", "music") if model.sees else ("music",):
        # Who fails in one is not looked at in the other.
        left = [record for record in everything if record.key not in failed]
        extractor = makers[name](sources[name], data)
        stores[name], places[name] = store_features(name, extractor, left, cache, dataset.root)
        failed |= {record.key: line for record in left if (line := stores[name].failed.get(places[name][record.key]))}
    for key, line in failed.items():
        log.warning("left out: %s", line if key in line else f"{key}: {line}")
    for split in SPLITS:
        records[split] = [record for record in records[split] if record.key not in failed]
    _check(records, failed)

    empty = np.zeros(1, np.float32)
    if model.reads:
        texts = _texts(settings, records, cache)
        if not any(record.key in texts for record in records["train"]):
            line = f"{dataset.root}: no training record has {_needs(settings)}"
            if not model.sees:
                raise DatasetError(f"{line}; the variant mt needs text")
            log.warning("%s: the model learns from video alone", line)
        encoder = make_text_encoder(data.text_encoder)
        empty = encoder([""])[0]
        stores["text"], places["text"] = store_texts(encoder, texts, cache)
    splits: dict[Split, Pairs] = {}
    for split in SPLITS:
        items = []
        for key in (record.key for record in records[split]):
            video, text = (places.get(name, {}).get(key) for name in ("video", "text"))
            items.append(Item(key, video, places["music"][key], text))
        splits[split] = Pairs(items, stores, model, data, len(empty))
    return PreparedPairs(splits, _state(splits["train"], settings, sources, empty), failed)


def store_features(
    name: str, extractor: Extractor, records: Sequence[Record], cache: Path, root: Path
) -> tuple[FeatureStore, dict[str, str]]:
    """Extract features of all records that are not stored yet.

    Returns
    -------
    tuple
        The store, and the key in it of every record's key.
    """
    places: dict[str, str] = {}
    for record in records:
        if isinstance(extractor, Shipped):
            shipped = record.features
            media = shipped.paths.get(name) if isinstance(shipped, NpyFeatures) else None
            parts: tuple[object, ...] = (str(root.resolve()), *identity(record, media))
        else:
            parts = identity(record, record.video if name == "video" else record.audio or record.video)
        places[record.key] = fingerprint(*parts)
    by_place = {places[record.key]: record for record in records}
    folder = cache / f"viml-{name}-{fingerprint(*extractor.about)}"
    progress = f"{name} features" if len(records) >= 100 else None
    store = FeatureStore.build(folder, list(by_place), lambda place: extractor(by_place[place]), progress=progress)
    return store, places


def store_texts(encoder: TextEncoder, texts: Texts, cache: Path) -> tuple[FeatureStore, dict[str, str]]:
    """Encode all texts that are not stored yet; as `store_features`, an array [N, F] for the N texts of a record."""
    places = {key: fingerprint(*found) for key, found in texts.items()}
    by_place = {places[key]: found for key, found in texts.items()}
    ahead = _Ahead(encoder, by_place)
    folder = cache / f"viml-text-{fingerprint(*encoder.about)}"
    progress = "text features" if len(texts) >= 1000 else None
    return FeatureStore.build(folder, list(by_place), ahead, dtype=np.float32, progress=progress), places


class _Ahead:
    """Encodes the texts of many records together, as an encoder likes it, though they are asked for one by one."""

    def __init__(self, encoder: TextEncoder, texts: Mapping[str, Sequence[str]]) -> None:
        self.encoder, self.texts = encoder, texts
        self.order = {place: number for number, place in enumerate(texts)}
        self.done: dict[str, np.ndarray] = {}

    def __call__(self, place: str) -> np.ndarray:
        if place not in self.done:
            first = self.order[place]
            part = [(each, self.texts[each]) for each in list(self.order)[first : first + AHEAD]]
            rows = self.encoder([text for _, texts in part for text in texts])
            ends = np.cumsum([len(texts) for _, texts in part])
            self.done = {each: found for (each, _), found in zip(part, np.split(rows, ends[:-1]), strict=True)}
        return self.done[place]


def _check(records: Mapping[Split, Sequence[Record]], failed: Mapping[str, str]) -> None:
    needed: tuple[tuple[Split, int], ...] = (("train", 2), ("valid", 1))
    for split, least in needed:
        if len(records[split]) < least:
            why = f"; {len(failed)} records were left out, the first: {next(iter(failed.values()))}" if failed else ""
            raise DatasetError(f"the {split} split holds too few usable records ({len(records[split])}){why}")


def _needs(settings: ViMLSettings) -> str:
    return "texts" if settings.data.text == "texts" else "tags of the needed confidence to write texts from"


def _texts(settings: ViMLSettings, records: Mapping[Split, Sequence[Record]], cache: Path) -> Texts:
    """Training texts for train and valid, so that no test text is needed to choose the weights; queries for test."""
    known = [*records["train"], *records["valid"]]
    return training_texts(known, settings.data, cache) | query_texts(records["test"], settings.data, cache)


def _state(train: Pairs, settings: ViMLSettings, sources: Mapping[str, str], empty: np.ndarray) -> State:
    state: State = {"empty_text": empty.tolist(), **sources}
    places: dict[str, list[str | None]] = {
        "video": [item.video for item in train.items],
        "music": [item.music for item in train.items],
        "text": [item.text for item in train.items],
    }
    state["usual_video"] = [0.0]
    state |= {"text_mean": [0.0] * len(empty), "text_spread": [1.0] * len(empty)}
    for name, keys in places.items():
        known = [key for key in keys if key is not None]
        if not known:
            continue
        mean, spread = _moments(train.stores[name], known)
        if name == "video":
            state["usual_video"] = mean.tolist()
        if not settings.data.standardise:
            mean, spread = np.zeros_like(mean), np.ones_like(spread)
        state |= {f"{name}_mean": mean.tolist(), f"{name}_spread": spread.tolist()}
    return state


def _moments(store: FeatureStore, keys: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of every feature over all segments, one record in memory at a time."""
    widths = {store.shape(key)[1] for key in keys}
    if len(widths) > 1:
        raise DatasetError(f"features of unlike widths in one data set: {', '.join(map(str, sorted(widths)))}")
    total = np.zeros(widths.pop())
    squares, count = np.zeros_like(total), 0
    for key in keys:
        rows = np.asarray(store[key], float)
        total, squares, count = total + rows.sum(0), squares + np.square(rows).sum(0), count + len(rows)
    mean = total / count
    spread = np.sqrt(np.maximum(squares / count - np.square(mean), 0.0))
    # A feature that never changes stays what it is.
    return mean, np.where(spread > 1e-4, spread, 1.0)
