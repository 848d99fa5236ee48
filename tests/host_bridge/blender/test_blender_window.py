"""Blender as its users have it: a window, its own main loop and timers. Debian's version, in a virtual display."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from host_bridge.timeline import cues
from tests.host_bridge.blender.blender_process import display
from tests.host_bridge.blender.conftest import JOIN, Room, film, started
from tests.host_bridge.conformance import HostConformance, Project, place


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, media: Path) -> Iterator[Room]:
    program = shutil.which("blender")
    if program is None:
        pytest.skip("needs the packages blender and python3-numpy")
    # A small window, since the display draws without a graphics card.
    command = [
        program,
        "--factory-startup",
        "--window-geometry",
        "0",
        "0",
        "320",
        "240",
        "--python-exit-code",
        "1",
        "--python",
    ]
    with display() as name, started(tmp_path_factory.mktemp("window"), command, DISPLAY=name) as (panel, blender):
        assert blender.do("result = bpy.app.background") is False
        yield Room(blender, panel.came.get(timeout=JOIN), media)


class TestBlenderWindow(HostConformance):
    @pytest.fixture
    def project(self, window: Room) -> Project:
        return film(window)


def test_the_sidebar_is_drawn_in_every_state(window: Room) -> None:
    film(window)
    said = window.do("""
result = []
def draw(self, context):
    addon.CUEFINDER_PT_panel.draw(self, context)
    result.append(addon.link.status)
def show():
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    with bpy.context.temp_override(window=window, area=area, region=area.regions[0]):
        bpy.context.window_manager.popup_menu(draw)
show()
real, addon.link = addon.link, addon.Link()
show()
addon.link = real
""")
    assert said == ["Connected", "Off"]


def test_the_users_own_undo_takes_a_cue_back_in_one_step(window: Room) -> None:
    film(window)
    place(window.host, window.media / "tälk 🎤.wav", fade_in=Fraction(1), gain_db=-6.0)
    before = window.do("result = counts()")
    assert before["curves"] == 1
    window.do("with addon.undo_context(): bpy.ops.ed.undo()")
    assert cues(window.host.timeline()) == []
    assert window.do("result = counts()")["curves"] == 0
    window.do("with addon.undo_context(): bpy.ops.ed.redo()")
    assert len(cues(window.host.timeline())) == 1
    assert window.do("result = counts()") == before


def test_a_project_that_is_loaded_is_the_timeline(window: Room, tmp_path: Path) -> None:
    film(window)
    path = str(tmp_path / "one.blend")
    window.do(f"bpy.ops.wm.save_as_mainfile(filepath={path!r})")
    window.do("fresh(25, 1.0, 1)")
    assert len(list(window.host.timeline().find_clips())) == 0
    window.do(f"bpy.ops.wm.open_mainfile(filepath={path!r})")
    assert len(list(window.host.timeline().find_clips())) == 4
