"""Light of a scene: colours of sky, air and things by time of day and weather."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugin.synth.scenes.canvas import Colour, Floats
from plugin.synth.scenes.spec import SceneSpec


def rgb(colour: Colour | str) -> Floats:
    """Read a colour from '#rrggbb' or pass on three numbers in 0..1."""
    if isinstance(colour, str):
        return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)
    return np.asarray(colour, np.float32)


def mix(a: Colour | str, b: Colour | str, share: float) -> Floats:
    """Blend two colours; `share` of the second."""
    first, second = rgb(a), rgb(b)
    return (first + np.float32(share) * (second - first)).astype(np.float32)


@dataclass(frozen=True)
class Light:
    """Colours that a place paints with.

    `top` and `horizon` of the sky, the `sun` (or moon), `ambient` by which every colour is multiplied, `haze` that far
    things fade into, `density` of that haze from 0 to 1, and whether it is `night` and `lit` (sun or moon seen).
    """

    top: Floats
    horizon: Floats
    sun: Floats
    ambient: Floats
    haze: Floats
    density: float
    night: bool
    lit: bool

    def on(self, colour: Colour | str, depth: float = 0.0) -> Floats:
        """Colour of a thing in this light, seen from a distance (0 near, 1 at the horizon)."""
        seen = rgb(colour) * self.ambient
        return mix(
            seen,
            self.haze,
            min(1.0, depth * (0.55 + 0.45 * self.density) + 0.25 * self.density * (depth > 0)),
        )


#: Sky above, sky at the horizon, sun or moon, ambient light.
_TIMES = {
    "dawn": ("#5d7fc0", "#ffcfae", "#fff0cf", (0.86, 0.76, 0.78)),
    "day": ("#3f86dd", "#c3e2f7", "#fffdf5", (1.0, 1.0, 0.97)),
    "dusk": ("#3a2f63", "#ff8b45", "#ffd18a", (0.66, 0.47, 0.42)),
    "night": ("#050818", "#16213f", "#eef2ff", (0.19, 0.24, 0.38)),
}
#: Grey that the sky turns to, how far, how much darker things get, and density of the air.
_WEATHERS = {
    "clear": ("#ffffff", 0.0, 1.0, 0.0),
    "rain": ("#7d8894", 0.72, 0.68, 0.45),
    "snow": ("#c3ccd8", 0.65, 0.88, 0.5),
    "fog": ("#c9cdd0", 0.75, 0.85, 1.0),
    "storm": ("#454d5a", 0.8, 0.55, 0.4),
}


def light_of(spec: SceneSpec, rng: np.random.Generator) -> Light:
    """Work out the light of a scene; `rng` varies hues a little from world to world."""
    top, horizon, sun, ambient = _TIMES[spec.time]
    grey, share, dim, density = _WEATHERS[spec.weather]
    brightness = {"dawn": 0.85, "day": 1.0, "dusk": 0.6, "night": 0.24}[spec.time]
    cover = rgb(grey) * brightness
    vary = rng.normal(1.0, 0.02, 3)
    high, low = mix(rgb(top) * vary, cover * 0.85, share), mix(rgb(horizon) * vary, cover, share)
    return Light(
        top=np.clip(high, 0, 1),
        horizon=np.clip(low, 0, 1),
        sun=rgb(sun),
        ambient=mix(ambient, np.full(3, float(np.mean(ambient))), share * 0.6)
        * np.float32(max(dim, 0.8) if spec.time == "night" else dim),
        haze=np.clip(low, 0, 1),
        density=density,
        night=spec.time == "night",
        lit=spec.weather in ("clear", "snow"),
    )
