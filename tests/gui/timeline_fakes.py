"""A timeline side to test: hosts and timeline files to show, and ears that say what a test wants."""

from __future__ import annotations

import importlib.util
import sys
import threading
import wave
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from opentimelineio.opentime import RationalTime, TimeRange
from pytestqt.qtbot import QtBot

from gui.models.cancellation import Cancellation
from gui.timeline.panel import TimelinePanel
from host_bridge.timeline import AUDIO, VIDEO, make_clip, make_timeline, make_tracks
from plugin.errors import DecodeError
from plugin.library.records import TagScore
from plugin.suggest.describe import Description


def load_scripted() -> ModuleType:
    """The host that the bridge's own tests use."""
    name, folder = "scripted", Path(__file__).parents[1] / "host_bridge"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


class Ears:
    """Stands in for `Engines` and for `plugin.suggest.describe.describe`.

    Attributes
    ----------
    heard : list of (str, float, float)
        Names and ranges of what was described.
    broken : set of str
        Names of files that cannot be read.
    gate : threading.Event
        Nothing is said while it is not set.
    failure : Exception or None
        Why the models cannot be loaded.
    """

    def __init__(self) -> None:
        self.heard: list[tuple[str, float, float]] = []
        self.broken: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.word = "calm"

    def engine(self, cancellation: Cancellation) -> Any:
        if self.failure is not None:
            raise self.failure
        return cancellation

    def describe(self, engine: Any, path: Path, start: float, end: float) -> Description:
        self.heard.append((path.name, start, end))
        while not self.gate.wait(0.01):
            engine.check()
        if path.name in self.broken:
            raise DecodeError(path, "damaged")
        tag = TagScore(self.word, "mood", 0.9)
        return Description(start, end, f"A {self.word} piece of {path.stem}.", [tag], None, None, [], [])


def write_tone(path: Path, seconds: float, hertz: float = 220.0, rate: int = 16000) -> Path:
    """Write a WAV file of one tone."""
    tone = np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate) * 2e4
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(tone.astype("<i2").tobytes())
    return path


def write_timeline(out: Path, clips: list[tuple[str, Path, float]], rate: int = 25, kind: str = AUDIO) -> Path:
    """Write an .otio file with clips (name, media, seconds) one after the other on one timeline track."""
    import opentimelineio as otio

    placed, at = [], 0
    for name, media, seconds in clips:
        length = round(seconds * rate)
        clip = make_clip(name, media, TimeRange(RationalTime(0, rate), RationalTime(length, rate)))
        placed.append((clip, RationalTime(at, rate)))
        at += length
    tracks = make_tracks("A1" if kind == AUDIO else "V1", kind, placed)
    otio.adapters.write_to_file(make_timeline("Cut", tracks, rate=rate), str(out))
    return out


class Witness:
    """What a panel says."""

    def __init__(self, panel: TimelinePanel, qtbot: QtBot) -> None:
        self.news: list[str] = []
        self.problems: list[str] = []
        self.chosen: list[Any] = []
        self._qtbot = qtbot
        panel.news.connect(self.news.append)
        panel.problem.connect(self.problems.append)
        panel.clip_chosen.connect(self.chosen.append)

    def wait_news(self, part: str) -> str:
        """Wait until news with this in it came; gives it."""
        return self._wait(self.news, part)

    def wait_problem(self, part: str) -> str:
        """Wait until a problem with this in it came; gives it."""
        return self._wait(self.problems, part)

    def _wait(self, lines: list[str], part: str) -> str:
        def said() -> None:
            assert any(part in line for line in lines), f"{part!r} is not in {self.news} {self.problems}"

        self._qtbot.waitUntil(said, timeout=10_000)
        return next(line for line in lines if part in line)


def rows_of(panel: TimelinePanel) -> list[Any]:
    """The rows of the panel's list."""
    return panel.clips.clips.clips.rows


def names(panel: TimelinePanel) -> list[str]:
    """The names of the clips in the list."""
    return [row.clip.name for row in rows_of(panel)]


__all__ = ["AUDIO", "VIDEO", "Ears", "Witness", "load_scripted", "names", "rows_of", "write_timeline", "write_tone"]
