"""Small films with music of two kinds."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from plugin.demo.encode import write_film, write_sound
from plugin.synth.scenes import random_scene, render_scene

FPS, SIZE, RATE = 4, (96, 96), 16_000


def music(kind: str, seed: int, seconds: float) -> np.ndarray:
    """Give float32 [2, N]: "slow", a low chord that swells, or "fast", bright plucked notes with noise on the beat."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    root = 110 * 2 ** (rng.integers(0, 12) / 12)
    if kind == "slow":
        chord = sum(np.sin(2 * np.pi * root * ratio * t + rng.uniform(0, 6)) for ratio in (1, 1.26, 1.5, 2))
        sound = chord * (0.6 + 0.4 * np.sin(2 * np.pi * t * rng.uniform(0.1, 0.2)))
    else:
        beat = rng.uniform(7, 9)
        steps = rng.choice([0, 3, 5, 7, 12], int(seconds * beat) + 1)
        note = 4 * root * 2 ** (steps[(t * beat).astype(int)] / 12)
        phase = np.cumsum(note) / RATE
        sound = 2 * (phase % 1 - 0.5) * np.exp(-6 * ((t * beat) % 1))
        sound = sound + rng.normal(0, 0.8, len(t)) * np.exp(-30 * ((t * beat / 2) % 1))
    return np.tile((0.3 * sound / np.abs(sound).max()).astype(np.float32), (2, 1))


def film(path: Path, place: str, seed: int, seconds: int, sound: np.ndarray) -> None:
    """Write a film of a place; at rest by the sea, rushing elsewhere."""
    still = place == "sea"
    scene = random_scene(seed, place=place, motion=0.1 if still else 0.9, cuts=0.0 if still else 12.0)
    frames = render_scene(scene, fps=FPS, size=SIZE, seconds=seconds)
    write_film(path, [(frames, sound)], fps=FPS, size=SIZE, rate=RATE, tags={})


def mute_film(path: Path, seconds: int) -> None:
    """Write a film without any sound stream."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        picture = np.full((*SIZE, 3), 90, np.uint8)
        for _ in range(seconds * FPS):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def sound_file(path: Path, sound: np.ndarray) -> None:
    """Write a music file."""
    write_sound(path, sound, RATE, {})
