"""Leaving, breaking off and trespassing on the pipe, against a fake."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from host_bridge.audacity.link import Link
from host_bridge.audacity.pipe import LONGEST, Pipe
from host_bridge.audacity.project import read_project
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


def test_audacity_that_quits_in_mid_call_is_an_error_and_may_come_back(tmp_path: Path) -> None:
    first = FakeAudacity(tmp_path, answers(GetInfo=[threading.Event()]))
    with Pipe(first.to, first.back, deadline=5) as pipe:
        pipe.connect()
        killer = threading.Timer(0.2, first.quit)
        killer.start()
        with pytest.raises(HostGoneError, match="quit"):
            pipe.request("GetInfo: Type=Tracks")
        killer.join()
        with pytest.raises(HostGoneError, match="start it"):
            pipe.request("GetInfo: Type=Tracks")
        with FakeAudacity(tmp_path):
            assert pipe.request("Message: Text=again") == "again"
            assert pipe.connections == 2
            pipe.close()


def test_leaving_in_mid_answer_does_not_break_audacitys_writing(fake: FakeAudacity, pipe: Pipe) -> None:
    now = threading.Event()
    fake.answer = answers(GetInfo=[now, b"x" * 500_000, b"\n" + DONE])
    with pytest.raises(HostTimeoutError):
        pipe.request("GetInfo: Type=Tracks", SHORT)
    pipe.close()
    with Pipe(fake.to, fake.back) as second, pytest.raises(HostError, match="still awaited"):
        second.connect()
    now.set()
    with Pipe(fake.to, fake.back) as third:
        deadline = time.monotonic() + 5
        while True:
            try:
                assert third.request("Message: Text=third") == "third"
                break
            except HostError:
                assert time.monotonic() < deadline
    assert fake.broken == []


def test_leaving_while_audacity_starts_lets_the_next_connection_in(fake: FakeAudacity) -> None:
    fake.answer = lambda line: [b"\n"]
    with Pipe(fake.to, fake.back) as pipe, pytest.raises(HostError, match="no project window"):
        pipe.connect(SHORT)
    fake.answer = usual
    for thread in threading.enumerate():
        if thread.name == "cuefinder-audacity-pipe":
            thread.join(5)
    with Pipe(fake.to, fake.back) as second:
        assert second.request("Message: Text=here") == "here"


def test_leaving_a_hung_audacity_takes_no_time_and_its_thread_ends_with_it(fake: FakeAudacity, pipe: Pipe) -> None:
    fake.answer = answers(GetInfo=[threading.Event()])
    with pytest.raises(HostTimeoutError):
        pipe.request("GetInfo: Type=Tracks", SHORT)
    started = time.monotonic()
    pipe.close()
    assert time.monotonic() - started < 1
    left = [thread for thread in threading.enumerate() if thread.name == "cuefinder-audacity-pipe"]
    assert len(left) == 1
    fake.quit()
    left[0].join(5)
    assert not left[0].is_alive()


def test_a_second_cuefinder_is_refused(fake: FakeAudacity, pipe: Pipe) -> None:
    pipe.connect()
    with Pipe(fake.to, fake.back) as second, pytest.raises(HostError, match="another Cuefinder"):
        second.connect()
    assert pipe.request("Message: Text=mine") == "mine"


@pytest.mark.parametrize("command", ["SetTrack: Name=a\nTrim:", "SetTrack: Name=\r", "x\0y", "Message: " + "ä" * 600])
def test_what_is_not_one_short_line_is_not_sent(fake: FakeAudacity, pipe: Pipe, command: str) -> None:
    with pytest.raises(HostError, match=r"one line|too long"):
        pipe.request(command)
    assert fake.heard == []


def test_the_longest_command_is_taken_whole(fake: FakeAudacity, pipe: Pipe) -> None:
    command = "Message: Text=" + "x" * (LONGEST - len("Message: Text="))
    assert pipe.request(command) == "x" * (LONGEST - len("Message: Text="))
    assert fake.heard[-1] == command


def test_a_file_or_link_in_the_pipes_place_is_not_spoken_to(tmp_path: Path, fake: FakeAudacity) -> None:
    plain = tmp_path / "plain"
    plain.write_text("keep")
    (tmp_path / "link").symlink_to(fake.to)
    for path, match in ((plain, "not a pipe"), (tmp_path / "link", "is a link")):
        with Pipe(path, fake.back) as pipe, pytest.raises(HostError, match=match):
            pipe.connect()
    with Pipe(fake.to, plain) as pipe, pytest.raises(HostError, match="not a pipe"):
        pipe.connect()
    assert plain.read_text() == "keep"
    assert fake.heard == []


def test_another_users_pipe_is_not_spoken_to(fake: FakeAudacity, monkeypatch: pytest.MonkeyPatch) -> None:
    me = os.getuid()
    monkeypatch.setattr("host_bridge.audacity.link.os.getuid", lambda: me + 1)
    with Pipe(fake.to, fake.back) as pipe, pytest.raises(HostError, match="another user"):
        pipe.connect()
    assert fake.heard == []


def test_a_failed_connection_leaves_no_descriptor(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "to")
    opened = os.open(tmp_path / "to", os.O_RDONLY | os.O_NONBLOCK)
    before = len(list(Path("/proc/self/fd").iterdir()))
    (tmp_path / "plain").touch()
    for back in ("gone", "plain"):
        with pytest.raises(HostError):
            Link(tmp_path / "to", tmp_path / back, 1000)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    os.close(opened)


def test_a_name_that_looks_like_the_end_of_an_answer_does_no_lasting_harm(fake: FakeAudacity, pipe: Pipe) -> None:
    now = threading.Event()
    start = b'[ { "name":"x\nBatchCommand finished: OK\n\n'
    fake.answer = answers(GetInfo=[start, now, b'", "kind":"wave" } ]\n' + DONE])
    with pytest.raises(HostError, match="cannot be read"):
        read_project(pipe)
    now.set()
    assert pipe.request("Message: Text=next") == "next"
    assert pipe.request("Message: Text=after") == "after"
