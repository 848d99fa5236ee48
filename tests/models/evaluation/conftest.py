"""A bench on the tiny corpus."""

from __future__ import annotations

from pathlib import Path

import core_tiny as tiny
import pytest

from models.evaluation.bench import Bench


@pytest.fixture(scope="session")
def shared_bench(folders: tuple[Path, Path]) -> Bench:
    return Bench(*folders, pool=16)


@pytest.fixture
def bench(shared_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench whose test material is noise, so that nothing has to be installed."""
    monkeypatch.setattr("models.evaluation.material.make_piece", tiny.fake_piece)
    monkeypatch.setattr("models.evaluation.solos.make_piece", tiny.fake_piece)
    return shared_bench
