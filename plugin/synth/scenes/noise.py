"""Smooth random shapes: periodic curves for horizons, periodic textures for clouds, grass and water."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def periodic_curve(rng: np.random.Generator, size: int, roughness: float = 1.0, waves: int = 24) -> Floats:
    """Draw a random curve that joins its own beginning: a sum of sines with falling amplitudes.

    Parameters
    ----------
    rng : numpy.random.Generator
    size : int
        Samples in one period.
    roughness : float
        Amplitude of wave ``k`` is ``k ** -(2 / (1 + roughness))``: 0 rolling hills, 1 mountains, 2 rubble.
    waves : int
        Number of sines.

    Returns
    -------
    ndarray of float32, [size]
        Between -1 and 1, both reached.
    """
    numbers = np.arange(1, waves + 1)
    amplitudes = numbers ** (-2.0 / (1.0 + roughness) - 0.3) * rng.uniform(0.5, 1.0, waves)
    phases = rng.uniform(0, 2 * np.pi, waves)
    angles = np.arange(size)[:, None] * (2 * np.pi / size) * numbers + phases
    curve = (np.sin(angles) * amplitudes).sum(1)
    low, high = curve.min(), curve.max()
    unit: Floats = ((curve - low) * (2.0 / (high - low)) - 1.0).astype(np.float32)
    return unit


def jagged_curve(rng: np.random.Generator, size: int, peaks: int = 5, octaves: int = 6) -> Floats:
    """Draw a random periodic curve of straight slopes and sharp peaks, as of a mountain range.

    Parameters
    ----------
    rng : numpy.random.Generator
    size : int
        Samples in one period.
    peaks : int
        Knots of the coarsest slopes in one period.
    octaves : int
        Each one doubles the knots at 0.45 of the swing.

    Returns
    -------
    ndarray of float32, [size]
        Between -1 and 1, both reached.
    """
    at = np.arange(size) / size
    curve = np.zeros(size)
    for octave in range(octaves):
        knots = peaks * 2**octave
        places = (np.arange(knots) + rng.uniform(-0.3, 0.3, knots)) / knots
        heights = rng.uniform(-1, 1, knots) * 0.45**octave
        if not octave:  # high and low in turn, so that the range has summits
            heights = np.abs(heights) * np.where(np.arange(knots) % 2, -1, 1)
        curve += np.interp(at, places, heights, period=1.0)
    low, high = curve.min(), curve.max()
    unit: Floats = ((curve - low) * (2.0 / (high - low)) - 1.0).astype(np.float32)
    return unit


def _between(size: int, knots: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Give for each of `size` places the knots before and after it on a circle, and the smooth weight of the latter."""
    position = np.arange(size) * (knots / size)
    left = position.astype(np.intp)
    fraction = position - left
    weight = (fraction * fraction * (3 - 2 * fraction)).astype(np.float32)
    return left % knots, (left + 1) % knots, weight


def texture(rng: np.random.Generator, height: int, width: int, cells: tuple[float, float], octaves: int = 4) -> Floats:
    """Draw fractal value noise that repeats seamlessly from side to side and from top to bottom.

    Parameters
    ----------
    rng : numpy.random.Generator
    height, width : int
        Size in pixels.
    cells : tuple of float
        Number of bumps down and across in the coarsest octave.
    octaves : int
        Each one twice as fine and half as strong; octaves finer than two pixels are left out.

    Returns
    -------
    ndarray of float32, [height, width]
        Between 0 and 1, both reached.
    """
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        down, across = (max(2, round(count * 2**octave)) for count in cells)
        if octave and (down > height / 2 or across > width / 2):
            break
        knots = rng.random((down, across), dtype=np.float32) * np.float32(0.5**octave)
        upper, lower, weight = _between(height, down)
        rows = knots[upper] + weight[:, None] * (knots[lower] - knots[upper])
        left, right, weight = _between(width, across)
        total += rows[:, left] + weight * (rows[:, right] - rows[:, left])
    total -= total.min()
    total /= max(float(total.max()), 1e-6)
    return total
