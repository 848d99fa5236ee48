"""City street."""

from __future__ import annotations

import numpy as np

from plugin.synth.scenes.canvas import Canvas, Floats
from plugin.synth.scenes.figures import person
from plugin.synth.scenes.light import mix, rgb
from plugin.synth.scenes.sky import Sky
from plugin.synth.scenes.stage import Stage

_NEON = ("#ff2d78", "#22d3ff", "#ffd23f", "#9b5cff", "#38ff9c")
_WINDOWS = ("#ffd98a", "#fff0c2", "#ffb45e", "#cfe4ff")


class City:
    """Towers with windows behind a street with cars, lamps and people; neon and reflections at night."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.sky = stage, Sky(stage)
        self.dark = stage.light.night or stage.spec.time == "dusk"
        self.layers = []
        for i in range(3):
            paper = stage.paper()
            self._towers(paper, i)
            self.layers.append((stage.layer(paper), 0.12 + 0.24 * i))
        rng = stage.rng
        self.cars = [
            (
                (i + float(rng.uniform(-0.2, 0.2))) / 5,
                float(rng.uniform(0.9, 1.1)),
                str(rng.choice(["#b3202a", "#d8dade", "#1f2f55", "#e0b020", "#22252b"])),
            )
            for i in range(5)
        ]
        self.wet = stage.spec.weather in ("rain", "storm")

    def _towers(self, paper: Canvas, i: int) -> None:
        stage, rng, light = self.stage, self.stage.rng, self.stage.light
        x, foot = 0.0, 0.80
        while x < paper.wide:
            width = float(rng.uniform(0.10, 0.2)) * (1 + 0.3 * i) * stage.scale
            high = float(rng.uniform(0.25, 0.55)) * (1.15 - 0.2 * i) * stage.scale**0.5
            wall = light.on(str(rng.choice(["#7f8794", "#8a7566", "#6b7686", "#9c9588"])), 0.75 - 0.33 * i)
            top = foot - high
            paper.box(x, top, x + width, foot + 0.01, wall)
            paper.box(x + 0.72 * width, top, x + width, foot + 0.01, wall * 0.8)
            if rng.random() < 0.4:
                paper.line(x + width / 2, top, x + width / 2, top - 0.07, 0.006, wall)
            self._windows(paper, i, x, top, width, high, wall)
            if self.dark and i == 2 and rng.random() < 0.7:
                neon, y = rgb(str(rng.choice(_NEON))), foot - 0.12
                paper.box(x + 0.15 * width, y, x + 0.75 * width, y + 0.045, neon)
                paper.glow(x + 0.45 * width, y + 0.02, 0.2, neon, 0.5)
            x += width * float(rng.uniform(1.0, 1.15))

    def _windows(
        self,
        paper: Canvas,
        i: int,
        x: float,
        top: float,
        width: float,
        high: float,
        wall: Floats,
    ) -> None:
        rng = self.stage.rng
        gap = (0.022, 0.03, 0.042)[i] * self.stage.scale**0.5
        across, down = (
            np.arange(x + gap * 0.7, x + width - gap * 0.4, gap),
            np.arange(top + gap, top + high - gap, gap * 1.2),
        )
        grid = np.array([(a, b) for b in down for a in across], np.float32).reshape(-1, 2)
        lit = rng.random(len(grid)) < (0.45 if self.dark else 0.04)
        colours = np.where(
            lit[:, None],
            [rgb(str(c)) for c in rng.choice(_WINDOWS, max(len(grid), 1))][: len(grid)]
            if len(grid)
            else np.zeros((0, 3)),
            wall * 0.62,
        )
        if len(grid):
            paper.dots(grid[:, 0], grid[:, 1], gap * 0.28, colours.astype(np.float32), square=True)

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage, light = self.stage, self.stage.light
        self.sky.paint(canvas, t, pan)
        for layer, near in self.layers:
            layer.draw(canvas, near * pan)
        kerb = int(0.80 * canvas.height)
        road = light.on("#4a4c52")
        canvas.pixels[kerb:] = road
        if self.wet or light.night:  # the street mirrors what stands above it
            depth = canvas.height - kerb
            mirror = canvas.pixels[kerb - depth : kerb][::-1]
            canvas.pixels[kerb:] += np.float32(0.62 if self.wet else 0.2) * (mirror * 0.8 - canvas.pixels[kerb:])
        canvas.box(0, 0.80, stage.wide, 0.822, light.on("#8d8d88"))
        for k in range(int(stage.wide / 0.3) + 2):
            x = (k * 0.3 - pan) % (stage.wide + 0.3) - 0.15
            canvas.box(x, 0.905, x + 0.13, 0.915, light.on("#e8e4d0"))
        self._people(canvas, t, pan)
        for i, (start, pace, colour) in enumerate(self.cars):
            way = -1 if i % 2 else 1
            span = stage.wide + 0.8
            x = (start * span + way * pace * 0.32 * t * stage.speed - pan) % span - 0.4
            self._car(canvas, x, 0.90 + 0.07 * (i % 2), 0.26 * stage.scale**0.5, way, colour)

    def _people(self, canvas: Canvas, t: float, pan: float) -> None:
        stage = self.stage
        for i in range(4):
            way = -1 if i % 2 else 1
            x = (0.43 * i + way * 0.05 * t * stage.speed - 0.9 * pan) % (stage.wide + 0.2) - 0.1
            coat = stage.light.on(("#22262e", "#4a2b30", "#2a3d52", "#57492f")[i]) * 0.9
            person(
                canvas,
                x,
                0.835,
                0.13 * stage.scale**0.5,
                t * (2 + 2 * stage.speed) + i,
                coat,
                stride=0.4 + 0.5 * stage.spec.motion,
            )

    def _car(self, canvas: Canvas, x: float, y: float, size: float, way: int, colour: str) -> None:
        paint, dark = self.stage.light.on(colour), self.stage.light.on("#14161a")
        canvas.polygon(
            [
                (x - 0.3 * size, y - 0.3 * size),
                (x - 0.18 * size, y - 0.5 * size),
                (x + 0.15 * size, y - 0.5 * size),
                (x + 0.3 * size, y - 0.3 * size),
            ],
            mix(dark, self.stage.light.haze, 0.3),
        )
        canvas.box(x - 0.5 * size, y - 0.33 * size, x + 0.5 * size, y - 0.08 * size, paint)
        for dx in (-0.3, 0.3):
            canvas.disc(x + dx * size, y - 0.07 * size, 0.09 * size, dark)
        if self.dark or self.wet:
            front, rear = x + way * 0.5 * size, x - way * 0.5 * size
            canvas.glow(front, y - 0.2 * size, 0.2 * size, (1.0, 0.95, 0.75), 1.0)
            canvas.polygon(
                [
                    (front, y - 0.22 * size),
                    (front + way * 1.1 * size, y - 0.12 * size),
                    (front + way * 1.1 * size, y + 0.1 * size),
                ],
                (1.0, 0.95, 0.8),
                0.25,
            )
            canvas.glow(rear, y - 0.2 * size, 0.16 * size, (1.0, 0.1, 0.1), 1.0)
