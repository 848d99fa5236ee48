"""Camp fire."""

from __future__ import annotations

import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.figures import person
from plugin.synth.scenes.light import mix, rgb
from plugin.synth.scenes.noise import texture
from plugin.synth.scenes.stage import Stage


class Fire:
    """A camp fire: tongues of flame, sparks, logs and people sitting round it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        light, rng = stage.light, stage.rng
        back = stage.paper(1.2)
        back.gradient([(0, light.top * 0.5), (0.6, mix(light.horizon * 0.35, "#1a0d08", 0.5)), (1, rgb("#1c0f08"))])
        x, y = (rng.uniform(0, top, 90).astype(np.float32) for top in (back.wide, 0.5))
        back.dots(x, y, 0.001, (0.8, 0.8, 0.9), 0.6)
        ridge = stage.ridge(back, 0.55, 0.12, 1.3, 40)
        back.below(ridge, light.top * 0.25)
        back.below(stage.ridge(back, 0.78, 0.01, 0.4), rgb("#2a170c"))
        self.back = stage.layer(back)
        self.rows, self.columns = max(int(0.9 * stage.height), 8), max(int(0.9 * stage.height), 8)
        self.noise = texture(rng, 2 * self.rows, self.columns, (7, 4), 4)
        self.fine = texture(rng, 2 * self.rows, self.columns, (14, 8), 3)
        self.sparks = rng.uniform(0, 1, (30, 3))
        v = np.linspace(0, 1, self.rows, dtype=np.float32)[:, None]  # 0 at the tips, 1 at the logs
        u = np.linspace(-1, 1, self.columns, dtype=np.float32)[None]
        self.body = (
            np.clip(1 - (np.abs(u) / (0.10 + 0.62 * v**0.9)) ** 2, 0, 1)
            * np.clip((1.02 - v) * 9, 0, 1)
            * (0.18 + 0.82 * v)
        )

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage = self.stage
        self.back.draw(canvas, 0.2 * pan)
        x, foot = stage.wide * 0.5 - 0.15 * math.sin(0.6 * pan), 0.9
        flicker = 0.85 + 0.1 * math.sin(11 * t) + 0.07 * math.sin(17.3 * t + 1)
        canvas.glow(x, foot - 0.15, 0.95, (1.0, 0.45, 0.12), 0.55 * flicker)
        for side in (-1, 1):
            at = x + side * (0.42 + 0.08 * stage.scale)
            person(
                canvas,
                at,
                0.97,
                0.42 * stage.scale**0.4,
                0.4,
                rgb("#120906"),
                stride=0.0,
                lean=-side * 0.1,
                skirt=True,
            )
        for k, (dx, tilt) in enumerate(((-0.16, 0.09), (0.16, -0.09), (0.0, 0.02))):
            canvas.line(
                x - 0.2 + dx * 0.2,
                foot + 0.02 + tilt,
                x + 0.2 + dx * 0.2,
                foot + 0.02 - tilt,
                0.055,
                rgb("#3a2012") * (1 - 0.15 * k),
            )
        self._flames(canvas, x, foot + 0.01, t)
        rise = 0.25 + 0.4 * stage.spec.motion
        for x0, start, phase in self.sparks:
            age = (start + t * rise * (0.6 + 0.8 * phase)) % 1
            sx = x + 0.3 * (x0 - 0.5) * (0.4 + age) + 0.03 * math.sin(5 * age + 9 * phase)
            canvas.disc(sx, foot - 0.1 - 0.85 * age, 0.004, (1.0, 0.75, 0.3), 1 - age)

    def _flames(self, canvas: Canvas, x: float, foot: float, t: float) -> None:
        pace = 0.45 + 0.9 * self.stage.spec.motion
        first, second = (int(t * pace * f * self.rows) % self.rows for f in (1.0, 1.7))
        field = 0.62 * self.noise[first : first + self.rows] + 0.38 * self.fine[second : second + self.rows]
        heat = np.clip((self.body * (0.35 + 1.5 * field) - 0.28) * 1.9, 0, 1)
        left, top = int(x * canvas.unit) - self.columns // 2, int(foot * canvas.unit) - self.rows
        a, b = max(left, 0), min(left + self.columns, canvas.width)
        c, d = max(top, 0), min(top + self.rows, canvas.height)
        heat = heat[c - top : d - top, a - left : b - left, None]
        colour = np.concatenate(
            [
                np.clip(heat * 2.2 + 0.35, 0, 1),
                np.clip(heat * 1.5 - 0.15, 0, 1),
                np.clip(heat * 1.7 - 1.0, 0, 0.8),
            ],
            2,
        )
        view = canvas.pixels[c:d, a:b]
        view += np.clip(heat * 2.4, 0, 1) * (colour - view)
