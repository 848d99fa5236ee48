"""Settings of a tiny system, and writers of sounds, pictures and tables."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import av
import numpy as np

from models.systems.titles.settings import TitlesSettings

RATE = 8000
TINY = {
    "model": {"depth": 10, "narrow": 16, "width": 96, "embedding": 96, "heads": 4, "dropout": 0.0},
    "data": {"rate": RATE, "seconds": 1.0, "pool": 4, "longest": 8, "crop": 64, "wordnet": "/nowhere"},
    "evaluation": {"beams": [1, 3], "batch": 4},
    "stages": {"train": {"steps": 60, "batch": 4, "optimizer": "adam", "learning_rate": 3e-3, "weight_decay": 0.0}},
}
SOUNDS = {"low hum": 200.0, "bright bell": 1500.0, "high whistle blows": 3000.0, "the warm middle": 700.0}
PICTURES = {"a red field": (220, 20, 20), "a green field at noon": (20, 220, 20), "blue water": (20, 20, 220)}


def settings(**parts: Mapping[str, object]) -> TitlesSettings:
    """TINY with some values changed."""
    return TitlesSettings.model_validate({name: {**TINY[name], **parts.get(name, {})} for name in TINY})


def write_sound(path: Path, samples: np.ndarray, rate: int = RATE) -> None:
    """Write float [N] or stereo [2, N] as 16-bit WAV."""
    stereo = np.atleast_2d(samples)
    with av.open(str(path), "w") as out:
        layout = "stereo" if len(stereo) == 2 else "mono"
        stream = out.add_stream("pcm_s16le", rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray((stereo.T.reshape(1, -1) * 32767).astype(np.int16)), format="s16", layout=layout
        )
        frame.sample_rate = rate
        out.mux([*stream.encode(frame), *stream.encode(None)])


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Write uint8 [H, W, 3] as PNG or JPEG, by the suffix."""
    codec, layout = ("png", "rgb24") if path.suffix == ".png" else ("mjpeg", "yuvj420p")
    context = av.CodecContext.create(codec, "w")
    context.height, context.width = picture.shape[:2]
    context.pix_fmt = layout
    context.time_base = 1
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(format=layout)
    path.write_bytes(b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)]))


def write_table(folder: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write records.csv."""
    with (folder / "records.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return folder
