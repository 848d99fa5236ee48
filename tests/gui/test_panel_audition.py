"""The audition bar over an output of its own: what is heard, where it is, and what is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from audition_fakes import RATE, FakeOutput, found, write_track
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

import gui.models.cue_files as cue_files
from gui.audition.bar import AuditionBar
from gui.audition.drag_handle import QDrag
from gui.audition.output import OutputError
from gui.models.cue_files import plain_name
from gui.models.settings import Settings
from gui.tasks import Tasks
from plugin.audition import open_treated
from plugin.decode.stereo import read_stereo
from plugin.treatment import NEUTRAL, Treatment

PLAIN = Settings(match_loudness=False, fade_in=0.0, fade_out=0.0)
Key = Qt.Key


@pytest.fixture
def track(tmp_path: Path) -> Path:
    return write_track(tmp_path / "träck.wav")


class Room:
    """A bar, and the outputs that it opened."""

    def __init__(self, qtbot: QtBot, tasks: Tasks, settings: Settings) -> None:
        self.outputs: list[FakeOutput] = []
        self.refuses = False
        self.bar = AuditionBar(tasks, settings, self._open)
        self.problems: list[str] = []
        self.news: list[str] = []
        self.bar.problem.connect(self.problems.append)
        self.bar.news.connect(self.news.append)
        self._qtbot = qtbot
        qtbot.addWidget(self.bar)
        self.bar.resize(900, self.bar.sizeHint().height())
        self.bar.show()

    def _open(self, rate: int) -> FakeOutput:
        if self.refuses:
            raise OutputError("nothing can be played: this computer has no sound output")
        self.outputs.append(FakeOutput(rate))
        return self.outputs[-1]

    @property
    def output(self) -> FakeOutput:
        return self.outputs[-1]

    @property
    def at(self) -> float:
        return self.bar._at or 0.0

    def until(self, true: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(true()), timeout=15_000)

    def hear(self, seconds: float) -> None:
        """Let time pass, in the output's own steps."""
        until = self.output.played + round(seconds * self.output.rate)

        def step() -> bool:
            self.output.play(min(0.05, (until - self.output.played) / self.output.rate))
            return self.output.played >= until or self.output.closed

        self.until(step)

    def start(self, path: Path, start: float = 2.0, end: float = 5.0, clip: float | None = None) -> None:
        self.bar.load(found(path, start, end), clip)
        self.bar.toggle()
        self.until(lambda: self.outputs and self.output.given)


@pytest.fixture
def room(qtbot: QtBot, tasks: Tasks) -> Iterator[Room]:
    room = Room(qtbot, tasks, PLAIN)
    yield room
    room.bar.shut_down()


def treated(path: Path, start: float, end: float, treatment: Treatment = NEUTRAL) -> np.ndarray:
    with open_treated(path, start, end, treatment) as sound:
        return np.concatenate(list(sound), 1)


def test_it_plays_the_best_part_once_and_ends(room, track) -> None:
    room.bar.controls.loop.setChecked(False)
    room.start(track)
    room.hear(3.5)
    room.until(lambda: not room.bar.player.is_playing)
    heard = room.output.sound
    assert np.array_equal(heard[:, : 3 * RATE], treated(track, 2.0, 5.0))
    assert not heard[:, 3 * RATE :].any(), "silence, for outputs that do not play what is written last"
    assert room.output.closed
    assert not room.problems


def test_the_part_is_heard_over_and_over(room, track) -> None:
    room.start(track, 2.0, 3.5)
    room.hear(4.0)
    part = treated(track, 2.0, 3.5)
    assert np.array_equal(room.output.sound[:, : 4 * RATE], np.tile(part, 3)[:, : 4 * RATE])


def test_what_is_heard_is_the_file_that_is_made(room, track, tmp_path, qtbot) -> None:
    room.bar.apply(Settings(cues=str(tmp_path / "cues"), loudness=-23.0, fade_in=0.2, fade_out=0.5))
    room.bar.controls.loop.setChecked(False)
    room.bar.controls.fit.setChecked(True)
    room.bar.load(found(track, 2.0, 5.0, tempo=120.0), 3.9)
    room.bar.controls.tone.sliders["mid_db"].setValue(6)
    room.bar.toggle()
    room.until(lambda: room.outputs)
    room.hear(3.9)
    files: list[Path] = []
    room.bar.make_file(room.bar.cue(), files.append)
    room.until(lambda: files)
    made, _ = read_stereo(files[0], 0.0, 3.9)
    heard = room.output.sound[:, : made.shape[1]]
    assert made.shape == (2, round(3.9 * RATE))
    assert np.abs(heard - made).max() <= 2**-23
    assert room.bar.cue().treatment.tempo == pytest.approx(4.0 / 3.9)


def test_pause_goes_on_where_it_was(room, track) -> None:
    room.start(track)
    room.hear(1.0)
    room.bar.toggle()
    assert room.output.held
    assert room.bar.controls.play.accessibleName() == "Play"
    before = room.output.played
    room.bar.toggle()
    assert not room.output.held
    room.hear(0.5)
    assert np.array_equal(room.output.sound[:, : before + RATE // 2], treated(track, 2.0, 5.0)[:, : before + RATE // 2])


def test_a_click_plays_from_there_also_outside_of_the_part(room, track, qtbot) -> None:
    room.start(track)
    wave = room.bar.controls.wave

    def click(second: float) -> None:
        flushes = room.output.flushes
        place = QPoint(round(second / 10 * wave.width()), wave.height() // 2)
        qtbot.mouseClick(wave, Qt.MouseButton.LeftButton, pos=place)
        room.until(lambda: room.output.flushes > flushes and room.output.waiting())

    click(4.0)
    assert room.at == pytest.approx(4.0, abs=0.3)
    click(8.0)
    assert room.at == pytest.approx(8.0, abs=0.3)
    room.hear(0.5)
    assert room.at == pytest.approx(8.5, abs=0.4)


def test_dragging_the_part_moves_it_and_what_plays_with_it(room, track, qtbot) -> None:
    room.start(track)
    wave, middle = room.bar.controls.wave, room.bar.controls.wave.height() // 2
    press, release = (QPoint(round(at / 10 * wave.width()), middle) for at in (3.0, 7.0))
    qtbot.mousePress(wave, Qt.MouseButton.LeftButton, pos=press)
    qtbot.mouseMove(wave, release)
    qtbot.mouseRelease(wave, Qt.MouseButton.LeftButton, pos=release)
    assert room.bar.cue().start == pytest.approx(6.0, abs=0.05)
    room.until(lambda: room.output.flushes and room.output.waiting())
    assert room.at == pytest.approx(6.0, abs=0.3)


def test_keys_seek_move_play_and_choose(room, track, qtbot) -> None:
    steps: list[int] = []
    room.bar.next_wanted.connect(lambda: steps.append(1))
    room.bar.previous_wanted.connect(lambda: steps.append(-1))
    room.start(track)
    wave = room.bar.controls.wave
    qtbot.keyClick(wave, Key.Key_Right)
    room.until(lambda: room.at >= 6.5)
    qtbot.keyClick(wave, Key.Key_Home)
    room.until(lambda: 2.0 <= room.at < 3.0)
    qtbot.keyClick(wave, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert room.bar.cue().start == 3.0
    qtbot.keyClick(wave, Key.Key_Space)
    assert not room.bar.player.is_playing
    qtbot.keyClick(wave, Key.Key_Down)
    qtbot.keyClick(wave, Key.Key_Up)
    assert steps == [1, -1]


def test_level_changes_while_it_plays_without_a_gap(room, track) -> None:
    room.start(track)
    room.hear(0.5)
    room.bar.controls.gain.setValue(-24)
    room.until(lambda: room.bar.player._coming is None)
    room.hear(2.0)
    heard, plain = room.output.sound[:, : round(2.4 * RATE)], treated(track, 2.0, 4.4)
    assert room.output.flushes == 0
    ratio = np.abs(heard).max(0) / np.maximum(np.abs(plain).max(0), 1e-4)
    loud = np.abs(plain).max(0) > 0.02
    changed = int(np.argmax(loud & (ratio < 0.5)))
    assert 0.4 * RATE < changed < 1.2 * RATE, "about half a second in, and soon"
    assert np.array_equal(heard[:, : changed - RATE // 50], plain[:, : changed - RATE // 50])
    soft = slice(changed + RATE // 50, None)
    assert np.allclose(heard[:, soft], plain[:, soft] * 10 ** (-12 / 20), atol=1e-5)


def test_many_changes_end_with_the_last_one(room, track) -> None:
    room.start(track)
    for value in range(0, -25, -1):
        room.bar.controls.gain.setValue(value)
    room.until(lambda: room.bar.player._coming is None)
    assert room.bar.player._line.cue.treatment.gain_db == -12.0


def test_a_change_during_a_pause_is_heard_afterwards(room, track) -> None:
    room.start(track)
    room.hear(1.0)
    room.bar.toggle()
    room.bar.controls.gain.setValue(-24)
    given = room.output.played
    room.bar.toggle()
    room.until(lambda: room.output.flushes == 1 and room.output.given > given)
    room.hear(0.5)
    heard, plain = room.output.sound[:, given : given + RATE // 2], treated(track, 2.0, 5.0)[:, RATE : RATE * 3 // 2]
    assert heard.std() / plain.std() == pytest.approx(10 ** (-12 / 20), rel=0.1)


def test_the_next_track_plays_in_place_of_the_one_before(room, track, tmp_path) -> None:
    other = write_track(tmp_path / "other.wav", 8.0)
    room.start(track)
    room.bar.load(found(other, 1.0, 4.0, 8.0, id=2), None)
    room.until(lambda: room.output.flushes and room.output.waiting())
    before = room.output.played
    room.hear(0.5)
    heard = room.output.sound[:, before : before + RATE // 2]
    assert np.array_equal(heard, treated(other, 1.0, 1.5))
    room.bar.apply(replace(PLAIN, play_at_once=False))
    room.bar.load(found(track, 2.0, 5.0), None)
    assert not room.bar.player.is_playing


def test_no_track_no_sound(room) -> None:
    room.bar.toggle()
    assert room.problems == ["choose a track to play first"]
    assert room.bar.cue() is None and room.bar.request() is None
    assert not room.bar.controls.play.isEnabled()


@pytest.mark.parametrize("spoil", ["gone", "no sound", "no output", "output goes"])
def test_what_cannot_be_played_is_one_line_and_the_bar_goes_on(room, track, spoil) -> None:
    room.bar.load(found(track, 2.0, 5.0), None)
    if spoil == "gone":
        track.rename(track.with_name("elsewhere.wav"))
    elif spoil == "no sound":
        track.write_text("this is no music")
    room.refuses = spoil == "no output"
    room.bar.toggle()
    if spoil == "output goes":
        room.until(lambda: room.outputs and room.output.given)
        room.output.trouble = "Speakers plays no more: is it still connected?"
    room.until(lambda: room.problems)
    (problem,) = room.problems
    assert {"gone": "no such file", "no sound": "träck.wav", "no output": "no sound output",
            "output goes": "still connected"}[spoil] in problem  # fmt: skip
    assert not room.bar.player.is_playing
    assert room.bar.controls.play.accessibleName() == "Play"


def test_a_cue_is_copied_as_a_file_which_is_made_once(room, track, tmp_path, monkeypatch) -> None:
    made: list[Path] = []
    render = cue_files.render_cue
    monkeypatch.setattr(cue_files, "render_cue", lambda *given, **more: made.append(render(*given, **more)))
    room.bar.apply(replace(PLAIN, cues=str(tmp_path / "cues")))
    room.bar.load(found(track, 2.0, 5.0), None)
    room.bar.controls.handle.click()
    room.until(lambda: any("Copied the file" in line for line in room.news))
    (url,) = QGuiApplication.clipboard().mimeData().urls()
    (path,) = made
    assert Path(url.toLocalFile()) == path
    assert path.name.startswith("träck ")
    assert np.array_equal(read_stereo(path, 0.0, 3.0)[0], treated(track, 2.0, 5.0))
    room.bar.controls.handle.click()
    room.until(lambda: sum("Copied the file" in line for line in room.news) == 2)
    assert len(made) == 1


def test_who_asks_in_the_moment_in_which_the_file_is_made_gets_it_too(room, track, tmp_path, monkeypatch) -> None:
    got: list[Path] = []
    room.bar.apply(replace(PLAIN, cues=str(tmp_path / "cues")))
    room.bar.load(found(track, 2.0, 5.0), None)
    cue, renders = room.bar.cue(), room.bar.renders
    take = renders._take
    # Between this and the end of the task there is a turn of the event loop.
    monkeypatch.setattr(renders, "_take", lambda *given: (take(*given), len(got) > 1 or renders.make(cue, got.append)))
    renders.make(cue, got.append)
    room.until(lambda: len(got) > 1)
    assert got[0] == got[1]


def test_dragging_out_gives_the_file_or_says_that_it_is_not_ready(room, track, tmp_path, qtbot, monkeypatch) -> None:
    dragged: list[list[str]] = []
    monkeypatch.setattr(
        QDrag, "exec", lambda drag, *_: dragged.append([url.toLocalFile() for url in drag.mimeData().urls()])
    )
    room.bar.apply(replace(PLAIN, cues=str(tmp_path / "cues")))
    room.bar.load(found(track, 2.0, 5.0), None)
    handle = room.bar.controls.handle

    def drag() -> None:
        qtbot.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
        qtbot.mouseMove(handle, QPoint(60, 40))

    drag()
    room.until(lambda: any("still being made" in line for line in room.news))
    assert not dragged
    room.until(lambda: room.bar.renders.file(room.bar.cue()) is not None)
    drag()
    room.until(lambda: dragged)
    ((path,),) = dragged
    assert Path(path).parent == tmp_path / "cues"
    assert not any("Copied" in line for line in room.news)


def test_a_whole_track_as_it_is_is_its_own_file(room, track, tmp_path) -> None:
    files: list[Path] = []
    room.bar.apply(replace(PLAIN, cues=str(tmp_path / "cues")))
    room.bar.load(found(track, 0.0, 10.0), None)
    room.bar.make_file(room.bar.cue(), files.append)
    room.until(lambda: files)
    assert files == [track]
    assert not (tmp_path / "cues").exists()


def test_a_file_that_cannot_be_made_is_one_line(room, track, tmp_path) -> None:
    (tmp_path / "cues").write_text("a file where the folder should be")
    room.bar.apply(replace(PLAIN, cues=str(tmp_path / "cues")))
    room.bar.load(found(track, 2.0, 5.0), None)
    room.bar.controls.handle.click()
    room.until(lambda: room.problems)
    assert "no folder for cues can be made" in room.problems[0]
    track.unlink()
    room.bar.controls.handle.click()
    room.until(lambda: len(room.problems) == 2)
    assert "No such file" in room.problems[1]


def test_files_that_nobody_waits_for_give_way(room, track, tmp_path) -> None:
    room.bar.apply(replace(PLAIN, cues=str(tmp_path / "cues")))
    room.bar.load(found(track, 2.0, 5.0), None)
    for value in range(1, 9):
        room.bar.controls.gain.setValue(-value)
        room.bar.controls.handle.prepare()
    room.until(lambda: room.bar.renders.file(room.bar.cue()) is not None)
    assert len(list((tmp_path / "cues").iterdir())) <= 2
    assert not room.problems


def test_a_file_that_is_there_goes_along_to_the_editor(room, track, tmp_path) -> None:
    room.bar.apply(replace(PLAIN, cues=str(tmp_path / "cues")))
    room.bar.load(found(track, 2.0, 5.0), None)
    assert room.bar.request().rendered is None
    room.bar.controls.handle.prepare()
    room.until(lambda: room.bar.request().rendered is not None)
    room.bar.controls.gain.setValue(-3)
    assert room.bar.request().rendered is None, "it would be another sound"


def test_a_double_click_brings_the_level_back(room, track, qtbot) -> None:
    room.bar.load(found(track, 2.0, 5.0), None)
    room.bar.controls.gain.setValue(-12)
    assert room.bar.cue().treatment.gain_db == -6.0
    qtbot.mouseDClick(room.bar.controls.gain, Qt.MouseButton.LeftButton)
    assert room.bar.cue().treatment.gain_db == 0.0


def test_tone_and_fades_go_back_to_what_they_were(room, track) -> None:
    room.bar.apply(replace(PLAIN, fade_out=0.5))
    room.bar.load(found(track, 2.0, 5.0), None)
    tone = room.bar.controls.tone
    tone.sliders["high_db"].setValue(8)
    tone.fades["fade_in"].setValue(1.5)
    tone.fades["fade_out"].setValue(0.0)
    treatment = room.bar.cue().treatment
    assert (treatment.high_db, treatment.fade_in, treatment.fade_out) == (4.0, 1.5, 0.0)
    tone.reset_button.click()
    assert room.bar.cue().treatment == Treatment(fade_out=0.5)
    assert (tone.sliders["high_db"].value(), tone.fades["fade_out"].value()) == (0, 0.5)


def test_the_bar_says_what_it_changes(room, track) -> None:
    room.bar.apply(Settings(loudness=-18.0))
    room.bar.controls.fit.setChecked(True)
    room.bar.load(found(track, 2.0, 5.0, tempo=120.0), 3.9)
    assert room.bar.controls.facts.text() == "part 0:02–0:06 · tempo +2.6 % · +2.0 dB to match"
    room.bar.load(found(track, 2.0, 5.0, tempo=120.0), 30.0)
    assert "no tempo fits: 8.9 s for 30.0 s" in room.bar.controls.facts.text()
    assert room.bar.controls.title.text() == "träck – Lena"


@pytest.mark.parametrize(
    ("name", "plain"), [("A/B: \\ <c>?", "A B c"), ("", "cue"), ("x" * 200, "x" * 80), ("Träume (live)", "Träume live")]
)
def test_names_of_files_are_plain(name, plain) -> None:
    assert plain_name(name) == plain
