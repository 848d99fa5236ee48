"""The set-up, on settings in a home of the test's own; what the real program makes of it is tried where that runs."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from host_bridge.audacity.integration import BACKUP, AudacityIntegration
from host_bridge.audacity.paths import pipe_paths, settings_file
from host_bridge.audacity.processes import is_running
from host_bridge.errors import HostError, HostGoneError
from host_bridge.integration import State

TEXT = (
    "PrefsVersion=1.1.1r1\r\nName=B\u00e4sse\r\n[Version]\r\nMajor=3\r\nMinor=2\r\nMicro=4\r\n[Module]\r\n"
    "mod-script-pipe=4\r\n[ModulePath]\r\nmod-script-pipe={module}\r\n[ModuleDateTime]\r\nmod-script-pipe=2023-02-01\r\n"
).encode() + b"odd=\xff\xfe\r\n"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which Audacity was started once, and a PATH with a program of its name."""
    program = tmp_path / "bin/audacity"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    module = tmp_path / "mod-script-pipe.so"
    module.touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setattr("host_bridge.audacity.integration.is_running", lambda: False)
    monkeypatch.setattr("host_bridge.audacity.integration.pipe_paths", lambda: (tmp_path / "to", tmp_path / "from"))
    monkeypatch.setattr("host_bridge.audacity.pipe.REOPENING", 0.05)
    path = tmp_path / "settings/audacity/audacity.cfg"
    path.parent.mkdir(parents=True)
    path.write_bytes(TEXT.replace(b"{module}", str(module).encode()))
    path.chmod(0o600)
    return path


def test_set_up_changes_one_line_and_keeps_the_old_file(config: Path) -> None:
    audacity = AudacityIntegration()
    old = config.read_bytes()
    assert audacity.state() is State.MISSING
    assert len(audacity.changes()) == 2
    assert config.read_bytes() == old, "asking what would change changes nothing"
    audacity.install()
    assert config.read_bytes() == old.replace(b"mod-script-pipe=4", b"mod-script-pipe=1")
    assert config.with_name(config.name + BACKUP).read_bytes() == old
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert audacity.state() is State.READY
    assert audacity.changes() == []
    assert audacity.install() == []


def test_taking_it_back_keeps_what_audacity_wrote_since(config: Path) -> None:
    audacity = AudacityIntegration()
    old = config.read_bytes()
    audacity.install()
    config.write_bytes(config.read_bytes().replace(b"Micro=4", b"Micro=5"))
    audacity.uninstall()
    assert config.read_bytes() == old.replace(b"Micro=4", b"Micro=5")
    assert sorted(path.name for path in config.parent.iterdir()) == ["audacity.cfg"]
    with pytest.raises(HostError, match="switched nothing on"):
        audacity.uninstall()


def test_what_the_user_switched_on_is_not_switched_off(config: Path) -> None:
    config.write_bytes(config.read_bytes().replace(b"mod-script-pipe=4", b"mod-script-pipe=1"))
    old = config.read_bytes()
    audacity = AudacityIntegration()
    assert audacity.state() is State.READY
    assert audacity.install() == []
    with pytest.raises(HostError, match="nothing was changed"):
        audacity.uninstall()
    assert config.read_bytes() == old


def test_while_audacity_runs_nothing_is_changed(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audacity = AudacityIntegration()
    audacity.install()
    monkeypatch.setattr("host_bridge.audacity.integration.is_running", lambda: True)
    installed = config.read_bytes()
    with pytest.raises(HostError, match="quit it"):
        audacity.uninstall()
    assert config.read_bytes() == installed
    config.write_bytes(installed.replace(b"mod-script-pipe=1", b"mod-script-pipe=0"))
    with pytest.raises(HostError, match="quit it"):
        audacity.install()
    assert b"mod-script-pipe=0" in config.read_bytes()


def test_before_the_first_start_it_says_so(config: Path) -> None:
    config.unlink()
    with pytest.raises(HostError, match="start Audacity once"):
        AudacityIntegration().install()
    config.write_text("[Module]\n[ModulePath]\nmod-script-pipe=/x\n")
    with pytest.raises(HostError, match="script module"):
        AudacityIntegration().install()
    assert sorted(path.name for path in config.parent.iterdir()) == ["audacity.cfg"]


def test_settings_that_cannot_be_written_stay_as_they_are(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = config.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("host_bridge.audacity.settings.os.fsync", full)
    with pytest.raises(HostError, match="No space left"):
        AudacityIntegration().install()
    assert config.read_bytes() == old
    assert sorted(path.name for path in config.parent.iterdir()) == ["audacity.cfg"]


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of Linux")
def test_the_folder_of_old_versions_counts_where_it_is(config: Path, tmp_path: Path) -> None:
    assert settings_file() == config
    (tmp_path / ".audacity-data").mkdir()
    assert settings_file() == tmp_path / ".audacity-data/audacity.cfg"


def test_the_program_is_found_with_its_version(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = AudacityIntegration().program()
    assert found is not None
    assert (found.version, found.path) == ("3.2.4", tmp_path / "bin/audacity")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr("host_bridge.audacity.processes.PLACES", {})
    assert AudacityIntegration().program() is None
    assert AudacityIntegration().state() is State.NO_PROGRAM


def test_the_doctor_names_each_fault(config: Path, tmp_path: Path) -> None:
    def bad() -> list[str]:
        return [finding.what for finding in AudacityIntegration().doctor() if not finding.good]

    assert bad() == ["mod-script-pipe switched on", "running", "the pipe answers"]
    AudacityIntegration().install()
    assert bad() == ["running", "the pipe answers"]
    (tmp_path / "mod-script-pipe.so").unlink()
    assert bad()[0].startswith("module: ")
    assert all(finding.advice for finding in AudacityIntegration().doctor() if not finding.good)


def test_connecting_to_nothing_says_start_it(config: Path) -> None:
    with pytest.raises(HostGoneError, match="start it"):
        AudacityIntegration().connect()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes of Linux")
def test_only_a_living_audacity_of_this_user_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def process(number: int, name: str, state: str) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "comm").write_text(name + "\n")
        (folder / "stat").write_text(f"{number} ({name}) {state} 1 1")

    process(1, "audacity-not", "S")
    process(2, "audacity", "Z")
    (tmp_path / "3").mkdir()
    (tmp_path / "self").mkdir()
    assert not is_running(tmp_path)
    process(4, "audacity", "T")
    assert is_running(tmp_path)
    me = os.getuid()
    monkeypatch.setattr("host_bridge.audacity.processes.os.getuid", lambda: me + 1)
    assert not is_running(tmp_path)


def test_windows_is_refused_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("host_bridge.audacity.paths.sys.platform", "win32")
    with pytest.raises(HostError, match="not supported on Windows"):
        pipe_paths()
