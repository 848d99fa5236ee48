"""Thunderstorm over a plain."""

from __future__ import annotations

import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.light import mix, rgb
from plugin.synth.scenes.noise import texture
from plugin.synth.scenes.stage import Stage
from plugin.synth.scenes.weather import Weather


class StormSky:
    """Black clouds racing over a plain, lightning, a lonely house, trees bent by the wind."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        light, rng = stage.light, stage.rng
        self.level = stage.horizon + 0.2
        back = stage.paper(1.2)
        pale = mix(light.horizon, "#7c6f5a", 0.25)
        back.gradient([(0, light.top * 0.5), (self.level, pale), (1, light.horizon)])
        self.back = stage.layer(back)
        self.clouds = []
        for i in range(2):
            paper = stage.paper(1.5)
            rows = int(self.level * stage.height)
            field = texture(rng, rows, paper.width, (4 + i, (2.2 + i) * stage.wide), 5)
            down = np.linspace(1, 0, rows, dtype=np.float32)[:, None]
            alpha = np.clip((field + 0.55 * down - 0.42) * 3, 0, 1)[:, :, None]
            belly = light.top * 0.45
            colour = belly + field[:, :, None] * (pale * 1.1 - belly)
            paper.pixels[:rows, :, :3], paper.pixels[:rows, :, 3:] = colour * alpha, alpha
            self.clouds.append(stage.layer(paper))
        ground = stage.paper(1.5)
        ridge = stage.ridge(ground, self.level + 0.04, 0.025, 0.3, 8)
        ground.below(ridge, light.on("#38402c") * 0.8)
        x, s = ground.wide * 0.3, 0.12 * stage.scale
        y, wall = float(ridge[int(x * ground.unit)]) + 0.02, light.on("#2a2622") * 0.7
        ground.box(x - 0.5 * s, y - 0.5 * s, x + 0.5 * s, y, wall)
        ground.polygon([(x - 0.65 * s, y - 0.48 * s), (x, y - 0.95 * s), (x + 0.65 * s, y - 0.48 * s)], wall * 0.8)
        ground.box(x - 0.1 * s, y - 0.36 * s, x + 0.1 * s, y - 0.18 * s, rgb("#ffc65c"))
        self.ground = stage.layer(ground)
        self.trees = [(float(rng.uniform(0, stage.wide)), float(rng.uniform(0.2, 0.34))) for _ in range(4)]
        self.weather = Weather(stage)

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage = self.stage
        self.back.draw(canvas, 0.04 * pan)
        for i, cloud in enumerate(self.clouds):
            cloud.draw(canvas, (0.06 + 0.06 * i) * (1 + 3 * stage.spec.motion) * t + 0.1 * pan)
        self.weather.bolt(canvas, t, self.level)
        self.ground.draw(canvas, 0.5 * pan)
        dark = stage.light.on("#20261a") * 0.6
        for i, (x0, high) in enumerate(self.trees):
            x, y, s = (x0 - 0.7 * pan) % (stage.wide + 0.4) - 0.2, 0.97, high * stage.scale
            bend = (0.15 + 0.25 * stage.spec.motion) * (1 + 0.35 * math.sin(3.1 * t + i)) * s
            canvas.line(x, y, x + 0.4 * bend, y - 0.5 * s, 0.06 * s, dark)
            for k in range(5):
                top = (0.55 + 0.1 * k) * s
                canvas.ellipse(x + bend * (0.4 + 0.22 * k), y - top, (0.24 - 0.025 * k) * s, 0.11 * s, dark)
