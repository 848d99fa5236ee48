from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from host_bridge.audacity.pipe import Pipe
from host_bridge.errors import HostError, HostGoneError, HostTimeoutError
from tests.host_bridge.audacity.fake_audacity import DONE, FakeAudacity, usual

SHORT = 0.3


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeAudacity]:
    with FakeAudacity(tmp_path) as started:
        yield started


@pytest.fixture
def pipe(tmp_path: Path, fake: FakeAudacity) -> Iterator[Pipe]:
    """Closed before the fake is, as the fake's fixture comes first."""
    with Pipe(fake.to, fake.back, deadline=5, limit=100_000) as opened:
        yield opened


def answers(**known: Iterable[bytes | threading.Event]) -> Callable[[str], Iterable[bytes | threading.Event]]:
    """Parts of the answers to some commands; the usual ones to all others."""
    return lambda line: known.get(line.partition(":")[0]) or usual(line)


def test_each_request_has_its_own_answer(pipe: Pipe) -> None:
    assert [pipe.request(f"Message: Text=number{i}") for i in range(20)] == [f"number{i}" for i in range(20)]


def test_requests_of_many_threads_have_their_own_answers(pipe: Pipe) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: pipe.request(f"Message: Text=number{i}"), range(100)))
    assert found == [f"number{i}" for i in range(100)]


def test_an_empty_answer_is_one(pipe: Pipe) -> None:
    assert pipe.request("SelectAll:") == ""


def test_without_audacity_it_says_start_it(tmp_path: Path) -> None:
    with Pipe(tmp_path / "to", tmp_path / "from") as pipe, pytest.raises(HostGoneError, match="start it"):
        pipe.connect()


def test_a_pipe_that_a_dead_audacity_left_is_found_out(tmp_path: Path) -> None:
    fake = FakeAudacity(tmp_path)
    fake.quit()
    assert fake.to.is_fifo()
    started = time.monotonic()
    with Pipe(fake.to, fake.back) as pipe, pytest.raises(HostGoneError, match="start it"):
        pipe.connect()
    assert time.monotonic() - started < 4


def test_audacity_may_be_started_later(tmp_path: Path) -> None:
    with Pipe(tmp_path / "to", tmp_path / "from", deadline=5) as pipe:
        with pytest.raises(HostGoneError):
            pipe.connect()
        with FakeAudacity(tmp_path):
            assert pipe.request("Message: Text=here") == "here"
            pipe.close()


def test_a_late_answer_is_never_the_next_requests(fake: FakeAudacity, pipe: Pipe) -> None:
    pipe.connect()
    now = threading.Event()
    fake.answer = answers(GetInfo=[now, b"old\n" + DONE])
    with pytest.raises(HostTimeoutError, match="dialog"):
        pipe.request("GetInfo: Type=Tracks", SHORT)
    with pytest.raises(HostTimeoutError):
        pipe.request("Message: Text=second", SHORT)
    now.set()
    assert pipe.request("Message: Text=third") == "third"
    assert pipe.request("Message: Text=fourth") == "fourth"
    assert "Message: Text=second" not in fake.heard, "a request behind one that hangs is not sent"


def test_half_an_answer_and_its_late_rest_are_dropped(fake: FakeAudacity, pipe: Pipe) -> None:
    now = threading.Event()
    fake.answer = answers(GetInfo=[b"[ { half a li", now, b"ne } ]\n" + DONE])
    with pytest.raises(HostTimeoutError):
        pipe.request("GetInfo: Type=Tracks", SHORT)
    now.set()
    assert pipe.request("Message: Text=next") == "next"


def test_an_answer_may_come_byte_by_byte(fake: FakeAudacity, pipe: Pipe) -> None:
    text = "Bässe 🎸\nzwei Zeilen\n"
    fake.answer = answers(GetInfo=[bytes([byte]) for byte in text.encode() + DONE])
    assert pipe.request("GetInfo: Type=Tracks") == text.strip()


def test_bytes_that_are_not_text_break_nothing(fake: FakeAudacity, pipe: Pipe) -> None:
    fake.answer = answers(GetInfo=[b"B\xe4sse\xff\n" + DONE])
    assert pipe.request("GetInfo: Type=Tracks") == "B\ufffdsse\ufffd"


def test_a_long_answer_is_read_whole(fake: FakeAudacity, pipe: Pipe) -> None:
    fake.answer = answers(GetInfo=[b"x" * 90_000 + b"\n" + DONE])
    assert pipe.request("GetInfo: Type=Tracks") == "x" * 90_000


def test_an_answer_too_long_is_an_error_and_the_next_is_right(fake: FakeAudacity, pipe: Pipe) -> None:
    fake.answer = answers(GetInfo=[b"x" * 3_000_000 + b"\n" + DONE])
    with pytest.raises(HostError, match="longer than 100000 bytes"):
        pipe.request("GetInfo: Type=Tracks")
    assert pipe.request("Message: Text=next") == "next"


def test_a_refusal_says_why(fake: FakeAudacity, pipe: Pipe) -> None:
    fake.answer = answers(Trim=[b"Your batch command of Trim was not recognized.\nBatchCommand finished: Failed!\n\n"])
    with pytest.raises(HostError, match="refused Trim: Your batch command of Trim was not recognized"):
        pipe.request("Trim:")
    assert pipe.request("Message: Text=next") == "next"


def test_without_a_project_window_it_says_so(fake: FakeAudacity, pipe: Pipe) -> None:
    pipe.connect()
    fake.answer = lambda line: [b"\n"]
    with pytest.raises(HostError, match="no project window"):
        pipe.request("GetInfo: Type=Tracks")
    with pytest.raises(HostError, match="no project window"):
        pipe.request("GetInfo: Type=Tracks", 1)
    fake.answer = usual
    assert pipe.request("Message: Text=open") == "open"


def test_a_connection_while_audacity_starts_waits_for_its_window(fake: FakeAudacity, pipe: Pipe) -> None:
    """Just after its start it loses what it is told."""
    fake.answer = lambda line: [b"\n"] if len(fake.heard) < 3 else usual(line)
    assert pipe.request("Message: Text=open") == "open"
    assert pipe.connections == 1
