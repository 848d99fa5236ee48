"""A shot in preparation: where it looks, in what light, and a supply of layers to paint on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from plugin.synth.scenes.canvas import Canvas, Floats
from plugin.synth.scenes.layer import Layer
from plugin.synth.scenes.light import Light
from plugin.synth.scenes.noise import periodic_curve
from plugin.synth.scenes.spec import SceneSpec


@dataclass(frozen=True)
class Stage:
    """What a place needs to set up one shot.

    Parameters
    ----------
    spec : SceneSpec
    light : Light
    rng : numpy.random.Generator
        Random numbers of this shot.
    width, height : int
        Frame size in pixels.
    scale : float
        Size of the subjects: 1 in a wide shot, larger in a close one.
    horizon : float
        Height of the horizon in frame heights from the top.
    """

    spec: SceneSpec
    light: Light
    rng: np.random.Generator
    width: int
    height: int
    scale: float
    horizon: float

    @property
    def wide(self) -> float:
        """Frame width in frame heights."""
        return self.width / self.height

    @property
    def speed(self) -> float:
        """Factor on the speed of subjects: 0.15 at rest to 2.5 in a rush."""
        return float(0.15 + 2.35 * self.spec.motion**1.5)

    def paper(self, screens: float = 1.6, tall: float = 1.0) -> Canvas:
        """Give an empty layer to paint on, `screens` frames wide and `tall` frames high, that wraps round."""
        size = int(self.width * screens), int(self.height * tall)
        return Canvas(*size, self.height, layer=True, wrap=True)

    def layer(self, canvas: Canvas) -> Layer:
        """Finish a painted layer."""
        return Layer(canvas, self.width)

    def ridge(self, paper: Canvas, base: float, swing: float, roughness: float = 1.0, waves: int = 24) -> Floats:
        """Draw a periodic horizon line round the height `base`, at most `swing` above or below."""
        return np.float32(base) - np.float32(swing) * periodic_curve(self.rng, paper.width, roughness, waves)


class Place(Protocol):
    """A place sets itself up for one shot (``Place(stage)``) and then paints any moment of it."""

    def paint(self, canvas: Canvas, t: float, pan: float) -> None:
        """Paint a frame.

        Parameters
        ----------
        canvas : Canvas
            Three channels; everything on it is painted over.
        t : float
            Seconds since the shot's world began to move.
        pan : float
            How far the camera has gone to the right at the nearest distance, in frame heights.
        """
