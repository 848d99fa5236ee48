"""Speech by espeak-ng, to lay over music in training and in tests of robustness."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt

from models.data.espeak import speak
from models.data.lyrics import make_lyrics, themes
from models.data.pieces import to_model_rate
from models.nets.frontend import SEGMENT

VOICES = ("en", "en-us", "de", "fr", "es", "it", "pt", "nl", "sv", "pl")
VARIANTS = ("m1", "m2", "m3", "m4", "m5", "m6", "f1", "f2", "f3", "f4", "f5")


def talk(seed: int) -> npt.NDArray[np.float32]:
    """10 s of somebody talking, float32 [160000] at 16 kHz with peak 1.

    Raises
    ------
    CuefinderError
        espeak-ng is not installed, or fails.
    """
    rng = random.Random(seed)
    lines = " . ".join(make_lyrics(rng.choice(themes()), rng) for _ in range(6))
    voice = f"{rng.choice(VOICES)}+{rng.choice(VARIANTS)}"
    samples, rate = speak(lines, voice, speed=rng.randint(130, 190), pitch=rng.randint(20, 75))
    speech = to_model_rate(samples.astype(np.float32)[None], rate)
    speech = np.tile(speech, -(-SEGMENT // max(1, len(speech))))[:SEGMENT]
    peak = float(np.abs(speech).max(initial=0.0))
    return (speech / peak).astype(np.float32) if peak > 0 else speech
