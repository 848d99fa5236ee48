"""Tiny data sets of sounds and pictures, written by the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from titles_toys import PICTURES, RATE, SOUNDS, write_picture, write_sound, write_table


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four tones in each split, whose titles tell their pitch."""
    folder = tmp_path_factory.mktemp("music")
    rows = []
    for split in ("train", "valid", "test"):
        for number, (title, pitch) in enumerate(SOUNDS.items()):
            name = f"{split}{number}"
            seconds = np.arange(RATE) / RATE
            write_sound(folder / f"{name}.wav", 0.4 * np.sin(2 * np.pi * pitch * seconds))
            rows.append({"key": name, "split": split, "audio": f"{name}.wav", "title": title})
    return write_table(folder, rows)


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of one colour each, with two captions."""
    folder = tmp_path_factory.mktemp("gallery")
    rows = []
    for split in ("train", "valid", "test"):
        for number, (caption, colour) in enumerate(PICTURES.items()):
            name = f"{split}{number}.{'png' if number else 'jpg'}"
            write_picture(folder / name, np.full((70 + number, 90, 3), colour, dtype=np.uint8))
            row = {"key": name, "split": split, "image": name, "text1": caption, "text2": f"{caption} again"}
            rows.append(row)
    return write_table(folder, rows)
