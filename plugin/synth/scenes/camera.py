"""Camera work: cuts that split a scene into shots, and the camera's movement within it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugin.synth.scenes.canvas import Floats
from plugin.synth.scenes.spec import SceneSpec

#: Border of the painted frame that a shaking camera may swing into, in frame heights.
MARGIN = 0.05
_PAN = {"still": 0.0, "slow pan": 0.07, "fast pan": 0.75, "handheld": 0.02, "zoom": 0.0}


@dataclass(frozen=True)
class Shot:
    """A stretch between two cuts: number, first second, framing (subject scale, horizon, mirrored)."""

    index: int
    start: float
    scale: float
    horizon: float
    mirrored: bool


def shots(spec: SceneSpec, seconds: float) -> list[Shot]:
    """Cut a scene into shots.

    Parameters
    ----------
    spec : SceneSpec
    seconds : float
        A longer scene begins with the shots of a shorter one.

    Returns
    -------
    list of Shot
        In order; neighbours differ in framing.
    """
    rng = np.random.default_rng([spec.seed, 2])
    found: list[Shot] = []
    start, scale = 0.0, 0.0
    while start < seconds:
        choices = [s for s in (1.0, 1.4, 1.9) if s != scale]
        scale = float(rng.choice(choices)) if found else 1.0
        horizon = float(rng.uniform(0.50, 0.62)) + (0.08 if len(found) % 2 else -0.04)
        found.append(Shot(len(found), start, scale, horizon, len(found) % 2 == 1))
        start = start + 10.0 / spec.cuts * float(rng.uniform(0.7, 1.3)) if spec.cuts else seconds
    return found


def pan(spec: SceneSpec, t: float) -> float:
    """Way of the camera to the right at a moment, in frame heights at the nearest distance."""
    return _PAN[spec.camera] * t


def shake(spec: SceneSpec, t: float) -> tuple[float, float]:
    """Shift of a hand-held camera to the right and downwards, within `MARGIN`; none for the others."""
    if spec.camera != "handheld":
        return 0.0, 0.0
    phase = spec.seed % 97
    across = 0.5 * np.sin(2.3 * t + phase) + 0.3 * np.sin(5.9 * t + 2) + 0.2 * np.sin(13.7 * t)
    down = 0.5 * np.sin(2.9 * t + 1 + phase) + 0.3 * np.sin(7.1 * t) + 0.2 * np.sin(15.1 * t + 3)
    return MARGIN * float(across), MARGIN * float(down)


def zoomed(frame: Floats, factor: float) -> Floats:
    """Enlarge the middle of a frame.

    Parameters
    ----------
    frame : ndarray of float32, [h, w, 3]
    factor : float
        1 or more.

    Returns
    -------
    ndarray of float32, [h, w, 3]
    """
    height, width = frame.shape[:2]

    def places(size: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Floats]:
        position = (np.arange(size) + 0.5 - size / 2) / factor + size / 2 - 0.5
        low = np.clip(position.astype(np.int64), 0, size - 2)
        return low, np.clip(position - low, 0, 1).astype(np.float32)

    rows, down = places(height)
    columns, across = places(width)
    upper = frame[rows]
    upper += down[:, None, None] * (frame[rows + 1] - upper)
    left = upper[:, columns]
    left += across[None, :, None] * (upper[:, columns + 1] - left)
    return left
