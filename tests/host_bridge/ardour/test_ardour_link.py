"""The connection, against a small stand-in on a real UDP port that can be as bad as the test wants."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from host_bridge.ardour.link import ArdourLink
from host_bridge.ardour.osc import Message, decode, encode
from host_bridge.errors import HostError, HostGoneError, HostTimeoutError
from tests.host_bridge.ardour.conftest import free_port

Answer = Callable[[Message], list[bytes]]


class StandIn:
    """Echoes as Ardour does; `answer` gives the packets for everything else."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self.socket.getsockname()
        self.heard: list[Message] = []
        self.peer: tuple[str, int] | None = None
        self.answer: Answer = lambda message: []
        self.silent = False
        self.held: list[bytes] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            packet, peer = self.socket.recvfrom(65_536)
            if packet == b"stop":
                return
            self.peer = peer
            (message,) = decode(packet)
            self.heard.append(message)
            path, ending, _ = message.address.partition("/#current_value")
            packets = [encode("#reply", path, "bad syntax")] if ending else self.answer(message)
            if self.silent:
                self.held += packets
                continue
            for one in packets:
                self.socket.sendto(one, peer)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"stop", self.address)
        self._thread.join(5)
        self.socket.close()


@pytest.fixture
def ardour() -> Iterator[StandIn]:
    made = StandIn()
    yield made
    made.close()


@pytest.fixture
def link(ardour: StandIn) -> Iterator[ArdourLink]:
    made = ArdourLink(ardour.address, 2.0)
    yield made
    made.close()


def frame(value: int) -> Answer:
    return lambda m: [encode("/transport_frame", value)] if m.address == "/transport_frame" else []


def test_a_question_is_answered(ardour: StandIn, link: ArdourLink) -> None:
    ardour.answer = frame(48_000)
    assert link.number("/transport_frame") == 48_000
    assert ardour.heard[0] == Message("/set_surface/port", (0,))


def test_an_absent_ardour_is_told_at_once_and_with_what_to_do() -> None:
    link = ArdourLink(("127.0.0.1", free_port()), 5.0)
    began = time.monotonic()
    with pytest.raises(HostGoneError, match="Control Surfaces"):
        link.number("/transport_frame")
    assert time.monotonic() - began < 2
    link.close()


def test_silence_ends_at_the_deadline(ardour: StandIn, link: ArdourLink) -> None:
    ardour.silent = True
    began = time.monotonic()
    with pytest.raises(HostTimeoutError, match="dialog"):
        link.ask("/save_state", deadline=0.3)
    assert 0.2 < time.monotonic() - began < 1.5


def test_an_answer_after_the_deadline_is_not_taken_for_the_next_one(ardour: StandIn, link: ArdourLink) -> None:
    ardour.answer, ardour.silent = frame(1), True
    with pytest.raises(HostTimeoutError):
        link.number("/transport_frame", 0.2)
    ardour.answer, ardour.silent = frame(2), False
    assert ardour.peer is not None
    for packet in ardour.held:
        ardour.socket.sendto(packet, ardour.peer)
    assert link.number("/transport_frame") == 2


def test_malformed_packets_are_counted_and_dropped(ardour: StandIn, link: ArdourLink) -> None:
    bad = [b"", b"garbage", b"/transport_frame\0\0\0\0,i\0\0", b"\xff" * 2000, encode("/transport_frame")]
    ardour.answer = lambda m: [*bad, encode("/transport_frame", 7)] if m.address == "/transport_frame" else []
    assert link.number("/transport_frame") == 7
    assert link.malformed == 4


def test_a_flood_of_feedback_does_not_hide_the_answer(ardour: StandIn, link: ArdourLink) -> None:
    ardour.answer = lambda m: [encode("/select/mute", 0.0)] * 150 + frame(9)(m)
    assert link.number("/transport_frame") == 9


def test_another_process_cannot_answer(ardour: StandIn, link: ArdourLink) -> None:
    ardour.answer = frame(5)
    mine = link._socket.getsockname()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        for _ in range(20):
            other.sendto(encode("/transport_frame", 666), mine)
            other.sendto(encode("#reply", "/cuefinder/0123456789abcdef", "bad syntax"), mine)
        assert link.number("/transport_frame") == 5
        assert link.malformed == 0


def test_a_host_that_answers_but_has_no_session_is_named(link: ArdourLink) -> None:
    with pytest.raises(HostError, match="session open"):
        link.number("/transport_frame")


def test_an_answer_of_the_wrong_kind_is_refused(ardour: StandIn, link: ArdourLink) -> None:
    ardour.answer = lambda m: [encode("/transport_frame", "soon")]
    with pytest.raises(HostError, match="session open"):
        link.number("/transport_frame")


def test_names_that_cannot_be_sent_are_refused(ardour: StandIn, link: ArdourLink) -> None:
    with pytest.raises(HostError, match="zero byte"):
        link.ask("/strip/name", 1, "a\0b")
    assert not any(m.address == "/strip/name" for m in ardour.heard)


def test_a_wait_ends_at_its_deadline(ardour: StandIn, link: ArdourLink) -> None:
    ardour.answer = frame(0)
    with pytest.raises(HostTimeoutError, match="going there"):
        link.wait("going there", lambda: link.number("/transport_frame") or None, 0.3)
