"""Snowy plain."""

from __future__ import annotations

import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.figures import fir, person
from plugin.synth.scenes.light import mix, rgb
from plugin.synth.scenes.sky import Sky
from plugin.synth.scenes.stage import Stage


class SnowField:
    """A white plain, firs, a hut with lit windows, and somebody walking or skiing through it."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.sky = stage, Sky(stage)
        light, rng = stage.light, stage.rng
        white = light.on("#eef3fb", 0.15)
        self.layers = []
        for i in range(3):
            paper = stage.paper()
            ridge = stage.ridge(paper, stage.horizon - 0.06 + 0.13 * i, 0.05, 0.2, 7)
            tone = mix(white, light.haze, 0.55 - 0.25 * i)
            rows = np.clip((paper.ys - ridge[None]) * 2.5, 0, 1)[:, :, None]
            paper.below(ridge, tone)
            blue = light.on("#9db4d6", 0.3 - 0.1 * i)
            paper.pixels[:, :, :3] += paper.pixels[:, :, 3:] * rows * 0.5 * (blue - paper.pixels[:, :, :3])
            for x in rng.uniform(0, paper.wide, (12, 7, 2)[i]):
                foot = float(ridge[int(x * paper.unit) % paper.width]) + 0.015
                size = (0.10, 0.2, 0.42)[i] * float(rng.uniform(0.7, 1.2)) * stage.scale
                fir(paper, float(x), foot, size, light.on("#1f3a33", 0.5 - 0.2 * i), light.on("#f2f6ff", 0.2))
            if i == 1:
                x = paper.wide * 0.4
                self._hut(paper, x, float(ridge[int(x * paper.unit)]) + 0.03, 0.15 * stage.scale)
            self.layers.append((stage.layer(paper), 0.12 + 0.35 * i))

    def _hut(self, paper: Canvas, x: float, y: float, size: float) -> None:
        light = self.stage.light
        paper.box(x - 0.5 * size, y - 0.5 * size, x + 0.5 * size, y, light.on("#5b3a26", 0.15))
        paper.polygon(
            [(x - 0.65 * size, y - 0.45 * size), (x, y - 0.95 * size), (x + 0.65 * size, y - 0.45 * size)],
            light.on("#f4f7ff", 0.1),
        )
        dark = self.stage.spec.time != "day"
        pane = rgb("#ffcf70") if dark else light.on("#44505c", 0.1)
        for dx in (-0.28, 0.12):
            paper.box(x + dx * size, y - 0.36 * size, x + (dx + 0.18) * size, y - 0.16 * size, pane)
        if dark:
            paper.glow(x, y - 0.25 * size, 0.9 * size, (1.0, 0.7, 0.3), 0.35)

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage = self.stage
        self.sky.paint(canvas, t, pan)
        for layer, near in self.layers:
            layer.draw(canvas, near * pan)
        size = 0.16 * stage.scale
        x = (0.2 + 0.07 * t * stage.speed - 0.9 * pan) % (stage.wide + 0.4) - 0.2
        y = 0.88 + 0.02 * math.sin(x * 3)
        fast = stage.spec.motion
        person(
            canvas,
            x,
            y,
            size,
            t * (2 + 4 * stage.speed),
            stage.light.on("#3b2630"),
            stride=0.3 + 0.6 * fast,
            lean=0.12 * fast,
        )
        canvas.line(x - 0.5 * size, y + 0.01, x + 0.6 * size, y + 0.008, 0.012 * size, stage.light.on("#20242c"))
