"""A work folder to train in: random sounds, scenes and phrases, and a clock that goes by steps."""

from __future__ import annotations

import json
import time
from functools import partial
from itertools import count, islice
from pathlib import Path
from unittest import mock

import core_tiny as tiny
import numpy as np
import torch

from models.data.items import Item
from models.training import captioner, music, text, video
from plugin.synth.scenes import random_scene

SECONDS = 3.0
"""What a step takes by the clock."""
SCENES, PHRASES = 12, 400


def write(data: Path, work: Path) -> None:
    """Make all that the four loops need."""
    tiny.write_data(data)
    tiny.write_work(work)
    rng = np.random.default_rng(5)
    calibrating = (item for n in count() if (item := Item("arranged", f"rock#{n}")).calibrates)
    for item in [*islice(calibrating, 2), *tiny.numbered("arranged", "house#1{}", 4, tested=False)]:
        tiny.write_item(work, item, rng)
    np.save(work / "talk.npy", rng.integers(-50, 50, (4, 80, 400)).astype(np.int8))
    (work / "scenes").mkdir()
    for number in range(SCENES + 1):
        np.savez(
            work / "scenes" / f"{number:05d}.npz", frames=rng.integers(0, 255, (40, 96, 96, 3)).astype(np.uint8),
            looked=np.array([10, 30]), features=rng.normal(size=(2, 1024)).astype(np.float32),
            truth=np.array(json.dumps(random_scene(number).truth()) if number < SCENES else ""),
        )  # fmt: skip
    np.savez(work / "text.npz", vectors=rng.normal(size=(PHRASES, 256)).astype(np.float16),
             phrases=np.array([f"calm piano {number} and drums" for number in range(PHRASES)]))  # fmt: skip
    (work / "music.pt").unlink()


def train_all(data: Path, work: Path, device: torch.device, *, steps: int = 2) -> None:
    """Run every loop of the core pack for at least so many steps on a device."""
    clock = [0.0]
    step = torch.optim.AdamW.step

    def slow(*parts: object, **more: object) -> object:
        clock[0] += SECONDS
        return step(*parts, **more)  # type: ignore[arg-type]

    minutes = steps * SECONDS / 60
    with (
        mock.patch.object(time, "monotonic", lambda: clock[0]),
        mock.patch.object(torch.optim.AdamW, "step", slow),
        mock.patch.object(music, "refine", partial(music.refine, steps=steps)),
        mock.patch.object(captioner, "LYRICS_SHARE", 1.0),  # so that some are in every few batches
    ):
        text.train(data, work, minutes=minutes, batch=4, device=device)
        music.train(work, minutes=minutes, batch=8, device=device)
        video.train(work, minutes=minutes, batch=4, device=device)
        heard = captioner.hear(work, device)
        captioner.train(data, work, heard, minutes=minutes, batch=8, device=device)
