"""Weather in front of a scene: rain, snow, fog banks and lightning."""

from __future__ import annotations

import numpy as np

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.layer import Layer
from plugin.synth.scenes.noise import texture
from plugin.synth.scenes.stage import Stage

#: Places where bad weather shows in another way than as falling water.
_DRY = ("candle room", "desert")


def _tile(stage: Stage) -> Canvas:
    return Canvas(stage.width, stage.height, layer=True, wrap=True)


class Weather:
    """Falling and drifting things between the camera and the place.

    Parameters
    ----------
    stage : Stage
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        weather = stage.spec.weather
        self.falls: list[tuple[Layer, float, float, float]] = []  # layer, speed down, speed sideways, opacity
        self.banks: list[tuple[Layer, float, float]] = []  # layer, speed, opacity
        if stage.spec.place in _DRY:
            weather = "clear"
        if weather in ("rain", "storm"):
            wind = 0.5 if weather == "storm" else 0.12
            for near in (0, 1):
                self.falls.append((self._rain(near, wind), 1.5 + 1.1 * near, wind, 0.5 + 0.2 * near))
        elif weather == "snow":
            wind = 0.03 + 0.25 * stage.spec.motion
            for near in (0, 1, 2):
                self.falls.append((self._snow(near), 0.10 + 0.09 * near, wind * (0.6 + 0.4 * near), 0.9))
        if weather in ("fog", "snow", "rain"):
            self.banks.append((self._fog(), 0.04 + 0.1 * stage.spec.motion, 0.75 if weather == "fog" else 0.3))
        self.strikes = (
            self._strikes() if stage.spec.weather == "storm" and stage.spec.place != "desert" else np.zeros(0)
        )

    def _rain(self, near: int, wind: float) -> Layer:
        stage, rng = self.stage, self.stage.rng
        tile = _tile(stage)
        length = 0.06 + 0.06 * near
        colour = np.clip(stage.light.haze * 1.1 + 0.25, 0, 1)
        slant = wind / (1.5 + 1.1 * near)
        for _ in range(int((90 if near else 150) * stage.wide)):
            x, y = rng.uniform(0, stage.wide), rng.uniform(0, 1 - length)
            tile.line(x, y, x + slant * length, y + length, 0.0018 + 0.0015 * near, colour, rng.uniform(0.3, 0.9))
        return Layer(tile, stage.width, fall=True)

    def _snow(self, near: int) -> Layer:
        stage, rng = self.stage, self.stage.rng
        tile = _tile(stage)
        count = int((170, 90, 35)[near] * stage.wide)
        colour = np.clip(stage.light.ambient * 0.7 + 0.35, 0, 1)
        x, y = rng.uniform(0, stage.wide, count), rng.uniform(0, 1, count)
        alpha = rng.uniform(0.4, 1.0, count).astype(np.float32)
        tile.dots(x.astype(np.float32), y.astype(np.float32), (0.002, 0.0045, 0.009)[near], colour, alpha)
        return Layer(tile, stage.width, fall=True)

    def _fog(self) -> Layer:
        stage = self.stage
        paper = stage.paper(1.3)
        field = texture(stage.rng, stage.height, paper.width, (2.5, 1.6 * stage.wide), 3)
        rows = np.linspace(0, 1, stage.height, dtype=np.float32)[:, None]
        alpha = (np.clip(field * 1.3 - 0.2, 0, 1) * np.clip(1 - np.abs(rows - 0.62) * 1.7, 0.15, 1))[:, :, None]
        paper.pixels[:, :, :3] = stage.light.haze * alpha
        paper.pixels[:, :, 3:] = alpha
        return stage.layer(paper)

    def _strikes(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        rng = np.random.default_rng([self.stage.spec.seed, 7])
        return np.cumsum(rng.uniform(0.8, 3.2, 400))

    def flash(self, t: float) -> float:
        """Brightness of the lightning at a moment, 0 to 1: a flicker of a fifth of a second."""
        since = t - self.strikes[self.strikes <= t]
        if not len(since) or since[-1] > 0.3:
            return 0.0
        age = float(since[-1])
        return float(np.exp(-age / 0.12) * (0.65 + 0.35 * np.cos(age * 60)))

    def bolt(self, canvas: Canvas, t: float, bottom: float) -> None:
        """Paint the lightning bolt itself while it lasts."""
        strength = self.flash(t)
        if strength < 0.15:
            return
        index = int(np.count_nonzero(self.strikes <= t))
        rng = np.random.default_rng([self.stage.spec.seed, index])
        x, y, step = float(rng.uniform(0.15, 0.85)) * self.stage.wide, 0.0, bottom / 9
        while y < bottom:
            nx, ny = x + float(rng.normal(0, 0.035)), y + step
            canvas.glow((x + nx) / 2, (y + ny) / 2, 0.09, (0.7, 0.75, 1.0), 0.5 * strength)
            canvas.line(x, y, nx, ny, 0.006, (0.95, 0.96, 1.0), min(1.0, strength * 1.5))
            if rng.random() < 0.35:
                canvas.line(nx, ny, nx + float(rng.normal(0, 0.07)), ny + step, 0.003, (0.9, 0.92, 1.0), strength)
            x, y = nx, ny

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint the weather over a finished place."""
        for bank, speed, opacity in self.banks:
            bank.draw(canvas, speed * t + 0.5 * pan, opacity=opacity)
        sway = 0.03 * np.sin(t * 0.9)
        for layer, down, side, opacity in self.falls:
            if self.stage.spec.weather == "snow":
                layer.draw(canvas, -side * t + 0.5 * pan + sway, -down * t)
            else:
                layer.draw(canvas, -side * t + 0.5 * pan, -down * t, opacity)
        strength = self.flash(t)
        if strength > 0.02:
            canvas.pixels += np.float32(0.55 * strength) * (1.0 - canvas.pixels)
