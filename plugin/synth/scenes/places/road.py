"""Drive along a road."""

from __future__ import annotations

import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.figures import tree
from plugin.synth.scenes.light import mix, rgb
from plugin.synth.scenes.sky import Sky
from plugin.synth.scenes.stage import Stage


class Road:
    """The view from a moving car: road in perspective, posts and trees rushing by, a car ahead."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.sky = stage, Sky(stage)
        light, rng = stage.light, stage.rng
        white = stage.spec.weather == "snow"
        paper = stage.paper()
        paper.below(
            stage.ridge(paper, stage.horizon - 0.01, 0.05, 0.8),
            light.on("#cfd8e4" if white else "#5d6b58", 0.7),
        )
        self.hills = stage.layer(paper)
        self.top = int(stage.horizon * stage.height)
        y = (np.arange(self.top, stage.height, dtype=np.float32) + 0.5) / stage.height
        self.near = np.clip((y - stage.horizon) / (1 - stage.horizon), 1e-3, 1)[:, None]
        self.x = ((np.arange(stage.width, dtype=np.float32) + 0.5) / stage.height)[None]
        self.grass = [light.on(c) for c in (("#dfe6ef", "#d2dae6") if white else ("#5f7a3a", "#567034"))]
        self.tar, self.line = light.on("#50525a" if not white else "#8d939c"), light.on("#f2ecd8")
        self.pace = 0.6 + 6.0 * stage.spec.motion
        self.trees = [self._sprite(rng, i) for i in range(2)]
        self.beams = light.night or stage.spec.time == "dusk"

    def _sprite(self, rng: np.random.Generator, i: int) -> tuple[str, float]:
        return str(rng.choice(["#2f5a2a", "#3f6b2c", "#7a5a2a"])), float(rng.uniform(0.8, 1.2)) + 0 * i

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage = self.stage
        bend = 0.25 * math.sin(0.35 * t) * (0.4 + 0.6 * stage.spec.motion)
        self.sky.paint(canvas, t, pan + 4 * bend)
        self.hills.draw(canvas, 0.15 * pan + 0.5 * bend)
        middle = stage.wide / 2 + bend * (1 - self.near) ** 2 + 0.04 * math.sin(pan)
        away = 1.0 / self.near + self.pace * 3 * t
        band = (np.floor(away * 0.5) % 2)[:, :, None]
        ground = self.grass[0] + band * (self.grass[1] - self.grass[0])
        off = (self.x - middle) / self.near
        half = 0.62
        edge = np.clip((half - np.abs(off)) * self.near * stage.height, 0, 1)[:, :, None]
        view = ground + edge * (self.tar - ground)
        dash = ((away * 0.8) % 1 < 0.5) & (np.abs(off) < 0.018)
        side = np.abs(np.abs(off) - half * 0.9) < 0.016
        mark = (dash | side).astype(np.float32)[:, :, None]
        fade = (1 - self.near[:, :, None]) ** 4
        view += mark * (self.line - view)
        view += 0.8 * fade * (stage.light.haze - view)
        if self.beams:
            cone = np.exp(-((off / 0.8) ** 2)) * np.clip(1.2 - np.abs(self.near - 0.55) * 1.8, 0, 1)
            view += (0.35 * cone)[:, :, None] * np.array([1, 0.93, 0.75], np.float32)
        canvas.pixels[self.top :] = view
        self._roadside(canvas, t, bend)
        self._ahead(canvas, t, bend)

    def _roadside(self, canvas: Canvas, t: float, bend: float) -> None:
        stage = self.stage
        count = 7
        for k in range(count, 0, -1):
            z = (k - (self.pace * 0.55 * t) % 1) * 0.9
            if z < 0.12:
                continue
            near = 0.5 / z
            y = stage.horizon + near * (1 - stage.horizon)
            middle = stage.wide / 2 + bend * (1 - min(near, 1)) ** 2
            depth = min(1.0, 0.13 * z)
            number = k + int(self.pace * 0.55 * t)
            for side in (-1, 1):
                x = middle + side * near * 1.05
                if (number + side) % 3 == 0 and near < 1.2:
                    leaf = stage.light.on(self.trees[number % 2][0], depth)
                    rng = np.random.default_rng(number * 2 + side + 1)
                    tree(
                        canvas,
                        rng,
                        x + side * 0.35 * near,
                        y,
                        0.75 * near,
                        stage.light.on("#3a2a1c", depth),
                        leaf,
                    )
                canvas.line(x, y, x, y - 0.16 * near, 0.025 * near, stage.light.on("#e9e9e4", depth))
                canvas.disc(
                    x,
                    y - 0.13 * near,
                    0.014 * near,
                    rgb("#ff5a2c") if self.beams else stage.light.on("#c03a2a", depth),
                )

    def _ahead(self, canvas: Canvas, t: float, bend: float) -> None:
        stage = self.stage
        near = 0.34 + 0.05 * math.sin(0.6 * t)
        s, y = 0.28 * near * stage.scale**0.5 * 1.6, stage.horizon + near * (1 - stage.horizon)
        x = stage.wide / 2 + bend * (1 - near) ** 2 + 0.24 * near + 0.1 * near * math.sin(0.9 * t * stage.speed)
        paint, dark = stage.light.on("#a8232c", 0.15), stage.light.on("#15171c", 0.1)
        canvas.ellipse(x, y, 0.6 * s, 0.06 * s, dark, 0.6)
        for dx in (-0.36, 0.36):
            canvas.box(x + dx * s - 0.1 * s, y - 0.2 * s, x + dx * s + 0.1 * s, y, dark)
        canvas.polygon(
            [
                (x - 0.36 * s, y - 0.75 * s),
                (x + 0.36 * s, y - 0.75 * s),
                (x + 0.47 * s, y - 0.45 * s),
                (x - 0.47 * s, y - 0.45 * s),
            ],
            paint,
        )
        canvas.polygon(
            [
                (x - 0.3 * s, y - 0.71 * s),
                (x + 0.3 * s, y - 0.71 * s),
                (x + 0.38 * s, y - 0.48 * s),
                (x - 0.38 * s, y - 0.48 * s),
            ],
            mix(dark, stage.light.haze, 0.4),
        )
        canvas.box(x - 0.5 * s, y - 0.47 * s, x + 0.5 * s, y - 0.12 * s, paint)
        for dx in (-0.4, 0.4):
            canvas.box(x + dx * s - 0.07 * s, y - 0.4 * s, x + dx * s + 0.07 * s, y - 0.31 * s, (0.95, 0.1, 0.08))
            if self.beams:
                canvas.glow(x + dx * s, y - 0.35 * s, 0.35 * s, (1.0, 0.12, 0.08), 0.9)
