"""People, animals and plants that several places share."""

from __future__ import annotations

import math

import numpy as np

from plugin.synth.scenes.canvas import Canvas, Colour


def person(
    canvas: Canvas,
    x: float,
    y: float,
    size: float,
    phase: float,
    colour: Colour,
    *,
    stride: float = 0.5,
    arms_up: float = 0.0,
    lean: float = 0.0,
    skirt: bool = False,
) -> None:
    """Paint a walking, running or dancing figure.

    Parameters
    ----------
    canvas : Canvas
    x, y : float
        Where the feet are.
    size : float
        Height of the figure.
    phase : float
        Phase of the step in radians.
    colour : sequence of float
    stride : float
        Swing of the legs: 0 standing, 0.5 walking, 1 running.
    arms_up : float
        0 hanging, 1 raised.
    lean : float
        Lean to the right, as a share of the height.
    skirt : bool
        A coat or skirt over the legs.
    """
    swing = 0.16 * stride * math.sin(phase)
    y -= 0.03 * size * stride * abs(math.cos(phase))
    hip, neck = (x + lean * size * 0.4, y - 0.47 * size), (x + lean * size, y - 0.80 * size)
    for side in (-1, 1):
        foot = x + side * swing * size
        knee = (hip[0] + side * swing * 0.7 * size + 0.03 * stride * size, y - 0.25 * size)
        canvas.line(*hip, *knee, 0.085 * size, colour)
        canvas.line(*knee, foot, y - (0.05 * size * stride if side * math.cos(phase) > 0 else 0), 0.07 * size, colour)
        low = (neck[0] - side * (swing + 0.05) * 0.9 * size, neck[1] + 0.33 * size)
        high = (neck[0] + side * 0.16 * size, neck[1] - 0.30 * size)
        hand = tuple(a + (b - a) * arms_up for a, b in zip(low, high, strict=True))
        canvas.line(neck[0], neck[1] + 0.03 * size, hand[0], hand[1], 0.055 * size, colour)
    canvas.line(*hip, neck[0], neck[1] + 0.03 * size, 0.15 * size, colour)
    if skirt:
        width = 0.13 * size
        canvas.polygon(
            [
                (neck[0] - 0.05 * size, neck[1]),
                (neck[0] + 0.05 * size, neck[1]),
                (x + width, y - 0.2 * size),
                (x - width, y - 0.2 * size),
            ],
            colour,
        )
    canvas.disc(neck[0] + lean * 0.2 * size, neck[1] - 0.1 * size, 0.075 * size, colour)


def fir(canvas: Canvas, x: float, y: float, size: float, colour: Colour, snow: Colour | None = None) -> None:
    """Paint a fir tree that stands at (x, y), with snow on its branches where a colour for it is given."""
    canvas.box(x - 0.025 * size, y - 0.15 * size, x + 0.025 * size, y, np.asarray(colour) * 0.7)
    for level, (low, high, half) in enumerate(((0.10, 0.50, 0.24), (0.32, 0.72, 0.19), (0.55, 1.0, 0.13))):
        tip = (x, y - high * size)
        canvas.polygon([tip, (x + half * size, y - low * size), (x - half * size, y - low * size)], colour)
        if snow is not None:
            cut = 0.5 - 0.06 * level
            edge = y - (high + (low - high) * cut) * size
            canvas.polygon([tip, (x + half * cut * size, edge), (x - half * cut * size, edge)], snow)


def tree(canvas: Canvas, rng: np.random.Generator, x: float, y: float, size: float, bark: Colour, leaf: Colour) -> None:
    """Paint a broad-leaved tree with a round crown of lit and shaded tufts."""
    canvas.polygon(
        [
            (x - 0.05 * size, y),
            (x + 0.05 * size, y),
            (x + 0.025 * size, y - 0.5 * size),
            (x - 0.025 * size, y - 0.5 * size),
        ],
        bark,
    )
    for dx in (-0.16, 0.15):
        canvas.line(x, y - 0.38 * size, x + dx * size, y - 0.62 * size, 0.03 * size, bark)
    base = np.asarray(leaf, np.float32)
    for i in range(15):
        angle, reach = float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(0, 1)) ** 0.5
        dx, dy = 0.26 * reach * math.cos(angle), 0.19 * reach * math.sin(angle)
        shade = (0.72 + 0.035 * i) * (1.0 - 0.5 * dy)
        r = float(rng.uniform(0.10, 0.16)) * size
        canvas.disc(x + dx * size, y - (0.74 - dy) * size, r, np.clip(base * shade, 0, 1), soft=0.25)


def bare_tree(canvas: Canvas, rng: np.random.Generator, x: float, y: float, size: float, colour: Colour) -> None:
    """Paint a leafless tree with forking, crooked branches."""

    def grow(x0: float, y0: float, angle: float, length: float, width: float, depth: int) -> None:
        x1, y1 = x0 + length * math.sin(angle), y0 - length * math.cos(angle)
        canvas.line(x0, y0, x1, y1, width, colour)
        if depth:
            for side in (-1, 1):
                turn = side * float(rng.uniform(0.25, 0.75))
                grow(x1, y1, angle + turn, length * float(rng.uniform(0.6, 0.8)), width * 0.6, depth - 1)

    grow(x, y, float(rng.normal(0, 0.1)), 0.33 * size, 0.07 * size, 4)


def bat(canvas: Canvas, x: float, y: float, span: float, beat: float, colour: Colour) -> None:
    """Paint a bat; `beat` is the phase of its wings in radians."""
    lift = math.sin(beat) * 0.35 * span
    for side in (-1, 1):
        tip, mid = (x + side * span, y - lift), (x + side * span * 0.55, y - lift * 0.9 - 0.12 * span)
        canvas.polygon([(x, y - 0.08 * span), mid, tip, (x + side * span * 0.5, y + 0.14 * span - lift * 0.4)], colour)
    canvas.ellipse(x, y, 0.12 * span, 0.2 * span, colour)


def boat(canvas: Canvas, x: float, y: float, size: float, tilt: float, hull: Colour, sail: Colour) -> None:
    """Paint a sailing boat, tilted by `tilt` radians."""
    c, s = math.cos(tilt), math.sin(tilt)

    def at(dx: float, dy: float) -> tuple[float, float]:
        return x + size * (dx * c - dy * s), y + size * (dx * s + dy * c)

    canvas.polygon([at(-0.5, -0.12), at(0.55, -0.14), at(0.35, 0.06), at(-0.38, 0.06)], hull)
    canvas.line(*at(0, -0.1), *at(0, -1.15), 0.03 * size, hull)
    canvas.polygon([at(0.04, -1.12), at(0.46, -0.22), at(0.04, -0.2)], sail)
    canvas.polygon([at(-0.04, -0.98), at(-0.36, -0.22), at(-0.04, -0.2)], np.asarray(sail) * 0.88)
