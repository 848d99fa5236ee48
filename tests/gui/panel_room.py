"""The panel's window with a real library and real models, an output that plays into nothing, and a scripted editor."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from audition_fakes import FakeOutput
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from timeline_fakes import load_scripted

from gui.models.engines import Engines
from gui.models.service import LibraryService
from gui.models.settings import Settings
from gui.settings.keeper import SettingsKeeper
from gui.tasks import Tasks
from gui.window import PanelWindow
from plugin.library.indexing import IndexRun
from plugin.library.roots import add_root
from plugin.library.store import Library

RATE = 16_000
NOTES = {
    "minor": (220, 261.6, 329.6),
    "major": (523.3, 659.3, 784),
    "bass": (55, 82.4, 110),
    "high": (1760, 2093, 2637),
}
PATIENCE = 20_000
"""Milliseconds; a busy machine takes its time."""


def write_chord(path: Path, notes: tuple[float, ...], seconds: float) -> Path:
    """A chord that is struck twice a second."""
    time = np.arange(round(seconds * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * note * time) for note in notes) * np.exp(-(time % 0.5) * 4)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((sound / np.abs(sound).max() * 2e4).astype("<i2").tobytes())
    return path


def make_library(folder: Path, engines: Engines) -> Path:
    """Write four tracks and index them."""
    music = folder / "music"
    music.mkdir()
    for number, (name, notes) in enumerate(NOTES.items()):
        write_chord(music / f"{name}.wav", notes, 12 + 2 * number)
    with Library(folder / "library.db", writable=True) as library:
        IndexRun(library, engines.engine(), workers=1).run([music])
    add_root(folder / "library.db", music, watched=False)
    return folder


class Room:
    """A window, and what can be done in it as a user would.

    Attributes
    ----------
    window : PanelWindow
    output : FakeOutput
        What was opened last to play on.
    """

    def __init__(self, qtbot: QtBot, tasks: Tasks, engines: Engines, small: Path | None, folder: Path) -> None:
        self._qtbot, self.folder = qtbot, folder
        self.outputs: list[FakeOutput] = []
        self.music = folder / "music"
        library = folder / "library.db"
        if small is not None:
            shutil.copy(small / "library.db", library)
            self.music = small / "music"
        self.settings = Settings(match_loudness=False, caption_clips=False, cues=str(folder / "cues"))
        self.keeper = SettingsKeeper(self.settings, folder / "panel.json", tasks)
        self.service = LibraryService(library, engines)
        self.window = PanelWindow(self.service, tasks, self.keeper, folder / "bridge", self._open)
        qtbot.addWidget(self.window)
        self.window.show()
        self.until(lambda: "CPU" in self.window.messages.device.text() and self.window.messages.library.text())

    def _open(self, rate: int) -> FakeOutput:
        self.outputs.append(FakeOutput(rate))
        return self.outputs[-1]

    @property
    def output(self) -> FakeOutput:
        return self.outputs[-1]

    @property
    def line(self) -> str:
        """What the status bar says."""
        return self.window.messages.text.text()

    @property
    def titles(self) -> list[str]:
        """Tracks in the results, from the top."""
        results = self.window.find.results.rows.results
        return [results[number].suggestion.track.name for number in range(len(results))]

    def until(self, true: Callable[[], object]) -> None:
        def check() -> None:
            assert true(), f"the status bar says: {self.line}"

        self._qtbot.waitUntil(check, timeout=PATIENCE)

    def ask(self, words: str) -> None:
        """Type words and press Enter; the keyboard follows to the answer."""
        bar = self.window.find.bar
        self.window.activateWindow()
        bar.words.setFocus()
        bar.words.clear()
        self._qtbot.keyClicks(bar.words, words)
        QApplication.processEvents()
        popup = bar.words.completer().popup()  # what is offered below the line has the keyboard while it is open
        self._qtbot.keyClick(popup if popup.isVisible() else bar.words, Qt.Key.Key_Return)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the keyboard is."""
        self.window.activateWindow()  # offscreen, a popup that has closed stays the active window
        self.until(self.window.isActiveWindow)
        focus = self.window.focusWidget()
        assert focus is not None
        self._qtbot.keyClick(focus, key, modifier)

    def editor(self) -> Any:
        """A scripted editor connects."""
        self.until(lambda: (self.folder / "bridge/mail").is_dir())
        host = load_scripted().ScriptedHost(self.folder / "bridge")
        self.until(lambda: self.window.timeline.hosts.choice.currentText().startswith("Scripted"))
        return host

    def close(self) -> None:
        self.window.close()
        ticking = [type(timer.parent()).__name__ for timer in self.window.findChildren(QTimer) if timer.isActive()]
        assert ticking == [], f"timers go on after their window was closed: {', '.join(ticking)}"
        self.service.close()
