"""Under water."""

from __future__ import annotations

import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas, Floats
from plugin.synth.scenes.light import rgb
from plugin.synth.scenes.stage import Stage


class Underwater:
    """Blue depth with shafts of light, schools of fish, weed, bubbles and a jellyfish."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        rng, dark = stage.rng, 0.32 if stage.light.night else 1.0
        self.dark = dark
        back = stage.paper(1.2)
        back.gradient([(0, rgb("#5fd0e0") * dark), (0.35, rgb("#1f86b8") * dark), (1, rgb("#06304f") * dark)])
        self.back = stage.layer(back)
        rays = stage.paper(1.3)
        for x in rng.uniform(0, rays.wide, 9):
            w = float(rng.uniform(0.03, 0.1))
            rays.polygon(
                [(x, -0.05), (x + w, -0.05), (x + 0.2 + 2.4 * w, 0.95), (x + 0.2 - w, 0.95)],
                rgb("#bff4ff"),
                0.13 * dark**0.5,
            )
        self.rays = stage.layer(rays)
        floor = stage.paper(1.5)
        floor.below(stage.ridge(floor, 0.88, 0.05, 0.6), rgb("#4f7f7a") * dark * 0.55)
        for x in rng.uniform(0, floor.wide, 9):
            for _ in range(5):
                dx, r = float(rng.normal(0, 0.05)), float(rng.uniform(0.02, 0.05)) * stage.scale
                floor.disc(
                    float(x) + dx,
                    0.92 - abs(dx) * 0.3,
                    r,
                    rgb(str(rng.choice(["#d8607a", "#e08a4a", "#9a5cb0"]))) * dark * 0.75,
                )
        self.floor = stage.layer(floor)
        self.weed = [
            (float(x), float(h))
            for x, h in zip(rng.uniform(0, stage.wide + 0.4, 9), rng.uniform(0.15, 0.4, 9), strict=True)
        ]
        self.fish = [
            (
                float(x),
                float(y),
                float(s),
                str(rng.choice(["#ffb02e", "#ff6b4a", "#ffe36e", "#7ad0ff", "#e8f0ff"])),
            )
            for x, y, s in zip(rng.random(13), rng.uniform(0.15, 0.75, 13), rng.uniform(0.03, 0.09, 13), strict=True)
        ]
        self.bubbles = rng.uniform(0, 1, (22, 3))

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage, dark = self.stage, self.dark
        self.back.draw(canvas)
        self.rays.draw(canvas, 0.2 * pan + 0.04 * math.sin(0.4 * t), opacity=0.75 + 0.2 * math.sin(0.9 * t))
        self._jellyfish(canvas, t, pan)
        self.floor.draw(canvas, 0.5 * pan)
        for x0, high in self.weed:
            x, px, py = (x0 - 0.7 * pan) % (stage.wide + 0.4) - 0.2, 0.0, 0.98
            px = x
            for k in range(1, 7):
                nx = x + 0.035 * k / 3 * math.sin(1.1 * t * (0.5 + stage.speed) + k * 0.7 + 9 * x0)
                ny = 0.98 - high * k / 6
                canvas.line(px, py, nx, ny, 0.022 - 0.0025 * k, rgb("#2f8a4a") * dark * 0.8)
                px, py = nx, ny
        for i, (x0, y0, s, colour) in enumerate(self.fish):
            way = -1 if i % 4 == 0 else 1
            x = (x0 * (stage.wide + 0.4) + way * (0.06 + 0.05 * (i % 3)) * t * stage.speed - 0.6 * pan) % (
                stage.wide + 0.4
            ) - 0.2
            self._fish(
                canvas,
                x,
                y0 + 0.02 * math.sin(t + 3 * i),
                s * stage.scale,
                way,
                t * (4 + 5 * stage.speed) + i,
                rgb(colour) * dark,
            )
        for x0, y0, s in self.bubbles:
            y = 1.05 - ((y0 + (0.08 + 0.1 * s) * t * (0.5 + stage.speed)) % 1.1)
            x = (x0 * stage.wide + 0.012 * math.sin(4 * t + 20 * x0) - 0.8 * pan) % stage.wide
            r = 0.004 + 0.010 * s
            canvas.disc(x, y, r, rgb("#d8f6ff") * dark, 0.45)
            canvas.disc(x - 0.3 * r, y - 0.3 * r, 0.35 * r, rgb("#ffffff") * dark, 0.8)

    def _fish(
        self,
        canvas: Canvas,
        x: float,
        y: float,
        s: float,
        way: int,
        beat: float,
        colour: Floats,
    ) -> None:
        tail = 0.25 * s * math.sin(beat)
        canvas.polygon(
            [
                (x - way * 0.7 * s, y),
                (x - way * 1.3 * s, y - 0.42 * s + tail),
                (x - way * 1.3 * s, y + 0.42 * s + tail),
            ],
            colour * 0.85,
        )
        canvas.ellipse(x, y, 0.85 * s, 0.42 * s, colour)
        canvas.ellipse(x - way * 0.1 * s, y, 0.12 * s, 0.38 * s, np.clip(colour * 1.35, 0, 1), 0.7)
        canvas.disc(x + way * 0.5 * s, y - 0.1 * s, 0.10 * s, (1, 1, 1))
        canvas.disc(x + way * 0.53 * s, y - 0.1 * s, 0.055 * s, (0.02, 0.02, 0.05))

    def _jellyfish(self, canvas: Canvas, t: float, pan: float) -> None:
        s = 0.10 * self.stage.scale
        x, pulse = (
            (0.7 * self.stage.wide - 0.3 * pan) % (self.stage.wide + 0.3) - 0.15,
            math.sin(2.2 * t * (0.4 + self.stage.speed)),
        )
        y, pink = 0.36 + 0.03 * pulse, rgb("#ff9ad5") * (0.6 + 0.4 * self.dark)
        canvas.glow(x, y, 2.2 * s, pink, 0.35)
        for k in range(5):
            px, py = x + (k - 2) * 0.35 * s, y
            for j in range(1, 5):
                nx, ny = px + 0.12 * s * math.sin(2 * t + j + k), py + 0.42 * s
                canvas.line(px, py, nx, ny, 0.05 * s, pink, 0.55)
                px, py = nx, ny
        canvas.ellipse(x, y - 0.1 * s, (1.0 + 0.12 * pulse) * s, (0.62 - 0.08 * pulse) * s, pink, 0.75, soft=0.3)
