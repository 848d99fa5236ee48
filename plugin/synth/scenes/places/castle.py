"""Castle and marching soldiers."""

from __future__ import annotations

import math

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.figures import person
from plugin.synth.scenes.light import rgb
from plugin.synth.scenes.sky import Sky, flock
from plugin.synth.scenes.stage import Stage


class Castle:
    """A castle on a hill with banners; columns of soldiers march past."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.sky = stage, Sky(stage)
        light = stage.light
        far = stage.paper()
        far.below(stage.ridge(far, stage.horizon - 0.05, 0.12, 1.0), light.on("#5a6474", 0.8))
        hill = stage.paper()
        ridge = stage.ridge(hill, stage.horizon + 0.02, 0.05, 0.1, 5)
        x = hill.wide * 0.32
        foot = float(ridge[int(x * hill.unit)]) + 0.03
        self._castle(hill, x, foot, 0.5 * stage.scale)
        hill.below(ridge, light.on("#5b6b3c", 0.35))
        self.layers = [(stage.layer(far), 0.08), (stage.layer(hill), 0.25)]
        front = stage.paper()
        front.below(stage.ridge(front, 0.80, 0.02, 0.2, 5), light.on("#4a4a2a", 0.05))
        self.layers.append((stage.layer(front), 0.8))
        self.flag = str(stage.rng.choice(["#c0272d", "#1f4fa8", "#d7a21b"]))

    def _castle(self, paper: Canvas, x: float, y: float, s: float) -> None:
        light = self.stage.light
        wall, roof = light.on("#9a9488", 0.35), light.on("#5a3440", 0.35)
        pane = rgb("#ffd27a") if self.stage.spec.time in ("dusk", "night") else light.on("#3a3a40", 0.3)
        paper.box(x - 0.55 * s, y - 0.35 * s, x + 0.55 * s, y, wall)
        for k in range(12):
            paper.box(x + (-0.55 + 0.095 * k) * s, y - 0.40 * s, x + (-0.50 + 0.095 * k) * s, y - 0.34 * s, wall)
        for dx, high, half in (
            (-0.55, 0.62, 0.09),
            (0.55, 0.62, 0.09),
            (-0.18, 0.8, 0.10),
            (0.2, 0.95, 0.12),
        ):
            paper.box(x + (dx - half) * s, y - high * s, x + (dx + half) * s, y, wall)
            paper.box(x + (dx + 0.3 * half) * s, y - high * s, x + (dx + half) * s, y, wall * 0.82)
            paper.polygon(
                [
                    (x + (dx - 1.3 * half) * s, y - high * s),
                    (x + dx * s, y - (high + 0.3) * s),
                    (x + (dx + 1.3 * half) * s, y - high * s),
                ],
                roof,
            )
            paper.box(x + (dx - 0.02) * s, y - (high - 0.14) * s, x + (dx + 0.02) * s, y - (high - 0.06) * s, pane)
        paper.ellipse(x, y - 0.02 * s, 0.08 * s, 0.17 * s, wall * 0.35)

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage, light = self.stage, self.stage.light
        self.sky.paint(canvas, t, pan)
        for layer, near in self.layers:
            layer.draw(canvas, near * pan)
        flock(canvas, stage, t, pan, 0.12, 4)
        size = 0.17 * stage.scale**0.6
        dark, steel = light.on("#23242c", 0.05), light.on("#b9bfca", 0.1)
        for i in range(9):
            span = stage.wide + 0.4
            x = (0.24 * i + 0.07 * t * stage.speed - pan) % span - 0.2
            y = 0.93 + 0.012 * (i % 3)
            person(
                canvas,
                x,
                y,
                size,
                t * (2 + 3 * stage.speed) + 0.3 * i,
                dark,
                stride=0.45 + 0.4 * stage.spec.motion,
            )
            canvas.line(x + 0.1 * size, y - 0.2 * size, x + 0.14 * size, y - 1.5 * size, 0.03 * size, steel)
            if i % 3 == 0:
                wave = 0.06 * math.sin(4 * t + i)
                top = y - 1.5 * size
                canvas.polygon(
                    [
                        (x + 0.14 * size, top),
                        (x - 0.45 * size, top + (0.1 + wave) * size),
                        (x - 0.45 * size, top + (0.4 + wave) * size),
                        (x + 0.13 * size, top + 0.42 * size),
                    ],
                    light.on(self.flag),
                )
