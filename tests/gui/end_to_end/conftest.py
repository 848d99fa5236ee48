"""Panels over a small world of music and footage, in a virtual display."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.gui.end_to_end.desktop import need_a_desktop
from tests.gui.end_to_end.panel_process import PanelProcess
from tests.gui.end_to_end.panel_world import Opener, World, make_world
from tests.gui.pulse_server import PulseServer
from tests.host_bridge.blender.blender_process import display


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """The display of the panels."""
    need_a_desktop()
    with display() as name:
        yield name


@pytest.fixture(scope="session")
def first_world(screen: str, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once for all tests."""
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def world(first_world: World, tmp_path: Path) -> World:
    """The same, with a library of the test's own."""
    return replace(first_world, home=Path(shutil.copytree(first_world.home, tmp_path / "home")))


@pytest.fixture
def bridge(tmp_path: Path) -> Path:
    """Where editors find the panel's address."""
    return tmp_path / "bridge"


@pytest.fixture
def open_panel(world: World, screen: str, bridge: Path, tmp_path: Path) -> Iterator[Opener]:
    """Starts panels of a user without sound; one that a test leaves open is killed."""
    user = tmp_path / "user"
    user.mkdir()
    usual = {
        "CUEFINDER_HOME": str(world.home), "CUEFINDER_BRIDGE": str(bridge), "HOME": str(user),
        "XDG_RUNTIME_DIR": str(user), "PULSE_SERVER": f"unix:{user}/nowhere",
    }  # fmt: skip
    opened: list[PanelProcess] = []

    def start(*arguments: str, **environment: str) -> PanelProcess:
        opened.append(PanelProcess(tmp_path, screen, *arguments, **usual | environment))
        return opened[-1]

    yield start
    for panel in opened:
        panel.kill()


@pytest.fixture
def sound(tmp_path: Path) -> Iterator[PulseServer | None]:
    """What the panel plays into, where it can be had."""
    if not (shutil.which("pulseaudio") and shutil.which("parec")):
        yield None
        return
    folder = tmp_path / "sound"
    folder.mkdir()
    server = PulseServer(folder)
    yield server
    server.stop()
