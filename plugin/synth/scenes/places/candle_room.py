"""Room lit by candles."""

from __future__ import annotations

import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.light import mix, rgb
from plugin.synth.scenes.noise import texture
from plugin.synth.scenes.stage import Stage


class CandleRoom:
    """A dim room: a table with flickering candles and a book, shelves, a picture, a window with the evening."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        light, rng = stage.light, stage.rng
        wide = max(stage.wide, 1.2)
        paper = stage.paper(1.5)
        field = texture(rng, paper.height, paper.width, (2, 26 * stage.wide), 2)[:, :, None]
        paper.pixels[:] = np.append(rgb("#3c2417") * 0.8, 1).astype(np.float32)
        paper.pixels[:, :, :3] *= 0.85 + 0.3 * field
        x = 0.12 * wide
        paper.box(x - 0.02, 0.10, x + 0.36, 0.56, rgb("#241409"))
        paper.box(x, 0.12, x + 0.34, 0.54, mix(light.top, light.horizon, 0.6) * 0.9)
        if light.lit:
            paper.disc(x + 0.24, 0.22, 0.03, light.sun)
        paper.box(x + 0.162, 0.12, x + 0.178, 0.54, rgb("#241409"))
        paper.box(x, 0.32, x + 0.34, 0.336, rgb("#241409"))
        for side in (-0.07, 0.32):
            paper.polygon(
                [(x + side, 0.07), (x + side + 0.10, 0.07), (x + side + 0.07, 0.62), (x + side, 0.62)],
                rgb("#5c1a1c"),
            )
        shelf = 0.75 * wide
        for row in range(3):
            y = 0.16 + 0.15 * row
            paper.box(shelf, y + 0.11, shelf + 0.5, y + 0.125, rgb("#22120a"))
            for book in np.arange(shelf + 0.01, shelf + 0.47, 0.028):
                high = float(rng.uniform(0.07, 0.105))
                paper.box(
                    book,
                    y + 0.11 - high,
                    book + 0.022,
                    y + 0.11,
                    rgb(str(rng.choice(["#6e2b23", "#2f4a3a", "#3a3f63", "#7a5a2c", "#51313f"]))) * 0.7,
                )
        self.back = stage.layer(paper)
        table = stage.paper(1.5)
        table.box(-0.5, 0.78, table.wide + 0.5, 1.2, rgb("#4a2a16"))
        table.box(-0.5, 0.78, table.wide + 0.5, 0.795, rgb("#6b4022"))
        self.table = stage.layer(table)
        self.candles = [
            (float(f) * stage.wide, float(rng.uniform(0.12, 0.24)) * stage.scale**0.6) for f in (0.3, 0.42, 0.62, 0.7)
        ]
        self.dust = rng.uniform(0, 1, (14, 3))

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage, pace = self.stage, 1 + 2 * self.stage.spec.motion
        self.back.draw(canvas, 0.3 * pan)
        if stage.spec.weather == "rain":
            for k in range(26):
                x, fall = (
                    (0.12 * max(stage.wide, 1.2) + 0.013 * k - 0.3 * pan),
                    (0.37 * k * k + (0.9 + 0.1 * (k % 3)) * t) % 1,
                )
                canvas.line(x, 0.13 + 0.34 * fall, x, 0.19 + 0.34 * fall, 0.003, rgb("#b8c6d8"), 0.5)
        self.table.draw(canvas, 0.8 * pan)
        canvas.pixels *= np.float32(0.72)
        for i, (x0, high) in enumerate(self.candles):
            x = (x0 - 0.8 * pan) % (stage.wide + 0.3) - 0.15
            foot = 0.86 + 0.02 * (i % 2)
            flicker = 0.85 + 0.10 * math.sin(pace * 7 * t + 2.3 * i) + 0.07 * math.sin(pace * 11.3 * t + i)
            sway = 0.008 * math.sin(pace * 3.1 * t + 1.7 * i)
            canvas.glow(x, foot - high - 0.03, 0.75, (1.0, 0.58, 0.22), 0.42 * flicker)
            canvas.ellipse(x, foot, 0.06, 0.014, rgb("#b08d4a") * 0.8)
            canvas.box(x - 0.024, foot - high, x + 0.024, foot, rgb("#f0dfb8"))
            canvas.box(x + 0.008, foot - high, x + 0.024, foot, rgb("#d2b98a"))
            flame = 0.042 * flicker
            canvas.ellipse(x + sway, foot - high - flame, 0.016, flame, (1.0, 0.62, 0.15), soft=0.5)
            canvas.ellipse(x + 0.6 * sway, foot - high - 0.7 * flame, 0.009, 0.6 * flame, (1.0, 0.95, 0.7), soft=0.4)
        s, x = 0.12, (0.52 * stage.wide - 0.8 * pan) % (stage.wide + 0.3) - 0.15
        for side in (-1, 1):
            canvas.polygon(
                [(x, 0.93), (x + side * 1.5 * s, 0.91), (x + side * 1.35 * s, 0.85), (x, 0.87)],
                rgb("#e8d8b4") * 0.85,
            )
        for x0, y0, phase in self.dust:
            dx = (x0 + 0.02 * t * pace + 0.03 * math.sin(t + 7 * phase)) % 1 * stage.wide
            canvas.disc(dx, 0.2 + 0.5 * y0 + 0.03 * math.sin(0.7 * t + 9 * phase), 0.003, (1.0, 0.8, 0.5), 0.4)
