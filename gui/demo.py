"""``cuefinder panel --demo``: a library, a film and a timeline of it, all made here, to try the panel on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange
from PyQt6.QtCore import QObject, pyqtSignal

from gui.models.cancellation import Cancellation, CancelledError
from gui.models.engines import Engines
from gui.models.service import IndexState, LibraryService
from gui.tasks import Lane, Tasks
from host_bridge.timeline import AUDIO, VIDEO, make_clip, make_timeline, make_tracks
from host_bridge.times import at_rate
from plugin.demo.film import FPS, FilmScene, film_scenes
from plugin.demo.library import Recipe, make_media
from plugin.errors import CuefinderError, InputError, printable
from plugin.paths import atomic_write, data_dir

HOUR = 3600
OnProgress = Callable[[str, int, int], None]
"""Told what is being made, and how many of how many parts are done."""


@dataclass(frozen=True, slots=True)
class Demo:
    """Where the demo's parts are, or will be."""

    folder: Path

    @property
    def library(self) -> Path:
        """The library's file."""
        return self.folder / "library.db"

    @property
    def music(self) -> Path:
        """The folder of the tracks."""
        return self.folder / "music"

    @property
    def film(self) -> Path:
        """The film."""
        return self.folder / "film.mp4"

    @property
    def timeline(self) -> Path:
        """The timeline of the film's scenes."""
        return self.folder / "Six scenes.otio"


def demo_folder() -> Path:
    """Give the demo's folder, where the user names none."""
    return data_dir() / "demo"


def film_timeline(film: Path, scenes: Sequence[FilmScene]) -> otio.schema.Timeline:
    """Make a timeline with the scenes of the film as clips: picture on one timeline track, sound on another."""
    rate = Fraction(FPS)

    def clips(kind: str) -> list[tuple[otio.schema.Clip, RationalTime]]:
        placed = []
        for number, scene in enumerate(scenes, 1):
            start, length = at_rate(Fraction(scene.start), rate), at_rate(Fraction(scene.seconds), rate)
            clip = make_clip(scene.name, film, TimeRange(start, length), id=f"{kind}{number}")
            placed.append((clip, start))
        return placed

    tracks = [*make_tracks("V1", VIDEO, clips("V"), id="V1"), *make_tracks("A1", AUDIO, clips("A"), id="A1")]
    return make_timeline("Six scenes", tracks, rate=rate, start=at_rate(Fraction(HOUR), rate))


def make_demo(
    demo: Demo,
    engines: Engines,
    on_progress: OnProgress,
    cancellation: Cancellation,
    *,
    scenes: Sequence[FilmScene] | None = None,
    recipes: Sequence[Recipe] | None = None,
) -> None:
    """Make what is not there yet; a run that was cancelled goes on where it was.

    Parameters
    ----------
    scenes, recipes : optional
        Those of the demo film and the demo library unless given.

    Raises
    ------
    CuefinderError
        A file cannot be made, or the library not be indexed; what is done stays.
    CancelledError
    """
    scenes = film_scenes() if scenes is None else scenes

    def made(done: int, total: int) -> None:
        cancellation.check()
        on_progress("music and film", done, total)

    def indexed(state: IndexState) -> None:
        on_progress("library", state.files_done, state.files_total)

    try:
        make_media(demo.music, demo.film, scenes=scenes, recipes=recipes, on_progress=made)
        if not demo.timeline.exists():
            timeline = film_timeline(demo.film, scenes)
            atomic_write(demo.timeline, otio.adapters.write_to_string(timeline, "otio_json").encode())
    except OSError as error:
        raise InputError(f"{printable(demo.folder)}: the demo cannot be made: {error.strerror or error}") from error
    service = LibraryService(demo.library, engines)
    try:
        report = service.index([demo.music], indexed, cancellation)
    finally:
        service.close()
    cancellation.check()
    if report.failures:
        path, reason = report.failures[0]
        raise CuefinderError(f"{printable(path)}: {reason}")


class DemoMaker(QObject):
    """Makes the demo in the background.

    Parameters
    ----------
    tasks : Tasks
    engines : Engines
    demo : Demo

    Signals
    -------
    progressed : (str, int, int)
        What is being made, and how many of how many parts are done.
    made : Demo
        All is there.
    problem : str
    ended
        After either, and after `stop`.
    """

    progressed = pyqtSignal(str, int, int)
    made = pyqtSignal(object)
    problem = pyqtSignal(str)
    ended = pyqtSignal()

    def __init__(self, tasks: Tasks, engines: Engines, demo: Demo, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._engines, self.demo = tasks, engines, demo
        self._work: Cancellation | None = None

    def start(self, *, scenes: Sequence[FilmScene] | None = None, recipes: Sequence[Recipe] | None = None) -> None:
        """Begin, or go on."""
        work = self._work = Cancellation()

        def on_progress(what: str, done: int, total: int) -> None:
            self._tasks.post(partial(self.progressed.emit, what, done, total))

        self._tasks.run_task(
            partial(make_demo, self.demo, self._engines, on_progress, work, scenes=scenes, recipes=recipes),
            lambda _: self.made.emit(self.demo),
            self._fail,
            self.ended.emit,
            lane=Lane.LIBRARY,
        )

    def stop(self) -> None:
        """End at the next step; what is made stays, and `start` goes on from there."""
        if self._work is not None:
            self._work.cancel()

    shut_down = stop

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, CancelledError):
            self.problem.emit(str(error))
