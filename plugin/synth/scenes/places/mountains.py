"""Mountain ranges."""

from __future__ import annotations

import numpy as np

from plugin.synth.scenes.canvas import Canvas, Floats
from plugin.synth.scenes.figures import fir
from plugin.synth.scenes.light import mix
from plugin.synth.scenes.noise import jagged_curve, texture
from plugin.synth.scenes.sky import Sky, flock
from plugin.synth.scenes.stage import Stage


class Mountains:
    """Ranges behind each other, snow on the highest, a lake or firs in front."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.sky = stage, Sky(stage)
        light, rng, winter = stage.light, stage.rng, stage.spec.weather == "snow"
        self.layers = []
        for i, (depth, swing, peaks) in enumerate(((0.8, 0.21, 6), (0.55, 0.15, 7), (0.3, 0.06, 9))):
            paper = stage.paper()
            base = stage.horizon - 0.17 + 0.14 * i
            ridge = np.float32(base) - np.float32(swing * stage.scale**0.5) * jagged_curve(
                rng, paper.width, peaks, 6 - i
            )
            rock = light.on(("#5b6472", "#4d5648", "#33452c")[i], depth)
            paper.below(ridge, rock)
            if i < 2 or winter:
                snow = mix(light.on("#f4f7ff", depth * 0.5), light.sun, 0.25 * light.lit * (not light.night))
                line = base + (0.02 if i == 0 else -0.06) + (0.25 if winter else 0)
                self._snow(paper, ridge, line, snow, mix(snow, rock, 0.45))
            self.layers.append((stage.layer(paper), 0.08 + 0.16 * i))
        paper = stage.paper()
        ridge = stage.ridge(paper, 0.93, 0.05, 0.4)
        ground = light.on("#dfe6f0" if winter else "#2c3a22", 0.1)
        paper.below(ridge, ground)
        for x in np.sort(rng.uniform(0, paper.wide, int(9 * paper.wide))):
            size = float(rng.uniform(0.16, 0.34)) * stage.scale
            foot = float(ridge[int(x * paper.unit) % paper.width]) + 0.02
            fir(
                paper,
                float(x),
                foot,
                size,
                light.on("#16281d", 0.12),
                light.on("#eef3fb", 0.1) if winter else None,
            )
        self.layers.append((stage.layer(paper), 1.0))

    def _snow(self, paper: Canvas, ridge: Floats, line: float, lit: Floats, shaded: Floats) -> None:
        """Cover the slopes above a ragged line; slopes that fall to the right lie in shade."""
        rows = slice(max(int(ridge.min() * paper.unit) - 1, 0), paper.height)
        ys = paper.ys[rows]
        rag = texture(self.stage.rng, len(ys), paper.width, (5, 16 * self.stage.wide), 4)
        cover = np.clip((line + 0.16 * (rag - 0.5) - ys) * 30, 0, 1) * np.clip((ys - ridge[None]) * paper.unit, 0, 1)
        # A face keeps the slope of the crest it hangs from, down along its slanting ribs.
        crest = np.gradient(ridge) * paper.unit / 2
        ribs = np.arange(paper.width)[None] + ((ys - ridge[None] + 0.12 * rag) * 0.8 * paper.unit).astype(int)
        slope = crest[ribs % paper.width] + (rag - 0.5) * 0.9
        side = np.clip(0.5 + slope * 1.6, 0, 1)[:, :, None]
        view = paper.pixels[rows, :, :3]
        view += cover[:, :, None] * (lit + side * (shaded - lit) - view)

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        self.sky.paint(canvas, t, pan)
        for i, (layer, near) in enumerate(self.layers):
            layer.draw(canvas, near * pan)
            if i == 1:
                flock(canvas, self.stage, t, pan, self.stage.horizon * 0.45, 3)
