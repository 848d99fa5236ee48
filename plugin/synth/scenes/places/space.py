"""Outer space."""

from __future__ import annotations

import itertools
import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.layer import Layer
from plugin.synth.scenes.light import mix, rgb
from plugin.synth.scenes.noise import texture
from plugin.synth.scenes.stage import Stage


class Space:
    """Stars in depth, a nebula, a planet with rings and clouds, a ship with burning engines."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        rng = stage.rng
        back = stage.paper(1.4)
        hues = [rgb(str(c)) for c in rng.choice(["#3b1d6e", "#123a7a", "#6b1f4e", "#0f5a5a"], 2, replace=False)]
        for hue in hues:
            field = np.clip(texture(rng, back.height, back.width, (3, 3 * stage.wide), 5) * 1.9 - 0.55, 0, 1)
            back.pixels[:, :, :3] += 0.9 * field[:, :, None] ** 1.5 * hue
        back.pixels[:, :, 3] = 1.0
        self.back = stage.layer(back)
        self.stars = []
        for i in range(3):
            tile = Canvas(stage.width, stage.height, layer=True, wrap=True)
            n = (260, 110, 36)[i]
            x, y = (rng.uniform(0, top, n).astype(np.float32) for top in (stage.wide, 1.0))
            tint = np.clip(1 - rng.uniform(0, 0.35, (n, 3)) * (rng.random((n, 1)) < 0.5), 0, 1).astype(np.float32)
            tile.dots(x, y, (0.0008, 0.0016, 0.003)[i], tint, rng.uniform(0.3, 1.0, n).astype(np.float32))
            self.stars.append(Layer(tile, stage.width, fall=True))
        self.at = float(rng.uniform(0.6, 0.8)) * stage.wide, float(rng.uniform(0.3, 0.5))
        self.r = 0.24 * stage.scale
        self.hue = [rgb(str(c)) for c in rng.choice(["#c98b5a", "#5a8fc9", "#8a6bb0", "#6fae7c"], 2, replace=False)]
        self.bands = texture(rng, 128, 256, (9, 3), 4)
        self.speed = 0.02 + 0.5 * stage.spec.motion**1.5

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        self.back.draw(canvas, 0.05 * pan + 0.004 * t)
        for i, stars in enumerate(self.stars):
            stars.draw(canvas, (0.1 + 0.25 * i) * (pan + self.speed * t), 0.0)
        x = self.at[0] - 0.25 * pan - 0.01 * t * self.stage.speed
        self._planet(canvas, x, self.at[1], t)
        self._ship(canvas, t, pan)

    def _planet(self, canvas: Canvas, x: float, y: float, t: float) -> None:
        r = self.r
        self._ring(canvas, x, y, math.pi)
        canvas.glow(x, y, 1.25 * r, mix(self.hue[1], "#ffffff", 0.4), 0.6)
        for view, xs, ys in canvas._boxes(x - r, y - r, x + r, y + r):
            u, v = (xs - x) / r, (ys - y) / r
            square = u * u + v * v
            depth = np.sqrt(np.clip(1 - square, 0, 1))
            lon = np.arctan2(u, np.maximum(depth, 1e-3)) / np.pi * 128 + 4 * t
            row = np.clip((v + 1) * 63.5, 0, 127).astype(int) + np.zeros_like(lon, int)
            tone = self.bands[row, lon.astype(int) % 256][:, :, None]
            sun = np.clip(0.12 + 0.95 * (-0.62 * u - 0.35 * v + 0.6 * depth), 0.04, 1)[:, :, None]
            colour = (self.hue[0] + tone * (self.hue[1] - self.hue[0])) * sun
            cover = np.clip((1 - np.sqrt(square)) * r * canvas.unit + 0.5, 0, 1)[:, :, None]
            view += cover * (colour - view)
        self._ring(canvas, x, y, 0.0)

    def _ring(self, canvas: Canvas, x: float, y: float, start: float) -> None:
        """Paint half of the planet's ring: from angle 0 the near half, from pi the far one."""
        r, parts = self.r, 22
        angles = [start + math.pi * k / parts for k in range(parts + 1)]
        ring = [(x + 1.75 * r * math.cos(w), y + 0.42 * r * math.sin(w) + 0.25 * r * math.cos(w)) for w in angles]
        for p, q in itertools.pairwise(ring):
            canvas.line(*p, *q, 0.06 * r, mix(self.hue[0], "#ffffff", 0.35))

    def _ship(self, canvas: Canvas, t: float, pan: float) -> None:
        stage, s = self.stage, 0.14 * self.stage.scale**0.7
        x = (0.25 + 0.09 * t * stage.speed - 0.6 * pan) % (stage.wide + 0.6) - 0.3
        y = 0.7 + 0.02 * math.sin(0.9 * t)
        burn = 0.8 + 0.2 * math.sin(31 * t)
        canvas.glow(x - 0.6 * s, y, (0.35 + 0.5 * stage.spec.motion) * s * 1.5, (0.3, 0.65, 1.0), 1.2 * burn)
        canvas.polygon(
            [
                (x - 0.5 * s, y - 0.08 * s),
                (x - 0.5 * s, y + 0.08 * s),
                (x - (0.8 + 0.6 * stage.spec.motion) * s, y),
            ],
            (0.7, 0.9, 1.0),
            burn,
        )
        canvas.polygon([(x - 0.4 * s, y - 0.05 * s), (x - 0.05 * s, y), (x - 0.5 * s, y - 0.36 * s)], rgb("#7c8494"))
        canvas.polygon(
            [
                (x + 0.7 * s, y),
                (x + 0.1 * s, y - 0.15 * s),
                (x - 0.5 * s, y - 0.13 * s),
                (x - 0.5 * s, y + 0.13 * s),
                (x + 0.1 * s, y + 0.13 * s),
            ],
            rgb("#b9c0cc"),
        )
        canvas.polygon(
            [(x - 0.4 * s, y + 0.05 * s), (x - 0.05 * s, y + 0.1 * s), (x - 0.5 * s, y + 0.36 * s)],
            rgb("#5c6474"),
        )
        canvas.ellipse(x + 0.28 * s, y - 0.05 * s, 0.13 * s, 0.05 * s, (0.3, 0.8, 1.0))
