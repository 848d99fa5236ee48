"""Forest."""

from __future__ import annotations

import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas, Floats
from plugin.synth.scenes.layer import Layer
from plugin.synth.scenes.light import mix
from plugin.synth.scenes.noise import texture
from plugin.synth.scenes.stage import Stage


def grass(paper: Canvas, stage: Stage, base: float, length: float, colours: tuple[str, ...], step: float) -> None:
    """Paint a fringe of grass blades along the foot of a layer."""
    for x in np.arange(0, paper.wide, step):
        x0 = float(x + stage.rng.uniform(0, step))
        high = length * float(stage.rng.uniform(0.5, 1.1))
        bend = float(stage.rng.normal(0, 0.35)) * high
        colour = stage.light.on(str(stage.rng.choice(colours)))
        paper.polygon([(x0 - 0.1 * high, base), (x0 + 0.1 * high, base), (x0 + bend, base - high)], colour)


class Forest:
    """Trunks in many depths, shafts of light, ferns, a deer; fireflies at night."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        light, rng = stage.light, stage.rng
        bright = mix(light.horizon, "#9fc27a" if not light.night else "#16263a", 0.45)
        back = stage.paper(1.3)
        back.gradient(
            [
                (0, mix(bright, light.on("#1b3a1c"), 0.55)),
                (0.55, bright),
                (0.75, light.on("#4a5a2c", 0.4)),
                (1, light.on("#26331a")),
            ]
        )
        self.layers: list[tuple[Layer, float]] = [(stage.layer(back), 0.05)]
        for i in range(4):
            depth = (0.8, 0.55, 0.3, 0.0)[i]
            paper = stage.paper()
            foot = 0.66 + 0.1 * i
            floor = stage.ridge(paper, foot, 0.015, 0.8, 16)
            paper.below(floor, mix(light.on("#33401d", depth), bright, 0.5 * depth))
            bark = mix(light.on("#2e241a", depth), bright, 0.85 * depth)
            for x in rng.uniform(0, paper.wide, int((7, 4.5, 2.6, 0.9)[i] * paper.wide) + 1):
                width = (0.018, 0.03, 0.05, 0.12)[i] * float(rng.uniform(0.6, 1.3)) * stage.scale
                lean = float(rng.normal(0, 0.02))
                paper.polygon(
                    [
                        (x - width, foot + 0.03),
                        (x + width, foot + 0.03),
                        (x + lean + width * 0.6, -0.05),
                        (x + lean - width * 0.6, -0.05),
                    ],
                    bark,
                )
                paper.polygon(
                    [
                        (x + width * 0.3, foot + 0.03),
                        (x + width, foot + 0.03),
                        (x + lean + width * 0.6, -0.05),
                        (x + lean + width * 0.2, -0.05),
                    ],
                    bark * 0.6,
                )
                if i > 1:
                    y = float(rng.uniform(0.1, 0.4))
                    side = float(rng.choice([-1, 1]))
                    paper.line(x, y, x + side * 0.22, y - 0.12, width * 0.5, bark)
            self._canopy(
                paper,
                i,
                mix(
                    light.on("#2c5a22" if stage.spec.weather != "snow" else "#b7c6c4", depth),
                    bright,
                    0.7 * depth,
                ),
            )
            if i == 3:
                grass(paper, stage, 1.02, 0.13 * stage.scale, ("#2c4a1a", "#3a5c20", "#22381a"), 0.02)
            self.layers.append((stage.layer(paper), 0.12 + 0.29 * i))
        self.rays = stage.layer(self._rays()) if light.lit and not light.night else None
        self.flies = rng.uniform(0, 1, (14, 3))

    def _canopy(self, paper: Canvas, i: int, colour: Floats) -> None:
        rows = int(0.45 * paper.height)
        field = texture(self.stage.rng, rows, paper.width, (7 - i, (14 - 2 * i) * self.stage.wide / 1.5), 4)
        down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
        alpha = np.clip((field - (0.28 + 0.75 * down)) * 9, 0, 1)[:, :, None]
        shade = (0.65 + 0.7 * field)[:, :, None]
        view = paper.pixels[:rows]
        view[:, :, :3] += alpha * (np.clip(colour * shade, 0, 1) - view[:, :, :3])
        view[:, :, 3:] += alpha * (1 - view[:, :, 3:])

    def _rays(self) -> Canvas:
        paper = self.stage.paper(1.3)
        for x in self.stage.rng.uniform(0, paper.wide, 5):
            width = float(self.stage.rng.uniform(0.03, 0.09))
            paper.polygon(
                [(x, -0.05), (x + width, -0.05), (x - 0.25 + width * 2.2, 0.9), (x - 0.35, 0.9)],
                self.stage.light.sun,
                0.22,
            )
        return paper

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage = self.stage
        for i, (layer, near) in enumerate(self.layers):
            layer.draw(canvas, near * pan + 0.002 * math.sin(t * 0.8 + i))
            if i == 2:
                self._deer(canvas, t, pan)
            if i == 3 and self.rays:
                self.rays.draw(canvas, 0.3 * pan, opacity=0.75 + 0.2 * math.sin(0.7 * t))
        if stage.light.night:
            for x0, y0, phase in self.flies:
                x = (x0 * stage.wide + 0.06 * math.sin(t * stage.speed + 9 * phase) - 0.6 * pan) % stage.wide
                y = 0.45 + 0.4 * y0 + 0.04 * math.cos(1.3 * t * stage.speed + 7 * phase)
                blink = max(0.0, math.sin(1.7 * t + 20 * phase))
                canvas.glow(x, y, 0.03, (0.8, 1.0, 0.4), blink)

    def _deer(self, canvas: Canvas, t: float, pan: float) -> None:
        stage, s = self.stage, 0.16 * self.stage.scale
        x = (0.3 + 0.1 * t * stage.speed - 0.45 * pan) % (stage.wide + 0.5) - 0.25
        y, dark = 0.80, mix(stage.light.on("#6b4526", 0.25), stage.light.haze, 0.1)
        y -= 0.25 * s * abs(math.sin(3 * t * stage.speed)) * stage.spec.motion
        canvas.ellipse(x, y - 0.55 * s, 0.42 * s, 0.19 * s, dark)
        canvas.line(x + 0.32 * s, y - 0.6 * s, x + 0.52 * s, y - 1.0 * s, 0.14 * s, dark)
        canvas.ellipse(x + 0.6 * s, y - 1.05 * s, 0.15 * s, 0.08 * s, dark)
        for side in (0, 0.08):
            canvas.line(x + (0.52 + side) * s, y - 1.1 * s, x + (0.44 + 2 * side) * s, y - 1.4 * s, 0.03 * s, dark)
        for leg, dx in enumerate((-0.32, -0.22, 0.2, 0.3)):
            swing = 0.14 * math.sin(3 * t * stage.speed + leg * 1.6)
            canvas.line(x + dx * s, y - 0.5 * s, x + (dx + swing) * s, y, 0.06 * s, dark)
