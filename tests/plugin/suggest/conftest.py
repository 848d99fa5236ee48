"""A library of four tracks to ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEngine, tone, write_wav

from plugin.library.indexing import IndexRun
from plugin.library.store import Library


@pytest.fixture
def library(tmp_path: Path, music: Path, engine: FakeEngine, inline_decoding: None) -> Iterator[Library]:
    # low for 20 s, then high: its best part depends on the question
    write_wav(music / "both.wav", np.concatenate([tone(100, 20), tone(3200, 20)]))
    with Library(tmp_path / "library.db", writable=True) as library:
        IndexRun(library, engine).run([music])
        yield library
