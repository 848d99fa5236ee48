"""The host of a running Ardour without its window: hardour, JACK and OSC are the real ones."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from opentimelineio.opentime import RationalTime

from host_bridge.ardour import connect as connecting
from host_bridge.ardour.closed import ArdourSessionHost
from host_bridge.ardour.connect import connect
from host_bridge.ardour.host import ArdourHost
from host_bridge.ardour.link import ArdourLink
from host_bridge.ardour.session import read_session
from host_bridge.ardour.transport import Transport
from host_bridge.errors import HostError, HostGoneError, HostTimeoutError, PartialError
from host_bridge.host import TrackEdit
from host_bridge.timeline import facts, selected_clips, timeline_tracks
from host_bridge.times import seconds
from tests.host_bridge.ardour.conftest import CLIPS, Running, hardour
from tests.host_bridge.conformance import HostConformance, Project, marker, track_ids


@pytest.fixture(scope="module")
def ardour(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with hardour(made, tmp_path_factory.mktemp("hardour")) as program:
        yield program


@pytest.fixture
def live(ardour: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArdourHost]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(ardour.config.parent))
    host = connect(ardour.address, 10.0)
    yield host
    host.close()


@pytest.fixture
def link(ardour: Running) -> Iterator[ArdourLink]:
    made = ArdourLink(ardour.address)
    yield made
    made.close()


class TestConformance(HostConformance):
    @pytest.fixture
    def project(self, live: ArdourHost) -> Project:
        return Project(live, CLIPS, audible=(5.0, 2.0))


def test_it_finds_the_session_and_the_version(live: ArdourHost, ardour: Running) -> None:
    assert live.path == ardour.file
    assert live.version == "7.3.0"


def test_a_marker_lies_on_its_sample_even_while_ardour_plays(live: ArdourHost, link: ArdourLink) -> None:
    link.ask("/transport_play")
    link.wait("rolling", lambda: link.number("/transport_speed") or None)
    live.add_markers([marker("on the spot", 2.5), marker("here as well", 0)])
    found = {m.name: seconds(m.marked_range.start_time) for m in live.timeline().tracks.markers}
    assert (found["on the spot"], found["here as well"]) == (Fraction(5, 2), 0)
    link.wait("rolling again", lambda: link.number("/transport_speed") or None)
    live.seek(RationalTime(20, 1))
    assert 20 <= seconds(facts(live.timeline())["playhead"]) < 30
    link.ask("/transport_stop")
    link.wait("stopping", lambda: True if link.number("/transport_speed") == 0 else None)


def test_the_selected_timeline_track_is_told(live: ArdourHost, link: ArdourLink) -> None:
    def selected() -> set[str]:  # a timeline track may have several lanes
        return {t.name for t in timeline_tracks(live.timeline()) if facts(t).get("selected")}

    strips = Transport(link).strips()
    names = sorted({t.name for t in timeline_tracks(live.timeline())})[:2]
    assert len(names) == 2
    for name in names:
        number = strips[name]
        link.ask("/strip/select", number, 0)  # 7.3 selects when the button is let go

        def chosen(name: str = name) -> bool | None:
            return True if selected() == {name} else None

        link.wait("selecting", chosen)
    assert not selected_clips(live.timeline()), "its clips are not: a cue goes to the playhead"


def test_the_playhead_goes_back_after_markers(live: ArdourHost) -> None:
    live.seek(RationalTime(123_457, 48_000))
    live.add_markers([marker("away", 4)])
    assert facts(live.timeline())["playhead"] == RationalTime(123_457, 48_000)


def test_markers_with_odd_names_are_added_all_the_same(live: ArdourHost) -> None:
    live.add_markers([marker("a\x01b\n<&>", 6), marker("", 7)])
    found = {m.name: seconds(m.marked_range.start_time) for m in live.timeline().tracks.markers}
    assert (found["a b <&>"], found["marker"]) == (6, 7)


def test_markers_of_the_session_are_read(live: ArdourHost) -> None:
    found = {m.name: (seconds(m.marked_range.start_time), seconds(m.marked_range.duration))
             for m in live.timeline().tracks.markers}  # fmt: skip
    assert found["vërse"] == (1, 0)
    assert found["söng"] == (1, 1)


def test_a_hidden_timeline_track_is_told_not_skipped(live: ArdourHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live._transport, "strips", dict)
    with pytest.raises(PartialError, match="hidden"):
        live.edit_tracks([TrackEdit(track_ids(live)[0], name="New")])


def test_a_session_of_a_running_ardour_is_not_written_behind_its_back(
    ardour: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(ardour.config.parent))
    raw = ardour.file.read_bytes()
    with pytest.raises(HostError, match=f"process {ardour.process.pid}"):
        ArdourSessionHost(ardour.file).add_markers([marker("no", 1)])
    assert ardour.file.read_bytes() == raw


def test_a_wrong_session_file_is_noticed(ardour: Running, tmp_path: Path) -> None:
    other = tmp_path / "Other.ardour"
    other.write_bytes(ardour.file.read_bytes())
    with pytest.raises(HostTimeoutError, match="another session"):
        connect(ardour.address, 0.5, other)


def test_a_session_that_cannot_be_found_is_told(
    ardour: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(connecting, "STARTING", 0.2)
    with pytest.raises(HostError, match="cannot be found out"):
        connect(ardour.address)


def test_a_hung_ardour_is_a_timeout_and_works_again_after_it(live: ArdourHost, ardour: Running) -> None:
    live._link.deadline = 0.5
    os.kill(ardour.process.pid, signal.SIGSTOP)
    try:
        count = len(read_session(ardour.file).locations)
        began = time.monotonic()
        for call in (
            live.timeline,
            lambda: live.seek(RationalTime(9, 1)),
            lambda: live.add_markers([marker("never", 1)]),
        ):
            with pytest.raises(HostTimeoutError):
                call()
        assert time.monotonic() - began < 5
    finally:
        os.kill(ardour.process.pid, signal.SIGCONT)
    live._link.deadline = 10.0
    assert len(live.timeline().tracks.markers) == count
    live.seek(RationalTime(3, 1))
    assert facts(live.timeline())["playhead"] == RationalTime(144_000, 48_000)


def test_an_ardour_that_quits_in_mid_call_is_told_and_one_that_starts_later_is_found(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hardour(made, tmp_path) as program:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(program.config.parent))
        host = connect(program.address, 2.0)
        os.kill(program.process.pid, signal.SIGSTOP)
        failed: list[Exception] = []

        def call() -> None:
            try:
                host.timeline()
            except HostError as error:
                failed.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        program.process.kill()
        program.process.wait(10)
        thread.join(20)
        assert not thread.is_alive()
        with pytest.raises(HostGoneError, match="start Ardour"):
            host.timeline()
        host.close()
    assert len(failed) == 1
    assert isinstance(failed[0], (HostGoneError, HostTimeoutError))
    with pytest.raises(HostGoneError):
        connect(program.address)
