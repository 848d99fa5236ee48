"""Sky: gradient, sun or moon, stars, drifting clouds."""

from __future__ import annotations

import numpy as np

from plugin.synth.scenes.canvas import Canvas
from plugin.synth.scenes.layer import Layer
from plugin.synth.scenes.light import mix, rgb
from plugin.synth.scenes.noise import texture
from plugin.synth.scenes.stage import Stage

#: Share of the sky that clouds cover, by weather.
_COVER = {"clear": 0.32, "rain": 0.85, "snow": 0.7, "fog": 0.5, "storm": 0.95}


class Sky:
    """The sky down to the horizon, and the same colour below it.

    Parameters
    ----------
    stage : Stage
    clouds : float, optional
        Share of the sky under clouds; by weather unless told.
    sun : float, optional
        Height of sun or moon in frame heights from the top; by time of day unless told.

    Attributes
    ----------
    sun_x : float
        Where the sun or moon stands, in frame heights from the left.
    """

    def __init__(self, stage: Stage, clouds: float | None = None, sun: float | None = None) -> None:
        self.stage = stage
        light, rng, horizon = stage.light, stage.rng, stage.horizon
        paper = stage.paper(1.3)
        paper.gradient([(0.0, light.top), (horizon, light.horizon), (1.0, light.horizon)])
        self.sun_x = float(stage.wide * rng.uniform(0.25, 0.75))
        low = {"dawn": horizon - 0.07, "day": 0.12, "dusk": horizon - 0.05, "night": 0.18}[stage.spec.time]
        self.sun_y = sun if sun is not None else low
        if light.night and light.lit:
            stars = 260
            paper.dots(
                rng.uniform(0, paper.wide, stars).astype(np.float32),
                (horizon * rng.uniform(0, 1, stars)).astype(np.float32),
                0.001,
                mix(light.sun, "#a8c0ff", 0.4),
                rng.uniform(0.1, 0.9, stars).astype(np.float32),
            )
        if light.lit:
            r = 0.045 if light.night else 0.055
            if stage.spec.time in ("dawn", "dusk"):
                paper.glow(self.sun_x, self.sun_y, 0.8, mix(light.sun, light.horizon, 0.5), 0.33)
            paper.glow(self.sun_x, self.sun_y, r * 5, light.sun, 0.22 if light.night else 0.4)
            np.minimum(paper.pixels[:, :, :3], light.sun, out=paper.pixels[:, :, :3])
            paper.disc(self.sun_x, self.sun_y, r, light.sun)
            if light.night:
                for dx, dy, size in ((-0.3, -0.2, 0.28), (0.25, 0.3, 0.2), (0.2, -0.4, 0.14)):
                    paper.disc(self.sun_x + dx * r, self.sun_y + dy * r, size * r, mix(light.sun, light.top, 0.25))
        self.back = stage.layer(paper)
        self.clouds = self._clouds(_COVER[stage.spec.weather] if clouds is None else clouds)
        self.drift = 0.004 + 0.05 * stage.spec.motion * (2.0 if stage.spec.weather == "storm" else 0.5)

    def _clouds(self, cover: float) -> Layer:
        stage, light = self.stage, self.stage.light
        paper = stage.paper(1.3)
        rows = max(int(stage.horizon * stage.height), 2)
        field = texture(stage.rng, rows, paper.width, (5, 3.5 * stage.wide), 5)
        height = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
        level = np.quantile(field, 1 - cover)
        alpha = np.clip((field - level) * 4.5, 0, 1) * np.clip((1.05 - height) * 4, 0, 1)
        thick = np.clip((field - level) * 2.2, 0, 1)[:, :, None]
        bright = {"dawn": "#ffe3d6", "day": "#ffffff", "dusk": "#ff9d6b", "night": "#39466b"}[stage.spec.time]
        dull = {"clear": 0.0, "fog": 0.4}.get(stage.spec.weather, 0.75)
        lit = mix(bright, light.haze, dull)
        shade = mix(lit, light.top * 0.75, 0.55)
        alpha = alpha[:, :, None] * np.float32(0.9 if not light.night else 0.75)
        if dull > 0.5:  # an overcast sky shows its darker bellies
            colour = lit * 1.08 + (shade * 0.8 - lit * 1.08) * thick
        else:
            colour = lit + (shade - lit) * (1 - thick) * 0.7
        paper.pixels[:rows, :, :3] = np.clip(colour, 0, 1) * alpha
        paper.pixels[:rows, :, 3:] = alpha
        return stage.layer(paper)

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint the whole frame with sky."""
        self.back.draw(canvas, 0.04 * pan)
        self.clouds.draw(canvas, 0.07 * pan + self.drift * t)


def bird(canvas: Canvas, x: float, y: float, span: float, beat: float, colour: tuple[float, ...]) -> None:
    """Paint a far bird: two wings, `beat` is the phase of their beat in radians."""
    lift = 0.45 * span * np.sin(beat)
    for side in (-1, 1):
        elbow = (x + side * span * 0.5, y - lift)
        canvas.line(x, y, *elbow, span * 0.14, colour)
        canvas.line(*elbow, x + side * span, y - lift * 0.4 + span * 0.08, span * 0.09, colour)


def flock(canvas: Canvas, stage: Stage, t: float, pan: float, y: float, count: int, dark: str = "#1c1c22") -> None:
    """Paint birds that cross the sky together."""
    colour = tuple(stage.light.on(rgb(dark), 0.25))
    for i in range(count):
        x = (0.17 * i * (1 + (i * 7) % 3) + t * 0.05 * stage.speed - 0.3 * pan) % (stage.wide + 0.3) - 0.15
        wobble = 0.012 * np.sin(t * 1.3 + i * 2.1)
        bird(
            canvas,
            x,
            y + 0.03 * ((i * 5) % 4) + wobble,
            0.022 * stage.scale,
            t * (3 + 5 * stage.spec.motion) + i,
            colour,
        )
