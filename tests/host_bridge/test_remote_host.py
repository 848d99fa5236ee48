"""The protocol, end to end over a socket and over a folder: a scripted host passes the whole suite."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction

import pytest
from bridge_panel import Panel
from conformance import HostConformance, Project, place, tone, write_wav
from scripted import ScriptedHost

from host_bridge.errors import HostError, HostGoneError, HostTimeoutError, PartialError
from host_bridge.remote import RemoteHost
from host_bridge.timeline import facts
from host_bridge.times import timecode

FRAME = Fraction(1001, 24000)
CLIPS = [("shot a", 0 * FRAME, 48 * FRAME), ("shot b", 72 * FRAME, 24 * FRAME), ("täLk", 24 * FRAME, 48 * FRAME)]


class TestScriptedHost(HostConformance):
    @pytest.fixture(params=[False, True], ids=["socket", "folder"])
    def project(self, panel: Panel, request: pytest.FixtureRequest) -> Iterator[Project]:
        scripted = ScriptedHost(panel.server.folder, by_folder=request.param)
        yield Project(panel.came.get(timeout=10), CLIPS, audible=(1.0, 2.0))
        scripted.close()


class TestFewCapabilities(HostConformance):
    """A host that can do nothing but be read is refused everything beforehand."""

    @pytest.fixture
    def project(self, panel: Panel) -> Iterator[Project]:
        scripted = ScriptedHost(panel.server.folder, capabilities=["a capability of the future"])
        yield Project(panel.came.get(timeout=10), CLIPS)
        scripted.close()
        assert set(scripted.asked) <= {"timeline"}


@pytest.fixture
def scripted(panel: Panel) -> Iterator[ScriptedHost]:
    scripted = ScriptedHost(panel.server.folder)
    yield scripted
    scripted.close()


@pytest.fixture
def host(panel: Panel, scripted: ScriptedHost) -> RemoteHost:
    host = panel.came.get(timeout=10)
    host.deadline = 0.3
    return host


def test_the_start_timecode_is_for_people_alone(host: RemoteHost) -> None:
    timeline = host.timeline()
    assert timecode(timeline.global_start_time) == "01:00:00:00"
    assert timecode(facts(timeline)["playhead"], start=timeline.global_start_time) == "01:00:00:12"


def test_a_late_answer_is_thrown_away_and_never_taken_for_the_next(
    host: RemoteHost, scripted: ScriptedHost, wait_for
) -> None:
    asked = []
    scripted.answer_with["timeline"] = lambda message, send: asked.append(message["id"])
    with pytest.raises(HostTimeoutError, match="dialog"):
        host.timeline()
    del scripted.answer_with["timeline"]
    scripted.send_message({"id": asked[0], "result": {"name": "a late one"}})
    assert host.timeline().name == "Edit"
    wait_for(lambda: host.peer.late == 1)
    assert host.peer.strays == 0


@pytest.mark.parametrize("answers", [
    [b'{"jsonrpc":"2.0","id":999,"result":{}}\n'], [b"not json\n"], [b"\xff\xfe\n"], [b"\n", b"{}\n"], [b"[1,2]\n"],
    [b'{"jsonrpc":"2.0","id":1,"error":"no object"}\n'], [b'{"jsonrpc":"2.0","method":"unknown"}\n'],
    [b'{"jsonrpc":"2.0","id":[1],"result":1}\n'], [b"[" * 100_000 + b"\n"], [b'{"a":' * 5000 + b"\n"],
    [b'{"jsonrpc":"2.0","id":NaN,"result":1}\n'], [b"9" * 6000 + b"\n"],
])  # fmt: skip
def test_whatever_else_comes_is_left_alone(host: RemoteHost, scripted: ScriptedHost, answers: list[bytes]) -> None:
    for line in answers:
        scripted.send(line)
    assert host.timeline().name == "Edit"


def test_half_an_answer_and_then_the_end(host: RemoteHost, scripted: ScriptedHost, panel: Panel) -> None:
    def half(message: dict, send) -> None:
        send(b'{"jsonrpc":"2.0","id":%d,"result":{"na' % message["id"])
        scripted.socket.shutdown(1)

    host.deadline = 10
    scripted.answer_with["timeline"] = half
    with pytest.raises(HostGoneError, match=r"Scripted: .*closed the connection"):
        host.timeline()
    assert panel.went.get(timeout=10) is host
    assert panel.server.hosts() == []
    with pytest.raises(HostGoneError, match="no longer connected"):
        host.timeline()


def test_an_answer_that_is_too_long_ends_it(host: RemoteHost, scripted: ScriptedHost) -> None:
    def huge(message: dict, send) -> None:
        for _ in range(17):
            send(b"x" * 2**20)

    host.deadline = 20
    scripted.answer_with["timeline"] = huge
    with pytest.raises(HostGoneError, match="a line of more than"):
        host.timeline()


def test_a_flood_ends_it(host: RemoteHost, scripted: ScriptedHost, panel: Panel) -> None:
    try:
        for _ in range(2000):
            scripted.changed()
    except OSError:
        pass
    assert panel.went.get(timeout=10) is host


@pytest.mark.parametrize(("place_", "value", "match"), [
    (("rate",), [24], "timeline.rate"), (("rate",), [0, 1], "timeline.rate"), (("rate",), "24", "timeline.rate"),
    (("rate",), [True, 1], "timeline.rate"), (("tracks",), {"a": 1}, "timeline.tracks"),
    (("tracks", 0), 5, r"tracks\[0\]"),
    (("tracks", 0, "kind"), "text", "kind"), (("tracks", 0, "clips", 0, "start"), -1, r"clips\[0\].start"),
    (("tracks", 0, "clips", 0, "duration"), 0, "duration"), (("tracks", 0, "clips", 0, "duration"), 2**60, "duration"),
    (("tracks", 0, "clips", 0, "start"), 1.5, "start"), (("tracks", 0, "clips", 0, "media"), 7, "media"),
    (("tracks", 1, "colour"), "red", "colour"), (("playhead",), "x", "playhead"), (("selection",), [1], "selection"),
    (("tracks", 0, "clips", 0, "source"), [1, 0, 1], "source"),
    (("markers",), [{"start": None}], r"markers\[0\].start"),
])  # fmt: skip
def test_a_timeline_with_a_fault_says_where(
    host: RemoteHost, scripted: ScriptedHost, place_: tuple, value: object, match: str
) -> None:
    *way, last = place_
    at = scripted.project
    for step in way:
        at = at[step]
    at[last] = value
    scripted.revision = lambda: "as it was"
    with pytest.raises(HostError, match=match):
        host.timeline()


@pytest.mark.parametrize(
    "fault", [None, [], {"clip": 1}, {"clip": "c", "timeline_track": "t", "start": -1, "duration": 1}]
)
def test_a_placement_with_a_fault_says_where(host: RemoteHost, scripted: ScriptedHost, tmp_path, fault: object) -> None:
    music = write_wav(tmp_path / "a.wav", tone(6))
    scripted.answer_with["insert_cue"] = lambda m, send: scripted.send_message({"id": m["id"], "result": fault})
    with pytest.raises(HostError, match="placement"):
        place(host, music)


def test_what_was_done_in_part_is_said(host: RemoteHost, scripted: ScriptedHost) -> None:
    from conformance import marker

    scripted.answer_with["add_markers"] = lambda m, send: scripted.send_message({"id": m["id"], "error": {
        "code": -32002, "message": "the second marker was refused",
        "data": {"done": ["one"], "undone": ["two"]}}})  # fmt: skip
    with pytest.raises(PartialError, match="second marker was refused; done: one; not done: two"):
        host.add_markers([marker("one", 1), marker("two", 2)])


def test_an_export_that_made_no_file_is_found_out(host: RemoteHost, scripted: ScriptedHost, tmp_path) -> None:
    from conformance import span

    scripted.answer_with["export_range"] = lambda m, send: scripted.send_message({"id": m["id"], "result": {}})
    with pytest.raises(HostError, match="no such file"):
        host.export_range(span(0, 1), tmp_path / "a.wav")


def test_a_retry_after_a_lost_answer_places_one_cue(host: RemoteHost, scripted: ScriptedHost, tmp_path) -> None:
    music = write_wav(tmp_path / "a.wav", tone(6))
    count = itertools.count()

    def lose_the_first(message: dict, send) -> None:
        result = scripted.do_insert_cue(**message["params"])
        if next(count):
            scripted.send_message({"id": message["id"], "result": result})

    scripted.answer_with["insert_cue"] = lose_the_first
    with pytest.raises(HostTimeoutError):
        place(host, music, key="once")
    assert place(host, music, key="once").already
    assert len([c for c in scripted.clips() if c.get("cue")]) == 1
