"""Frames of a scene: shots, place, weather, camera, and the film look (grade, exposure, grain, letterbox)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from plugin.errors import InputError
from plugin.synth.scenes.camera import MARGIN, Shot, pan, shake, shots, zoomed
from plugin.synth.scenes.canvas import Canvas, Floats
from plugin.synth.scenes.light import light_of
from plugin.synth.scenes.places import PAINTERS
from plugin.synth.scenes.spec import SceneSpec
from plugin.synth.scenes.stage import Stage
from plugin.synth.scenes.weather import Weather

#: Saturation and tint of each grade.
_GRADES = {
    "neutral": (1.0, (1.0, 1.0, 1.0)),
    "warm": (1.05, (1.12, 1.0, 0.82)),
    "cold": (0.85, (0.84, 0.98, 1.16)),
    "desaturated": (0.35, (1.0, 1.0, 1.0)),
    "black and white": (0.0, (1.0, 1.0, 1.0)),
    "saturated": (1.55, (1.0, 1.0, 1.0)),
}
_ZOOM = 0.035  # share of the frame's size per second


class _Finish:
    """The film look of a scene at one frame size."""

    def __init__(self, spec: SceneSpec, width: int, height: int) -> None:
        self.saturation, tint = _GRADES[spec.grade]
        rng = np.random.default_rng([spec.seed, 3])
        ys, xs = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None]
        vignette = (1.0 - 0.16 * (xs**2 + ys**2) ** 1.2)[:, :, None]
        exposure = 0.55 + 0.9 * spec.light
        self.look = (255.0 * exposure * vignette * np.array(tint)).astype(np.float32)
        self.grain = None
        if spec.grain > 0.02:
            noise = rng.standard_normal((2 * height, width + height, 1), dtype=np.float32)
            self.grain = noise * np.float32(18.0 * spec.grain)
        self.bars = max(0, round((height - width / 2.35) / 2)) if width / height > 1.4 else round(height * 0.12)
        self.bars *= spec.letterbox

    def __call__(self, frame: Floats, number: int) -> NDArray[np.uint8]:
        height, width = frame.shape[:2]
        if self.saturation != 1.0:
            red, green, blue = np.moveaxis(frame, 2, 0)
            grey = (0.299 * red + 0.587 * green + 0.114 * blue)[:, :, None]
            frame = np.float32(self.saturation) * frame + np.float32(1 - self.saturation) * grey
        frame = frame * self.look
        if self.grain is not None:
            down, right = (number * 7919) % height, (number * 104729) % height
            frame += self.grain[down : down + height, right : right + width]
        np.clip(frame, 0, 255, out=frame)
        done = frame.astype(np.uint8)
        if self.bars:
            done[: self.bars] = done[-self.bars :] = 0
        return done


class _Set:
    """A shot ready to be filmed: place and weather on a frame with a border for the shaking camera."""

    def __init__(self, spec: SceneSpec, shot: Shot, width: int, height: int) -> None:
        self.spec, self.shot, self.width, self.height = spec, shot, width, height
        self.border = int(np.ceil(MARGIN * height)) if spec.camera == "handheld" else 0
        rng = np.random.default_rng([spec.seed, 4, shot.index])
        self.canvas = Canvas(width + 2 * self.border, height + 2 * self.border)
        light = light_of(spec, np.random.default_rng([spec.seed, 5]))
        stage = Stage(spec, light, rng, self.canvas.width, self.canvas.height, shot.scale, shot.horizon)
        self.place = PAINTERS[spec.place](stage)
        self.weather = Weather(stage)

    def film(self, t: float) -> Floats:
        """Give the frame at a moment of the scene, float32 [h, w, 3], as the camera sees it."""
        way = pan(self.spec, t)
        self.place.paint(self.canvas, t, way)
        self.weather.paint(self.canvas, t, way)
        frame = self.canvas.pixels
        if self.border:
            across, down = shake(self.spec, t)
            left = self.border + round(across * self.height)
            top = self.border + round(down * self.height)
            frame = frame[top : top + self.height, left : left + self.width]
        if self.spec.camera == "zoom":
            frame = zoomed(frame, 1.0 + _ZOOM * (t - self.shot.start))
        return frame[:, ::-1] if self.shot.mirrored else frame


def render_scene(spec: SceneSpec, *, fps: float, size: tuple[int, int], seconds: float) -> Iterator[NDArray[np.uint8]]:
    """Film a scene.

    Parameters
    ----------
    spec : SceneSpec
    fps : float
        Frames per second.
    size : tuple of int
        Width and height in pixels, 16 to 4096 each.
    seconds : float
        Length; every frame depends on its time alone, so a longer or finer film shows the same moments.

    Yields
    ------
    ndarray of uint8, [h, w, 3]
        RGB frames, ``round(seconds * fps)`` of them.

    Raises
    ------
    InputError
        When rate, size or length make no film.
    """
    width, height = size
    if not (fps > 0 and seconds > 0 and min(size) >= 16 and max(size) <= 4096):
        raise InputError(f"scene: cannot film {seconds} s at {fps} fps in {width}x{height}; give positive values")
    pending = shots(spec, seconds)
    finish = _Finish(spec, width, height)
    current: _Set | None = None
    for number in range(round(seconds * fps)):
        t = number / fps
        while len(pending) > 1 and pending[1].start <= t:
            del pending[0]
        if current is None or current.shot is not pending[0]:
            current = _Set(spec, pending[0], width, height)
        yield finish(current.film(t), number)
