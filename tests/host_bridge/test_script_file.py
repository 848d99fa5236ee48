"""Installing our scripts: whole or not at all, and never over a file of somebody else."""

from __future__ import annotations

import hashlib
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from host_bridge.errors import HostError
from host_bridge.integration import State
from host_bridge.reaper.integration import ReaperIntegration
from host_bridge.resolve.integration import ResolveIntegration
from host_bridge.script_file import STAMP, ScriptFile, is_ours

NAMES = ["cuefinder_reaper.lua", "cuefinder_resolve.py"]


@pytest.fixture(params=NAMES)
def script(tmp_path: Path, request: pytest.FixtureRequest) -> ScriptFile:
    return ScriptFile("Editor", request.param, tmp_path / "Scripts")


def older(script: ScriptFile) -> bytes:
    source = b"an older version\n"
    return source + f"# {STAMP} {hashlib.sha256(source).hexdigest()}\n".encode()


def test_a_script_is_installed_and_removed(script: ScriptFile) -> None:
    assert script.state() is State.MISSING
    assert script.changes() == [f"write {script.path}"] == script.install()
    assert script.state() is State.READY
    assert script.changes() == [] == script.install()
    assert script.path.read_bytes().startswith(files("host_bridge.scripts").joinpath(script.name).read_bytes())
    assert script.uninstall() == [f"removed {script.path}"]
    assert script.uninstall() == []
    assert list(script.folder.iterdir()) == []


def test_an_older_version_is_replaced_without_a_backup(script: ScriptFile) -> None:
    script.folder.mkdir()
    script.path.write_bytes(older(script))
    assert script.state() is State.OUTDATED
    assert script.install() == [f"replace another version of Cuefinder's script: {script.path}"]
    assert list(script.folder.iterdir()) == [script.path]


@pytest.mark.parametrize("changed", [True, False])
def test_what_is_not_ours_is_kept(script: ScriptFile, changed: bool) -> None:
    script.folder.mkdir()
    theirs = older(script).replace(b"an", b"my") if changed else b"their own script"
    script.path.write_bytes(theirs)
    script.backup.write_bytes(b"an older backup")
    assert "keep the file" in script.changes()[0]
    script.install()
    assert script.state() is State.READY
    assert script.backup.read_bytes() == b"an older backup"
    assert script.backup.with_name(script.backup.name + "2").read_bytes() == theirs


def test_a_changed_script_is_not_deleted(script: ScriptFile) -> None:
    script.install()
    script.path.write_bytes(script.path.read_bytes() + b"mine\n")
    assert "kept as" in script.uninstall()[0]
    assert not script.path.exists()
    assert script.backup.read_bytes().endswith(b"mine\n")


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "Scripts").write_text("a file")
    script = ScriptFile("Editor", NAMES[0], tmp_path / "Scripts")
    with pytest.raises(HostError, match="Editor: cannot write"):
        script.install()


@pytest.mark.parametrize(
    "content", [b"", b"x", STAMP.encode(), b"# " + STAMP.encode() + b" 0\n", b"\xff\n# " + STAMP.encode()]
)
def test_what_only_looks_like_ours(content: bytes) -> None:
    assert not is_ours(content)


@pytest.mark.parametrize(("integration", "program", "folder"), [
    (ReaperIntegration, "opt/REAPER/reaper", ".config/REAPER/Scripts"),
    (ResolveIntegration, None, ".local/share/DaVinciResolve/Fusion/Scripts/Utility"),
])  # fmt: skip
@pytest.mark.skipif(sys.platform != "linux", reason="the folders of Linux")
def test_integrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, integration: type, program: str | None, folder: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    made = integration()
    assert "has not met the real program" in made.tested
    if made.program() is not None:
        pytest.skip(f"{made.title} is installed here")
    assert made.state() is State.NO_PROGRAM
    assert not made.doctor()[0].good
    with pytest.raises(HostError, match="not found on this machine"):
        made.install()
    if program:
        (tmp_path / program).parent.mkdir(parents=True)
        (tmp_path / program).touch()
        (tmp_path / program).with_name("whatsnew.txt").write_text("v7.22 - October 6 2024\n")
        assert made.program().version == "7.22"
    (tmp_path / folder).mkdir(parents=True)
    assert made.changes() == [f"write {tmp_path / folder / made.script_name}"]
    assert "start it in" in made.install()[-1]
    assert made.state() is State.READY
    assert [f.good for f in made.doctor()][1]
    assert all(f.good or f.advice for f in made.doctor())
    with pytest.raises(HostError, match="connects by itself"):
        made.connect()
    made.uninstall()
    assert list((tmp_path / folder).iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of Linux")
def test_a_portable_reaper_keeps_its_scripts_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    here = tmp_path / "opt/REAPER"
    here.mkdir(parents=True)
    (here / "reaper").touch()
    (here / "reaper.ini").touch()
    (here / "reaper-kb.ini").write_text('SCR 4 0 RS12 "Custom: cuefinder_reaper.lua" cuefinder_reaper.lua\n')
    made = ReaperIntegration()
    if made.program().path != here / "reaper":
        pytest.skip("REAPER is installed here")
    made.install()
    assert (here / "Scripts" / made.script_name).is_file()
    assert all(f.good for f in made.doctor())


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_folders_of_other_systems(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert ReaperIntegration().folder().parts[-2:] == ("REAPER", "Scripts")
    assert ResolveIntegration().folder().parts[-3:] == ("Fusion", "Scripts", "Utility")
    assert "Blackmagic Design" in ResolveIntegration().folder().parts
