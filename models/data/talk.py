"""Speech by espeak-ng, to lay over music in training and in tests of robustness."""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.data.lyrics import make_lyrics, themes
from models.data.pieces import to_model_rate
from models.nets.frontend import SEGMENT
from plugin.errors import InputError

VOICES = ("en", "en-us", "de", "fr", "es", "it", "pt", "nl", "sv", "pl")
VARIANTS = ("m1", "m2", "m3", "m4", "m5", "m6", "f1", "f2", "f3", "f4", "f5")


def talk(seed: int) -> npt.NDArray[np.float32]:
    """10 s of somebody talking, float32 [160000] at 16 kHz with peak 1.

    Raises
    ------
    InputError
        espeak-ng is not installed, or fails.
    """
    program = shutil.which("espeak-ng")
    if program is None:
        raise InputError("espeak-ng is not installed: install the system package espeak-ng")
    rng = random.Random(seed)
    lines = " . ".join(make_lyrics(rng.choice(themes()), rng) for _ in range(6))
    voice = f"{rng.choice(VOICES)}+{rng.choice(VARIANTS)}"
    with tempfile.TemporaryDirectory(prefix="cuefinder-") as folder:
        file = Path(folder) / "talk.wav"
        done = subprocess.run(
            [program, "-v", voice, "-s", str(rng.randint(130, 190)), "-p", str(rng.randint(20, 75)), "-w", str(file)],
            input=lines, text=True, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        if done.returncode or not file.exists():
            raise InputError(f"espeak-ng could not speak with {voice} ({' '.join(done.stderr.split())})")
        with wave.open(str(file), "rb") as stream:
            rate, data = stream.getframerate(), stream.readframes(stream.getnframes())
    speech = to_model_rate(np.frombuffer(data, "<i2").astype(np.float32)[None] / 32768.0, rate)
    speech = np.tile(speech, -(-SEGMENT // max(1, len(speech))))[:SEGMENT]
    peak = float(np.abs(speech).max(initial=0.0))
    return (speech / peak).astype(np.float32) if peak > 0 else speech
