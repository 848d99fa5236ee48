"""Checkpoints of tiny systems: titles trained for some steps, the others with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.datasets.folder import Folder
from models.systems import registry
from models.trainer.checkpoint import Checkpoint, write_checkpoint
from models.trainer.fit import fit


def write(path: Path, name: str, system: Any, state: dict[str, Any], stages: list[str]) -> Path:
    settings = system.settings.model_dump(mode="json")
    write_checkpoint(path, Checkpoint(name, settings, state, stages, system.state_dict()))
    return path


def titles(folder: Path, **parts: Any) -> Path:
    """Train on four tones; give the run's folder."""
    from titles_toys import RATE, SOUNDS, settings, write_sound, write_table

    folder.mkdir(exist_ok=True)
    rows = []
    for split in ("train", "valid", "test"):
        for title, pitch in SOUNDS.items():
            name = f"{split}{pitch:g}.wav"
            write_sound(folder / name, 0.4 * np.sin(2 * np.pi * pitch * np.arange(RATE) / RATE))
            rows.append({"key": name, "split": split, "audio": name, "title": title})
    write_table(folder, rows)
    chosen = settings(stages={"train": {"steps": 30, "batch": 4, "learning_rate": 3e-3, "monitor": "loss"}}, **parts)
    recipe = registry.find("titles")
    prepared = recipe.prepare(chosen, Folder(folder), folder / "cache")
    torch.manual_seed(0)
    system = recipe.build(chosen, prepared.state())
    fit(system, prepared, chosen, folder=folder / "run", device="cpu", progress=False, name="titles",
        say=lambda line: None)  # fmt: skip
    return folder / "run"


def alcap(path: Path) -> Path:
    from alcap_tiny import make_tiny

    sizes = {"model__tagger__layers": 1, "model__bart__layers": 1, "data__excerpt": 0.5, "data__caption_tokens": 16}
    system, prepared = make_tiny(**sizes, evaluation__no_repeat_ngram=3)
    return write(path, "alcap", system, prepared.state(), ["caption"])


def synaesthesia(path: Path) -> Path:
    from synaesthesia_tiny import state, tiny

    recipe = registry.find("synaesthesia")
    torch.manual_seed(0)
    chosen = tiny(data={"seconds": 1.0})
    return write(path, "synaesthesia", recipe.build(chosen, state()), state(), ["music", "text"])


def viml(path: Path) -> Path:
    from viml_data import settings

    generator = torch.Generator().manual_seed(0)
    state: dict[str, Any] = {
        "empty_text": [0.1] * 6,
        "usual_video": [0.2] * 5,
        "video": "records",
        "music": "statistics",
    }
    for name, width in (("video", 5), ("music", 280), ("text", 6)):
        state[f"{name}_mean"] = torch.randn(width, generator=generator).tolist()
        state[f"{name}_spread"] = (torch.rand(width, generator=generator) + 0.5).tolist()
    torch.manual_seed(0)
    chosen = settings(music="statistics", text_encoder="some/clip")
    return write(path, "viml", registry.find("viml").build(chosen, state), state, ["train"])
