"""Haunted house."""

from __future__ import annotations

import math

from plugin.synth.scenes.canvas import Canvas, Floats
from plugin.synth.scenes.figures import bare_tree, bat
from plugin.synth.scenes.light import mix, rgb
from plugin.synth.scenes.sky import Sky
from plugin.synth.scenes.stage import Stage


class HauntedHouse:
    """A crooked house on a hill before a big moon, bare trees, graves, bats and a drifting ghost."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.sky = stage, Sky(stage, clouds=0.4, sun=0.26)
        light, rng = stage.light, stage.rng
        black = mix(light.on("#191622"), light.horizon, 0.22)
        hill = stage.paper(1.5)
        ridge = stage.ridge(hill, stage.horizon + 0.12, 0.06, 0.3, 6)
        hill.below(ridge, black)
        x = hill.wide * 0.33
        self._house(hill, x, float(ridge[int(x * hill.unit)]) + 0.05, 0.42 * stage.scale**0.7, black * 0.8)
        for at in rng.uniform(0, hill.wide, 4):
            if abs(at - x) > 0.35:
                bare_tree(
                    hill,
                    rng,
                    float(at),
                    float(ridge[int(at * hill.unit) % hill.width]) + 0.02,
                    0.5,
                    black * 0.8,
                )
        self.hill = stage.layer(hill)
        front = stage.paper(1.5)
        ground = stage.ridge(front, 0.9, 0.03, 0.6)
        front.below(ground, black * 0.45)
        for at in rng.uniform(0, front.wide, 7):
            y, s = float(ground[int(at * front.unit) % front.width]) + 0.02, 0.07 * stage.scale
            if rng.random() < 0.6:
                front.box(at - 0.3 * s, y - 1.1 * s, at + 0.3 * s, y, black * 0.6)
                front.disc(float(at), y - 1.1 * s, 0.3 * s, black * 0.6)
            else:
                front.box(at - 0.08 * s, y - 1.5 * s, at + 0.08 * s, y, black * 0.6)
                front.box(at - 0.35 * s, y - 1.15 * s, at + 0.35 * s, y - s, black * 0.6)
        bare_tree(front, rng, 0.1, 0.95, 0.9, black * 0.35)
        self.front = stage.layer(front)
        self.dark = black * 0.5

    def _house(self, paper: Canvas, x: float, y: float, s: float, wall: Floats) -> None:
        paper.polygon(
            [(x - 0.3 * s, y), (x + 0.3 * s, y), (x + 0.26 * s, y - 0.6 * s), (x - 0.28 * s, y - 0.6 * s)],
            wall,
        )
        paper.polygon([(x - 0.38 * s, y - 0.58 * s), (x - 0.05 * s, y - 0.95 * s), (x + 0.34 * s, y - 0.58 * s)], wall)
        paper.polygon(
            [
                (x + 0.1 * s, y - 0.4 * s),
                (x + 0.34 * s, y - 0.4 * s),
                (x + 0.30 * s, y - 1.0 * s),
                (x + 0.14 * s, y - 1.0 * s),
            ],
            wall,
        )
        paper.polygon([(x + 0.08 * s, y - 0.98 * s), (x + 0.23 * s, y - 1.4 * s), (x + 0.37 * s, y - 0.98 * s)], wall)
        paper.box(x - 0.25 * s, y - 0.95 * s, x - 0.18 * s, y - 0.7 * s, wall)
        for dx, dy in ((-0.16, 0.42), (0.02, 0.42), (0.22, 0.85), (-0.16, 0.18)):
            paper.box(
                x + (dx - 0.045) * s,
                y - (dy + 0.08) * s,
                x + (dx + 0.045) * s,
                y - (dy - 0.05) * s,
                rgb("#ffb53a"),
            )
            paper.box(x + (dx - 0.008) * s, y - (dy + 0.08) * s, x + (dx + 0.008) * s, y - (dy - 0.05) * s, wall)
            paper.glow(x + dx * s, y - dy * s, 0.2 * s, (1.0, 0.6, 0.15), 0.4)

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage = self.stage
        self.sky.paint(canvas, t, pan)
        self.hill.draw(canvas, 0.3 * pan)
        for i in range(6):
            x = (0.31 * i + 0.12 * t * stage.speed * (1 if i % 2 else -0.8) - 0.3 * pan) % (stage.wide + 0.2) - 0.1
            y = 0.18 + 0.05 * ((i * 3) % 5) + 0.04 * math.sin(1.9 * t * stage.speed + i)
            bat(canvas, x, y, 0.035 * stage.scale, t * (7 + 8 * stage.spec.motion) + i, self.dark)
        self._ghost(canvas, t, pan)
        self.front.draw(canvas, 0.8 * pan)

    def _ghost(self, canvas: Canvas, t: float, pan: float) -> None:
        stage, s = self.stage, 0.16 * self.stage.scale**0.7
        x = (0.6 + 0.06 * t * stage.speed - 0.5 * pan) % (stage.wide + 0.4) - 0.2
        y = 0.74 + 0.03 * math.sin(1.2 * t)
        pale, seen = rgb("#cfe0ff"), 0.35 + 0.2 * math.sin(0.8 * t)
        canvas.ellipse(x, y - 0.55 * s, 0.28 * s, 0.42 * s, pale, seen, soft=0.4)
        canvas.polygon(
            [
                (x - 0.26 * s, y - 0.5 * s),
                (x + 0.26 * s, y - 0.5 * s),
                (x + 0.36 * s, y + 0.1 * s),
                (x - 0.36 * s, y + 0.1 * s),
            ],
            pale,
            seen * 0.5,
        )
        for side in (-1, 1):
            canvas.ellipse(x + side * 0.1 * s, y - 0.62 * s, 0.05 * s, 0.08 * s, self.dark, seen + 0.3)
