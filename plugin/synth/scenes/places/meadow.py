"""Flower meadow."""

from __future__ import annotations

import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.figures import person, tree
from plugin.synth.scenes.noise import texture
from plugin.synth.scenes.sky import Sky
from plugin.synth.scenes.stage import Stage


def grass(paper: Canvas, stage: Stage, base: float, length: float, colours: tuple[str, ...], step: float) -> None:
    """Paint a fringe of grass blades along the foot of a layer."""
    for x in np.arange(0, paper.wide, step):
        x0 = float(x + stage.rng.uniform(0, step))
        high = length * float(stage.rng.uniform(0.5, 1.1))
        bend = float(stage.rng.normal(0, 0.35)) * high
        colour = stage.light.on(str(stage.rng.choice(colours)))
        paper.polygon([(x0 - 0.1 * high, base), (x0 + 0.1 * high, base), (x0 + bend, base - high)], colour)


class Meadow:
    """Hills, a broad tree, flowers in the grass, butterflies, children running."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.sky = stage, Sky(stage)
        light, rng = stage.light, stage.rng
        self.layers = []
        for i, colour in enumerate(("#7fa860", "#74b34a", "#62a836")):
            paper = stage.paper()
            ridge = stage.ridge(paper, stage.horizon + 0.02 + 0.11 * i, 0.045, 0.1, 6)
            paper.below(ridge, light.on(colour, 0.55 - 0.25 * i))
            for x in rng.uniform(0, paper.wide, (6, 2, 0)[i]):
                foot = float(ridge[int(x * paper.unit) % paper.width]) + 0.02
                size = (0.13, 0.42)[i] * stage.scale * float(rng.uniform(0.8, 1.2))
                tree(
                    paper,
                    rng,
                    float(x),
                    foot,
                    size,
                    light.on("#5a3d26", 0.3),
                    light.on("#4e8a35", 0.35 - 0.25 * i),
                )
            if i == 2:
                ys = paper.ys
                field = texture(rng, paper.height, paper.width, (30, 12 * stage.wide), 3)
                paper.pixels[:, :, :3] *= 1 + 0.30 * (field[:, :, None] - 0.5) * (ys[:, :, None] > 0.6)
                for colours in ("#f4e04d", "#ffffff", "#e8506a", "#b06be0"):
                    n = 45
                    y = (0.76 + 0.24 * rng.uniform(0, 1, n) ** 0.7).astype(np.float32)
                    x = rng.uniform(0, paper.wide, n).astype(np.float32)
                    paper.dots(x, y, 0.006 * stage.scale, light.on(colours))
            self.layers.append((stage.layer(paper), 0.15 + 0.25 * i))
        front = stage.paper()
        grass(front, stage, 1.02, 0.14, ("#3f7d22", "#57962c", "#2f641c"), 0.022)
        self.front = stage.layer(front)
        self.insects = [
            (float(a), float(b), str(c))
            for a, b, c in zip(
                rng.random(6),
                rng.random(6),
                rng.choice(["#ffd23f", "#ff7ab8", "#7ec8ff", "#ffffff"], 6),
                strict=True,
            )
        ]

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage, light = self.stage, self.stage.light
        self.sky.paint(canvas, t, pan)
        for layer, near in self.layers:
            layer.draw(canvas, near * pan)
        size = 0.2 * stage.scale
        for i, shirt in enumerate(("#d8433b", "#2f6fd0")):
            x = (0.15 + 0.45 * i + 0.12 * t * stage.speed - 0.75 * pan) % (stage.wide + 0.4) - 0.2
            run = 0.35 + 0.65 * stage.spec.motion
            person(
                canvas,
                x,
                0.86 + 0.03 * i,
                size,
                t * (2.5 + 3 * stage.speed) + 2 * i,
                light.on(shirt),
                stride=run,
                arms_up=0.7 * stage.spec.motion,
                skirt=i == 0,
            )
        self.front.draw(canvas, pan + 0.008 * math.sin(1.1 * t))
        for x0, y0, colour in self.insects:
            x = (x0 * stage.wide + 0.15 * math.sin(0.5 * t * stage.speed + 9 * y0) - 0.8 * pan) % stage.wide
            y = 0.55 + 0.3 * y0 + 0.05 * math.sin(1.6 * t * stage.speed + 6 * x0)
            open_ = 0.004 + 0.013 * abs(math.sin(9 * t + 10 * x0))
            for side in (-1, 1):
                canvas.ellipse(x + side * open_, y, open_, 0.014, light.on(colour))
