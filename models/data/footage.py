"""Footage for the video encoder: procedural scenes with their prior, and real clips for picture features."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from models.nets.video import FPS, FRAMES, SIZE
from models.teachers.mobilenet import MobileNet
from plugin.decode import video_frames
from plugin.synth.scenes import random_scene, render_scene

SCENES = 900
HELD_OUT_EVERY = 9
"""Every ninth scene is for evaluation."""


def make_scenes(data: Path, work: Path, *, count: int = SCENES) -> None:
    """Film `count` scenes of 10 s, each to a file with frames uint8 [20, 96, 96, 3], statistics' frames and truth.

    The file holds frames at 4 a second [40, 96, 96, 3], the teacher's features of two of them [2, 1024], their numbers
    [2] and the truth as JSON.
    """
    folder = work / "scenes"
    folder.mkdir(parents=True, exist_ok=True)
    teacher = MobileNet(data / "teachers")
    for seed in range(count):
        out = folder / f"{seed:05d}.npz"
        if out.exists():
            continue
        spec = random_scene(seed)
        frames = np.stack(list(render_scene(spec, fps=FPS, size=(SIZE, SIZE), seconds=FRAMES / FPS)))[:FRAMES]
        _save(out, frames, teacher, json.dumps(spec.truth()))
        if seed % 100 == 0:
            print(f"scenes {seed}/{count}", flush=True)
    for number, path in enumerate(sorted((data / "video").glob("*.*"))):
        if path.suffix not in (".webm", ".mp4"):
            continue
        frames = np.stack([frame for _, frame in video_frames(path, FPS, size=(SIZE, SIZE))])
        for start in range(0, len(frames) - FRAMES + 1, FRAMES):
            out = folder / f"real-{number}-{start:04d}.npz"
            if not out.exists():
                _save(out, frames[start : start + FRAMES], teacher, "")


def _save(out: Path, frames: np.ndarray, teacher: MobileNet, truth: str) -> None:
    looked = np.array([FRAMES // 4, 3 * FRAMES // 4]) // 2 * 2
    features = np.stack([teacher(frames[i]) for i in looked])
    temporary = out.with_suffix(".tmp.npz")
    np.savez(temporary, frames=frames, looked=looked, features=features, truth=np.array(truth))
    temporary.replace(out)
