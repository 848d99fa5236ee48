"""Editors in the panel: they come, take a cue, give it back, fail and go."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from panel_fakes import suggestions
from pytestqt.qtbot import QtBot

from gui.models.hosts import HostService
from gui.window import PanelWindow


def load_scripted() -> ModuleType:
    """The host that the bridge's own tests use."""
    name, folder = "scripted", Path(__file__).parents[1] / "host_bridge"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture
def host(panel: PanelWindow, qtbot: QtBot, tmp_path: Path) -> Iterator[object]:
    qtbot.waitUntil(lambda: (tmp_path / "bridge/mail").is_dir())
    host = load_scripted().ScriptedHost(tmp_path / "bridge")
    qtbot.waitUntil(lambda: panel.hosts.bar.choice.currentText() == "Scripted 1.0")
    yield host
    host.close()


@pytest.fixture
def answered(panel: PanelWindow, tmp_path: Path) -> PanelWindow:
    """A panel with suggestions, whose first track is really there."""
    found = suggestions("text")
    music = tmp_path / "Paper Boats.wav"
    music.write_bytes(b"RIFF")
    object.__setattr__(found[0].track, "path", music)
    panel.results.show_suggestions(found)
    return panel


def test_without_an_editor_nothing_can_be_placed(panel: PanelWindow) -> None:
    assert panel.hosts.bar.choice.currentText() == "none connected"
    assert not panel.hosts.bar.place_button.isEnabled()
    assert not panel.hosts.bar.undo_button.isEnabled()


def test_a_cue_goes_under_the_selected_clip_and_back(answered: PanelWindow, host, qtbot: QtBot) -> None:
    answered.hosts.bar.place_button.click()
    qtbot.waitUntil(lambda: "Paper Boats lies at 01:00:01:00 on Audio 2 in Scripted" in answered.messages.text.text())
    (cue,) = [clip for clip in host.clips() if clip.get("cue")]
    assert (cue["start"], cue["duration"]) == (24, 48), "as long as the selected clip"
    qtbot.waitUntil(answered.hosts.bar.undo_button.isEnabled)
    answered.hosts.bar.undo_button.click()
    qtbot.waitUntil(lambda: "taken back" in answered.messages.text.text())
    assert not [clip for clip in host.clips() if clip.get("cue")]


def test_nothing_selected_goes_to_the_playhead(answered: PanelWindow, host, qtbot: QtBot) -> None:
    host.project["tracks"][1]["clips"][0]["selected"] = False
    host.project["selection"] = None
    answered.hosts.bar.place_button.click()
    qtbot.waitUntil(lambda: "lies at 01:00:00:12" in answered.messages.text.text())


def test_an_editor_that_refuses_says_why_and_stays(answered: PanelWindow, host, qtbot: QtBot) -> None:
    host.answer_with["insert_cue"] = lambda m, send: host.send_message(
        {"id": m["id"], "error": {"code": -32000, "message": "the disk is full"}})  # fmt: skip
    answered.hosts.bar.place_button.click()
    qtbot.waitUntil(lambda: "Scripted: the disk is full" in answered.messages.text.text())
    assert answered.hosts.bar.place_button.isEnabled()


def test_an_editor_that_quits_is_gone_from_the_list(answered: PanelWindow, host, qtbot: QtBot) -> None:
    host.close()
    qtbot.waitUntil(lambda: answered.hosts.bar.choice.currentText() == "none connected")
    assert not answered.hosts.bar.place_button.isEnabled()


def test_a_track_that_is_gone_is_said(panel: PanelWindow, host, qtbot: QtBot) -> None:
    panel.results.show_suggestions(suggestions("text"))
    panel.hosts.bar.place_button.click()
    qtbot.waitUntil(lambda: "no such file" in panel.messages.text.text())


def test_placing_without_a_track_chosen(panel: PanelWindow, host, qtbot: QtBot) -> None:
    panel.hosts.bar.place_button.click()
    assert "choose a track" in panel.messages.text.text()


def test_a_host_that_does_not_run_is_said(panel: PanelWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    panel.hosts.connect("no-such-host")
    qtbot.waitUntil(lambda: "no such host" in panel.messages.text.text())


def test_a_service_closed_before_it_started_never_listens(tmp_path: Path) -> None:
    service = HostService(lambda: None, tmp_path)
    service.close()
    service.start()
    assert not list(tmp_path.iterdir())
