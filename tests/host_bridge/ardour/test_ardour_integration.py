from __future__ import annotations

from pathlib import Path

import pytest

from host_bridge.ardour.action import find_slot
from host_bridge.ardour.integration import ArdourIntegration
from host_bridge.ardour.luarun import ACTION
from host_bridge.ardour.programs import config_folder, recent_sessions
from host_bridge.errors import HostError, HostGoneError
from host_bridge.integration import State
from tests.host_bridge.ardour.conftest import add_to_slot, free_port


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that are there in name only: Ardour 7 as Debian names it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("ardour", "ardour7-lua"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return folder


@pytest.fixture
def ardour(programs: Path) -> ArdourIntegration:
    return ArdourIntegration()


def test_the_script_is_installed_updated_and_taken_out_again(ardour: ArdourIntegration) -> None:
    script = config_folder(7) / "scripts" / ACTION.name
    assert ardour.state() is State.MISSING
    assert ardour.changes() == [f"copy {ACTION.name} to {script}"]
    assert not script.exists()
    ardour.install()
    assert ardour.state() is State.READY
    assert script.read_bytes() == ACTION.read_bytes()
    assert (ardour.changes(), ardour.install()) == ([], [])
    script.write_text("-- mine")
    assert ardour.state() is State.OUTDATED
    ardour.install()
    assert ardour.state() is State.READY
    assert script.with_name(f"{script.name}.backup").read_text() == "-- mine"
    ardour.uninstall()
    assert ardour.state() is State.MISSING
    assert list(script.parent.iterdir()) == []
    assert ardour.uninstall() == []


def test_all_versions_on_the_machine_get_the_script(ardour: ArdourIntegration, programs: Path) -> None:
    ardour.install()
    (programs / "ardour8").write_text("#!/bin/sh\n")
    (programs / "ardour8").chmod(0o755)
    found = ardour.program()
    assert found is not None
    assert (found.version, found.path.name) == ("8", "ardour8")
    assert ardour.state() is State.OUTDATED
    ardour.install()
    assert (config_folder(8) / "scripts" / ACTION.name).is_file()
    advice = [f for f in ardour.doctor() if f.what == "Ardour 8 can edit closed sessions"]
    assert [f.good for f in advice] == [False]


def test_a_folder_that_cannot_be_written_is_told(ardour: ArdourIntegration) -> None:
    config_folder(7).parent.mkdir()
    config_folder(7).write_text("a file where the folder should be")
    with pytest.raises(HostError, match="cannot be written"):
        ardour.install()


def test_without_ardour_nothing_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ardour = ArdourIntegration()
    assert ardour.program() is None
    assert ardour.state() is State.NO_PROGRAM
    assert [f.good for f in ardour.doctor()] == [False]
    with pytest.raises(HostError, match="not installed"):
        ardour.install()


def test_the_doctor_says_how_to_switch_osc_on(ardour: ArdourIntegration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("host_bridge.ardour.integration.ADDRESS", ("127.0.0.1", free_port()))
    osc = ardour.doctor()[-1]
    assert not osc.good
    assert "Control Surfaces" in osc.advice


def test_connecting_to_none_says_what_to_do(ardour: ArdourIntegration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("host_bridge.ardour.integration.connect", lambda: connect_to_none())
    with pytest.raises(HostGoneError, match="Open Sound Control"):
        ardour.connect()


def connect_to_none() -> object:
    from host_bridge.ardour.connect import connect

    return connect(("127.0.0.1", free_port()))


def test_the_slot_of_the_script_is_found(tmp_path: Path) -> None:
    assert find_slot(tmp_path) is None
    add_to_slot(tmp_path, 7)
    assert find_slot(tmp_path) == 7
    for bad in ("", "<UIScripts/>", "<UIScripts><ActionScript>%%%</ActionScript></UIScripts>", "<!DOCTYPE a><a/>"):
        (tmp_path / "ui_scripts").write_text(bad)
        assert find_slot(tmp_path) is None


def test_sessions_opened_last_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "recent").write_bytes("Söng\n/music/Söng\nold\n/music/\xff\n".encode() + b"\xff\nodd")
    found = recent_sessions(tmp_path)
    assert found[0] == Path("/music/Söng/Söng.ardour")
    assert len(found) == 3
    assert recent_sessions(tmp_path / "none") == []
