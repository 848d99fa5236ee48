"""Turn scores and MIDI files into sound, with fluidsynth where it is installed, else with our own voices."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plugin.errors import InputError
from plugin.synth.midi import read_truth, write_midi
from plugin.synth.mix import mixed
from plugin.synth.score import Part, Score

PEAK = 10 ** (-1.0 / 20.0)  # -1 dBFS
_ECHO = 2.0  # seconds that a file may ring on after its last note
_FOLDERS = ("/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts", "/usr/local/share/soundfonts",
            "/opt/homebrew/share/soundfonts", "~/.local/share/soundfonts", "~/.fluidsynth")  # fmt: skip
# Best first; any other soundfont comes after them, the largest first.
_KNOWN = ("FluidR3_GM", "GeneralUser", "MuseScore_General", "TimGM6mb")


def find_soundfonts() -> list[Path]:
    """List the General MIDI soundfonts on this machine, best first; $CUEFINDER_SOUNDFONT before all."""
    found = [
        path.resolve()
        for folder in _FOLDERS
        if Path(folder).expanduser().is_dir()
        for path in Path(folder).expanduser().iterdir()
        if path.suffix.lower() in (".sf2", ".sf3") and path.exists()
    ]

    def rank(path: Path) -> tuple[int, int]:
        known = [place for place, name in enumerate(_KNOWN) if path.stem.startswith(name)]
        return (known[0] if known else len(_KNOWN), -path.stat().st_size)

    ordered = sorted(dict.fromkeys(found), key=rank)
    chosen = os.environ.get("CUEFINDER_SOUNDFONT")
    return [Path(chosen), *ordered] if chosen else ordered


def _fluidsynth() -> str | None:
    return shutil.which("fluidsynth")


def renderer_name(soundfont: Path | None = None) -> str:
    """Say what `render` will use: 'fluidsynth (FluidR3_GM)' or 'built-in'."""
    fonts = [soundfont] if soundfont else find_soundfonts()
    return f"fluidsynth ({fonts[0].stem})" if _fluidsynth() and fonts else "built-in"


def render(score: Score, *, rate: int = 44100, soundfont: Path | None = None, seed: int = 0) -> NDArray[np.float32]:
    """
    Render a score.

    Parameters
    ----------
    score : Score
        What to play.
    rate : int
        Samples per second.
    soundfont : Path, optional
        For fluidsynth; the first of `find_soundfonts` if not given.
    seed : int
        For the noise of the built-in renderer.

    Returns
    -------
    ndarray of float32 [2, N]
        Stereo, peak at -1 dBFS, N = score.seconds * rate.

    Raises
    ------
    InputError
        If the soundfont is missing or fluidsynth fails, with its reason.
    """
    fonts = [soundfont] if soundfont else find_soundfonts()
    if _fluidsynth() is None or not fonts:
        return render_builtin(score, rate=rate, seed=seed)
    with tempfile.TemporaryDirectory(prefix="cuefinder-") as folder:
        path = Path(folder) / "score.mid"
        write_midi(score, path)
        audio = _run_fluidsynth(path, rate, fonts[0])
    return _finish(mixed(_fitted(audio, round(score.seconds * rate)), rate, score, seed), rate)


def render_midi(path: Path, *, rate: int = 44100, soundfont: Path | None = None, seed: int = 0) -> NDArray[np.float32]:
    """
    Render a MIDI file; parameters and result as in `render`, N up to the file's end with its last echo.

    Raises
    ------
    InputError
        For a file that cannot be read, or if fluidsynth fails.
    """
    truth = read_truth(path)
    fonts = [soundfont] if soundfont else find_soundfonts()
    if _fluidsynth() is None or not fonts:
        return _finish(_builtin(truth.parts, truth.seconds + _ECHO, rate, seed), rate)
    audio = _run_fluidsynth(path, rate, fonts[0])
    return _finish(_fitted(audio, min(audio.shape[1], round((truth.seconds + _ECHO) * rate))), rate)


def _run_fluidsynth(midi: Path, rate: int, soundfont: Path) -> NDArray[np.float32]:
    """Give what fluidsynth makes of a MIDI file, as float32 [2, N]."""
    if not soundfont.is_file():
        raise InputError(f"{soundfont}: no such soundfont; name another file, or none to use one that is installed")
    with tempfile.TemporaryDirectory(prefix="cuefinder-") as folder:
        out = Path(folder) / "out.wav"
        options = f"-ni -q -g 0.2 -o synth.polyphony=512 -T wav -O s16 -r {rate}".split()
        command = [
            _fluidsynth() or "fluidsynth",
            *options,
            "-F",
            str(out),
            str(soundfont.resolve()),
            str(midi.resolve()),
        ]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode or not out.is_file() or out.stat().st_size < 100:
            said = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
            raise InputError(f"{midi}: fluidsynth could not render it with {soundfont} ({said})")
        with wave.open(str(out), "rb") as stream:
            data = stream.readframes(stream.getnframes())
    samples = np.frombuffer(data, dtype="<i2").reshape(-1, 2).T
    return samples.astype(np.float32) / 32768.0


def _fitted(audio: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Fill up with silence, or cut, to `length` samples."""
    result = np.zeros((2, length), dtype=np.float32)
    kept = min(length, audio.shape[1])
    result[:, :kept] = audio[:, :kept]
    return result


def _finish(audio: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Fade out the last half second and bring the peak to -1 dBFS."""
    fade = min(audio.shape[1], rate // 2)
    audio[:, audio.shape[1] - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32) ** 2
    peak = float(np.abs(audio).max())
    return audio * np.float32(PEAK / peak) if peak > 0 else audio


def render_builtin(score: Score, *, rate: int = 44100, seed: int = 0) -> NDArray[np.float32]:
    """Render with our own voices; parameters and result as in `render`."""
    return _finish(mixed(_builtin(score.parts, score.seconds, rate, seed), rate, score, seed), rate)


def _builtin(parts: Sequence[Part], seconds: float, rate: int, seed: int) -> NDArray[np.float32]:
    from plugin.synth.builtin import play

    return _fitted(play(parts, seconds, rate, seed), round(seconds * rate))
