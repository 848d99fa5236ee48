"""Sand dunes."""

from __future__ import annotations

import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas, Floats
from plugin.synth.scenes.figures import person
from plugin.synth.scenes.noise import texture
from plugin.synth.scenes.sky import Sky
from plugin.synth.scenes.stage import Stage


class Desert:
    """Dunes under a large sun, a caravan on the crest, dust in the wind."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        light = stage.light
        self.sky = Sky(stage, clouds=0.12 if stage.light.lit else 0.8)
        self.layers = []
        for i, depth in enumerate((0.75, 0.45, 0.1)):
            paper = stage.paper()
            ridge = stage.ridge(paper, stage.horizon + 0.03 + 0.16 * i, (0.05 + 0.03 * i) * stage.scale, 0.15, 6)
            paper.below(ridge, light.on(("#d9a066", "#cf8f50", "#c07f40")[i], depth))
            self._shade(paper, ridge, depth, light.on("#7d4a2a", depth))
            self.layers.append((stage.layer(paper), 0.15 + 0.35 * i, ridge))
        dust = stage.paper(1.3)
        field = texture(stage.rng, stage.height, dust.width, (9, 2 * stage.wide), 4)
        blow = 0.8 if stage.spec.weather == "storm" else 0.25 * stage.spec.motion
        alpha = (np.clip(field * 2 - 0.7, 0, 1) * np.clip((dust.ys - 0.3) * 2, 0, 1) * blow)[:, :, None]
        dust.pixels[:, :, :3], dust.pixels[:, :, 3:] = light.on("#d8a876", 0.3) * alpha, alpha
        self.dust = stage.layer(dust)

    def _shade(self, paper: Canvas, ridge: Floats, depth: float, shade: Floats) -> None:
        """Put the lee side of each dune into shadow and comb ripples into the sand."""
        ys = paper.ys
        below = np.clip((ys - ridge[None]) * paper.unit, 0, 1)
        lee = np.clip(np.gradient(ridge) * paper.unit * 2.5, 0, 1)[None] * np.clip(1 - (ys - ridge[None]) * 5, 0, 1)
        ripple = 0.10 * np.sin((ys - ridge[None]) * (150 - 70 * (1 - depth)) + 2 * paper.xs) * (1 - depth)
        view = paper.pixels[:, :, :3]
        view += (np.clip(0.65 * lee + ripple, -0.1, 1) * below)[:, :, None] * (shade - view)

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage = self.stage
        self.sky.paint(canvas, t, pan)
        for i, (layer, near, ridge) in enumerate(self.layers):
            layer.draw(canvas, near * pan)
            if i == 1:
                self._caravan(canvas, t, near * pan, ridge)
        self.dust.draw(canvas, pan - t * (0.1 + 0.5 * stage.spec.motion))

    def _caravan(self, canvas: Canvas, t: float, pan: float, ridge: Floats) -> None:
        stage = self.stage
        dark = stage.light.on("#2b1a12", 0.1)
        size = 0.085 * stage.scale
        for i in range(4):
            x = (0.05 * t * stage.speed + 0.3 + i * size * 1.9 - pan) % (stage.wide + 0.4) - 0.2
            y = float(ridge[int((x + pan) * canvas.unit) % len(ridge)]) + 0.012
            phase = t * 2.5 * stage.speed + i
            canvas.ellipse(x, y - 0.55 * size, 0.36 * size, 0.15 * size, dark)
            canvas.ellipse(x - 0.04 * size, y - 0.74 * size, 0.15 * size, 0.14 * size, dark)
            canvas.line(x + 0.3 * size, y - 0.55 * size, x + 0.5 * size, y - 0.9 * size, 0.09 * size, dark)
            canvas.ellipse(x + 0.56 * size, y - 0.92 * size, 0.11 * size, 0.06 * size, dark)
            for leg, dx in enumerate((-0.24, -0.14, 0.16, 0.26)):
                swing = 0.1 * math.sin(phase + leg * 1.7)
                canvas.line(x + dx * size, y - 0.5 * size, x + (dx + swing) * size, y, 0.06 * size, dark)
            if i % 2 == 0:
                person(canvas, x - 0.02 * size, y - 0.6 * size, 0.6 * size, 0, dark, stride=0)
