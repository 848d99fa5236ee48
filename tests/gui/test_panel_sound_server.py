"""Whether there is a server to play into."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gui.audition import sound_server
from gui.audition.sound_server import SoundServer


@contextmanager
def server(path: Path) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        yield
    path.unlink()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(sound_server.time, "monotonic", lambda: now[0])
    return now


def test_one_that_went_counts_again_when_qt_has_found_it_too(tmp_path: Path, clock: list[float]) -> None:
    path = tmp_path / "native"
    with server(path):
        sound = SoundServer(path)
        assert sound.is_there()
    assert not sound.is_there()
    with server(path):
        assert not sound.is_there()
        clock[0] += sound_server.BACK_SECONDS
        assert sound.is_there()


def test_one_that_was_lost_in_between_counts_as_gone_for_as_long(tmp_path: Path, clock: list[float]) -> None:
    with server(tmp_path / "native"):
        sound = SoundServer(tmp_path / "native")
        sound.lose()
        assert not sound.is_there()


@pytest.mark.parametrize("path", [None, Path("/nowhere/native")])
def test_where_none_is_known_nothing_is_held_back(path: Path | None) -> None:
    assert SoundServer(path).is_there()
