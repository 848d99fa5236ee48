"""A command line that runs in this process with the fake engine."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fakes import FakeEngine

from plugin.cli.main import main


class Answer(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line on stderr."""
        assert self.err.startswith("cuefinder: error: ")
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix("cuefinder: error: ").strip()


Cuefinder = Callable[..., Answer]


@pytest.fixture
def cuefinder(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, inline_decoding: None) -> Cuefinder:
    monkeypatch.setattr("plugin.runtime.engine.Engine", FakeEngine)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # main sets it: put it back afterwards

    def run(*arguments: str | Path) -> Answer:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Answer(status, *capsys.readouterr())

    return run


@pytest.fixture
def indexed(cuefinder: Cuefinder, music: Path) -> Path:
    """The folder of music, indexed."""
    assert cuefinder("index", music).status == 0
    return music
