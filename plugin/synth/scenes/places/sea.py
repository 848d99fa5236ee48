"""Open sea."""

from __future__ import annotations

import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas, Floats
from plugin.synth.scenes.figures import boat
from plugin.synth.scenes.light import mix
from plugin.synth.scenes.sky import Sky, flock
from plugin.synth.scenes.stage import Stage


class Sea:
    """Open water in perspective, the light's path on it, a sailing boat and gulls."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.sky = stage, Sky(stage)
        light, wild = stage.light, stage.spec.weather == "storm"
        self.height = (0.35 + 0.9 * stage.spec.motion) * (1.8 if wild else 1.0)
        top = int(stage.horizon * stage.height)
        self.top = top
        y = (np.arange(top, stage.height, dtype=np.float32) + 0.5) / stage.height - stage.horizon
        self.near = (y / (1 - stage.horizon))[:, None]
        self.far = (0.10 / (y + 0.02))[:, None]
        deep = light.on("#0f4a63" if not wild else "#24333b")
        self.deep = mix(deep, light.horizon * 0.5, 0.25)
        self.bright = mix(light.horizon, light.top, 0.25)
        self.x = ((np.arange(stage.width, dtype=np.float32) + 0.5) / stage.height)[None, :]
        self.crest = mix(light.on("#ffffff"), light.haze, 0.2)
        self.boat_x = float(stage.rng.uniform(0.1, 0.8)) * stage.wide
        self.phase = float(stage.rng.uniform(0, 6))

    def _water(self, canvas: Canvas, t: float, pan: float) -> Floats:
        pace = 0.5 + 1.5 * self.stage.speed
        x = self.x + pan * (0.15 + 0.85 * self.near)
        swell = np.sin(x * 9 * self.far + 16 * self.far * 3 + t * pace + self.phase)
        cross = np.sin(x * 23 * self.far - 31 * self.far * 2 - t * pace * 1.7)
        ripple = np.sin(x * 55 * self.far + 11 * swell * 0.3 + 60 * self.far + t * pace * 2.3)
        wave = (0.5 * swell + 0.32 * cross + 0.25 * ripple).astype(np.float32)
        sheen = np.clip(0.5 - 0.38 * self.near + (0.22 + 0.2 * self.height) * wave, 0, 1)
        canvas.pixels[self.top :] = self.deep + sheen[:, :, None] * (self.bright - self.deep)
        return wave

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame; see `Place`."""
        stage = self.stage
        self.sky.paint(canvas, t, pan)
        wave = self._water(canvas, t, pan)
        water = canvas.pixels[self.top :]
        if stage.light.lit:
            spread = 0.04 + 0.22 * self.near
            path = np.exp(-(((self.x - self.sky.sun_x + 0.04 * pan) / spread) ** 2))
            glitter = np.clip(wave * 1.6 + 0.1, 0, 1) * path * (0.55 if stage.light.night else 0.9)
            water += glitter.astype(np.float32)[:, :, None] * (stage.light.sun - water)
        foam = np.clip((wave - 0.95 + 0.17 * self.height) * 5, 0, 1) * self.near * min(1.0, 0.45 * self.height)
        water += foam.astype(np.float32)[:, :, None] * (self.crest - water)
        size = 0.13 * stage.scale
        x = (self.boat_x + 0.03 * t * stage.speed - 0.5 * pan + size) % (stage.wide + 2 * size) - size
        bob = math.sin(t * (0.8 + stage.speed))
        y = stage.horizon + 0.06 * stage.scale + 0.02 * self.height * bob
        tilt = 0.09 * self.height * math.sin(t * (0.7 + stage.speed) + 1)
        boat(canvas, x, y, size, tilt, stage.light.on("#5a2f22", 0.2), stage.light.on("#f4ead8", 0.2))
        flock(canvas, stage, t, pan, stage.horizon * 0.5, 4, "#30303a")
