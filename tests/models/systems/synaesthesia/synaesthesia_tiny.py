"""Settings of a tiny system, and a data set of tones that tell their sentence."""

from __future__ import annotations

import csv
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.systems.base import State
from models.systems.synaesthesia.settings import SynaesthesiaSettings
from models.systems.synaesthesia.system import Synaesthesia
from models.systems.synaesthesia.vocabulary import tokenizer_state
from models.systems.tokens import learn_words

RATE = 8_000
TINY: dict[str, dict[str, Any]] = {
    "model": {
        "channels": (4, 8, 8, 16, 16), "time_strides": (2, 2, 1, 1, 1), "norm": "frame", "width": 32, "heads": 2,
        "tokens": 4, "music_layers": 1, "positions": 64, "text_layers": 1, "decoder_layers": 2, "dropout": 0.0,
        "grow_every": 2,
    },
    "data": {
        "rate": RATE, "n_fft": 62, "hop": 200, "power": 0.5, "seconds": None, "tokenizer": "words", "longest": 16,
        "words": 16, "tags_at_least": 1,
    },
    "generation": {"beams": 2, "batch": 3},
    "stages": {
        "music": {"steps": 6, "batch": 4, "learning_rate": 2e-3},
        "text": {"steps": 4, "batch": 4, "learning_rate": 2e-3},
        "joint": {"steps": 4, "batch": 4, "learning_rate": 2e-3, "monitor": "caption"},
    },
}  # fmt: skip
SENTENCES = {
    200.0: "A low hum, slow and sad.",
    900.0: "The warm middle of a viola sings.",
    1700.0: "Bright bells ring fast!",
    3100.0: "A high whistle, fast and thin.",
}
TAGS = {200.0: "slow:1;minor:1", 900.0: "viola:0.9", 1700.0: "fast:1;bells:1", 3100.0: "fast:1;major:1"}
GROUPS = "slow:tempo;fast:tempo;minor:mode;major:mode;viola:instrument;bells:instrument"


def tiny(structure: Mapping[str, Any] | None = None, **parts: Mapping[str, Any]) -> SynaesthesiaSettings:
    """TINY with some values changed."""
    values = {name: {**TINY[name], **parts.get(name, {})} for name in TINY}
    values["model"]["structure"] = dict(structure or {"references": 4})
    return SynaesthesiaSettings.model_validate(values)


def state(tags: int = 3, sentence_width: int = 0) -> State:
    """State of a data set that was not read."""
    tokenizer = learn_words(SENTENCES.values())
    names = [f"tag{i}" for i in range(tags)]
    return {
        "tokenizer": tokenizer_state(tokenizer), "tags": names, "groups": ["tag"] * tags,
        "sentence_width": sentence_width, "templates": [], "mean": [0.2], "deviation": [0.5],
    }  # fmt: skip


def system(structure: Mapping[str, Any] | None = None, **parts: Mapping[str, Any]) -> Synaesthesia:
    """Build a tiny system, always with the same weights."""
    torch.manual_seed(0)
    return Synaesthesia(tiny(structure, **parts), state())


def batch(size: int = 4, seed: int = 0) -> dict[str, Any]:
    """Make a batch of noise, of recordings `seed` * 100 + 0, 1, ..."""
    generator = torch.Generator().manual_seed(seed)
    frames = torch.tensor([21, 40, 33, 7])[:size]
    spectrogram = torch.rand(size, 40, 32, generator=generator)
    for row, length in zip(spectrogram, frames, strict=True):
        row[length:] = 0
    lengths = torch.tensor([9, 6, 12, 8])[:size]
    ids = torch.randint(4, 20, (size, 12), generator=generator)
    ids[:, 0] = 1
    mask = (torch.arange(12) < lengths[:, None]).float()
    words = torch.randint(0, 6, (size, 16), generator=generator).masked_fill(torch.arange(16) > lengths[:, None], -1)
    return {
        "spectrogram": spectrogram, "frames": frames, "ids": ids.masked_fill(mask == 0, 0), "mask": mask,
        "words": words, "owner": torch.arange(size) + 100 * seed, "tags": torch.eye(4)[:size, :3],
        "known": torch.ones(size, 3, dtype=torch.bool),
    }  # fmt: skip


def write_sound(path: Path, samples: np.ndarray, rate: int = RATE) -> None:
    """Write float [N] as 16-bit WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32767).astype("<i2").tobytes())


def write_tones(folder: Path, **columns: str) -> Path:
    """Write a folder of four tones of 1 to 1.75 s a split; `columns` replace those of the table."""
    rows = []
    for split in ("train", "valid", "test"):
        for number, (pitch, sentence) in enumerate(SENTENCES.items()):
            seconds = np.arange(round(RATE * (1 + number / 4))) / RATE
            name = f"{split}{number}.wav"
            write_sound(folder / name, 0.4 * np.sin(2 * np.pi * pitch * seconds))
            row = {"key": f"{split}{number}", "split": split, "audio": name, "text": sentence, "tags": TAGS[pitch]}
            rows.append({**row, "tag_groups": GROUPS, **columns})
    with (folder / "records.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder
