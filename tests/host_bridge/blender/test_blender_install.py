"""The add-on is put where Blender finds it, and taken away again."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from host_bridge.blender.integration import ADDON, BlenderIntegration
from host_bridge.errors import HostError
from host_bridge.integration import State
from host_bridge.transport.address import Address, own_folder, write_address
from tests.host_bridge.blender.blender_process import bpy_python


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user of Linux whose folder is empty, and a machine without Blender."""
    for name in ("BLENDER_USER_SCRIPTS", "BLENDER_USER_RESOURCES", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CUEFINDER_BRIDGE", str(tmp_path / "bridge"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("host_bridge.blender.places.executable", lambda: None)
    monkeypatch.setattr("host_bridge.blender.integration.executable", lambda: None)
    return tmp_path


def version(user: Path, name: str, root: str = ".config/blender") -> Path:
    folder = user / root / name
    folder.mkdir(parents=True)
    return folder / "scripts" / "addons" / ADDON


def test_without_blender_nothing_can_be_installed(user: Path) -> None:
    host = BlenderIntegration()
    assert (host.program(), host.state(), host.changes()) == (None, State.NO_PROGRAM, [])
    with pytest.raises(HostError, match="start it once"):
        host.install()
    assert any(not finding.good and finding.advice for finding in host.doctor())


def test_it_is_installed_for_each_version_and_removed_again(user: Path) -> None:
    places = [
        version(user, "4.2"),
        version(user, "5.0"),
        version(user, "5.1", ".var/app/org.blender.Blender/config/blender"),
    ]
    old, other = version(user, "2.93"), user / ".config/blender/notes"
    other.mkdir()
    host = BlenderIntegration()
    assert host.state() is State.MISSING
    assert host.changes() == [f"write {place}" for place in places]
    done = host.install()
    assert done[:3] == [f"write {place}" for place in places]
    assert "Preferences > Add-ons" in done[3]
    assert all(place.is_file() for place in places)
    assert not old.exists()
    assert (host.state(), host.changes(), host.install()) == (State.READY, [], [])
    places[0].unlink()
    assert host.state() is State.MISSING
    host.install()
    assert host.uninstall() == [f"removed {place}" for place in places]
    assert not any(place.exists() for place in places)
    assert host.uninstall() == []


def test_one_version_alone(user: Path) -> None:
    chosen, other = version(user, "4.2"), version(user, "5.0")
    BlenderIntegration("4.2").install()
    assert (chosen.is_file(), other.exists()) == (True, False)
    with pytest.raises(HostError, match=r"Blender 4\.5"):
        BlenderIntegration("4.5").install()


def test_a_file_of_somebody_else_is_kept(user: Path) -> None:
    place = version(user, "5.0")
    place.parent.mkdir(parents=True)
    place.write_text("their work")
    host = BlenderIntegration()
    assert host.state() is State.OUTDATED
    assert any(".bak" in line for line in host.changes())
    host.install()
    assert host.state() is State.READY
    assert place.with_name(f"{ADDON}.bak").read_text() == "their work"
    place.write_text("changed by hand")
    host.uninstall()
    assert sorted(path.read_text() for path in place.parent.iterdir()) == ["changed by hand", "their work"]


@pytest.mark.parametrize(("platform", "variable", "value", "folder"), [
    ("linux", "XDG_CONFIG_HOME", "cfg", "cfg/blender/4.2/scripts/addons"),
    ("linux", "BLENDER_USER_SCRIPTS", "own", "own/addons"),
    ("linux", "BLENDER_USER_RESOURCES", "res", "res/scripts/addons"),
    ("darwin", "NONE", "", "Library/Application Support/Blender/4.2/scripts/addons"),
    ("win32", "APPDATA", "Roaming", "Roaming/Blender Foundation/Blender/4.2/scripts/addons"),
])  # fmt: skip
def test_the_folder_of_each_system(
    user: Path, monkeypatch: pytest.MonkeyPatch, platform: str, variable: str, value: str, folder: str
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setenv(variable, str(user / value))
    (user / folder).parents[1].mkdir(parents=True, exist_ok=True)
    BlenderIntegration().install()
    assert (user / folder / ADDON).is_file()


def test_the_doctor_looks_at_program_addon_and_panel(user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = user / "blender"
    program.write_text("#!/bin/sh\necho 'Blender 4.2.1'\n")
    program.chmod(0o755)
    monkeypatch.setattr("host_bridge.blender.integration.executable", lambda: program)
    host = BlenderIntegration()
    found = host.program()
    assert found is not None
    assert (found.version, found.path) == ("4.2.1", program)
    assert host.state() is State.MISSING
    version(user, "4.2")
    assert [finding.good for finding in host.doctor()] == [True, False, False]
    host.install()
    own_folder(user / "bridge")
    write_address(user / "bridge", Address.new(9))
    assert all(finding.good for finding in host.doctor())
    program.write_text("#!/bin/sh\necho 'Blender 2.93.0'\n")
    assert any("needs 3.4" in finding.advice for finding in host.doctor())
    program.write_text("#!/bin/sh\nexit 1\n")
    assert host.program().version == ""


def test_real_blender_enables_it_from_where_it_was_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLENDER_USER_SCRIPTS", str(tmp_path / "scripts"))
    BlenderIntegration().install()
    code = """
import bpy, addon_utils
found = [m.bl_info["name"] for m in addon_utils.modules(refresh=True) if m.__name__ == "cuefinder_blender"]
module = addon_utils.enable("cuefinder_blender")
print("FOUND", found, addon_utils.check("cuefinder_blender")[1], module.__file__)
addon_utils.disable("cuefinder_blender")
"""
    environment = os.environ | {"CUEFINDER_BRIDGE": str(tmp_path / "bridge"), "HOME": str(tmp_path)}
    done = subprocess.run([*bpy_python(), "-c", code], capture_output=True, text=True, timeout=60, env=environment)
    assert f"FOUND ['Cuefinder'] True {tmp_path / 'scripts' / 'addons' / ADDON}" in done.stdout, (
        done.stdout + done.stderr
    )
