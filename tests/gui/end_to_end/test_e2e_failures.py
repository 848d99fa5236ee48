"""What fails on the user's machine is one line in a real window, and nothing else stops."""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from plugin.paths import pack_dir
from tests.gui.end_to_end.hearing import clients_of
from tests.gui.end_to_end.panel_process import PanelProcess
from tests.gui.end_to_end.panel_world import Opener, World
from tests.gui.pulse_server import PulseServer

RATING = "window.find.results.current_row().suggestion.track.rating"


@contextmanager
def full_disk(panel: PanelProcess) -> Iterator[None]:
    """The system lets the panel's files grow no more."""
    limit = resource.prlimit(panel.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(panel.process.pid, resource.RLIMIT_FSIZE, (0, limit[1]))
    try:
        yield
    finally:
        resource.prlimit(panel.process.pid, resource.RLIMIT_FSIZE, limit)


def kept_ratings(world: World) -> list[int]:
    with closing(sqlite3.connect(world.home / "library.db")) as connection:
        return [rating for (rating,) in connection.execute("SELECT rating FROM marks")]


def test_a_rating_that_the_disk_does_not_take_is_taken_back(open_panel: Opener, world: World) -> None:
    panel = open_panel()
    panel.ask("calm piano")
    panel.line("6 of 6 tracks")
    panel.click_row("window.find.results.table", 0, 2)
    with full_disk(panel):
        panel.press("4")
        problem, line = panel.line("library.db")
        assert problem and "cannot" in line, line
        panel.until(f"{RATING} == 0")
    panel.shoot("disk-full")
    panel.press("3")
    panel.until(f"{RATING} == 3")
    panel.quit()
    assert kept_ratings(world) == [3]


def test_a_sound_server_that_dies_is_said_and_the_panel_lives(open_panel: Opener, sound: PulseServer | None) -> None:
    if sound is None:
        pytest.skip("needs the packages pulseaudio and pulseaudio-utils")
    panel = open_panel(**clients_of(sound))
    panel.ask("calm piano")
    panel.line("6 of 6 tracks")
    panel.click_row("window.find.results.table", 0, 2)
    panel.do("times = []; window.audition.player.moved.connect(times.append)")
    panel.press("space")
    panel.until("max(times, default=0) > 0.5")
    sound.stop()
    assert panel.line("plays no more")[0]
    panel.press("space")
    assert panel.line("the sound server is gone")[0]
    panel.forget_lines()
    panel.ask("calm piano")
    panel.line("6 of 6 tracks")
    panel.quit()


def test_with_damaged_models_the_window_comes_up_and_the_library_is_there(
    open_panel: Opener, world: World, tmp_path: Path
) -> None:
    pack = tmp_path / "damaged"
    shutil.copytree(pack_dir(), pack)
    graph = pack / "music.onnx"
    graph.write_bytes(graph.read_bytes()[: graph.stat().st_size // 2])
    panel = open_panel("--pack", str(pack))
    assert panel.line("music.onnx")[0]
    assert panel.see("window.messages.device.text()") == "No models"
    panel.shoot("damaged-pack")

    # What needs no models works.
    panel.turn_to("Library")
    panel.until("window.library.folders.rowCount() == 1")
    assert panel.see("window.messages.library.text()").startswith("Tracks 6 ")
    panel.shoot("damaged-pack-library")

    # A wish that needs them is answered by the reason.
    panel.forget_lines()
    panel.click("window.library.index_now")
    assert panel.line("music.onnx")[0]
    panel.turn_to("Find")
    panel.forget_lines()
    panel.ask("calm piano")
    assert panel.line("music.onnx")[0]

    # The models that came with Cuefinder are two clicks away, and the question is asked again by a third.
    panel.turn_to("Models")
    panel.shoot("damaged-pack-models")
    panel.click_row("window.machine.packs.table", 0)
    panel.until("window.machine.packs.use.isEnabled()")
    panel.click("window.machine.packs.use")
    panel.line("core is in use")
    panel.until("window.messages.device.text() != 'No models'")
    panel.turn_to("Find")
    panel.click("window.find.area.notice.button")
    assert not panel.line("6 of 6 tracks")[0]
    panel.quit()
