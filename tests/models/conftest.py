"""A tiny corpus with random networks, made once; `core_tiny` beside it makes it."""

from __future__ import annotations

from pathlib import Path

import core_tiny as tiny
import pytest


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give a data folder and a work folder."""
    data, work = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("work")
    tiny.write_data(data)
    tiny.write_work(work)
    return data, work
