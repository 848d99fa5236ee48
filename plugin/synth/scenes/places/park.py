"""Autumn park."""

from __future__ import annotations

import numpy as np

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.figures import bare_tree, person, tree
from plugin.synth.scenes.layer import Layer
from plugin.synth.scenes.light import mix
from plugin.synth.scenes.sky import Sky, flock
from plugin.synth.scenes.stage import Stage

_AUTUMN = ("#c8641e", "#d99a2b", "#a83a22", "#8f7a2a")


def leaves(stage: Stage, colours: tuple[str, ...], count: int, r: float = 0.006) -> Layer:
    """Paint a tile of small coloured things that fall or fly (leaves, petals, confetti)."""
    tile = Canvas(stage.width, stage.height, layer=True, wrap=True)
    for colour in colours:
        x, y = (stage.rng.uniform(0, top, count).astype(np.float32) for top in (stage.wide, 1.0))
        tile.dots(x, y, r, stage.light.on(colour), 0.95)
    return Layer(tile, stage.width, fall=True)


class Park:
    """An autumn alley with lamps and a bench; a couple walks through falling leaves."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.sky = stage, Sky(stage)
        light, rng = stage.light, stage.rng
        winter = stage.spec.weather == "snow"
        self.layers = []
        for i in range(3):
            paper = stage.paper()
            foot = stage.horizon + 0.05 + 0.1 * i
            ground = "#e6ebf2" if winter else ("#8a7a3c", "#93702f", "#7c5a2c")[i]
            paper.below(stage.ridge(paper, foot, 0.008, 0.2, 6), light.on(ground, 0.5 - 0.2 * i))
            for x in np.arange(0.1, paper.wide, (0.25, 0.5, 1.1)[i]):
                at, size = (
                    float(x + rng.normal(0, 0.04)),
                    (0.38, 0.6, 0.95)[i] * float(rng.uniform(0.85, 1.15)),
                )
                if winter:
                    bare_tree(paper, rng, at, foot + 0.03, size, light.on("#3a3038", 0.45 - 0.2 * i))
                else:
                    leaf = light.on(str(rng.choice(_AUTUMN)), 0.45 - 0.2 * i)
                    tree(paper, rng, at, foot + 0.03, size, light.on("#3d2a20", 0.4 - 0.2 * i), leaf)
            if i == 2:
                self._furniture(paper, foot + 0.06)
            self.layers.append((stage.layer(paper), 0.15 + 0.3 * i))
        self.leaves = None if winter else leaves(stage, _AUTUMN, 11)

    def _furniture(self, paper: Canvas, y: float) -> None:
        light, s = self.stage.light, 0.16 * self.stage.scale
        dark = light.on("#22262a")
        for x in np.arange(0.6, paper.wide, 1.3):
            paper.line(x, y, x, y - 0.42, 0.014, dark)
            paper.disc(x, y - 0.44, 0.028, mix("#ffe2a0", dark, 0.0 if self.stage.spec.time != "day" else 0.5))
            if self.stage.spec.time != "day":
                paper.glow(x, y - 0.44, 0.3, (1.0, 0.75, 0.4), 0.5)
            bench = x + 0.3
            for dy in (0.28, 0.42, 0.56):
                paper.box(
                    bench - 0.7 * s,
                    y - dy * s - 0.05 * s,
                    bench + 0.7 * s,
                    y - dy * s + 0.03 * s,
                    light.on("#6b4a2c"),
                )
            for dx in (-0.6, 0.6):
                paper.line(bench + dx * s, y, bench + dx * s, y - 0.55 * s, 0.06 * s, dark)

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage, light = self.stage, self.stage.light
        self.sky.paint(canvas, t, pan)
        for layer, near in self.layers:
            layer.draw(canvas, near * pan)
        size = 0.3 * stage.scale
        for i, coat in enumerate(("#2c3550", "#8c2f3f")):
            x = (0.5 + 0.12 * i * stage.scale + 0.05 * t * stage.speed - 0.85 * pan) % (stage.wide + 0.5) - 0.25
            phase = t * (1.6 + 2.2 * stage.speed) + 1.2 * i
            person(
                canvas,
                x,
                0.93,
                size * (1 - 0.07 * i),
                phase,
                light.on(coat),
                stride=0.35 + 0.5 * stage.spec.motion,
                skirt=i == 1,
            )
        if self.leaves:
            self.leaves.draw(canvas, -0.08 * t * stage.speed + 0.8 * pan, -(0.05 + 0.1 * stage.spec.motion) * t)
        flock(canvas, stage, t, pan, 0.12, 3)
