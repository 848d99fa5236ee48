"""Texts of records: written from tags, or the records' own (ViML, section 3.1)."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from models.datasets.base import Record
from models.systems.viml import synthesis
from models.systems.viml.settings import DataSettings, TextKind
from models.trainer.features import fingerprint

log = logging.getLogger(__name__)

Texts = dict[str, tuple[str, ...]]
"""Texts by the record's key; a record without any is not in it."""


def own_texts(records: Sequence[Record]) -> Texts:
    """Texts that the records come with, best first."""
    found = {record.key: tuple(text.strip() for text in record.texts if text.strip()) for record in records}
    return {key: texts for key, texts in found.items() if texts}


def write_texts(kind: TextKind, records: Sequence[Record], data: DataSettings, cache: Path, *, count: int) -> Texts:
    """Write `count` texts for every record that has tags.

    Equal records in equal order and an equal `text_seed` give equal texts; those once written are kept in `cache`.
    """
    tagged = [record for record in records if record.tags]
    if not tagged:
        return {}
    cache.mkdir(parents=True, exist_ok=True)
    # Writers of several processes may share the file: every line goes out in one write.
    writer = synthesis.make(kind, **{"cache": cache / f"viml-{kind}.jsonl", **data.synthesis})
    found: dict[str, list[str]] = {record.key: [] for record in tagged}
    with tqdm(total=count * len(tagged), desc=f"texts ({kind})", unit="", disable=len(tagged) < 1000) as bar:
        for turn in range(count):
            rng = random.Random(int(fingerprint("texts", data.text_seed, turn), 16))
            items = [(record.tags, record.tag_groups) for record in tagged]
            for record, text in zip(tagged, writer.many(items, rng, bar.update), strict=True):
                if text:
                    found[record.key].append(text)
    if counts := dict(writer.counts):
        log.info("texts written by %s: %s", kind, counts)
    return {key: tuple(dict.fromkeys(texts)) for key, texts in found.items() if texts}


def training_texts(records: Sequence[Record], data: DataSettings, cache: Path) -> Texts:
    """Texts of the training kind; where a record has no confident tags to write from, its own."""
    own = own_texts(records)
    if data.text == "texts":
        return own
    return own | write_texts(data.text, records, data, cache, count=data.texts_per_record)


def query_texts(records: Sequence[Record], data: DataSettings, cache: Path) -> Texts:
    """One text each, of the kind of the queries; of the training kind where a record has none."""
    if data.query_text == "texts":
        found = own_texts(records)
    else:
        found = write_texts(data.query_text, records, data, cache, count=1)
    rest = [record for record in records if record.key not in found]
    if rest and data.text != data.query_text:
        found |= training_texts(rest, data, cache)
    return {key: texts[:1] for key, texts in found.items()}
