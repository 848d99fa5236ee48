"""Sound that really comes out: Qt Multimedia into a PulseAudio of the test's own, recorded from its monitor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pulse_server import RATE, PulseServer, recorded

from plugin.audition import open_treated
from plugin.treatment import Treatment

ROOT = Path(__file__).resolve().parents[2]
PLAYER = Path(__file__).with_name("play_cue.py")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PulseServer]:
    folder = tmp_path / "pulse"
    folder.mkdir(mode=0o700)
    server = PulseServer(folder)
    yield server
    server.stop()


@pytest.fixture
def track(tmp_path: Path) -> Path:
    """Noise, which is like itself at one place only."""
    path = tmp_path / "track.wav"
    noise = np.random.default_rng(5).standard_normal((12 * RATE, 2)).clip(-3, 3) / 8
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))
        file.writeframes((noise * 32767).round().astype("<i2").tobytes())
    return path


def player(tmp_path: Path, environment: dict[str, str], **asked: Any) -> subprocess.Popen[str]:
    order = tmp_path / "cue.json"
    order.write_text(json.dumps(asked))
    path = os.pathsep.join([str(ROOT), *filter(None, [environment.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, str(PLAYER), str(order)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment | {"PYTHONPATH": path, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip


def told(process: subprocess.Popen[str]) -> list[list[Any]]:
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert errors == "", "Qt is quiet in the terminal"
    return [json.loads(line) for line in out.splitlines()]


def treated(track: Path, start: float, end: float, treatment: dict[str, float]) -> np.ndarray:
    with open_treated(track, start, end, Treatment(**treatment)) as sound:
        return np.concatenate(list(sound), 1).T


def found(heard: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Give what was heard, aligned with what was wanted; NaN where it was not heard.

    Each quarter of a second is looked for where it should be: on a busy machine the server itself drops milliseconds.
    """
    at, size, out = _place(heard, wanted), RATE // 4, np.full(wanted.shape, np.nan)
    for first in range(0, len(wanted), size):
        block = wanted[first : first + size]
        near = max(0, at + first - size)
        place = heard[near : at + first + 2 * size]
        begin = _place(place, block)
        part = place[begin : begin + len(block)]
        if part.shape == block.shape and np.corrcoef(part.ravel(), block.ravel())[0, 1] > 0.9999:
            out[first : first + size] = part
    missing = float(np.isnan(out[:, 0]).mean())
    assert missing < 0.15, f"{missing:.0%} was not heard as it should"
    return out


def _place(heard: np.ndarray, wanted: np.ndarray) -> int:
    size = 1 << (len(heard) + len(wanted)).bit_length()
    match = np.fft.irfft(np.fft.rfft(heard[:, 0], size) * np.conj(np.fft.rfft(wanted[:, 0], size)))
    return int(match[: len(heard)].argmax())


def decibels(one: np.ndarray, other: np.ndarray) -> float:
    there = ~np.isnan(one)
    return 10 * float(np.log10((one[there] ** 2).mean() / (other[there] ** 2).mean()))


def test_what_comes_out_of_the_computer_is_the_cue(server: PulseServer, track: Path, tmp_path: Path) -> None:
    treatment = {"gain_db": -4.0, "low_db": 3.0, "high_db": -6.0, "fade_in": 0.3, "fade_out": 1.0, "tempo": 1.04}
    with server.recording(tmp_path / "heard"):
        said = told(player(tmp_path, server.environment, track=str(track), start=2.0, end=6.0, treatment=treatment))
    wanted = treated(track, 2.0, 6.0, treatment)
    heard = found(recorded(tmp_path / "heard"), wanted)
    assert decibels(heard, wanted) == pytest.approx(0.0, abs=0.05)
    places = [value for kind, value, _ in said if kind == "moved"]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (2.0, pytest.approx(6.0, abs=0.05))
    assert not [value for kind, value, _ in said if kind == "problem"]


def test_a_change_of_level_while_it_plays_leaves_no_gap(server: PulseServer, track: Path, tmp_path: Path) -> None:
    before, after = {"gain_db": 0.0}, {"gain_db": -12.0}
    with server.recording(tmp_path / "heard"):
        told(player(tmp_path, server.environment, track=str(track), start=2.0, end=6.0, treatment=before,
                    changes=[[1.5, after]]))  # fmt: skip
    wanted = treated(track, 2.0, 6.0, before)
    heard = found(recorded(tmp_path / "heard"), wanted)
    early, late = slice(0, round(1.25 * RATE)), slice(round(2.75 * RATE), None)
    assert np.nanmax(np.abs(heard[early] - wanted[early])) < 1e-3
    assert decibels(heard[late], wanted[late]) == pytest.approx(-12.0, abs=0.05)


def test_an_output_that_goes_away_is_one_line(server: PulseServer, track: Path, tmp_path: Path) -> None:
    process = player(tmp_path, server.environment, track=str(track), start=0.0, end=12.0, treatment={})
    ended = threading.Timer(3.0, server.stop)
    ended.start()
    began = time.monotonic()
    out, _ = process.communicate(timeout=60)
    ended.join()
    said = [json.loads(line) for line in out.splitlines()]
    (problem,) = [value for kind, value, _ in said if kind == "problem"]
    assert "plays no more" in problem
    assert time.monotonic() - began < 10
    assert process.returncode == 0


def test_a_computer_without_an_output_is_one_line(track: Path, tmp_path: Path) -> None:
    nowhere = os.environ | {"PULSE_SERVER": f"unix:{tmp_path}/nowhere", "XDG_RUNTIME_DIR": str(tmp_path)}
    out, _ = player(tmp_path, nowhere, track=str(track), start=0.0, end=1.0, treatment={}).communicate(timeout=60)
    said = [json.loads(line) for line in out.splitlines()]
    (problem,) = [value for kind, value, _ in said if kind == "problem"]
    assert problem == "nothing can be played: this computer has no sound output"
