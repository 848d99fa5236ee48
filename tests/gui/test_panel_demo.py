"""The demo and the timeline side with nothing faked: film, library, models, timeline file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtGui import QImage
from pytestqt.qtbot import QtBot
from timeline_fakes import Witness, names, rows_of, write_timeline, write_tone

from gui.demo import Demo, DemoMaker, demo_folder, film_timeline, make_demo
from gui.models.cancellation import Cancellation, CancelledError
from gui.models.cues import CueRequest
from gui.models.engines import Engines
from gui.models.service import LibraryService
from gui.models.settings import Settings
from gui.models.timeline import State
from gui.tasks import Tasks
from gui.timeline.panel import TimelinePanel
from host_bridge.files.host import FileHost
from host_bridge.timeline import cues, media_path, placed_clips
from plugin.decode import read_audio
from plugin.demo.film import film_scenes
from plugin.demo.library import CATALOGUE
from plugin.errors import CuefinderError, InputError
from plugin.treatment import Treatment

WAIT = {"timeout": 90_000}


@pytest.fixture
def engines() -> Engines:
    return Engines(device="cpu")


def test_the_demo_opens_with_captioned_scenes_and_a_library(
    qtbot: QtBot, tasks: Tasks, engines: Engines, tmp_path: Path
) -> None:
    demo = Demo(tmp_path / "demo")
    maker, steps, said = DemoMaker(tasks, engines, demo), [], []
    maker.progressed.connect(lambda what, done, total: steps.append((what, done, total)))
    maker.problem.connect(said.append)
    with qtbot.waitSignal(maker.ended, **WAIT):
        maker.start(scenes=film_scenes(2)[:2], recipes=CATALOGUE[25:26])
    assert not said
    assert ("music and film", 2, 2) in steps and steps[-1][0] == "library"
    service = LibraryService(demo.library, engines)
    assert service.summary().indexed == 1
    service.close()

    panel = TimelinePanel(tasks, engines, Settings(), tmp_path / "bridge")
    qtbot.addWidget(panel)
    witness = Witness(panel, qtbot)
    panel.resize(340, 720)
    panel.show()
    panel.open_timeline(demo.timeline)
    qtbot.waitUntil(lambda: names(panel) == ["Calm sea at dusk", "Night chase in the rain"] * 2)
    rows = rows_of(panel)
    qtbot.waitUntil(lambda: all(row.state is State.DONE for row in rows), **WAIT)
    assert "Looks" in rows[0].caption and rows[0].chips
    assert rows[0].caption == rows[2].caption != rows[1].caption, "picture and sound are of one part of the film"
    qtbot.waitUntil(lambda: all(panel.clips.previews.of(row.clip) is not None for row in rows), **WAIT)
    picture, wave = panel.clips.previews.of(rows[0].clip), panel.clips.previews.of(rows[2].clip)
    assert isinstance(picture, QImage) and picture.width() * 9 == pytest.approx(picture.height() * 16, abs=16)
    assert isinstance(wave, bytes) and max(wave) == 255
    panel.clips.setCurrentIndex(panel.clips.clips.index(1))
    (ref,) = witness.chosen
    assert (ref.path, ref.start, ref.end) == (demo.film, 2.0, 4.0)
    assert not witness.problems
    panel.shut_down()


def test_a_cue_in_a_timeline_file_is_rendered_with_its_fades(
    qtbot: QtBot, tasks: Tasks, engines: Engines, tmp_path: Path
) -> None:
    music = write_tone(tmp_path / "tone.wav", 20)
    cut = write_timeline(tmp_path / "cut.otio", [("shot", write_tone(tmp_path / "talk.wav", 9), 4.0)])
    settings = Settings(caption_clips=False, fade_in=1.0, fade_out=1.0)
    panel = TimelinePanel(tasks, engines, settings, tmp_path / "bridge")
    qtbot.addWidget(panel)
    witness = Witness(panel, qtbot)
    panel.open_timeline(cut)
    qtbot.waitUntil(lambda: names(panel) == ["shot"])
    panel.clips.setCurrentIndex(panel.clips.clips.index(0))
    panel.place(CueRequest(music, 5.0, 15.0, 20.0, treatment=Treatment(low_db=-3.0), title="Tone"))
    witness.wait_news("Tone lies at 00:00:00:00")
    panel.shut_down()
    (cue,) = cues(timeline := FileHost(tmp_path / "cut.cuefinder.otio").timeline())
    assert timeline is not None
    sound = read_audio(media_path(cue.clip), 16000)
    assert len(sound) == pytest.approx(4 * 16000, abs=200)
    level = [float(np.abs(part).max()) for part in np.array_split(sound, 40)]
    assert level[0] < 0.15 * max(level) > level[-1], "it fades at both ends"
    assert level[20] > 0.9 * max(level)


def test_what_is_there_is_not_made_again(engines: Engines, tmp_path: Path) -> None:
    demo, scenes, recipes = Demo(tmp_path), film_scenes(1)[:1], CATALOGUE[25:26]
    make_demo(demo, engines, lambda *_: None, Cancellation(), scenes=scenes, recipes=recipes)
    before = {path: path.stat().st_mtime_ns for path in (demo.film, demo.timeline)}
    steps: list[tuple[str, int, int]] = []
    make_demo(demo, engines, lambda *step: steps.append(step), Cancellation(), scenes=scenes, recipes=recipes)
    assert {path: path.stat().st_mtime_ns for path in (demo.film, demo.timeline)} == before
    assert steps[0] == ("music and film", 2, 2)


def test_a_cancelled_demo_ends_before_anything_is_made(
    qtbot: QtBot, tasks: Tasks, engines: Engines, tmp_path: Path
) -> None:
    work = Cancellation()
    work.cancel()
    with pytest.raises(CancelledError):
        make_demo(Demo(tmp_path / "demo"), engines, lambda *_: None, work)
    assert not (tmp_path / "demo").exists()
    maker, said = DemoMaker(tasks, engines, Demo(tmp_path / "demo")), []
    maker.problem.connect(said.append)
    maker.made.connect(said.append)
    with qtbot.waitSignal(maker.ended, **WAIT):
        maker.start()
        maker.shut_down()
    assert not said


def test_a_demo_that_cannot_be_written_says_where(engines: Engines, tmp_path: Path) -> None:
    blocked = tmp_path / "demo"
    blocked.write_text("a file")
    with pytest.raises(CuefinderError) as caught:
        make_demo(Demo(blocked), engines, lambda *_: None, Cancellation(), recipes=CATALOGUE[25:26])
    assert str(blocked) in str(caught.value)
    assert isinstance(caught.value, InputError)


def test_the_demos_timeline_has_each_scene_with_picture_and_sound(tmp_path: Path, home: Path) -> None:
    scenes = film_scenes()
    timeline = film_timeline(tmp_path / "film.mp4", scenes)
    clips = placed_clips(timeline)
    assert [one.clip.name for one in clips] == [scene.name for scene in scenes] * 2
    assert [one.record.start_time.to_seconds() for one in clips[:6]] == [scene.start for scene in scenes]
    assert demo_folder() == home / "demo"
