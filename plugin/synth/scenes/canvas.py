"""A canvas of float pixels and the few anti-aliased shapes that all scenes are painted with.

Coordinates are in **frame heights**: (0, 0) is the top left corner, y grows downwards to 1, and x to the aspect
ratio, so that a scene looks the same at 96x96 and at 640x360. Colours are RGB in 0..1. A canvas has three channels
(a frame) or four (a layer: premultiplied colour and coverage); a layer may wrap from its right to its left edge.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Colour = Sequence[float] | Floats


class Canvas:
    """Pixels to paint on.

    Parameters
    ----------
    width, height : int
        Size in pixels.
    unit : int, optional
        Pixels in one frame height; `height` unless told.
    layer : bool
        Four channels (premultiplied colour and coverage) instead of three.
    wrap : bool
        Shapes that leave at one side come back at the other.
    """

    def __init__(
        self, width: int, height: int, unit: int | None = None, *, layer: bool = False, wrap: bool = False
    ) -> None:
        self.unit = unit or height
        self.width, self.height = width, height
        self.wide = width / self.unit
        self.pixels = np.zeros((height, width, 4 if layer else 3), np.float32)
        self.shifts = (0.0, self.wide, -self.wide) if wrap else (0.0,)
        self.xs = ((np.arange(width, dtype=np.float32) + 0.5) / self.unit)[None, :]
        self.ys = ((np.arange(height, dtype=np.float32) + 0.5) / self.unit)[:, None]

    def _paint(self, colour: Colour) -> Floats:
        paint = np.ones(self.pixels.shape[2], np.float32)
        paint[:3] = colour
        return paint

    def _boxes(self, x0: float, y0: float, x1: float, y1: float) -> Iterator[tuple[Floats, Floats, Floats]]:
        """Give the pixels inside a box with their coordinates, as often as the box shows on the canvas."""
        top, bottom = max(int(y0 * self.unit) - 1, 0), min(int(y1 * self.unit) + 2, self.height)
        if top >= bottom:
            return
        for shift in self.shifts:
            left = max(int((x0 + shift) * self.unit) - 1, 0)
            right = min(int((x1 + shift) * self.unit) + 2, self.width)
            if left < right:
                yield self.pixels[top:bottom, left:right], self.xs[:, left:right] - shift, self.ys[top:bottom]

    def _cover(self, view: Floats, distance: Floats, colour: Colour, alpha: float) -> None:
        """Blend a colour over the pixels whose signed distance (in pixels, inside < 0) is negative."""
        coverage = np.clip(0.5 - distance, 0.0, 1.0)[:, :, None]
        if alpha < 1.0:
            coverage *= alpha
        view += coverage * (self._paint(colour) - view)

    def fill(self, colour: Colour) -> None:
        """Paint everything in one colour."""
        self.pixels[:] = self._paint(colour)

    def gradient(self, stops: Sequence[tuple[float, Colour]]) -> None:
        """Paint horizontal bands of colour that run into each other; stops are (y, colour) from top to bottom."""
        heights = [y for y, _ in stops]
        for channel in range(3):
            values = np.interp(self.ys[:, 0], heights, [colour[channel] for _, colour in stops])
            self.pixels[:, :, channel] = values[:, None]
        if self.pixels.shape[2] == 4:
            self.pixels[:, :, 3] = 1.0

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, colour: Colour, alpha: float = 1.0, soft: float = 0.0
    ) -> None:
        """Paint an ellipse; `soft` is the share of the radius over which its edge fades."""
        for view, xs, ys in self._boxes(x - rx, y - ry, x + rx, y + ry):
            radius = np.sqrt(((xs - x) / rx) ** 2 + ((ys - y) / ry) ** 2)
            small = min(rx, ry)
            distance = (radius - 1.0) * (small * self.unit)
            if soft:
                distance = distance / max(soft * small * self.unit, 1.0) + 0.5
            self._cover(view, distance, colour, alpha)

    def disc(self, x: float, y: float, r: float, colour: Colour, alpha: float = 1.0, soft: float = 0.0) -> None:
        """Paint a circle."""
        self.ellipse(x, y, r, r, colour, alpha, soft)

    def polygon(self, points: Sequence[tuple[float, float]], colour: Colour, alpha: float = 1.0) -> None:
        """Paint a convex polygon; its corners may run either way round."""
        xs_, ys_ = [p[0] for p in points], [p[1] for p in points]
        area = sum(xs_[i - 1] * ys_[i] - xs_[i] * ys_[i - 1] for i in range(len(points)))
        sign = self.unit if area > 0 else -self.unit
        for view, xs, ys in self._boxes(min(xs_), min(ys_), max(xs_), max(ys_)):
            distance = np.full((1, 1), -1e9, np.float32)
            for i in range(len(points)):
                ax, ay, dx, dy = xs_[i - 1], ys_[i - 1], xs_[i] - xs_[i - 1], ys_[i] - ys_[i - 1]
                length = max((dx * dx + dy * dy) ** 0.5, 1e-6)
                edge = (dy * (xs - ax) - dx * (ys - ay)) * (sign / length)
                distance = np.maximum(distance, edge)
            self._cover(view, distance.astype(np.float32, copy=False), colour, alpha)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, alpha: float = 1.0) -> None:
        """Paint an upright rectangle."""
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, alpha)

    def line(
        self, x0: float, y0: float, x1: float, y1: float, width: float, colour: Colour, alpha: float = 1.0
    ) -> None:
        """Paint a thick line with round ends. Lines thinner than a pixel fade instead of breaking up."""
        half = width / 2
        dx, dy = x1 - x0, y1 - y0
        square = max(dx * dx + dy * dy, 1e-12)
        alpha *= min(1.0, width * self.unit)
        reach = max(half * self.unit, 0.5)
        for view, xs, ys in self._boxes(min(x0, x1) - half, min(y0, y1) - half, max(x0, x1) + half, max(y0, y1) + half):
            px, py = xs - x0, ys - y0
            along = np.clip((px * dx + py * dy) / square, 0.0, 1.0)
            distance = np.hypot(px - along * dx, py - along * dy) * self.unit - reach
            self._cover(view, distance, colour, alpha)

    def glow(self, x: float, y: float, r: float, colour: Colour, strength: float = 1.0) -> None:
        """Add light that falls off to nothing at radius `r`."""
        for view, xs, ys in self._boxes(x - r, y - r, x + r, y + r):
            fall = np.clip(1.0 - np.sqrt((xs - x) ** 2 + (ys - y) ** 2) / r, 0.0, 1.0)
            view[:, :, :3] += (fall * fall)[:, :, None] * (np.asarray(colour, np.float32) * strength)

    def below(self, ridge: Floats, colour: Colour, bottom: float = 2.0, alpha: float = 1.0) -> None:
        """Paint everything under a horizon line.

        Parameters
        ----------
        ridge : ndarray of float32, [width]
            Height of the line at each column, in frame heights.
        colour : sequence of float, or ndarray [rows, width, 3] of the rows from the line's highest point on
        bottom : float
            Where to stop.
        alpha : float
        """
        top = max(int(float(ridge.min()) * self.unit) - 1, 0)
        stop = min(int(bottom * self.unit) + 1, self.height)
        if top < stop:
            view = self.pixels[top:stop]
            self._cover(view, (ridge[None, :] - self.ys[top:stop]) * self.unit, colour, alpha)

    def dots(
        self,
        x: Floats,
        y: Floats,
        r: float,
        colour: Colour | Floats,
        alpha: float | Floats = 1.0,
        *,
        square: bool = False,
    ) -> None:
        """Paint many small dots (or squares) of one radius at once; colour and alpha may differ by dot."""
        reach = max(r * self.unit, 0.5)
        span = int(np.ceil(reach))
        paint = np.broadcast_to(np.asarray(colour, np.float32), (len(x), 3))
        if self.pixels.shape[2] == 4:
            paint = np.concatenate([paint, np.ones((len(x), 1), np.float32)], 1)
        columns, rows = (x * self.unit).astype(int), (y * self.unit).astype(int)
        strength = np.broadcast_to(np.asarray(alpha, np.float32), (len(x),))
        for dy in range(-span, span + 1):
            for dx in range(-span, span + 1):
                weight = min(max(reach + 0.5 - (max(abs(dx), abs(dy)) if square else math.hypot(dx, dy)), 0.0), 1.0)
                if not weight:
                    continue
                cx, cy = columns + dx, rows + dy
                if len(self.shifts) > 1:
                    cx = cx % self.width
                seen = (cx >= 0) & (cx < self.width) & (cy >= 0) & (cy < self.height)
                cx, cy = cx[seen], cy[seen]
                old = self.pixels[cy, cx]
                self.pixels[cy, cx] = old + (strength[seen] * weight)[:, None] * (paint[seen] - old)
