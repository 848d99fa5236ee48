"""The host of Ardour with its window, where our Lua action places cues: the real program in a virtual display."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from host_bridge.ardour.action import find_slot
from host_bridge.ardour.connect import connect
from host_bridge.ardour.cues import lines
from host_bridge.ardour.host import ArdourHost
from host_bridge.ardour.integration import ArdourIntegration
from host_bridge.ardour.link import ArdourLink
from host_bridge.ardour.session import read_session
from host_bridge.errors import HostError, HostTimeoutError
from host_bridge.host import Capability, TrackEdit
from host_bridge.timeline import cues, facts, media_path, placed_clips
from host_bridge.times import seconds
from tests.host_bridge.ardour.conftest import CLIPS, Running, window
from tests.host_bridge.conformance import HostConformance, Project, place, tone, track_ids, write_wav


@pytest.fixture(scope="module")
def ardour(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with window(made, tmp_path_factory.mktemp("window")) as program:
        yield program


@pytest.fixture
def live(ardour: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArdourHost]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(ardour.config.parent))
    host = connect(ardour.address, 10.0)
    yield host
    host.close()
    take_back(ardour)


def take_back(ardour: Running) -> None:
    """Ardour's own undo, until only the clips of the session are left; timeline tracks that were made stay."""
    link = ArdourLink(ardour.address)
    try:
        for _ in range(60):
            link.ask("/save_state")
            if sum(len(track.regions) for track in read_session(ardour.file).tracks) == len(CLIPS):
                return
            link.ask("/undo")
        raise AssertionError("the cues cannot be undone in Ardour")
    finally:
        link.close()


class TestConformance(HostConformance):
    @pytest.fixture
    def project(self, live: ArdourHost) -> Project:
        return Project(live, CLIPS, audible=(5.0, 2.0))


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "musïc; 100% \n odd.wav", tone(8))


def test_it_finds_session_and_action(live: ArdourHost, ardour: Running) -> None:
    assert live.path == ardour.file
    assert Capability.INSERT_CUE in live.capabilities


def test_a_cue_of_an_odd_name_keeps_what_can_be_shown(live: ArdourHost, music: Path) -> None:
    placed = place(live, music, name="a\0b\n%41 🎸\udcff")
    assert {p.clip.name for p in cues(live.timeline()) if facts(p.clip)["id"] == placed.clip} == {"a b %41 🎸"}


def test_the_cue_is_one_named_step_of_ardours_undo(live: ArdourHost, ardour: Running, music: Path) -> None:
    place(live, music, fade_in=Fraction(1, 2), gain_db=-6.0)
    steps = re.findall(r'<UndoTransaction [^>]*name="([^"]*)"', ardour.file.with_suffix(".history").read_text("utf-8"))
    assert steps[-1] == "Cuefinder: place a cue"


def test_a_cue_of_another_rate_is_converted_into_the_session(live: ArdourHost, tmp_path: Path) -> None:
    file = write_wav(tmp_path / "compact disc.wav", tone(6, rate=44_100), 44_100)
    placed = place(live, file, at=30.0, name="Converted")
    (cue,) = [p for p in cues(live.timeline()) if p.clip.name == "Converted"]
    assert (seconds(placed.record.start_time), seconds(placed.record.duration)) == (30, 3)
    copy = media_path(cue.clip)
    assert copy is not None
    assert copy.is_relative_to(live.path.parent / "interchange")
    assert copy.is_file()


def test_stems_get_names_and_colours(live: ArdourHost) -> None:
    ids = list(dict.fromkeys(track_ids(live)))
    live.edit_tracks([TrackEdit(ids[0], "Drums", "#cc3300"), TrackEdit(ids[1], "Strings", "#0033cc")])
    found = {(t.name, facts(t).get("colour")) for t in list(live.timeline().tracks)}
    assert {("Drums", "#cc3300"), ("Strings", "#0033cc")} <= found


def test_a_file_that_ardour_cannot_read_is_told(live: ArdourHost, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound at all")
    with pytest.raises(HostError, match="did not take the file in"):
        place(live, broken)


def test_a_dialog_that_nobody_answers_is_a_timeout_and_leaves_no_request(
    made: Path, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ardour asks whether to import a file that it has already."""
    with window(made, tmp_path / "own") as program:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(program.config.parent))
        host = connect(program.address, 10.0)
        place(host, music)
        count = len(placed_clips(host.timeline()))
        host._action.deadline = 2.0
        again = {"op": "cue", "file": str(music), "mode": "import", "name": "x", "newtrack": "y", "at": 0, "start": 0,
                 "length": 48_000, "fadein": 0, "fadeout": 0, "gain": 1}  # fmt: skip
        with pytest.raises(HostTimeoutError, match="dialog"):
            host._action.ask(lines(again))
        assert list((program.config / "cuefinder").iterdir()) == []
        assert len(placed_clips(host.timeline())) == count
        host.close()


def test_the_doctor_finds_all_in_place(ardour: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(ardour.config.parent))
    monkeypatch.setattr("host_bridge.ardour.integration.ADDRESS", ardour.address)
    integration = ArdourIntegration()
    integration.install()
    assert find_slot(ardour.config) == 3
    assert [f for f in integration.doctor() if not f.good] == []
