"""A tiny ALCAP and tiny records to feed it."""

from __future__ import annotations

import numpy as np
import torch
from transformers import BartForConditionalGeneration

from models.systems import tokens
from models.systems.alcap.bart import make_config
from models.systems.alcap.data import AlcapPrepared
from models.systems.alcap.settings import AlcapSettings
from models.systems.alcap.system import Alcap
from models.systems.base import Batch, Examples

LYRICS = ["give me the road", "", "hold on to the sun and the sea", "tears in the cold"]
CAPTIONS = ["A slow song about travel.", "Piano music.", "A happy song about summer.", "A sad song of a broken heart."]
TAGS = ["rock", "slow", "piano"]
MODEL = {
    "spectrogram": {"mels": 16},
    "tagger": {
        "channels": [8, 8, 16, 16], "time_strides": [2, 2, 2, 1], "layers": 2, "heads": 2, "inner": 32, "dropout": 0.1,
        "attention_dropout": 0.1,
    },
    "bart": {"name": None, "width": 32, "layers": 2, "heads": 4, "inner": 64, "vocabulary": 320, "positions": 64},
    "fusion_width": 32, "alignment_width": 16,
}  # fmt: skip


class TinyExamples(Examples):
    """Four examples: the second has no lyrics, the last no audio."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.mels = [rng.normal(-40, 10, (frames, 16)).astype(np.float16) for frames in (60, 41, 60)] + [None]

    def __len__(self) -> int:
        return len(CAPTIONS)

    def example(self, index, rng):
        return {
            "key": f"record {index}", "group": str(index), "caption": CAPTIONS[index], "references": (CAPTIONS[index],),
            "sound": None if self.mels[index] is None else str(index), "excerpt": self.mels[index],
            "middle": self.mels[index], "lyrics": LYRICS[index], "tagged": True,
            "tags": np.array([index == tag for tag in range(3)], np.float32),
        }  # fmt: skip


def settings_of(**changes) -> AlcapSettings:
    """Tiny settings; a double underscore goes one level down."""
    raw = {
        "model": {**MODEL}, "data": {"lyrics_tokens": 64, "caption_tokens": 64},
        "evaluation": {"beams": 1, "sentences": None, "no_repeat_ngram": 0, "batch": 3},
    }  # fmt: skip
    for path, value in changes.items():
        *parts, last = path.split("__")
        place = raw
        for part in parts:
            place[part] = dict(place.get(part, {}))
            place = place[part]
        place[last] = value
    return AlcapSettings.model_validate(raw)


def make_tiny(seed: int = 0, **changes) -> tuple[Alcap, AlcapPrepared]:
    """Give a tiny system with random weights and its data."""
    settings = settings_of(**changes)
    tokenizer = tokens.learn_pieces([*LYRICS, *CAPTIONS], settings.model.bart.vocabulary)
    config = make_config(settings.model.bart, tokenizer)
    state = {"tags": TAGS, "tokenizer": tokens.to_state(tokenizer), "bart": config.to_dict()}
    torch.manual_seed(seed)
    system = Alcap(settings, state, BartForConditionalGeneration(config))
    examples = TinyExamples()
    return system.eval(), AlcapPrepared({"train": examples, "valid": examples, "test": examples}, state, settings)


def batch_of(prepared: AlcapPrepared, *rows: int) -> Batch:
    """Collate some of the examples, all by default."""
    examples = prepared.splits["train"]
    return prepared.collate([examples.example(row, None) for row in rows or range(len(examples))])
