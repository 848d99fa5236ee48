"""Party."""

from __future__ import annotations

import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.figures import person
from plugin.synth.scenes.light import mix, rgb
from plugin.synth.scenes.stage import Stage

_NEON = ("#ff2d78", "#22d3ff", "#ffd23f", "#9b5cff", "#38ff9c")


class Party:
    """A dancing crowd under sweeping coloured lights, a mirror ball and a stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        rng = stage.rng
        back = stage.paper(1.2)
        back.gradient([(0, rgb("#12082a")), (0.58, rgb("#4b1a70")), (1, rgb("#16082a"))])
        back.box(0, 0.56, back.wide, 0.60, rgb("#4a2468"))
        for x in rng.uniform(0, back.wide, 9):
            back.box(float(x) - 0.05, 0.42, float(x) + 0.05, 0.56, rgb("#08040e"))
            back.disc(float(x), 0.48, 0.03, rgb("#241236"))
        self.back = stage.layer(back)
        self.crowds = []
        for i in range(3):
            paper = stage.paper(1.3, 1.1)
            colour = mix("#1d0f2e", "#040208", 0.35 * i)
            size = (0.17, 0.26, 0.4)[i] * stage.scale**0.6
            for x in np.arange(0, paper.wide, size * 0.34):
                foot = 0.93 + 0.17 * i + float(rng.uniform(-0.03, 0.03))
                person(
                    paper,
                    float(x + rng.normal(0, 0.1 * size)),
                    foot,
                    size * float(rng.uniform(0.9, 1.1)),
                    float(rng.uniform(0, 6)),
                    colour,
                    stride=0.3,
                    arms_up=float(rng.random() < 0.55),
                )
            self.crowds.append(stage.layer(paper))
        self.hues = [rgb(str(c)) for c in rng.permutation(_NEON)]
        self.beat = (80 + 70 * stage.spec.motion) / 60

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage = self.stage
        self.back.draw(canvas, 0.2 * pan)
        pulse = math.exp(-3.0 * ((t * self.beat) % 1))
        for i, hue in enumerate(self.hues):
            x = stage.wide * (i + 0.5) / len(self.hues)
            angle = 0.65 * math.sin(t * (0.5 + 0.9 * stage.speed) + 1.9 * i)
            reach, spread = 1.0, 0.10 + 0.05 * pulse
            far = x + reach * math.sin(angle)
            canvas.polygon(
                [(x - 0.01, 0.0), (x + 0.01, 0.0), (far + spread, reach), (far - spread, reach)],
                hue,
                0.22 + 0.28 * pulse,
            )
            canvas.glow(x, 0.0, 0.2, hue, 0.9)
            canvas.glow(far, 0.75, 0.25, hue, 0.35 + 0.3 * pulse)
        self._ball(canvas, t)
        for i, crowd in enumerate(self.crowds):
            jump = abs(math.sin(math.pi * (t * self.beat + 0.5 * (i % 2))))
            crowd.draw(canvas, (0.4 + 0.3 * i) * pan, (0.01 + 0.05 * stage.spec.motion) * jump)
        if stage.spec.motion > 0.6 and (t * self.beat) % 4 < 0.12:
            canvas.pixels += np.float32(0.45) * (1 - canvas.pixels)

    def _ball(self, canvas: Canvas, t: float) -> None:
        x, y, r = self.stage.wide / 2, 0.16, 0.075
        canvas.line(x, 0, x, y, 0.005, (0.5, 0.5, 0.55))
        canvas.disc(x, y, r, (0.55, 0.56, 0.66))
        for i in range(14):
            a = 2.4 * i + t * self.stage.speed
            rx, ry = r * 0.8 * math.cos(a), r * 0.8 * math.sin(2.1 * i)
            canvas.disc(x + rx * math.sqrt(max(0.0, 1 - (ry / r) ** 2)), y + ry, 0.010, self.hues[i % 5] * 0.5 + 0.5)
        canvas.glow(x, y, 0.22, (0.8, 0.85, 1.0), 0.35)
