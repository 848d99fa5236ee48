"""Speech by the system's espeak-ng."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import numpy.typing as npt

from plugin.errors import CuefinderError

SECONDS = 60
"""How long espeak-ng may take."""


def speak(text: str, voice: str, *, speed: int, pitch: int) -> tuple[npt.NDArray[np.float64], int]:
    """Speak a text.

    Parameters
    ----------
    voice : str
        Language and variant, as "en+f3".
    speed : int
        Words a minute.
    pitch : int
        0 to 99.

    Returns
    -------
    samples : float64 [N]
        Mono, -1 to 1.
    rate : int
        Samples a second.

    Raises
    ------
    CuefinderError
        espeak-ng is not installed, or does not speak.
    """
    program = shutil.which("espeak-ng")
    if program is None:
        raise CuefinderError("espeak-ng is not installed: install the system package espeak-ng")
    command = [program, "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", "--", text]
    try:
        wave = subprocess.run(command, capture_output=True, check=True, timeout=SECONDS).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise CuefinderError(f"{program}: it did not speak as {voice}: {error}") from error
    # The header's lengths are unknown to a program that writes to a pipe; it is always 44 bytes.
    return np.frombuffer(wave[44 : len(wave) // 2 * 2], "<i2") / 32768.0, int.from_bytes(wave[24:28], "little")
