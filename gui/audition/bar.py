"""The bar that plays: what is heard in it is what is placed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QWidget

from gui.audition.controls import Controls
from gui.audition.output import Output, QtOutput
from gui.audition.player import Player
from gui.audition.renders import Renders
from gui.audition.tone import STEPS
from gui.models.audition import Audition, Cue
from gui.models.cues import CueRequest
from gui.models.settings import Settings
from gui.tasks import Tasks
from plugin.suggest.suggestion import Suggestion


class AuditionBar(QWidget):
    """Plays a part of the current suggestion, and lets it be shaped.

    Parameters
    ----------
    tasks : Tasks
    settings : Settings
    open_output : callable
        (rate) -> `gui.audition.output.Output`.

    Signals
    -------
    news, problem : str
    previous_wanted, next_wanted
        The user wants to hear another track.
    playing : bool
        Whether something is heard.
    changed
        `cue` gives something else now.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    previous_wanted = pyqtSignal()
    next_wanted = pyqtSignal()
    playing = pyqtSignal(bool)
    changed = pyqtSignal()

    def __init__(
        self, tasks: Tasks, settings: Settings, open_output: Callable[[int], Output] = QtOutput,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.audition = Audition(settings)
        self.player = Player(tasks, open_output, self)
        self.renders = Renders(tasks, settings.cue_folder, self)
        self.controls = Controls(self.renders, self)
        self._at: float | None = None
        self._around: float | None = None
        self._connect()
        self._show()

    def load(self, suggestion: Suggestion | None, clip_length: float | None) -> None:
        """Take another suggestion; where one plays, this one plays on in its place.

        Parameters
        ----------
        suggestion : Suggestion or None
        clip_length : float or None
            Seconds of the clip that it is for.
        """
        before = self.audition.cue()
        self.audition.load(suggestion, clip_length)
        cue = self.audition.cue()
        if cue is not None and before is not None and cue.track.path == before.track.path:
            if cue.start != before.start:
                self._around = None
            self._change()
            return
        playing = self.player.is_playing
        self._at = None
        if cue is not None and playing and self.audition.settings.play_at_once:
            self._play_from(cue.start)
        else:
            self.player.stop()
        self._show()

    def toggle(self) -> None:
        """Play the part, pause, or go on."""
        cue = self.audition.cue()
        if cue is None:
            self.problem.emit(self.tr("choose a track to play first"))
        elif self.player.is_playing:
            self.player.pause()
        elif self.player.is_paused:
            self.player.resume()
        else:
            self._play_from(cue.start)

    def cue(self) -> Cue | None:
        """Give what is heard, to be placed; None where there is no track."""
        return self.audition.cue()

    def request(self) -> CueRequest | None:
        """Give the same as a host takes it, with its file where that is there already."""
        cue = self.audition.cue()
        if cue is None:
            return None
        return replace(cue.request(to_clip=self.audition.as_long_as_clip), rendered=self.renders.file(cue))

    def make_file(self, cue: Cue, on_done: Callable[[Path], None]) -> None:
        """Have a cue rendered to a file; where it cannot be, `problem` says why."""
        self.renders.make(cue, on_done)

    def apply(self, settings: Settings) -> None:
        """Use other settings."""
        self.audition.settings = settings
        self.renders.use_folder(settings.cue_folder)
        self._change()

    def shut_down(self) -> None:
        """Be silent, and make no more files."""
        self.player.stop()
        self.renders.stop()

    def _play_from(self, at: float) -> None:
        """Play from a second of the track: within the part the part, elsewhere the track as far as it goes."""
        cue = self.audition.cue()
        if cue is None:
            return
        self._around = None if cue.start <= at < cue.end else at
        if self._around is not None:
            rest = self.audition.from_here(at)
            if rest is not None:
                self.player.play(rest)
        else:
            self.player.play(cue, (at - cue.start) / cue.treatment.tempo, loop=self.audition.loop)

    def _change(self) -> None:
        """Let what plays sound as it is now wanted."""
        cue = self.audition.cue()
        rest = None if self._around is None else self.audition.from_here(self._around)
        if rest is not None:
            self.player.change(rest)
        elif cue is not None:
            self.player.change(cue, loop=self.audition.loop)
        self._show()

    def _set(self, name: str, value: object) -> None:
        setattr(self.audition, name, value)
        self._change()

    def _reset(self) -> None:
        self.audition.reset()
        self._change()

    def _move_part(self, start: float) -> None:
        self.audition.move_to(start)
        self._around = None
        self._change()

    def _show(self) -> None:
        self.controls.show_audition(self.audition)
        self.controls.show_time(self._at, self.audition)
        self.changed.emit()

    def _moved(self, at: float) -> None:
        self._at = at
        self.controls.show_time(at, self.audition)

    def _show_playing(self, playing: bool) -> None:
        self.controls.show_playing(playing)
        if not playing and not self.player.is_paused:
            self._at = None
            self.controls.show_time(None, self.audition)
        self.playing.emit(playing)

    def _connect(self) -> None:
        controls = self.controls
        controls.play.clicked.connect(self.toggle)
        controls.previous.clicked.connect(self.previous_wanted)
        controls.next.clicked.connect(self.next_wanted)
        controls.wave.seek.connect(self._play_from)
        controls.wave.part_moved.connect(self._move_part)
        controls.wave.toggled.connect(self.toggle)
        controls.wave.step.connect(lambda by: (self.next_wanted if by > 0 else self.previous_wanted).emit())
        controls.loop.toggled.connect(lambda on: self._set("loop", on))
        controls.to_clip.toggled.connect(lambda on: self._set("as_long_as_clip", on))
        controls.fit.toggled.connect(lambda on: self._set("fit_tempo", on))
        controls.gain.valueChanged.connect(lambda value: self._set("gain_db", value / STEPS))
        controls.tone.changed.connect(self._set)
        controls.tone.reset.connect(self._reset)
        controls.handle.news.connect(self.news)
        self.renders.problem.connect(self.problem)
        self.player.problem.connect(self.problem)
        self.player.moved.connect(self._moved)
        self.player.playing.connect(self._show_playing)
