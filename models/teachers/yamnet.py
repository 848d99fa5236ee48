"""YAMNet: 521 AudioSet classes, strong on single instruments."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

FRAME = 15_600
MUSIC_CLASSES = np.array([0, *range(24, 33), *range(132, 277)])
"""Speech, singing, instruments, genres and moods of music: the classes that ours learns from."""


class Yamnet:
    """float32 mono audio at 16 kHz to class scores."""

    def __init__(self, folder: Path) -> None:
        self.interpreter = Interpreter(str(folder / "yamnet.tflite"), num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.output = self.interpreter.get_output_details()[0]["index"]
        with (folder / "yamnet_class_map.csv").open(encoding="utf-8", newline="") as file:
            self.classes = [row["display_name"].lower() for row in csv.DictReader(file)]

    def __call__(self, segment: np.ndarray) -> np.ndarray:
        """Mean of the upper half of frame scores, float32 [521], so that an instrument need not play all the time."""
        frames = segment[: len(segment) // FRAME * FRAME].reshape(-1, FRAME)
        scores = []
        for frame in frames:
            self.interpreter.set_tensor(self.input, frame)
            self.interpreter.invoke()
            scores.append(self.interpreter.get_tensor(self.output).reshape(-1, 521).mean(0))
        ordered = np.sort(np.stack(scores), axis=0)
        return ordered[len(ordered) // 2 :].mean(0)
