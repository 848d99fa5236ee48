"""Scenes look as their specs say, and are the same every time."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from plugin.errors import InputError
from plugin.synth.scenes import PLACES, SceneSpec, random_scene, render_scene
from plugin.synth.scenes.camera import shots
from plugin.synth.scenes.weather import Weather

SIZE = (96, 64)


def film(spec: SceneSpec, *, fps: float = 4, seconds: float = 2, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Give all frames, float [T, h, w, 3]."""
    return np.stack(list(render_scene(spec, fps=fps, size=size, seconds=seconds))).astype(float)


def change(frames: np.ndarray) -> np.ndarray:
    """Mean difference between neighbouring frames, [T - 1]."""
    return np.abs(np.diff(frames, axis=0)).mean((1, 2, 3))


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_painted_at_every_time_and_in_every_weather(place: str) -> None:
    times, weathers = PLACES[place]
    looks = []
    for time in times:
        for weather in weathers:
            frame = film(SceneSpec(7, place, time, weather), fps=1, seconds=1)[0]
            assert frame.std() > 4, (time, weather)
            looks.append(frame)
    for i, one in enumerate(looks):
        assert all(np.abs(one - other).mean() > 0.5 for other in looks[:i])


def test_same_spec_gives_the_same_frames_and_another_seed_other_ones() -> None:
    spec = random_scene(11, place="city", cuts=5.0)
    assert random_scene(11, place="city", cuts=5.0) == spec
    one, two = film(spec), film(spec)
    other = film(random_scene(12, place="city", cuts=5.0))
    assert np.array_equal(one, two)
    assert np.abs(one - other).mean() > 3


def test_a_longer_film_begins_like_a_shorter_one_and_a_finer_one_passes_the_same_moments() -> None:
    spec = random_scene(4, place="road", cuts=4.0, grain=0.0)
    short, long = film(spec, seconds=2), film(spec, seconds=4)
    assert np.array_equal(short, long[: len(short)])
    assert np.array_equal(film(spec, fps=8), film(spec, fps=8))
    assert np.array_equal(film(spec, fps=8)[::2], short)


def test_frames_have_the_size_and_number_asked_for() -> None:
    frames = list(render_scene(random_scene(1), fps=2.5, size=(80, 46), seconds=4))
    assert len(frames) == 10
    assert all(frame.shape == (46, 80, 3) and frame.dtype == np.uint8 for frame in frames)


@pytest.mark.parametrize("place", [place for place, (times, _) in PLACES.items() if {"day", "night"} <= set(times)])
def test_night_is_darker_than_day(place: str) -> None:
    weather = PLACES[place][1][0]
    day, night = (film(SceneSpec(3, place, time, weather), fps=1).mean() for time in ("day", "night"))
    assert night < 0.8 * day


@pytest.mark.parametrize("place", ["mountains", "forest", "park", "castle", "candle room", "abstract"])
def test_fast_camera_changes_more_than_a_still_one(place: str) -> None:
    still, slow, fast = (
        change(film(SceneSpec(5, place, "night", camera=camera, motion=0.0), fps=8)).mean()
        for camera in ("still", "slow pan", "fast pan")
    )
    assert fast > 1.5 * slow > 1.5 * still


@pytest.mark.parametrize("place", sorted(set(PLACES) - {"mountains", "haunted house", "storm sky"}))
def test_fast_subjects_change_more_than_slow_ones(place: str) -> None:
    times, weathers = PLACES[place]
    slow, fast = (
        change(film(SceneSpec(5, place, times[0], weathers[0], motion=motion), fps=12, seconds=1.5)).mean()
        for motion in (0.0, 1.0)
    )
    assert fast > 1.2 * slow


def test_hand_held_camera_shakes_and_zoom_enlarges() -> None:
    still, shaken = (film(SceneSpec(5, "castle", camera=camera, motion=0.0), fps=8) for camera in ("still", "handheld"))
    assert change(shaken).mean() > 3 * change(still).mean()
    zoomed = film(SceneSpec(5, "castle", camera="zoom", motion=0.0), fps=1, seconds=6)
    plain = film(SceneSpec(5, "castle", motion=0.0), fps=1, seconds=6)
    assert np.array_equal(zoomed[0], plain[0])
    assert np.abs(zoomed[-1] - plain[-1]).mean() > 3


def test_cuts_come_as_often_as_told_and_can_be_seen() -> None:
    spec = SceneSpec(9, "castle", motion=0.1, cuts=10.0)
    cuts = [shot.start for shot in shots(spec, 10)][1:]
    assert 8 <= len(cuts) <= 13
    fps = 12
    changes = change(film(spec, fps=fps, seconds=10))
    at_cuts = {int(np.ceil(cut * fps)) - 1 for cut in cuts}
    within = [value for index, value in enumerate(changes) if index not in at_cuts]
    assert min(changes[index] for index in at_cuts if index < len(changes)) > 3 * np.max(within)
    assert len(shots(SceneSpec(9, "castle"), 60)) == 1


def test_grades_colour_the_picture() -> None:
    look = {grade: film(SceneSpec(2, "sea", "day", grade=grade), fps=1, seconds=1)[0]
            for grade in ("neutral", "warm", "cold", "desaturated", "black and white", "saturated")}  # fmt: skip
    red_over_blue = {grade: (frame[..., 0] - frame[..., 2]).mean() for grade, frame in look.items()}
    assert red_over_blue["cold"] < red_over_blue["neutral"] < red_over_blue["warm"]
    colour = {grade: np.ptp(frame, axis=2).mean() for grade, frame in look.items()}
    assert colour["black and white"] < 2 < colour["desaturated"] < colour["neutral"] < colour["saturated"]


def test_light_grain_and_letterbox() -> None:
    dark, plain, bright = (film(SceneSpec(2, "meadow", light=light), fps=1, seconds=1)[0] for light in (0.1, 0.5, 0.9))
    assert dark.mean() < plain.mean() < bright.mean()
    grain = film(SceneSpec(2, "meadow", grain=0.6), fps=1, seconds=1)[0] - plain
    assert 5 < grain.std() < 20
    boxed = film(SceneSpec(2, "meadow", letterbox=True), fps=1, seconds=1)[0]
    assert boxed[:5].max() == boxed[-5:].max() == 0
    assert np.array_equal(boxed[20:40], plain[20:40])


def test_lightning_lights_up_a_storm() -> None:
    stormy = film(SceneSpec(3, "sea", "night", "storm"), fps=12, seconds=6).mean((1, 2, 3))
    clear = film(SceneSpec(3, "sea", "night", "fog"), fps=12, seconds=6).mean((1, 2, 3))
    assert np.ptp(stormy) > 15 > np.ptp(clear)


def test_weather_falls_down() -> None:
    class Spot:
        """Record by how much the falling layers were moved."""

        downs: list[float] = []  # noqa: RUF012

        def draw(self, canvas: object, dx: float, dy: float, opacity: float = 1.0) -> None:
            self.downs.append(dy)

    weather = Weather.__new__(Weather)
    weather.stage = type("Stage", (), {"spec": SceneSpec(1, "sea", weather="rain")})()  # type: ignore[assignment]
    weather.banks, weather.strikes = [], np.zeros(0)
    weather.falls = [(Spot(), 1.0, 0.1, 0.5)]  # type: ignore[list-item]
    for t in (0.0, 0.5):
        weather.paint(None, t, 0.0)  # type: ignore[arg-type]
    assert Spot.downs == [0.0, -0.5]  # the view rises over the layer, so the drops sink


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"place": "moon"}, "place"),
        ({"place": "space", "weather": "rain"}, "weather of space"),
        ({"place": "party", "time": "day"}, "time of party"),
        ({"camera": "drone"}, "camera"),
        ({"grade": "sepia"}, "grade"),
        ({"motion": 1.5}, "motion"),
        ({"cuts": -1.0}, "cuts"),
        ({"light": float("nan")}, "light"),
    ],
)
def test_impossible_scenes_are_refused_in_one_line(values: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        random_scene(1, **values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [{"fps": 0}, {"size": (8, 8)}, {"seconds": 0}, {"seconds": float("nan")}])
def test_impossible_films_are_refused(wrong: dict[str, object]) -> None:
    options: dict[str, object] = {"fps": 4, "size": SIZE, "seconds": 1} | wrong
    with pytest.raises(InputError, match="cannot film"):
        next(render_scene(random_scene(1), **options))  # type: ignore[arg-type]


def test_a_hundred_random_scenes_can_be_filmed() -> None:
    for seed in range(100):
        frames = list(islice(render_scene(random_scene(seed), fps=0.3, size=(32, 32), seconds=9), 3))
        assert max(frame.std() for frame in frames) > 1, seed
