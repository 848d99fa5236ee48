"""Who is let in, and what the address file is good for."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bridge_panel import Panel
from scripted import ScriptedHost

from host_bridge.errors import HostError
from host_bridge.transport import channel, server
from host_bridge.transport.address import Address, address_file, bridge_folder, own_folder, read_address, write_address
from host_bridge.transport.server import BridgeServer


def talk(port: int, data: bytes) -> bytes:
    """All that is answered until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        answer = b""
        while True:
            try:
                chunk = connection.recv(65536)
            except ConnectionResetError:
                return answer
            if not chunk:
                return answer
            answer += chunk


def hello(panel: Panel, **changes: object) -> bytes:
    params = {"protocol": 1, "token": panel.server.address.token, "host": "X", "version": "1", "instance": "i",
              "capabilities": []} | changes  # fmt: skip
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "hello", "params": params}).encode() + b"\n"


def test_the_address_is_for_its_user_alone(panel: Panel) -> None:
    path = address_file(panel.server.folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(panel.server.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(panel.server.mail.stat().st_mode) == 0o700
    address = read_address(panel.server.folder)
    assert address == panel.server.address
    assert len(address.token) == 64
    path.chmod(0o644)
    assert read_address(panel.server.folder) is None, "an address that others could have written is not trusted"


def test_only_loopback_is_listened_on(panel: Panel) -> None:
    assert panel.server._socket.getsockname()[0] == "127.0.0.1"


def test_every_panel_has_another_token(tmp_path: Path) -> None:
    tokens = set()
    for _ in range(3):
        with BridgeServer(folder=tmp_path) as one:
            tokens.add(one.address.token)
    assert len(tokens) == 3
    assert not address_file(tmp_path).exists()


@pytest.mark.parametrize(("change", "code"), [
    ({"token": "0" * 64}, -32004), ({"token": ""}, -32004), ({"protocol": 2}, -32005), ({"protocol": 0}, -32005),
    ({"protocol": "1"}, -32602), ({"protocol": True}, -32602), ({"host": ""}, -32602), ({"host": "x" * 101}, -32602),
    ({"capabilities": "all"}, -32602), ({"capabilities": [1]}, -32602), ({"token": "ü" * 64}, -32004),
])  # fmt: skip
def test_who_is_wrong_is_told_and_not_let_in(panel: Panel, change: dict[str, object], code: int) -> None:
    answer = json.loads(talk(panel.server.address.port, hello(panel, **change)))
    assert answer["error"]["code"] == code
    assert answer["id"] == 1
    assert panel.server.hosts() == []
    assert panel.server.refused


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n{}\n", b"\x16\x03\x01\x02\x00\x01\x00\n", b"\n", b"null\n",
    b"x" * 5000,
])  # fmt: skip
def test_a_web_page_gets_no_answer_at_all(panel: Panel, data: bytes) -> None:
    assert talk(panel.server.address.port, data) == b""
    assert panel.server.hosts() == []


def test_another_first_message_is_refused_even_with_the_token(panel: Panel) -> None:
    line = hello(panel).replace(b'"hello"', b'"timeline"')
    assert json.loads(talk(panel.server.address.port, line))["error"]["code"] == -32600


def test_who_says_nothing_or_drips_is_closed(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HELLO_DEADLINE", 0.3)
    assert talk(panel.server.address.port, b"") == b""
    with socket.create_connection(("127.0.0.1", panel.server.address.port), timeout=10) as connection:
        started = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - started < 10:
                connection.sendall(b" ")
                time.sleep(0.05)
        assert time.monotonic() - started < 9


def test_many_strangers_do_not_keep_a_host_out(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HELLO_DEADLINE", 0.5)
    strangers = [socket.create_connection(("127.0.0.1", panel.server.address.port)) for _ in range(40)]
    deadline = time.monotonic() + 10
    while True:
        try:
            scripted = ScriptedHost(panel.server.folder)
            if scripted.welcome:
                break
            scripted.close()
        except OSError:
            pass
        assert time.monotonic() < deadline
    assert panel.came.get(timeout=10).name == "Scripted"
    scripted.close()
    for stranger in strangers:
        stranger.close()


def test_two_hosts_at_once_and_each_leaves_alone(panel: Panel) -> None:
    one, two = ScriptedHost(panel.server.folder, host="One"), ScriptedHost(panel.server.folder, host="Two")
    names = {panel.came.get(timeout=10).name, panel.came.get(timeout=10).name}
    assert names == {"One", "Two"}
    one.close()
    assert panel.went.get(timeout=10).name == "One"
    (left,) = panel.server.hosts()
    assert left.timeline().name == "Edit"
    two.close()


def test_a_host_that_connects_again_takes_its_old_place(panel: Panel) -> None:
    old = ScriptedHost(panel.server.folder, instance="same")
    first = panel.came.get(timeout=10)
    new = ScriptedHost(panel.server.folder, instance="same")
    second = panel.came.get(timeout=10)
    assert panel.went.get(timeout=10) is first
    assert panel.server.hosts() == [second]
    assert second.timeline().name == "Edit"
    old.close()
    new.close()


def test_a_second_panel_is_told_of_the_first(panel: Panel) -> None:
    with pytest.raises(HostError, match=f"process {os.getpid()}"):
        BridgeServer(folder=panel.server.folder).start()
    assert read_address(panel.server.folder) == panel.server.address


def test_the_address_of_a_dead_panel_is_replaced(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    own_folder(tmp_path)
    write_address(tmp_path, Address(1, port, "dead", 1))
    with BridgeServer(folder=tmp_path) as one:
        assert read_address(tmp_path) == one.address


@pytest.mark.parametrize("content", [b"", b"{}", b"junk", b"[]", b'{"protocol":1,"port":"x","token":"t","pid":1}',
                                     b'{"protocol":1,"port":70000,"token":"t","pid":1}', b"\xff" * 5000])  # fmt: skip
def test_a_damaged_address_is_no_address(tmp_path: Path, content: bytes) -> None:
    path = address_file(tmp_path)
    path.write_bytes(content)
    path.chmod(0o600)
    assert read_address(tmp_path) is None
    with BridgeServer(folder=tmp_path) as one:
        assert read_address(tmp_path) == one.address


def test_a_host_in_a_folder_that_falls_silent_is_gone(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel.FolderChannel.__init__, "__kwdefaults__", {"silent": 0.5})
    scripted = ScriptedHost(panel.server.folder, by_folder=True)
    host = panel.came.get(timeout=10)
    scripted.stopped.set()
    assert panel.went.get(timeout=10) is host
    assert "sign of life" in host.peer._ended
    scripted.close()


def test_a_host_in_a_folder_that_works_on_a_request_may_be_silent(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel.FolderChannel.__init__, "__kwdefaults__", {"silent": 0.3})
    scripted = ScriptedHost(panel.server.folder, by_folder=True)
    host = panel.came.get(timeout=10)

    def render(message: dict, send) -> None:
        time.sleep(1.0)  # as a script that renders: nothing else of it runs
        scripted.send_message({"id": message["id"], "result": {}})

    scripted.answer_with["seek"] = render
    host.seek(host.timeline().global_start_time)
    scripted.close()


def test_a_folder_without_the_token_is_refused(panel: Panel) -> None:
    scripted = ScriptedHost(panel.server.folder, by_folder=True, token="wrong")
    assert scripted.welcome["error"]["code"] == -32004
    scripted.close()
    assert panel.server.hosts() == []


def test_a_panel_that_closes_says_goodbye(tmp_path: Path) -> None:
    panel = Panel(tmp_path)
    panel.server.start()
    by_socket, by_folder = ScriptedHost(tmp_path), ScriptedHost(tmp_path, by_folder=True)
    for _ in range(2):
        panel.came.get(timeout=10)
    panel.server.close()
    by_socket.thread.join(10)
    by_folder.thread.join(10)
    assert not by_socket.thread.is_alive()
    assert not by_folder.thread.is_alive()
    by_socket.close()
    by_folder.close()


def test_the_folder_is_where_the_document_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CUEFINDER_BRIDGE", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert bridge_folder() == tmp_path / "cuefinder" / "bridge"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert bridge_folder() == tmp_path / "Cuefinder" / "bridge"
    monkeypatch.setenv("CUEFINDER_BRIDGE", "/elsewhere")
    assert bridge_folder() == Path("/elsewhere")


def test_the_bridge_needs_no_engine() -> None:
    code = ("import sys, host_bridge.transport.server, host_bridge.registry; "
            "print([m for m in ('torch', 'PyQt6', 'onnxruntime', 'numpy', 'plugin') if m in sys.modules])")  # fmt: skip
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_names_with_dots_lead_nowhere(panel: Panel, tmp_path: Path, caplog: pytest.LogCaptureFixture, wait_for) -> None:
    scripted = ScriptedHost(panel.server.folder, instance="../../outside")
    assert panel.came.get(timeout=10).instance == "../../outside", "a name, and no path"
    outside = tmp_path / "outside"
    (outside / "to-panel").mkdir(parents=True)
    (outside / "alive").touch()
    (panel.server.mail / "link").symlink_to(outside, target_is_directory=True)
    wait_for(lambda: any("leads out" in reason for reason in panel.server.refused))
    assert "leads out of the folder for hosts" in caplog.text
    assert sorted(path.name for path in outside.iterdir()) == ["alive", "to-panel"], "nothing was written there"
    assert not (tmp_path.parent / "outside").exists()
    scripted.close()


def test_who_is_refused_is_logged(panel: Panel, caplog: pytest.LogCaptureFixture) -> None:
    talk(panel.server.address.port, hello(panel, token="wrong"))
    talk(panel.server.address.port, b"GET / HTTP/1.1\r\n\r\n")
    talk(panel.server.address.port, b"x" * 5000)
    for reason in ("token is not this panel's", "no JSON", "a line of more than 4096 bytes"):
        assert reason in caplog.text
    assert panel.server.address.token not in caplog.text
