"""The panel with nothing faked: the real engine over two tracks of two different sounds."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from gui.models.engines import Engines
from gui.models.service import LibraryService
from gui.player import Player
from gui.window import PanelWindow
from plugin.paths import library_path


def write_chord(path: Path, notes: list[float], seconds: float, rate: int = 16000) -> None:
    time = np.arange(round(seconds * rate)) / rate
    sound = sum(np.sin(2 * np.pi * note * time) for note in notes) * np.exp(-(time % 0.5) * 4)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((sound / np.abs(sound).max() * 2e4).astype("<i2").tobytes())


@pytest.fixture
def real_service():
    service = LibraryService(library_path(), Engines(device="cpu"))
    yield service
    service.close()


def test_index_a_folder_and_suggest_from_it(qtbot, real_service, tasks, tmp_path) -> None:
    write_chord(tmp_path / "minor.wav", [220, 261.6, 329.6], 12)
    write_chord(tmp_path / "major.wav", [523.3, 659.3, 784], 14)
    (tmp_path / "broken.mp3").write_text("This is no music. " * 50)
    panel = PanelWindow(real_service, tasks, Player(), tmp_path / "bridge")
    qtbot.addWidget(panel)
    panel.show()
    wait = {"timeout": 60_000}
    qtbot.waitUntil(panel.pages.hint_button.isVisible, **wait)
    panel.index(tmp_path)
    qtbot.waitUntil(panel.index_action.isEnabled, **wait)
    assert panel.messages.text.text().startswith("2 indexed, 0 unchanged, 1 failed: ")
    assert "broken.mp3" in panel.messages.text.text()
    qtbot.waitUntil(lambda: panel.messages.library.text().startswith("Tracks 2 · failed 1"), **wait)
    panel.query_bar.words.setText("a calm piano piece")
    panel.query_bar.reference.setText(str(tmp_path / "minor.wav"))
    panel.suggest()
    model = panel.results.model()
    qtbot.waitUntil(lambda: model.rowCount() == 1, **wait)  # the reference itself is not suggested
    found = panel.results.current_row().suggestion
    assert found.track.path == tmp_path / "major.wav"
    assert set(found.aspects) == {"text", "reference"}
    assert 0 <= found.start < found.end <= 14
    assert panel.messages.device.text() == "Models on CPU"
    panel.close()
