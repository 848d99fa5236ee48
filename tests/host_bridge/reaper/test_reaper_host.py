"""Our script for REAPER, run by a real Lua inside of an imitation of REAPER, over a folder, against the whole suite."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conformance import HostConformance, Project, marker, place, revision, span, tone, write_wav
from reaper_process import FakeReaper, lua

from host_bridge.errors import HostError, HostGoneError, HostTimeoutError, PartialError, StaleTimelineError
from host_bridge.timeline import clip_id, facts, find_clip, media_path, placed_clips, rate_of
from host_bridge.times import seconds
from host_bridge.transport.server import BridgeServer

CLIPS = [("shot", Fraction(0), Fraction(10)), ("hello", Fraction(1, 2), Fraction(4)),
         ("täLk 🎤.wav", Fraction(3), Fraction(4)), ("", Fraction(20), Fraction(2))]  # fmt: skip
ITEM = "fake.project.state.tracks[{}].items[{}]"


def make_media(folder: Path) -> tuple[Path, Path]:
    """A video, which nobody looks into, and a sound file."""
    folder = folder / "Média"
    folder.mkdir()
    (folder / "shot.mp4").write_bytes(b"no real video")
    return folder / "shot.mp4", write_wav(folder / "täLk 🎤.wav", tone(8))


@pytest.fixture
def media(tmp_path: Path) -> tuple[Path, Path]:
    return make_media(tmp_path)


@pytest.fixture
def start(panel: Any, media: tuple[Path, Path]) -> Iterator[Callable[[], FakeReaper]]:
    """Starts the program; it is ended afterwards, and no fault of the script is let pass."""
    lua()
    started: list[FakeReaper] = []

    def make() -> FakeReaper:
        started.append(FakeReaper(panel.server.folder, *media))
        return started[-1]

    yield make
    for fake in started:
        fake.close()
        assert not fake.faults


@pytest.fixture
def reaper(start: Callable[[], FakeReaper]) -> FakeReaper:
    return start()


@pytest.fixture
def host(panel: Any, reaper: FakeReaper) -> Any:
    return panel.came.get(timeout=10)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "guitar.wav", tone(8))


class TestReaper(HostConformance):
    @pytest.fixture(scope="class")
    def running(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeReaper, Any]]:
        lua()
        folder, came = tmp_path_factory.mktemp("reaper"), queue.Queue()
        with BridgeServer(came.put, folder=folder / "bridge"):
            fake = FakeReaper(folder / "bridge", *make_media(folder))
            yield fake, came.get(timeout=10)
            fake.close()
        assert not fake.faults

    @pytest.fixture
    def project(self, running: tuple[FakeReaper, Any]) -> Iterator[Project]:
        fake, host = running
        fake.do("fake.begin()")
        yield Project(host, CLIPS, audible=(0.5, 2.0), media=False)
        assert fake.do("return fake.ui") == "0"
        assert fake.do("return fake.block") == "nil"


def test_media_offsets_kinds_colours_and_states_are_read(host: Any, media: tuple[Path, Path]) -> None:
    timeline = host.timeline()
    found = {p.clip.name: p for p in placed_clips(timeline)}
    assert media_path(found["shot"].clip) == media[0]
    assert media_path(found["hello"].clip) == media[1]
    assert media_path(found[""].clip) is None
    assert seconds(found["shot"].clip.source_range.start_time) == Fraction(5, 2)
    assert found["shot"].timeline_track.kind == "Video"
    assert facts(found["shot"].timeline_track)["colour"] == "#112233"
    assert not found[""].clip.enabled
    lanes = [t for t in timeline.tracks if t.name == "Talk"]
    assert len(lanes) == 2  # two items overlap
    assert rate_of(timeline) == 48_000
    assert facts(timeline)["project"] == "/projects/Übung.rpp"


def test_a_section_of_a_file_counts_from_the_file(host: Any, reaper: FakeReaper) -> None:
    take = ITEM.format(2, 1) + ".takes[1]"
    reaper.do(f"local t = {take} t.source = {{kind='source', type='SECTION', length=2, section=3, parent=t.source}}")
    found = next(p for p in placed_clips(host.timeline()) if p.clip.name == "hello")
    assert seconds(found.clip.source_range.start_time) == 4


def test_a_track_with_pictures_and_sound_comes_as_two(host: Any, reaper: FakeReaper, media: tuple[Path, Path]) -> None:
    reaper.do(f"fake.add_item(fake.project.state.tracks[1], [[{media[1]}]], 30, 2)")
    timeline = host.timeline()
    both = [t for t in timeline.tracks if t.name == "Video"]
    assert {t.kind for t in both} == {"Video", "Audio"}
    assert len({facts(t)["id"] for t in both}) == 1


def test_a_cue_has_its_fades_level_and_undo_step(host: Any, reaper: FakeReaper, music: Path) -> None:
    place(
        host,
        music,
        fade_in=Fraction(1, 2),
        fade_out=Fraction(1),
        gain_db=-6.0,
        title="A \"title\" 'and' `more`",
        key="k",
    )
    item = ITEM.format("#fake.project.state.tracks", 1)
    said = reaper.do(f"local v = {item}.values return v.D_FADEINLEN .. ' ' .. v.D_FADEOUTLEN .. ' ' .. v.B_LOOPSRC")
    assert said == "0.5 1.0 0.0"
    assert abs(float(reaper.do(f"return {item}.values.D_VOL")) - 10 ** (-6 / 20)) < 1e-12
    assert reaper.do("return reaper.Undo_CanUndo2(fake.project)") == "Cuefinder: place Our cue"
    kept = reaper.do(f"return {item}.ext.cuefinder")
    assert json.loads(kept)["title"] == "A \"title\" 'and' `more`"
    assert not set("'`") & set(kept)
    cue = next(p for p in placed_clips(host.timeline()) if p.clip.name == "Our cue")
    assert facts(cue.clip)["cue"]["key"] == "k"


def test_instruments_folders_and_pictures_get_no_cue(host: Any, reaper: FakeReaper, music: Path) -> None:
    reaper.do("fake.add_track(fake.project, 'Bus').values.I_FOLDERDEPTH = 1")
    placed = place(host, music, at=40.0)
    assert placed.timeline_track == "Talk"
    assert not placed.created
    second = place(host, music, at=40.0)
    assert (second.timeline_track, second.created) == ("Cuefinder", True)
    third = place(host, music, at=40.0)
    assert (third.timeline_track, third.created) == ("Cuefinder 2", True)


@pytest.mark.parametrize(
    "fault", ["AddMediaItemToTrack", "SetMediaItemTake_Source", "D_FADEOUTLEN", "InsertTrackAtIndex"]
)
def test_a_fault_in_the_middle_leaves_nothing(host: Any, reaper: FakeReaper, music: Path, fault: str) -> None:
    before = revision(host)
    reaper.do(f"fake.fail.{fault} = true")
    with pytest.raises(HostError, match="nothing was changed"):
        place(host, music)
    assert revision(host) == before
    assert reaper.do("return #fake.project.undo") == "0"


def test_a_fault_that_cannot_be_taken_back_is_told(host: Any, reaper: FakeReaper, music: Path) -> None:
    reaper.do("fake.fail.undo = true fake.fail.D_FADEOUTLEN = true")
    with pytest.raises(PartialError, match="D_FADEOUTLEN; done: a part of: Cuefinder: place"):
        place(host, music)


def test_markers_that_are_not_all_taken_are_all_taken_back(host: Any, reaper: FakeReaper) -> None:
    reaper.do("fake.fail.markers_after = 2")
    with pytest.raises(HostError, match="took no marker two"):
        host.add_markers([marker("one", 1), marker("two", 2)])
    timeline = host.timeline()
    assert [m.name for m in timeline.tracks.markers] == ["boom"]


def test_a_region_keeps_its_length(host: Any) -> None:
    host.add_markers([marker("scene", 2, 3)])
    timeline = host.timeline()
    found = next(m for m in timeline.tracks.markers if m.name == "scene")
    assert seconds(found.marked_range.duration) == 3


def test_what_is_no_sound_is_named_and_changes_nothing(host: Any, tmp_path: Path, reaper: FakeReaper) -> None:
    bad = tmp_path / "bad.flac"
    bad.write_bytes(b"nothing")
    with pytest.raises(HostError, match=r"bad.flac: REAPER cannot play it"):
        place(host, bad)
    assert reaper.do("return #fake.project.undo") == "0"


def test_a_part_beyond_the_end_of_the_music_is_refused(host: Any, music: Path) -> None:
    with pytest.raises(HostError, match="begins after its end"):
        place(host, music, segment=span(20, 3))


def test_the_users_own_steps_are_not_undone(host: Any, reaper: FakeReaper, music: Path) -> None:
    place(host, music)
    reaper.do("fake.user_step('Move item', function() " + ITEM.format(1, 1) + ".values.D_POSITION = 1 end)")
    with pytest.raises(HostError, match="not one of Cuefinder's"):
        host.undo()
    assert reaper.do("return " + ITEM.format(1, 1) + ".values.D_POSITION") == "1"


def test_another_project_is_another_timeline(host: Any, reaper: FakeReaper, music: Path) -> None:
    old = revision(host)
    reaper.do("fake.open(fake.new_project('/projects/other.rpp'))")
    with pytest.raises(StaleTimelineError):
        place(host, music, revision=old)
    assert placed_clips(host.timeline()) == []
    with pytest.raises(HostError, match="no clip"):
        host.annotate("{00000002-0000-4000-8000-000000000000}", "of the old project")


def test_a_device_that_goes_away_does_not_move_cues(host: Any, reaper: FakeReaper, music: Path) -> None:
    assert rate_of(host.timeline()) == 48_000
    answer = host.peer.request("timeline", timeout=5)
    reaper.do("fake.device_rate = nil")  # now the project says 44100
    placed = host.peer.request("insert_cue", {
        "path": str(music), "name": "x", "key": "k", "start": 48_000, "duration": 48_000, "source": [0, 1, 1],
        "fade_in": 0, "fade_out": 0, "gain_db": 0.0, "timeline_track": None, "revision": answer["revision"],
        "step": "Cuefinder: x",
    }, timeout=5)  # fmt: skip
    assert placed["start"] == 48_000
    assert (
        abs(float(reaper.do("return " + ITEM.format("#fake.project.state.tracks", 1) + ".values.D_POSITION")) - 1)
        < 1e-9
    )


def test_render_settings_are_put_back(host: Any, reaper: FakeReaper, tmp_path: Path) -> None:
    flat = "local t = {} for k, v in pairs(fake.project.info) do t[#t + 1] = k .. v end " \
           "for k, v in pairs(fake.project.texts) do t[#t + 1] = k .. v end " \
           "table.sort(t) return table.concat(t, ' ')"  # fmt: skip
    before = reaper.do(flat)
    timeline = host.timeline()
    talk = next(str(facts(t)["id"]) for t in timeline.tracks if t.name == "Talk")
    out = host.export_range(span(1, 2), tmp_path / "with $project.wav", talk)
    assert out.is_file()
    assert reaper.do(flat) == before
    assert reaper.do("return table.concat(fake.rendered.tracks, ' ')") == "Talk"
    assert reaper.do("return fake.rendered.RENDER_TAILFLAG + fake.rendered.RENDER_NORMALIZE") == "0"
    assert reaper.do("return fake.project.state.tracks[2].selected") == "false"
    folder = tmp_path / "a $track folder"
    folder.mkdir()
    with pytest.raises(HostError, match=r"with \$ in its name"):
        host.export_range(span(1, 2), folder / "x.wav")


def test_wrong_params_are_refused_by_name(host: Any) -> None:
    for method, params, what in (("seek", {"to": -1}, "to must be a count"), ("seek", {}, "to must"),
                                 ("annotate", {"clip": 3, "caption": "x", "step": "y"}, "clip must be a string"),
                                 ("add_markers", {"markers": [3], "step": "x"}, "marker must be a table"),
                                 ("insert_cue", {"path": "x"}, "must be")):  # fmt: skip
        with pytest.raises(HostError, match=what):
            host.peer.request(method, params, timeout=5)
    with pytest.raises(HostError, match="no method dance"):
        host.peer.request("dance", timeout=5)
    assert host.peer.request("ping", timeout=5) == "pong"


def test_a_dialog_makes_a_timeout_and_the_late_answer_is_dropped(host: Any, reaper: FakeReaper) -> None:
    reaper.freeze()
    with pytest.raises(HostTimeoutError, match="dialog"):
        host.peer.request("timeline", timeout=0.3)
    reaper.thaw()
    assert host.peer.request("ping", timeout=5) == "pong"
    assert host.peer.late == 1


def test_the_panel_is_closed_and_opened_again(host: Any, reaper: FakeReaper, panel: Any, wait_for: Any) -> None:
    instance, mail = host.instance, panel.server.mail
    panel.server.close()
    wait_for(lambda: not list(mail.glob("*/alive")))
    came: list[Any] = []
    with BridgeServer(came.append, folder=panel.server.folder):
        reaper.fast_forward += 10
        wait_for(lambda: came)
        assert came[0].instance == instance
        assert len(placed_clips(came[0].timeline())) == len(CLIPS)


def test_reaper_starts_before_the_panel(tmp_path: Path, media: tuple[Path, Path], wait_for: Any) -> None:
    lua()
    fake = FakeReaper(tmp_path / "later", *media)
    try:
        time.sleep(0.1)
        came: list[Any] = []
        with BridgeServer(came.append, folder=tmp_path / "later"):
            fake.fast_forward += 10
            wait_for(lambda: came)
    finally:
        fake.close()
    assert not fake.faults


def test_an_address_left_by_a_dead_panel_does_no_harm(tmp_path: Path, media: tuple[Path, Path], wait_for: Any) -> None:
    lua()
    folder = tmp_path / "dead"
    (folder / "mail").mkdir(parents=True)
    (folder / "bridge.json").write_text(json.dumps({"protocol": 1, "port": 1, "token": "x" * 64, "pid": 1}))
    fake = FakeReaper(folder, *media)
    try:
        wait_for(lambda: list(folder.glob("mail/*/to-panel/*.json")))
        fake.fast_forward += 7
        wait_for(lambda: not list(folder.glob("mail/*/*")))
    finally:
        fake.close()
    assert not list((folder / "mail").iterdir())


def test_a_killed_reaper_is_gone(host: Any, reaper: FakeReaper, panel: Any) -> None:
    reaper.kill()
    host.peer.channel._silent = 0.2  # the real 30 s are too long for a test
    assert panel.went.get(timeout=10) is host
    with pytest.raises(HostGoneError):
        host.timeline()


def test_reaper_that_quits_says_goodbye(host: Any, reaper: FakeReaper, panel: Any) -> None:
    reaper.close()
    assert panel.went.get(timeout=10) is host
    assert not list(panel.server.mail.rglob("*"))


def test_the_script_started_twice_runs_once(host: Any, reaper: FakeReaper, panel: Any) -> None:
    reaper.do("fake.run_script()")
    again = panel.came.get(timeout=10)
    assert again.instance == host.instance
    assert len(placed_clips(again.timeline())) == len(CLIPS)


def test_a_selection_and_the_users_edits_are_told(host: Any, reaper: FakeReaper) -> None:
    for change in ("fake.project.selection = {1, 3}", ITEM.format(2, 1) + ".values.B_UISEL = 1",
                   "fake.user_step('x', function() end)"):  # fmt: skip
        told = threading.Event()
        with host.watch(told.set):
            reaper.do(change)
            assert told.wait(10), change
    timeline = host.timeline()
    assert seconds(facts(timeline)["selection"].start_time) == 1
    assert seconds(facts(timeline)["selection"].duration) == 2
    assert [p.clip.name for p in placed_clips(timeline) if facts(p.clip).get("selected")] == ["hello"]


def test_a_media_path_that_is_no_utf8_is_left_out(host: Any, reaper: FakeReaper) -> None:
    reaper.do(ITEM.format(2, 1) + r".takes[1].source.path = '/a/b\xff.wav'")
    found = next(p for p in placed_clips(host.timeline()) if p.clip.name == "hello")
    assert media_path(found.clip) is None


def test_captions_do_not_change_the_revision(host: Any) -> None:
    before = revision(host)
    first = clip_id(placed_clips(host.timeline())[0].clip)
    host.annotate(first, "rain")
    assert revision(host) == before
    assert facts(find_clip(host.timeline(), first).clip)["caption"] == "rain"
