"""Abstract shapes."""

from __future__ import annotations

import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.light import mix, rgb
from plugin.synth.scenes.noise import texture
from plugin.synth.scenes.stage import Stage

_WHEEL = ("#ff3b4e", "#ff9a1f", "#ffe03a", "#2fc46f", "#2b8cff", "#a04dff")


class Abstract:
    """Flowing colour fields with rings, bars and discs that turn and pulse."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        rng, dark = stage.rng, stage.light.night
        first = int(rng.integers(6))
        hues = [rgb(_WHEEL[(first + k) % 6]) for k in (0, 1, 5, 3, 2, 4)]  # neighbours mix well, opposites stand out
        self.ground, self.hues = [h * (0.3 if dark else 0.9) for h in hues[:3]], hues
        size = stage.height, stage.width
        self.fields = [texture(rng, *size, (2, 2 * stage.wide), 2) for _ in range(2)]
        self.shapes = [
            (float(a), float(b), float(c), int(k))
            for a, b, c, k in zip(
                rng.uniform(0, stage.wide, 9),
                rng.uniform(0.1, 0.9, 9),
                rng.uniform(0.04, 0.14, 9),
                rng.integers(0, 4, 9),
                strict=True,
            )
        ]
        self.beat = 0.6 + 2.4 * stage.spec.motion

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage = self.stage
        flow = 2 * np.pi * (self.fields[0] + 0.12 * stage.speed * t)
        share = (0.5 + 0.5 * np.sin(flow))[:, :, None]
        other = (0.5 + 0.5 * np.sin(2 * np.pi * self.fields[1] - 0.8 * stage.speed * t + pan))[:, :, None]
        canvas.pixels[:] = self.ground[0] + share * (self.ground[1] - self.ground[0])
        canvas.pixels += 0.6 * other * (self.ground[2] - canvas.pixels)
        pulse = math.exp(-4 * ((t * self.beat) % 1)) * stage.spec.motion
        for i, (x0, y0, size, kind) in enumerate(self.shapes):
            colour, turn = self.hues[(i + 3) % 6], t * stage.speed * (0.6 + 0.1 * i) * (1 if i % 2 else -1)
            x = (x0 + 0.12 * math.sin(0.5 * t * stage.speed + i) - 0.7 * pan) % (stage.wide + 0.4) - 0.2
            y = y0 + 0.10 * math.cos(0.6 * t * stage.speed + 2 * i)
            r = size * stage.scale**0.6 * (1 + 0.5 * pulse)
            if kind == 0:
                canvas.disc(x, y, r, colour, 0.85)
                canvas.disc(x, y, 0.6 * r, self.ground[i % 3])
            elif kind == 1:
                canvas.disc(x, y, r, mix(colour, "#ffffff", 0.3), 0.6)
            else:
                corners = 3 if kind == 2 else 4
                points = [
                    (
                        x + r * math.cos(turn + 2 * math.pi * k / corners),
                        y + r * math.sin(turn + 2 * math.pi * k / corners),
                    )
                    for k in range(corners)
                ]
                canvas.polygon(points, colour, 0.85)
        for k in range(5):
            w = t * stage.speed * 0.4 + k * 1.256
            canvas.line(
                stage.wide / 2,
                0.5,
                stage.wide / 2 + 1.4 * math.cos(w),
                0.5 + 1.4 * math.sin(w),
                0.012,
                self.hues[k],
                0.5,
            )
