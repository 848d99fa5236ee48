"""Cartoon world."""

from __future__ import annotations

import math

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.light import mix
from plugin.synth.scenes.sky import Sky
from plugin.synth.scenes.stage import Stage

_BRIGHT = ("#ff4d5e", "#ffb400", "#38c172", "#2d8cff", "#a05cff", "#ff7ac6")


class Cartoon:
    """Round creatures with big eyes hop over candy-coloured hills under a smiling sun."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.sky = stage, Sky(stage, clouds=0.2, sun=0.16)
        light, rng = stage.light, stage.rng
        self.layers = []
        for i, colour in enumerate(("#a5dd7b", "#7fcf5a", "#5cb948")):
            paper = stage.paper()
            ridge = stage.ridge(paper, stage.horizon + 0.03 + 0.13 * i, 0.06, 0.0, 4)
            paper.below(ridge, light.on(colour, 0.3 - 0.15 * i))
            for x in rng.uniform(0, paper.wide, (5, 4, 12)[i]):
                y = float(ridge[int(x * paper.unit) % paper.width])
                if i < 2:
                    self._lollipop(
                        paper,
                        float(x),
                        y + 0.01,
                        (0.12, 0.2)[i] * stage.scale,
                        str(rng.choice(_BRIGHT)),
                        0.3 - 0.2 * i,
                    )
                else:
                    self._flower(
                        paper,
                        float(x),
                        float(rng.uniform(min(y + 0.06, 0.97), 0.98)),
                        0.03 * stage.scale,
                        str(rng.choice(_BRIGHT)),
                    )
            self.layers.append((stage.layer(paper), 0.15 + 0.3 * i))
        self.crew = [
            (str(c), float(s)) for c, s in zip(rng.permutation(_BRIGHT)[:4], rng.uniform(0.8, 1.25, 4), strict=True)
        ]

    def _lollipop(self, paper: Canvas, x: float, y: float, s: float, colour: str, depth: float) -> None:
        on = self.stage.light.on
        paper.line(x, y, x, y - 0.6 * s, 0.09 * s, on("#8a5a34", depth))
        paper.disc(x, y - 0.85 * s, 0.36 * s, on(colour, depth))
        paper.disc(x - 0.1 * s, y - 0.95 * s, 0.14 * s, on(mix(colour, "#ffffff", 0.4), depth))

    def _flower(self, paper: Canvas, x: float, y: float, s: float, colour: str) -> None:
        paper.line(x, y, x, y - 1.2 * s, 0.16 * s, self.stage.light.on("#2f8a2f"))
        for k in range(5):
            a = 1.257 * k
            paper.disc(
                x + 0.4 * s * math.cos(a),
                y - 1.4 * s + 0.4 * s * math.sin(a),
                0.3 * s,
                self.stage.light.on(colour),
            )
        paper.disc(x, y - 1.4 * s, 0.26 * s, self.stage.light.on("#fff2a8"))

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage = self.stage
        self.sky.paint(canvas, t, pan)
        if stage.light.lit:
            x, y = self.sky.sun_x - 0.04 * pan, self.sky.sun_y
            for side in (-1, 1):
                canvas.disc(x + side * 0.018, y - 0.008, 0.006, (0.35, 0.2, 0.05))
            for k in range(5):
                a = 0.5 + 0.53 * k
                canvas.disc(x + 0.026 * math.cos(a), y + 0.004 + 0.022 * math.sin(a), 0.0035, (0.35, 0.2, 0.05))
        for layer, near in self.layers:
            layer.draw(canvas, near * pan)
        hop = 0.7 + 1.8 * stage.spec.motion
        for i, (colour, size) in enumerate(self.crew):
            phase = (t * hop + 0.27 * i) % 1
            x = (0.1 + 0.42 * i + 0.10 * hop * t * (0.4 + stage.spec.motion) - 0.9 * pan) % (stage.wide + 0.4) - 0.2
            self._creature(canvas, x, 0.90 + 0.04 * (i % 2), 0.11 * size * stage.scale**0.6, phase, colour)

    def _creature(self, canvas: Canvas, x: float, y: float, s: float, phase: float, colour: str) -> None:
        up = math.sin(math.pi * phase)
        lift = (0.5 + 1.8 * self.stage.spec.motion) * s * up
        squash = 1 + 0.22 * (up - 0.45)
        on = self.stage.light.on
        canvas.ellipse(x, y, s * (0.9 - 0.25 * up), 0.14 * s, (0, 0, 0), 0.28)
        cy, rx, ry = y - lift - 0.95 * s * squash, 0.85 * s / squash**0.5, 0.92 * s * squash
        for side in (-1, 1):
            canvas.ellipse(
                x + side * 0.35 * s, y - lift - 0.06 * s, 0.24 * s, 0.13 * s, on(mix(colour, "#000000", 0.3))
            )
            canvas.line(x + side * 0.75 * s, cy, x + side * 1.15 * s, cy - (0.5 * up - 0.15) * s, 0.17 * s, on(colour))
            canvas.line(
                x + side * 0.25 * s,
                cy - 0.8 * ry,
                x + side * 0.4 * s,
                cy - 1.3 * ry,
                0.07 * s,
                on(mix(colour, "#000000", 0.3)),
            )
            canvas.disc(x + side * 0.4 * s, cy - 1.35 * ry, 0.1 * s, on("#fff2a8"))
        canvas.ellipse(x, cy, rx, ry, on(colour))
        canvas.ellipse(x, cy + 0.25 * ry, 0.6 * rx, 0.6 * ry, on(mix(colour, "#ffffff", 0.45)))
        for side in (-1, 1):
            canvas.ellipse(x + side * 0.28 * s, cy - 0.25 * s, 0.22 * s, 0.27 * s, (1, 1, 1))
            canvas.disc(x + side * 0.28 * s + 0.05 * s, cy - 0.22 * s - 0.06 * s * up, 0.11 * s, (0.05, 0.05, 0.1))
        canvas.ellipse(x, cy + 0.2 * s, 0.24 * s, (0.06 + 0.14 * up) * s, (0.45, 0.08, 0.12))
