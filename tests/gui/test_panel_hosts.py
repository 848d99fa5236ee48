"""Editors in the panel: they come, are followed and led, take a cue, give it back, fail and go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from panel_room import Room
from pytestqt.qtbot import QtBot
from timeline_fakes import Ears, Witness, load_scripted, names, rows_of, write_tone

from gui.models.cues import CueRequest
from gui.models.hosts import HostService
from gui.models.settings import Settings
from gui.tasks import Tasks
from gui.timeline.panel import TimelinePanel
from plugin.treatment import Treatment

SETTINGS = Settings(caption_clips=False, fade_in=0.0, fade_out=0.0)


@pytest.fixture
def side(qtbot: QtBot, tasks: Tasks, tmp_path: Path) -> Iterator[TimelinePanel]:
    panel = TimelinePanel(tasks, Ears(), SETTINGS, tmp_path / "bridge")
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: (tmp_path / "bridge/bridge.json").exists())
    yield panel
    panel.shut_down()


@pytest.fixture
def witness(side: TimelinePanel, qtbot: QtBot) -> Witness:
    return Witness(side, qtbot)


@pytest.fixture
def host(side: TimelinePanel, witness: Witness, qtbot: QtBot, tmp_path: Path) -> Iterator[Any]:
    host = load_scripted().ScriptedHost(tmp_path / "bridge")
    qtbot.waitUntil(lambda: len(rows_of(side)) == 3)
    yield host
    host.close()


@pytest.fixture
def request_(tmp_path: Path) -> CueRequest:
    music = write_tone(tmp_path / "Paper Boats.wav", 6)
    return CueRequest(music, 1.0, 4.0, 6.0, title="Paper Boats", artist="Lena")


def choose(side: TimelinePanel, *places: int) -> None:
    side.clips.lead([rows_of(side)[place].clip for place in places])


def placed(host: Any) -> list[dict[str, Any]]:
    return [clip for clip in host.clips() if clip.get("cue")]


def refuse(host: Any, method: str, message: str, code: int = -32000) -> None:
    host.answer_with[method] = lambda asked, send: host.send_message(
        {"id": asked["id"], "error": {"code": code, "message": message}}
    )


def test_without_an_editor_nothing_can_be_done(side: TimelinePanel, witness: Witness, request_: CueRequest) -> None:
    assert side.hosts.choice.currentText() == "none connected"
    controls = side.controls
    assert not any(w.isEnabled() for w in (controls.place, controls.undo, controls.sheet, controls.caption_all))
    assert "No editor is connected" in side.clips.hint
    side.place(request_)
    assert witness.problems == ["no editor is connected, and no timeline file is open"]


def test_an_editor_appears_by_itself_with_its_clips(side: TimelinePanel, host: Any, witness: Witness) -> None:
    assert side.hosts.choice.currentText() == "Scripted 1.0"
    assert witness.news == ["Scripted 1.0 is connected"]
    assert names(side) == ["shot a", "shot b", "täLk"]
    clip = rows_of(side)[0].clip
    assert (clip.time_in, clip.time_out, clip.timeline_track) == ("01:00:00:00", "01:00:02:00", "Video 1")
    assert clip.start == 1.0 and clip.end == pytest.approx(3.002)
    assert "a.mp4 is not there" in rows_of(side)[0].reason
    assert side.controls.title.text() == "Edit (clips: 3)"


def test_the_selection_of_the_editor_is_followed_once(side: TimelinePanel, host: Any, qtbot: QtBot) -> None:
    assert [row.clip.name for row in side.clips.selected()] == ["täLk"]
    choose(side, 0)
    host.project["playhead"] = 7
    host.changed()
    qtbot.waitUntil(lambda: host.asked.count("timeline") >= 2)
    qtbot.wait(100)
    assert [row.clip.name for row in side.clips.selected()] == ["shot a"], "the same selection does not count again"
    host.clips()[1]["selected"], host.clips()[2]["selected"] = True, False
    host.changed()
    qtbot.waitUntil(lambda: [row.clip.name for row in side.clips.selected()] == ["shot b"])
    assert "seek" not in host.asked, "following must not lead"


def test_a_selection_that_is_not_to_be_followed_stays_there(side: TimelinePanel, host: Any, qtbot: QtBot) -> None:
    side.apply(replace(SETTINGS, follow_host=False))
    host.clips()[1]["selected"] = True
    host.changed()
    qtbot.waitUntil(lambda: rows_of(side)[1].clip.selected)
    assert [row.clip.name for row in side.clips.selected()] == ["täLk"], "as it was before the setting"


def test_a_clip_chosen_here_sets_the_playhead_there(
    side: TimelinePanel, host: Any, witness: Witness, qtbot: QtBot, tmp_path: Path
) -> None:
    host.clips()[1]["media"] = str(write_tone(tmp_path / "b.wav", 5))
    host.changed()
    qtbot.waitUntil(lambda: rows_of(side)[1].clip.ref is not None)
    side.clips.setCurrentIndex(side.clips.clips.index(1))
    qtbot.waitUntil(lambda: host.project["playhead"] == 72)
    (ref,) = witness.chosen
    assert (ref.path.name, ref.start, ref.name) == ("b.wav", 0.0, "shot b")
    assert ref.length == pytest.approx(1.001)


def test_a_clip_that_was_trimmed_is_told_anew(
    side: TimelinePanel, host: Any, witness: Witness, qtbot: QtBot, tmp_path: Path
) -> None:
    host.clips()[2] |= {"media": str(write_tone(tmp_path / "talk.wav", 9)), "source": [0, 48000, 1]}
    host.changed()
    qtbot.waitUntil(lambda: len(witness.chosen) == 1)
    host.clips()[2]["duration"] = 24
    host.changed()
    qtbot.waitUntil(lambda: len(witness.chosen) == 2)
    assert [ref.length for ref in witness.chosen] == [pytest.approx(2.002), pytest.approx(1.001)]


def test_clips_come_and_go_and_the_chosen_one_stays_chosen(side: TimelinePanel, host: Any, qtbot: QtBot) -> None:
    first = rows_of(side)[2]
    host.project["tracks"][0]["clips"] = [{"id": "new", "name": "new", "start": 0, "duration": 5},
                                          host.clips()[1]]  # fmt: skip
    host.changed()
    qtbot.waitUntil(lambda: names(side) == ["new", "shot b", "täLk"])
    assert rows_of(side)[2] is first
    assert side.clips.current() is first


def test_a_cue_goes_under_the_selected_clip_and_back(
    side: TimelinePanel, host: Any, witness: Witness, request_: CueRequest, qtbot: QtBot
) -> None:
    side.place_wanted.connect(lambda: side.place(request_))
    side.controls.place.click()
    assert witness.wait_news("Paper Boats") == "Paper Boats lies at 01:00:01:00 on Audio 2 in Scripted"
    (cue,) = placed(host)
    assert (cue["start"], cue["duration"]) == (24, 48), "as long as the clip"
    assert cue["source"][0] / cue["source"][1] == 1.0
    qtbot.waitUntil(side.controls.undo.isEnabled)
    side.controls.undo.click()
    witness.wait_news("the last change was taken back in Scripted 1.0")
    assert not placed(host)


def test_several_clips_are_covered_from_first_to_last(
    side: TimelinePanel, host: Any, witness: Witness, request_: CueRequest
) -> None:
    choose(side, 0, 1)
    side.place(request_)
    witness.wait_news("lies at 01:00:00:00")
    (cue,) = placed(host)
    assert (cue["start"], cue["duration"]) == (0, 96)


def test_the_same_cue_in_the_same_place_is_placed_once(
    side: TimelinePanel, host: Any, witness: Witness, request_: CueRequest, qtbot: QtBot
) -> None:
    side.place(request_)
    witness.wait_news("lies at")
    qtbot.waitUntil(side.controls.place.isEnabled)
    side.place(request_)
    witness.wait_news("lay there already, at 01:00:01:00")
    assert len(placed(host)) == 1
    placed(host)[0]["start"] = 200
    host.changed()
    qtbot.waitUntil(lambda: any(row.clip.at > 8 for row in rows_of(side)))
    side.place(request_)
    qtbot.waitUntil(lambda: len(placed(host)) == 2)  # the first was moved away


def test_at_the_playhead_it_plays_as_long_as_the_part(
    side: TimelinePanel, host: Any, witness: Witness, request_: CueRequest
) -> None:
    side.controls.where.setCurrentIndex(1)
    side.place(request_)
    witness.wait_news("lies at 01:00:00:12")
    assert placed(host)[0]["duration"] == 71  # 3 s at 23.976 frames a second, not past the part's end


def test_level_and_fades_are_the_editors_where_it_can(
    side: TimelinePanel, host: Any, witness: Witness, request_: CueRequest
) -> None:
    asked: list[dict[str, Any]] = []
    do = host.do_insert_cue
    host.do_insert_cue = lambda **cue: asked.append(cue) or do(**cue)
    side.apply(replace(SETTINGS, fade_in=0.5, fade_out=0.25))
    side.place(replace(request_, treatment=Treatment(gain_db=-6.0)))
    witness.wait_news("lies at")
    (cue,) = asked
    assert cue["gain_db"] == -6.0
    assert (cue["fade_in"], cue["fade_out"]) == (12, 6)
    assert cue["path"] == str(request_.track)
    assert (cue["title"], cue["artist"]) == ("Paper Boats", "Lena")


def test_an_editor_that_refuses_says_why_and_stays(
    side: TimelinePanel, host: Any, witness: Witness, request_: CueRequest, qtbot: QtBot
) -> None:
    refuse(host, "insert_cue", "the disk is full")
    side.place(request_)
    witness.wait_problem("Scripted: the disk is full")
    qtbot.waitUntil(side.controls.place.isEnabled)


def test_a_second_wish_while_the_first_is_done_is_refused_in_words(
    side: TimelinePanel, host: Any, witness: Witness, request_: CueRequest
) -> None:
    side.place(request_)
    side.controls.undo.click()  # not to be clicked now
    side.orders.undo()
    assert witness.problems == ["the editor is still working on the last wish; try again"]
    witness.wait_news("lies at")


def test_a_clip_that_was_moved_meanwhile_gets_no_music(
    side: TimelinePanel, host: Any, witness: Witness, request_: CueRequest, qtbot: QtBot
) -> None:
    host.clips()[2]["start"] = 30  # nobody told
    side.place(request_)
    witness.wait_problem("the clip täLk was moved or trimmed; nothing was placed, look at it again")
    assert not placed(host)
    qtbot.waitUntil(lambda: rows_of(side)[2].clip.time_in == "01:00:01:06")  # it is read again by itself


def test_a_clip_that_is_gone_gets_no_music(
    side: TimelinePanel, host: Any, witness: Witness, request_: CueRequest
) -> None:
    del host.project["tracks"][1]["clips"][0]
    side.place(request_)
    witness.wait_problem("the clip täLk is no longer on the timeline")
    assert not placed(host)


def test_a_timeline_that_changes_in_the_very_moment_takes_nothing(
    side: TimelinePanel, host: Any, witness: Witness, request_: CueRequest
) -> None:
    refuse(host, "insert_cue", "the timeline changed", -32001)
    side.place(request_)
    witness.wait_problem("Scripted: the timeline changed")


def test_a_track_that_is_gone_is_said(side: TimelinePanel, host: Any, witness: Witness, request_: CueRequest) -> None:
    side.place(replace(request_, track=Path("/music/gone.wav")))
    witness.wait_problem("/music/gone.wav: there is no such file to place; reconnect the disk")


def test_an_editor_that_quits_is_gone_with_its_clips(
    side: TimelinePanel, host: Any, witness: Witness, qtbot: QtBot
) -> None:
    host.close()
    witness.wait_problem("Scripted 1.0 is no longer connected")
    assert side.hosts.choice.currentText() == "none connected"
    assert names(side) == []
    assert not side.controls.place.isEnabled()


def test_an_editor_that_quits_while_it_places_is_said(
    side: TimelinePanel, host: Any, witness: Witness, request_: CueRequest
) -> None:
    host.answer_with["insert_cue"] = lambda asked, send: host.socket.shutdown(2)
    side.place(request_)
    witness.wait_problem("Scripted: it ended the conversation")


def test_the_chosen_editor_stays_chosen_when_another_comes(
    side: TimelinePanel, host: Any, witness: Witness, qtbot: QtBot, tmp_path: Path
) -> None:
    other = load_scripted().ScriptedHost(tmp_path / "bridge", host="Other", instance="other")
    try:
        witness.wait_news("Other 1.0 is connected")
        assert side.hosts.choice.currentText() == "Scripted 1.0"
        other.project["tracks"] = []
        side.hosts.choice.setCurrentIndex(0)
        qtbot.waitUntil(lambda: side.controls.title.text() == "Edit (clips: 0)")
        assert names(side) == []
    finally:
        other.close()


def test_what_an_editor_cannot_do_is_not_offered(
    side: TimelinePanel, qtbot: QtBot, witness: Witness, tmp_path: Path
) -> None:
    host = load_scripted().ScriptedHost(tmp_path / "bridge", capabilities=["watch"])
    try:
        qtbot.waitUntil(lambda: len(rows_of(side)) == 3)
        controls = side.controls
        offered = (controls.place, controls.undo, controls.write, controls.where)
        assert not any(widget.isEnabled() for widget in offered)
        assert controls.sheet.isEnabled()
        choose(side, 0)
        side.clips.gone_to.emit()
        witness.wait_problem("Scripted 1.0 cannot set its playhead")
    finally:
        host.close()


def test_a_failing_editor_is_told_once_not_at_every_look(
    side: TimelinePanel, host: Any, witness: Witness, qtbot: QtBot
) -> None:
    refuse(host, "timeline", "a dialog is open")
    for _ in range(3):
        before = host.asked.count("timeline")
        side.reading.now()
        qtbot.waitUntil(lambda before=before: host.asked.count("timeline") > before)
        qtbot.waitUntil(lambda: not side.reading.busy)
    assert witness.problems == ["Scripted: a dialog is open"]
    assert names(side) == ["shot a", "shot b", "täLk"], "what was read stays to be seen"


def test_many_changes_at_once_are_few_looks(side: TimelinePanel, host: Any, qtbot: QtBot) -> None:
    before = host.asked.count("timeline")
    for _ in range(40):
        host.changed()
    qtbot.wait(500)
    assert 1 <= host.asked.count("timeline") - before <= 3


def test_a_host_that_does_not_run_is_said(side: TimelinePanel, witness: Witness) -> None:
    side.hosts.connect_to.emit("no-such-host")
    witness.wait_problem("no such host")


def test_a_service_closed_before_it_started_never_listens(tmp_path: Path) -> None:
    service = HostService(lambda: None, folder=tmp_path)
    service.close()
    service.start()
    assert not list(tmp_path.iterdir())


def test_an_editor_that_goes_when_the_window_has_closed_starts_nothing_anew(room: Room) -> None:
    host = room.editor()
    room.until(lambda: room.window.timeline.clips.clips.rowCount() > 0)
    room.window.close()
    host.close()
    room.window.timeline._show_hosts()  # as it was posted before
    assert room.window.timeline.clips.clips.rowCount() > 0 and "no longer connected" not in room.line
