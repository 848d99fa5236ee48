"""What a scene is: its place, time, weather, camera, motion, cuts and look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from plugin.errors import InputError

TIMES = ("dawn", "day", "dusk", "night")
WEATHERS = ("clear", "rain", "snow", "fog", "storm")
CAMERAS = ("still", "slow pan", "fast pan", "handheld", "zoom")
GRADES = ("neutral", "warm", "cold", "desaturated", "black and white", "saturated")

_DRY = ("clear", "fog")
_ANY = ("clear", "rain", "fog", "storm")
#: Places with the times and the weathers that they can have.
PLACES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sea": (TIMES, _ANY),
    "mountains": (TIMES, WEATHERS),
    "forest": (TIMES, WEATHERS),
    "city": (TIMES, WEATHERS),
    "desert": (TIMES, ("clear", "storm")),
    "snow field": (TIMES, ("clear", "snow", "fog")),
    "space": (("night",), ("clear",)),
    "candle room": (("dusk", "night"), ("clear", "rain")),
    "road": (TIMES, WEATHERS),
    "party": (("night",), ("clear",)),
    "meadow": (("dawn", "day", "dusk"), ("clear", "rain", "fog")),
    "storm sky": (("day", "dusk", "night"), ("storm",)),
    "underwater": (("day", "night"), ("clear",)),
    "fire": (("dusk", "night"), ("clear",)),
    "abstract": (("day", "night"), ("clear",)),
    "cartoon": (("dawn", "day", "dusk"), ("clear", "rain")),
    "haunted house": (("dusk", "night"), ("clear", "fog", "storm")),
    "castle": (TIMES, _ANY),
    "park": (TIMES, ("clear", "rain", "snow", "fog")),
}


def _pick(value: str, name: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputError(f"scene: {name} is {value!r}; choose one of: {', '.join(allowed)}")


@dataclass(frozen=True)
class SceneSpec:
    """All that decides how a scene looks; the same spec always gives the same frames.

    Parameters
    ----------
    seed : int
        Chooses the world: its shapes, positions and colours.
    place, time, weather, camera, grade : str
        One of the keys of `PLACES`, and of `TIMES`, `WEATHERS`, `CAMERAS` and `GRADES`.
    motion : float
        Speed of what moves in the scene, 0 (at rest) to 1 (rushing).
    cuts : float
        Cuts in ten seconds, 0 to 20; a cut shows the same world in another framing.
    light : float
        Exposure, 0 (dark) to 1 (bright); 0.5 is the plain look.
    grain : float
        Film grain, 0 to 1.
    letterbox : bool
        Black bars above and below.

    Raises
    ------
    InputError
        When a value is not allowed, or the place has no such time or weather.
    """

    seed: int
    place: str
    time: str = "day"
    weather: str = "clear"
    camera: str = "still"
    motion: float = 0.5
    cuts: float = 0.0
    grade: str = "neutral"
    light: float = 0.5
    grain: float = 0.0
    letterbox: bool = False

    def __post_init__(self) -> None:
        _pick(self.place, "place", tuple(PLACES))
        times, weathers = PLACES[self.place]
        _pick(self.time, f"time of {self.place}", times)
        _pick(self.weather, f"weather of {self.place}", weathers)
        _pick(self.camera, "camera", CAMERAS)
        _pick(self.grade, "grade", GRADES)
        for name, top in (("motion", 1.0), ("cuts", 20.0), ("light", 1.0), ("grain", 1.0)):
            if not 0.0 <= getattr(self, name) <= top:
                raise InputError(f"scene: {name} is {getattr(self, name)}; it runs from 0 to {top:g}")

    def truth(self) -> dict[str, Any]:
        """Describe the scene in words and numbers; see `plugin.synth.scenes.truth.truth_of`."""
        from plugin.synth.scenes.truth import truth_of

        return truth_of(self)


def random_scene(seed: int, **fixed: Any) -> SceneSpec:
    """Draw a scene.

    Parameters
    ----------
    seed : int
        The same seed and fixed values give the same scene.
    **fixed
        Fields of `SceneSpec` that are given, not drawn.

    Returns
    -------
    SceneSpec

    Raises
    ------
    InputError
        When a fixed value is not allowed.
    """
    rng = np.random.default_rng([seed, 1])
    place = fixed.get("place") or str(rng.choice(list(PLACES)))
    _pick(place, "place", tuple(PLACES))
    times, weathers = PLACES[place]
    # Half of all scenes have clear weather where the place allows a choice.
    odds = np.array([len(weathers) - 1.0 if w == "clear" else 1.0 for w in weathers]) + (len(weathers) == 1)
    drawn: dict[str, Any] = {
        "seed": seed,
        "place": place,
        "time": str(rng.choice(times)),
        "weather": str(rng.choice(weathers, p=odds / odds.sum())),
        "camera": str(rng.choice(CAMERAS)),
        "motion": float(np.round(rng.uniform(0, 1), 2)),
        "cuts": float(rng.choice([0, 0, 0, 1, 2, 3, 5, 8, 12])),
        "grade": str(rng.choice(GRADES, p=[0.4, 0.14, 0.14, 0.1, 0.08, 0.14])),
        "light": float(np.round(np.clip(rng.normal(0.5, 0.18), 0, 1), 2)),
        "grain": float(np.round(rng.uniform(0, 1) ** 2, 2)),
        "letterbox": bool(rng.random() < 0.25),
    }
    return SceneSpec(**(drawn | fixed))
