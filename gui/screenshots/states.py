"""The states that are pictured: the whole window on each of its pages."""

from __future__ import annotations

import platform
from dataclasses import replace
from pathlib import Path

from PyQt6.QtWidgets import QWidget

from gui.models.results import Marks
from gui.screenshots.room import demo, open_window, scenes
from gui.screenshots.stage import STATES, Stage, state
from gui.window import PanelWindow
from plugin.doctor import examine
from plugin.paths import library_path
from plugin.suggest.query import Filters
from plugin.synth.arranger import arrange
from plugin.synth.render import render

__all__ = ["STATES"]

STEM_SECONDS = 16
RATE = 44_100


@state("panel-find")
def find(stage: Stage) -> QWidget:
    """A timeline with captions, and tracks that fit some words."""
    window = open_window(stage)
    _caption(stage, window)
    _ask(stage, window, "warm folk guitar, hopeful")
    return window


@state("panel-cards")
def cards(stage: Stage) -> QWidget:
    """Tracks that fit a clip and some words, as cards."""
    window = open_window(stage)
    scene = scenes()[0]
    window.find.look_chosen.emit("cards")
    window.find.bar.set_clip(demo().film, scene.start, scene.end, scene.name)
    _ask(stage, window, "calm, wide, peaceful")
    for marks in (Marks(favourite=True), Marks(rating=4)):
        window.find.results.mark(marks)
    return window


@state("panel-question")
def question(stage: Stage) -> QWidget:
    """A clip, words, seeds, filters and weights together."""
    window = open_window(stage)
    bar, music = window.find.bar, sorted(demo().music.rglob("*.*"))
    scene = scenes()[0]
    bar.set_clip(demo().film, scene.start, scene.end, scene.name)
    bar.add_seed(music[0], True)
    bar.add_seed(music[-1], False)
    draft = replace(bar.draft.weighing("text", 0.6), filters=Filters(tempo=(60.0, 140.0), tags=("instrumental",)))
    bar.row.changed.emit(draft)
    _ask(stage, window, "calm, wide, peaceful")
    return window


@state("panel-library")
def library(stage: Stage) -> QWidget:
    """Folders, a file that failed, and what the library holds."""
    window = open_window(stage)
    (stage.folder / "Downloads").mkdir()
    (stage.folder / "Downloads" / "Interview.mp3").write_text("This is a text, not music. " * 40)
    window.library.changes.add([demo().music, stage.folder / "Downloads"])
    stage.wait_until(lambda: len(window.library.view.failures) == 1 and not window.library.work.busy)
    window.pages.setCurrentWidget(window.library)
    return window


@state("panel-stems")
def stems(stage: Stage) -> QWidget:
    """The parts of a piece, each recognised."""
    window = open_window(stage)
    folder = stage.folder / "Stems"
    _write_stems(folder)
    page = window.stems
    window.pages.setCurrentWidget(page)
    page.controls.set_folder(folder)
    page.analyse()
    stage.wait_until(lambda: page.stems.heard is not None and not page.work.is_busy)
    return window


@state("panel-models")
def models(stage: Stage) -> QWidget:
    """Models and device with the shipped pack in use, after a check."""
    window = open_window(stage, with_music=False)
    window.pages.setCurrentWidget(window.machine)
    stage.wait_until(lambda: window.machine.use.graphs.topLevelItemCount() > 0)
    report = examine(library_path(), device="cpu")
    report.sections["versions"]["system"] = platform.system()  # without the kernel's number, which means nothing here
    window.machine.doctor.show_report(report)
    return window


@state("panel-settings")
def settings(stage: Stage) -> QWidget:
    """Settings as they are at first."""
    window = open_window(stage, with_music=False)
    window.pages.setCurrentWidget(window.settings)
    return window


@state("panel-first-start")
def first_start(stage: Stage) -> QWidget:
    """No library yet."""
    window = open_window(stage, with_music=False)
    stage.wait_until(lambda: window.finding.currentWidget() is window.first_start)
    return window


def _ask(stage: Stage, window: PanelWindow, words: str) -> None:
    window.find.bar.words.setText(words)
    window.find.bar.ask()
    stage.wait_until(lambda: window.find.results.rows.rowCount() > 0 and window.audition.cue() is not None)


def _caption(stage: Stage, window: PanelWindow) -> None:
    listening = window.timeline.captioning.listening
    window.timeline.captioning.all()
    stage.wait_until(lambda: not listening.busy)


def _write_stems(folder: Path) -> None:
    """Parts of an arrangement, each played alone."""
    from pedalboard.io import AudioFile

    folder.mkdir()
    score = arrange("swing_trio", 5, STEM_SECONDS)
    for number, part in enumerate(score.parts, 1):
        sound = render(replace(score, parts=(part,)), rate=RATE)
        with AudioFile(str(folder / f"Audio {number:02}.wav"), "w", RATE, 2) as out:
            out.write(sound)
