"""Blender connects, or does not, and bears what comes."""

from __future__ import annotations

import dataclasses
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from host_bridge.errors import HostError, HostGoneError
from host_bridge.transport.address import Address, address_file, own_folder, write_address
from tests.host_bridge.blender.blender_process import Blender, bpy_python
from tests.host_bridge.blender.conftest import JOIN
from tests.host_bridge.conftest import Panel

Wait = Callable[[Callable[[], object]], None]


@pytest.fixture(scope="module")
def early(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blender]:
    """Blender that was started before any panel."""
    folder = tmp_path_factory.mktemp("early")
    blender = Blender(bpy_python(), folder / "bridge", folder / "blender")
    blender.do("addon.link.stop(); addon.link.start()")  # with the shorter time between looks
    yield blender
    blender.close()


@pytest.fixture
def bridge(early: Blender) -> Path:
    folder = Path(str(early.do("result = str(addon.bridge_folder())")))
    own_folder(folder)
    return folder


def test_a_panel_opened_later_closed_and_opened_again_finds_blender(
    early: Blender, bridge: Path, wait_for: Wait
) -> None:
    instances = set()
    for _ in range(2):
        panel = Panel(bridge)
        with panel.server:
            host = panel.came.get(timeout=JOIN)
            instances.add(host.instance)
            assert host.version == early.version
            assert host.timeline().name == "Scene"
            assert early.do("result = addon.link.status") == "Connected"
        wait_for(lambda: early.do("result = addon.link.status") != "Connected")
        with pytest.raises(HostGoneError):
            host.timeline()
    assert len(instances) == 1


def test_a_wrong_token_does_not_connect_until_it_is_right(early: Blender, bridge: Path, wait_for: Wait) -> None:
    panel = Panel(bridge)
    with panel.server:
        panel.came.get(timeout=JOIN)
        right = panel.server.address
        early.do("addon.link.stop()")
        write_address(bridge, dataclasses.replace(right, token="0" * 64))
        early.do("addon.link.start()")
        wait_for(lambda: "token" in str(early.do("result = addon.link.status")))
        assert any("token" in reason for reason in panel.server.refused)
        assert panel.came.empty()
        write_address(bridge, right)
        assert panel.came.get(timeout=JOIN).timeline().name == "Scene"


def test_an_older_script_is_told_to_be_installed_again(early: Blender, bridge: Path, wait_for: Wait) -> None:
    panel = Panel(bridge)
    early.do("addon.link.stop(); addon.PROTOCOL = 0; addon.link.start()")
    try:
        with panel.server:
            wait_for(lambda: "hosts install" in str(early.do("result = addon.link.status")))
            assert panel.came.empty()
    finally:
        early.do("addon.link.stop(); addon.PROTOCOL = 1; addon.link.start()")


def test_an_address_that_others_can_read_is_not_used(early: Blender, bridge: Path) -> None:
    write_address(bridge, Address.new(9))
    try:
        assert early.do("result = addon.read_address()")[0] == 9
        address_file(bridge).chmod(0o644)
        assert early.do("result = addon.read_address()") is None
        address_file(bridge).chmod(0o600)
        address_file(bridge).write_text('{"port": "half')
        assert early.do("result = addon.read_address()") is None
    finally:
        address_file(bridge).unlink()


def test_lines_that_are_no_messages_do_no_harm(early: Blender, bridge: Path) -> None:
    early.do("addon.steps.clear()")  # nothing of another test's is to be undone
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(JOIN)
        write_address(bridge, Address.new(listening.getsockname()[1]))
        connection, _ = listening.accept()
        address_file(bridge).unlink()
        with connection, connection.makefile("rwb") as lines:
            connection.settimeout(JOIN)
            hello = json.loads(lines.readline())
            assert hello["method"] == "hello"
            lines.write(b'{"jsonrpc": "2.0", "id": 1, "result": {"protocol": 1}}\n')
            for line, code in (
                (b"GET / HTTP/1.1", -32700), (b"\xff\xfe", -32700), (b"[" * 100_000, -32700), (b'["2.0"]', -32600),
                (b'{"jsonrpc": "2.0", "id": 5, "method": "format_disk"}', -32601),
                (b'{"jsonrpc": "2.0", "id": 6, "method": ["timeline"]}', -32601),
                (b'{"jsonrpc": "2.0", "id": 7, "method": "annotate", "params": [1]}', -32602),
                (b'{"jsonrpc": "2.0", "id": 8, "method": "annotate", "params": {"clip": 3}}', -32602),
                (b'{"jsonrpc": "2.0", "id": 9, "method": "annotate", "params": {"clip": "?", "caption": ""}}', -32000),
                (b'{"jsonrpc": "2.0", "id": 10, "method": "undo"}', -32003),
            ):  # fmt: skip
                lines.write(line + b"\n")
                lines.flush()
                answer = json.loads(lines.readline())
                while answer.get("method") == "changed":
                    answer = json.loads(lines.readline())
                assert answer["error"]["code"] == code, line[:60]
            # No answer is wanted to these; half of a line waits for its end.
            lines.write(b'{"jsonrpc": "2.0", "method": "panel_is_happy"}\n{"jsonrpc": "2.0", "id": 3, "result": 4}\n')
            lines.write(b'{"jsonrpc": "2.0", "id": 11, ')
            lines.flush()
            assert early.do("result = addon.link.status") == "Connected"
            lines.write(b'"method": "ping"}\n')
            lines.flush()
            assert json.loads(lines.readline()) == {"jsonrpc": "2.0", "id": 11, "result": "pong"}


def test_disabled_and_enabled_again_nothing_is_left_or_doubled(early: Blender, bridge: Path) -> None:
    early.do("""
def state():
    import threading
    return [len(getattr(bpy.app.handlers, name)) for name in addon.HANDLERS] + [
        sum(t.name.startswith("cuefinder") for t in threading.enumerate()), hasattr(bpy.types, "CUEFINDER_PT_panel")]
before = state()
""")
    assert early.do("addon.unregister(); result = state()")[-2:] == [0, False]
    assert early.do("addon.register(); result = state() == before")
    early.do("bpy.ops.cuefinder.toggle(); result = addon.link.status")
    assert early.do("result = addon.link.on") is False
    early.do("bpy.ops.cuefinder.toggle()")
    panel = Panel(bridge)
    with panel.server:
        assert panel.came.get(timeout=JOIN).name == "Blender"


def test_a_request_that_waited_too_long_is_not_done(early: Blender, bridge: Path) -> None:
    panel = Panel(bridge)
    with panel.server:
        host = panel.came.get(timeout=JOIN)
        early.do("""
editor = fresh(24, 1.0, 1)
kind = {"frame_end": 50} if bpy.app.version < (5, 0) else {"length": 49}
strips().new_effect("title", "COLOR", 1, 1, **kind)
addon.PATIENCE = 0.2
""")
        try:
            busy = threading.Thread(target=early.do, args=("import time; time.sleep(1)",))
            busy.start()
            with pytest.raises(HostError, match="busy for 1 s, so annotate was not done"):
                # The first waits for the end of the work as well, if it comes before that begins.
                for _ in range(1000):
                    host.annotate("title", "late")
        finally:
            busy.join()
            early.do("addon.PATIENCE = 10.0")
        host.annotate("title", "in time")
        assert early.do("result = strip('title').get(addon.CAPTION)") == "in time"
