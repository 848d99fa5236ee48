"""Our script for DaVinci Resolve beside an imitation of it, over a socket, against the whole suite."""

from __future__ import annotations

import ast
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conformance import HostConformance, Project, marker, place, revision, span, tone, write_wav
from opentimelineio.opentime import RationalTime

from host_bridge.errors import HostError, HostGoneError, PartialError, StaleTimelineError
from host_bridge.host import TrackEdit
from host_bridge.timeline import cues, facts, find_clip, media_path, placed_clips, rate_of
from host_bridge.times import seconds
from host_bridge.transport.server import BridgeServer

HERE = Path(__file__).parent
SCRIPT = HERE.parents[2] / "host_bridge" / "scripts" / "cuefinder_resolve.py"
MODULE = f"import sys\nsys.path.insert(0, {str(HERE)!r})\nfrom fake_resolve import scriptapp\n"
MENU = "import sys, runpy, DaVinciResolveScript as given\n" \
       "runpy.run_path(sys.argv[1], {'resolve': given.scriptapp('Resolve')}, '__main__')\n"  # fmt: skip


class FakeResolve:
    """The imitation with our script as a process."""

    def __init__(
        self, folder: Path, bridge: Path, *, menu: bool = False, module: str = MODULE, **environment: str
    ) -> None:
        modules = folder / "Scripting" / "Modules"
        modules.mkdir(parents=True, exist_ok=True)
        (modules / "DaVinciResolveScript.py").write_text(module)
        self.media = [folder / "shot.mp4", write_wav(folder / "täLk.wav", tone(8))]
        start = [sys.executable, "-c", MENU, str(SCRIPT)] if menu else [sys.executable, str(SCRIPT)]
        self.process = subprocess.Popen(
            start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"CUEFINDER_BRIDGE": str(bridge), "RESOLVE_SCRIPT_API": str(modules.parent),
                              "FAKE_RESOLVE_MEDIA": json.dumps([str(p) for p in self.media]),
                              "PYTHONPATH": str(modules) if menu else ""} | environment,
        )  # fmt: skip

    def do(self, code: str) -> str:
        """Evaluate in the imitation."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(code + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n")
        assert not answer.startswith("!"), answer
        return answer

    def set(self, **faults: object) -> None:
        for name, value in faults.items():
            self.do(f"set(world, {name!r}, {value!r})")

    def end(self) -> str:
        """Wait for its end, or make it; gives what it said."""
        if self.process.poll() is None:
            self.process.kill()
        return self.process.communicate(timeout=10)[1]


@pytest.fixture
def start(panel: Any, tmp_path: Path) -> Iterator[Callable[..., FakeResolve]]:
    started: list[FakeResolve] = []

    def make(**options: Any) -> FakeResolve:
        started.append(FakeResolve(tmp_path, panel.server.folder, **options))
        return started[-1]

    yield make
    for fake in started:
        said = fake.end()
        assert "Traceback" not in said, said


@pytest.fixture
def resolve(start: Callable[..., FakeResolve]) -> FakeResolve:
    return start()


@pytest.fixture
def host(panel: Any, resolve: FakeResolve) -> Any:
    return panel.came.get(timeout=20)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "guitar.wav", tone(8))


class TestResolve(HostConformance):
    @pytest.fixture(scope="class", params=["23.976", "29.97 DF"])
    def running(
        self, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[tuple[FakeResolve, Any, Fraction]]:
        folder, came = tmp_path_factory.mktemp("resolve"), queue.Queue()
        with BridgeServer(came.put, folder=folder / "bridge"):
            fake = FakeResolve(folder, folder / "bridge", FAKE_RESOLVE_RATE=request.param)
            rate = Fraction(24000, 1001) if request.param == "23.976" else Fraction(30000, 1001)
            yield fake, came.get(timeout=20), rate
            said = fake.end()
        assert "Traceback" not in said, said

    @pytest.fixture
    def project(self, running: tuple[FakeResolve, Any, Fraction]) -> Project:
        fake, host, rate = running
        fake.do("world.__init__()")
        clips = [("shot", Fraction(0), 240 / rate), ("Text", 48 / rate, 24 / rate), ("hello", 12 / rate, 96 / rate)]
        return Project(host, clips, media=False)


def test_the_timeline_counts_from_its_first_frame(host: Any, resolve: FakeResolve) -> None:
    timeline = host.timeline()
    assert timeline.global_start_time.value == 86_400
    found = {p.clip.name: p for p in placed_clips(timeline)}
    assert seconds(found["hello"].record.start_time) == Fraction(1, 2)
    assert seconds(found["hello"].clip.source_range.start_time) == 1
    assert media_path(found["hello"].clip) == resolve.media[1]
    assert media_path(found["Text"].clip) is None
    assert facts(timeline)["playhead"].value == 0


def test_a_drop_frame_timeline_says_so(panel: Any, start: Callable[..., FakeResolve]) -> None:
    start(FAKE_RESOLVE_RATE="29.97 DF")
    host = panel.came.get(timeout=20)
    timeline = host.timeline()
    assert facts(timeline)["drop_frame"] is True
    assert rate_of(timeline) == Fraction(30000, 1001)
    assert timeline.global_start_time.value == 107_892
    for frame in (0, 1799, 1800, 17_981, 17_982, 100_000):
        host.peer.request("seek", {"to": frame}, timeout=5)
        assert host.peer.request("timeline", timeout=5)["playhead"] == frame


def test_it_runs_from_the_menu_too(panel: Any, start: Callable[..., FakeResolve], music: Path) -> None:
    start(menu=True)
    host = panel.came.get(timeout=20)
    assert host.version == "20.1.0.20"
    assert place(host, music).created is False


@pytest.mark.parametrize("counts_in", [False, True])
def test_the_length_is_right_whichever_way_the_end_counts(
    host: Any, resolve: FakeResolve, music: Path, counts_in: bool
) -> None:
    resolve.set(end_counts_in=counts_in)
    placed = place(host, music)
    assert placed.record.duration.value == 72
    assert len(cues(host.timeline())) == 1


def test_sound_that_counts_at_another_rate_than_the_timeline_lies_right(
    host: Any, resolve: FakeResolve, music: Path
) -> None:
    resolve.do("set(world, 'media_rate', type(world.rate)(30000, 1001))")
    placed = place(host, music)
    assert placed.record.start_time.value == 24
    assert 71 <= placed.record.duration.value <= 72
    found = find_clip(host.timeline(), placed.clip)
    assert found is not None
    assert abs(seconds(found.clip.source_range.start_time) - 2) < Fraction(1, 24)


@pytest.mark.parametrize(("fault", "match"), [
    ("ignores_record", "placed the cue at frame 0 of audio track 2 in place of frame 720"),
    ("adds_start", "placed the cue at frame 87120"), ("wrong_track", "in place of frame 720 of audio track 2"),
    ("no_clip_markers", "no marker with the cue's key"),
])  # fmt: skip
@pytest.mark.parametrize("page", ["edit", "fairlight"])
def test_a_cue_that_came_elsewhere_is_found_and_taken_back(
    host: Any, resolve: FakeResolve, music: Path, fault: str, match: str, page: str
) -> None:
    before = revision(host)
    resolve.set(**{fault: True}, page=page, flaky_deletes=1)
    with pytest.raises(HostError, match=match) as caught:
        place(host, music, at=30.0, timeline_track="Audio 2")
    assert not isinstance(caught.value, PartialError)
    assert revision(host) == before
    assert resolve.do("len(world.root.clips)") == "2"
    assert resolve.do("world.page") == repr(page)


def test_what_cannot_be_taken_back_is_told(host: Any, resolve: FakeResolve, music: Path) -> None:
    resolve.set(ignores_record=True, never_deletes=True)
    with pytest.raises(PartialError, match="done: the cue was placed, the music was imported"):
        place(host, music, at=3)


def test_other_clips_that_move_are_told(host: Any, resolve: FakeResolve, music: Path) -> None:
    resolve.set(moves_others=True)
    with pytest.raises(PartialError, match=r"changed other clips.*done: other clips were changed"):
        place(host, music)
    assert cues(host.timeline()) == []


def test_a_new_timeline_track_goes_again_if_the_cue_does_not_come(host: Any, resolve: FakeResolve, music: Path) -> None:
    place(host, music)
    count = resolve.do("len(world.timelines[0].tracks['audio'])")
    resolve.set(no_clip_markers=True)
    with pytest.raises(HostError, match="no marker"):
        place(host, music)
    assert resolve.do("len(world.timelines[0].tracks['audio'])") == count
    resolve.set(no_tracks=True)
    with pytest.raises(HostError, match="made no new audio track"):
        place(host, music)


def test_locked_timeline_tracks_are_left_alone(host: Any, resolve: FakeResolve, music: Path) -> None:
    resolve.do("world.timelines[0].tracks['audio'][1].__setattr__('locked', True)")
    placed = place(host, music)
    assert placed.created
    assert placed.timeline_track == "Cuefinder 3"


def test_a_file_that_resolve_does_not_know_is_named(host: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.xyz"
    bad.write_bytes(b"nothing")
    with pytest.raises(HostError, match=r"bad.xyz: Resolve cannot import it"):
        place(host, bad)


def test_a_file_in_the_pool_is_not_imported_again(host: Any, resolve: FakeResolve, music: Path) -> None:
    place(host, music, key="a")
    place(host, music, key="b", at=30)
    assert resolve.do("len(world.root.clips)") == "3"


@pytest.mark.parametrize("fault", ["switch_on_append", "switch_before"])
def test_another_timeline_opened_in_between_gets_no_cue(
    host: Any, resolve: FakeResolve, music: Path, fault: str
) -> None:
    host.timeline()
    params = {"path": str(music), "name": "x", "key": "k", "start": 24, "duration": 24, "source": [0, 1, 1],
              "fade_in": 0, "fade_out": 0, "gain_db": 0.0, "timeline_track": None, "revision": None,
              "step": "Cuefinder: x"}  # fmt: skip
    resolve.set(**{fault: True})
    with pytest.raises(HostError, match="another timeline was opened"):
        host.peer.request("insert_cue", params, timeout=5)
    assert resolve.do("[len(t.items) for line in world.timelines for t in line.tracks['audio']]") == "[1, 0, 0]"
    assert resolve.do("len(world.root.clips)") == "2"


def test_a_timeline_that_was_switched_is_stale(host: Any, resolve: FakeResolve, music: Path) -> None:
    old = revision(host)
    resolve.do("set(world, 'current', world.new_timeline('Other'))")
    with pytest.raises(StaleTimelineError):
        place(host, music, revision=old)


def test_a_frame_holds_one_marker(host: Any) -> None:
    with pytest.raises(PartialError, match="done: one at frame 24; not done: two at frame 24"):
        host.add_markers([marker("one", 1), marker("two", 1)])
    with pytest.raises(HostError, match="took no marker"):
        host.add_markers([marker("three", 1)])
    timeline = host.timeline()
    assert [m.name for m in timeline.tracks.markers] == ["one"]


def test_markers_of_the_user_stay_with_the_clip(host: Any, resolve: FakeResolve) -> None:
    item = "world.timelines[0].tracks['audio'][0].items[0]"
    resolve.do(f"{item}.AddMarker(24, 'Red', 'mine', '', 1, '')")
    clip = next(p for p in placed_clips(host.timeline()) if p.clip.name == "hello")
    host.annotate(facts(clip.clip)["id"], "rain")
    host.annotate(facts(clip.clip)["id"], "heavy rain")
    assert resolve.do(f"[m['name'] for m in {item}.markers.values()]") == "['mine', 'Cuefinder']"
    assert facts(find_clip(host.timeline(), facts(clip.clip)["id"]).clip)["caption"] == "heavy rain"


def test_transitions_are_no_clips_and_titles_are(host: Any, resolve: FakeResolve) -> None:
    count = len(placed_clips(host.timeline()))
    add = "world.timelines[0].add('audio', 1, Item(world, None, 86410, 4, 0, ''))"
    resolve.do(f"set({add}, 'is_transition', True)")
    assert len(placed_clips(host.timeline())) == count


def test_what_lies_before_the_first_frame_is_cut(host: Any, resolve: FakeResolve) -> None:
    resolve.do("set(world.timelines[0].tracks['audio'][0].items[0], 'start', 86400 - 24)")
    found = next(p for p in placed_clips(host.timeline()) if p.clip.name == "hello")
    assert (found.record.start_time.value, found.record.duration.value) == (0, 72)
    assert seconds(found.clip.source_range.start_time) == 2


def test_a_renaming_that_says_yes_and_does_not_changes_none(host: Any) -> None:
    with pytest.raises(HostError, match="nothing was renamed"):
        host.edit_tracks([TrackEdit("A1", name="x"), TrackEdit("A2", name="refused")])
    timeline = host.timeline()
    assert [t.name for t in timeline.tracks if t.kind == "Audio"] == ["Audio 1", "Audio 2"]


def test_a_dialog_is_told_and_the_conversation_goes_on(host: Any, resolve: FakeResolve, music: Path) -> None:
    resolve.set(modal=True)
    with pytest.raises(HostError, match="a dialog is open"):
        host.timeline()
    resolve.set(modal=False)
    assert len(placed_clips(host.timeline())) == 3


def test_the_playhead_on_the_media_page(host: Any, resolve: FakeResolve) -> None:
    resolve.set(page="media")
    with pytest.raises(HostError, match="Edit page"):
        host.peer.request("seek", {"to": 48}, timeout=5)


def test_fades_asked_for_all_the_same_are_refused(host: Any, music: Path) -> None:
    with pytest.raises(HostError, match="neither fade"):
        host.peer.request("insert_cue", {"path": str(music), "name": "x", "key": "k", "start": 0, "duration": 1,
                                         "source": [0, 1, 1], "fade_in": 3, "step": "s"}, timeout=5)  # fmt: skip
    with pytest.raises(HostError, match="start must be a int"):
        host.peer.request("insert_cue", {"path": "", "name": "", "key": "", "start": -1}, timeout=5)
    with pytest.raises(HostError, match="no method undo"):
        host.peer.request("undo", timeout=5)


def test_edits_of_the_user_are_told(host: Any, resolve: FakeResolve) -> None:
    told = threading.Event()
    with host.watch(told.set):
        resolve.do("world.timelines[0].tracks['audio'][0].items[0].__setattr__('start', 86420)")
        assert told.wait(10)


def test_the_panel_is_closed_and_opened_again(host: Any, resolve: FakeResolve, panel: Any, wait_for: Any) -> None:
    panel.server.close()
    came: list[Any] = []
    with BridgeServer(came.append, folder=panel.server.folder):
        wait_for(lambda: came)
        assert len(placed_clips(came[0].timeline())) == 3


def test_a_killed_resolve_is_gone(host: Any, resolve: FakeResolve, panel: Any) -> None:
    resolve.process.kill()
    assert panel.went.get(timeout=10) is host
    with pytest.raises(HostGoneError):
        host.timeline()


def test_the_script_ends_with_resolve(host: Any, resolve: FakeResolve, panel: Any) -> None:
    resolve.set(quit=True)
    panel.server.close()
    assert resolve.process.wait(20) == 0


def test_the_script_started_twice_runs_once(
    host: Any, resolve: FakeResolve, panel: Any, start: Callable[..., FakeResolve]
) -> None:
    start()
    again = panel.came.get(timeout=20)
    assert resolve.process.wait(20) == 0
    assert again.instance == host.instance
    assert again.peer.request("ping", timeout=5) == "pong"
    assert [h.instance for h in panel.server.hosts()] == [host.instance]


@pytest.mark.parametrize(("options", "said"), [
    ({"FAKE_RESOLVE_ABSENT": "1"}, "Resolve does not run, or External scripting is not set to Local"),
    ({"module": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"}, "cannot be used by this Python"),
    ({"module": "raise ImportError('no fusionscript.so')\n"}, "ImportError: no fusionscript.so"),
    ({"RESOLVE_SCRIPT_API": "/no/such/folder"}, "/no/such/folder/Modules is not there"),
])  # fmt: skip
def test_a_resolve_that_cannot_be_reached_is_one_line(tmp_path: Path, options: dict[str, str], said: str) -> None:
    fake = FakeResolve(tmp_path, tmp_path / "bridge", **options)
    assert fake.process.wait(20) == 1
    lines = fake.end().strip().splitlines()
    assert len(lines) == 1
    assert said in lines[0]


def test_the_script_needs_no_newer_python_than_resolve_gives() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 7))
    names = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    names |= {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= set(sys.stdlib_module_names)


def test_a_cue_lies_exact_to_the_frame(host: Any, music: Path) -> None:
    placed = host.insert_cue(music, span(1.5, 2), RationalTime(10, 24))
    found = find_clip(host.timeline(), placed.clip)
    assert found is not None
    assert (seconds(found.record.start_time), seconds(found.record.duration)) == (Fraction(10, 24), 2)
    assert seconds(found.clip.source_range.start_time) == Fraction(3, 2)
