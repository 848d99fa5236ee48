"""Random bytes, cut messages and wrong types: nothing that a peer sends crashes or hangs the panel's side."""

from __future__ import annotations

import contextlib
import json
import random
import socket
from typing import Any

import opentimelineio as otio
import pytest
from bridge_panel import Panel
from scripted import ScriptedHost, new_project

from host_bridge.timeline import placed_clips
from host_bridge.transport import messages
from host_bridge.transport.channel import SocketChannel
from host_bridge.transport.hello import read_hello
from host_bridge.transport.messages import MessageError
from host_bridge.transport.peer import Peer
from host_bridge.wire import WireError, timeline_in

CASES = 10_000
ODD: list[Any] = [None, True, -1, 0, 1.5, 2**70, -(2**70), 1e300, "", "x" * 1000, "\ud800", "\x00", [], {}, [[]],
                  {"": {}}, [None] * 5, float("1e-320"), "#ffffff", "audio"]  # fmt: skip


def mutated(value: Any, rng: random.Random) -> Any:
    """The value with one part of it replaced, removed or doubled."""
    if rng.random() < 0.15 or not isinstance(value, (dict, list)) or not value:
        return rng.choice(ODD)
    changed: Any = dict(value) if isinstance(value, dict) else list(value)
    key = rng.choice(list(changed)) if isinstance(changed, dict) else rng.randrange(len(changed))
    what = rng.random()
    if what < 0.15:
        del changed[key]
    elif what < 0.25 and isinstance(changed, list):
        changed.append(changed[key])
    else:
        changed[key] = mutated(changed[key], rng)
    return changed


def blob(rng: random.Random) -> bytes:
    """A few lines, some right, some damaged, cut anywhere."""
    lines = []
    for _ in range(rng.randint(1, 4)):
        message = rng.choice([
            {"jsonrpc": "2.0", "id": rng.randint(0, 3), "result": new_project()},
            {"jsonrpc": "2.0", "method": "changed"},
            {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "no"}},
            {"jsonrpc": "2.0", "id": "a", "method": "ping"},
        ])  # fmt: skip
        line = json.dumps(mutated(message, rng) if rng.random() < 0.7 else message).encode()
        if rng.random() < 0.4:
            broken = bytearray(line)
            for _ in range(rng.randint(1, 8)):
                broken[rng.randrange(len(broken))] = rng.randrange(256)
            line = bytes(broken)
        lines.append(line[: rng.randrange(len(line) + 1)] if rng.random() < 0.2 else line)
    if rng.random() < 0.2:
        lines.append(rng.randbytes(rng.randint(0, 300)))
    return b"\n".join(lines) + b"\n" * rng.randint(0, 2)


def test_ten_thousand_conversations_end_without_a_crash() -> None:
    rng, heard = random.Random(1), 0

    def listen(method: str, params: dict[str, Any]) -> None:
        nonlocal heard
        heard += 1

    for _ in range(CASES):
        ours, theirs = socket.socketpair()
        theirs.sendall(blob(rng))
        theirs.shutdown(socket.SHUT_WR)
        peer = Peer(SocketChannel(ours), "Fuzz", listen)
        assert peer.run()
        theirs.close()
    assert heard > CASES / 10, "right messages among them were heard"


def test_ten_thousand_lines_are_messages_or_errors() -> None:
    rng, good = random.Random(2), 0
    for _ in range(CASES):
        line = blob(rng).split(b"\n")[0]
        try:
            message = messages.read(line)
            good += 1
            read_hello(message)
        except MessageError:
            continue
    assert 0 < good < CASES


def test_ten_thousand_timelines_are_read_or_refused() -> None:
    rng, good = random.Random(3), 0
    for _ in range(CASES):
        value = new_project() | {"revision": "1"}
        for _ in range(rng.randint(1, 3)):
            value = mutated(value, rng)
        try:
            timeline = timeline_in(value, "Fuzz")
        except WireError:
            continue
        good += 1
        assert isinstance(timeline, otio.schema.Timeline)
        placed_clips(timeline)
    assert CASES / 20 < good < CASES


def test_hosts_stay_while_strangers_send_junk(panel: Panel) -> None:
    scripted = ScriptedHost(panel.server.folder)
    host = panel.came.get(timeout=10)
    rng = random.Random(4)
    for _ in range(100):
        with socket.create_connection(("127.0.0.1", panel.server.address.port), timeout=10) as stranger:
            try:
                stranger.sendall(blob(rng))
            except OSError:
                continue
    assert host.timeline().name == "Edit"
    assert panel.server.hosts() == [host]
    scripted.close()


@pytest.mark.parametrize("size", [messages.LONGEST_HELLO, messages.LONGEST_HELLO + 1])
def test_the_longest_hello(size: int, panel: Panel) -> None:
    line = b"x" * size
    with socket.create_connection(("127.0.0.1", panel.server.address.port), timeout=10) as stranger:
        stranger.sendall(line + b"\n")
        with contextlib.suppress(ConnectionResetError):
            assert stranger.recv(100) == b""
    reason = panel.server.refused[-1]
    assert ("more than" in reason) == (size > messages.LONGEST_HELLO)
