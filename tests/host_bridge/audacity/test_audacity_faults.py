"""What goes wrong, with the real Audacity: it hangs, is killed, refuses; and the set-up that is in place."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from host_bridge.audacity.host import AudacityHost
from host_bridge.audacity.integration import AudacityIntegration
from host_bridge.audacity.paths import pipe_paths
from host_bridge.audacity.pipe import Pipe
from host_bridge.audacity.session import Session
from host_bridge.errors import HostError, HostGoneError, HostTimeoutError
from host_bridge.host import TrackEdit
from host_bridge.timeline import (
    facts,
    timeline_tracks,
)
from tests.host_bridge.audacity.audacity_process import RealAudacity
from tests.host_bridge.audacity.listening import content
from tests.host_bridge.conformance import marker, place, tone, write_wav


def test_a_placing_that_fails_in_the_middle_is_taken_back(
    host: AudacityHost, pipe: Pipe, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, run = content(pipe), Session.run

    def fails(session: Session, name: str, deadline: float | None = None, **arguments: str) -> str:
        if name == "Trim":
            raise HostError("Audacity", "it refused Trim")
        return run(session, name, deadline, **arguments)

    monkeypatch.setattr(Session, "run", fails)
    with pytest.raises(HostError, match="refused Trim"):
        place(host, music)
    assert content(pipe) == before
    with pytest.raises(HostError, match="not one of Cuefinder's"):
        host.undo()


def test_what_a_broken_off_placing_left_is_swept_away(
    host: AudacityHost, pipe: Pipe, music: Path, tmp_path: Path
) -> None:
    left = write_wav(tmp_path / "cuefinder-0123456789abcdef.wav", tone(1))
    pipe.request(f'Import2: Filename="{left}"')
    place(host, music, at=20)
    assert [track.name for track in timeline_tracks(host.timeline())] == ['Bässe "A"', "drums", "Our cue"]


def test_names_that_audacity_cannot_take_change_nothing(host: AudacityHost, pipe: Pipe, music: Path) -> None:
    before = content(pipe)
    with pytest.raises(HostError, match="line breaks"):
        place(host, music, name="C:\\new")
    with pytest.raises(HostError, match="line breaks"):
        host.edit_tracks([TrackEdit("1:drums", name="kit"), TrackEdit('0:Bässe "A"', name="a\nb")])
    assert content(pipe) == before


def test_many_threads_may_ask_at_once(host: AudacityHost) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(str(facts(host.timeline())["revision"]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_hung_audacity_is_a_timeout_and_its_late_answer_is_dropped(
    host: AudacityHost, pipe: Pipe, audacity: RealAudacity
) -> None:
    before = content(pipe)
    assert audacity.process is not None
    audacity.process.send_signal(signal.SIGSTOP)
    try:
        for _ in range(2):
            with pytest.raises(HostTimeoutError, match="did not answer within"):
                pipe.request("GetInfo: Type=Commands", 0.5)
    finally:
        audacity.process.send_signal(signal.SIGCONT)
    assert pipe.request("Message: Text=next", 30) == "next"
    assert content(pipe) == before


def test_audacity_survives_our_leaving_in_mid_answer(pipe: Pipe, audacity: RealAudacity) -> None:
    assert audacity.process is not None
    pipe.connect()
    connections = pipe.connections
    audacity.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(HostTimeoutError):
            pipe.request("GetInfo: Type=Commands", 0.5)
        pipe.close()
    finally:
        audacity.process.send_signal(signal.SIGCONT)
    left = [thread for thread in threading.enumerate() if thread.name == "cuefinder-audacity-pipe"]
    for thread in left:
        thread.join(30)
    assert pipe.request("Message: Text=alive", 30) == "alive"
    assert pipe.connections == connections + 1
    assert audacity.process.poll() is None


def test_audacity_that_is_killed_in_mid_call_is_reached_again_when_it_is_started(
    host: AudacityHost, pipe: Pipe, audacity: RealAudacity
) -> None:
    host.add_markers([marker("lost", 1)])
    assert audacity.process is not None
    audacity.process.send_signal(signal.SIGSTOP)
    killer = threading.Timer(0.5, audacity.end)
    killer.start()
    with pytest.raises(HostGoneError, match="quit"):
        host.timeline()
    killer.join()
    with pytest.raises(HostGoneError, match="start it"):
        host.timeline()
    with pytest.raises(HostGoneError, match="start it"), audacity.home():
        AudacityIntegration().connect()
    pipe.close()
    audacity.start()
    assert len(timeline_tracks(host.timeline())) == 0
    with pytest.raises(HostError, match="not one of Cuefinder's"):
        host.undo()


def test_the_integration_connects_and_finds_all_well(pipe: Pipe, audacity: RealAudacity) -> None:
    pipe.close()
    with audacity.home():
        assert [finding.what for finding in AudacityIntegration().doctor() if not finding.good] == []
        host = AudacityIntegration().connect()
        try:
            assert (host.name, host.version) == ("Audacity", "3.2.4")
            with Pipe(*pipe_paths()) as second, pytest.raises(HostError, match="another Cuefinder"):
                second.connect()
        finally:
            host.close()
        with pytest.raises(HostError, match="quit it"):
            AudacityIntegration().uninstall()
