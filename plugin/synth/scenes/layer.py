"""Painted layers that slide behind each other: the static parts of a scene, painted once per shot."""

from __future__ import annotations

import numpy as np

from plugin.synth.scenes.canvas import Canvas


class Layer:
    """A finished four-channel canvas, ready to be drawn at any offset.

    It repeats from side to side, and with `fall` from top to bottom too (rain, snow, stars).

    Parameters
    ----------
    canvas : Canvas
        Painted layer; it must be at least as wide as the frames it is drawn on.
    frame_width : int
        Width in pixels of these frames.
    fall : bool
    """

    def __init__(self, canvas: Canvas, frame_width: int, *, fall: bool = False) -> None:
        pixels = canvas.pixels
        self.unit, self.period, self.rows, self.fall = canvas.unit, canvas.width, canvas.height, fall
        used = np.flatnonzero(pixels.reshape(self.rows, -1).any(1))
        self.top, bottom = (0, self.rows) if fall else (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 0)
        pixels = pixels[self.top : bottom]
        if fall:
            pixels = np.concatenate([pixels, pixels])
        pixels = np.concatenate([pixels, pixels[:, : frame_width + 1]], 1)
        self.colour = np.minimum(pixels[:, :, :3], 1.0)
        self.clear = 1.0 - pixels[:, :, 3:]
        sheer = np.flatnonzero((self.clear > 1e-3).any((1, 2)))
        self.solid_from = 2 * self.rows if fall else int(sheer[-1]) + 1 if len(sheer) else 0

    def draw(self, target: Canvas, dx: float = 0.0, dy: float = 0.0, opacity: float = 1.0) -> None:
        """Blend the layer over a frame.

        Parameters
        ----------
        target : Canvas
        dx, dy : float
            How far the view has moved over the layer to the right and downwards, in frame heights.
        opacity : float
        """
        columns = (dx * self.unit) % self.period
        left, down = int(columns), round(dy * self.unit)
        if self.fall:
            first, at = down % self.rows, 0
        else:
            first, at = max(down - self.top, 0), max(self.top - down, 0)
        count = min(len(self.colour) - first, target.height - at)
        if count <= 0:
            return
        view = target.pixels[at : at + count]
        rows, near = slice(first, first + count), slice(left, left + target.width)
        part = 0.0 if self.fall or columns - left < 0.05 else columns - left
        solid = count if opacity < 1.0 else min(max(self.solid_from - first, 0), count)
        if solid:
            clear = self.clear[rows, near][:solid]
            if part:
                clear = clear + np.float32(part) * (
                    self.clear[rows, left + 1 : left + 1 + target.width][:solid] - clear
                )
            view[:solid] *= clear if opacity == 1.0 else 1.0 - np.float32(opacity) * (1.0 - clear)
        view[solid:] = 0.0  # nothing shines through the rows from here on
        for shift, weight in ((0, 1.0 - part), (1, part)):  # between two pixels: slow pans must not jump
            if weight:
                view += self.colour[rows, left + shift : left + shift + target.width] * np.float32(weight * opacity)
