"""The doctor tells which formats can be read."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from host_bridge.errors import HostError
from host_bridge.files.integration import ADAPTERS, FilesIntegration
from host_bridge.integration import State


def test_there_is_nothing_to_install() -> None:
    files = FilesIntegration()
    assert (files.key, files.state(), files.changes()) == ("files", State.NOT_NEEDED, [])
    assert files.program() is not None
    with pytest.raises(HostError, match="cuefinder timeline FILE"):
        files.connect()


def test_all_adapters_are_here() -> None:
    assert [one.what for one in FilesIntegration().doctor() if not one.good and "melt" not in one.what] == []


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def without(name: str, package: str | None = None) -> ModuleType:
        if name == "aaf2":
            raise ModuleNotFoundError("No module named 'aaf2'")
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", without)
    monkeypatch.setattr("shutil.which", lambda name: None)
    bad = [one for one in FilesIntegration().doctor() if not one.good]
    assert [one.what for one in bad] == [ADAPTERS["aaf2"], "melt (not found)"]
    assert all("install" in one.advice for one in bad)
