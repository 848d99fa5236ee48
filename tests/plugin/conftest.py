"""Fixtures for the tests of the engine; its helpers (`fakes`) lie beside this file."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeEngine, InlinePool, tone, write_wav


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def inline_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decode in this process: starting others takes longer than the tests."""
    monkeypatch.setattr("plugin.library.indexing.DecodePool", InlinePool)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Folder with three tracks in different registers."""
    folder = tmp_path / "music"
    write_wav(folder / "low.wav", tone(80, 12))
    write_wav(folder / "mid.wav", tone(600, 25))
    write_wav(folder / "sub" / "high.wav", tone(4000, 4))
    return folder
