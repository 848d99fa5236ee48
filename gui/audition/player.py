"""Plays cues: read and treated on a worker thread, written to the sound output in time: `Player`."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from gui.audition.line import Line
from gui.audition.output import Output, OutputError
from gui.audition.reader import Reader
from gui.models.audition import Cue
from gui.models.soundpass import Portion
from gui.tasks import Tasks

STEP_MS = 20
ENOUGH, LOW = 0.25, 2.0
"""Seconds that are there before any is heard; and when fewer are there, more are read."""


class Player(QObject):
    """Plays one cue at a time.

    Parameters
    ----------
    tasks : Tasks
    open_output : callable
        Opens a sound output for a rate; raises `OutputError`.

    Attributes
    ----------
    is_playing : bool
        Whether sound is coming, or is about to.
    is_paused : bool
        Whether `resume` goes on somewhere.

    Signals
    -------
    problem : str
        Why nothing is heard, or what of a file was lost.
    playing : bool
        What `is_playing` has become.
    moved : float
        Second of the track that is heard.
    """

    problem = pyqtSignal(str)
    playing = pyqtSignal(bool)
    moved = pyqtSignal(float)

    def __init__(self, tasks: Tasks, open_output: Callable[[int], Output], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = Reader(tasks, self._take_in, self._fail, self._go_on)
        self._open = open_output
        self._output: Output | None = None
        self._line: Line | None = None
        self._coming: Line | None = None
        self._wish: tuple[Cue, bool] | None = None
        self.is_playing = self.is_paused = False
        self._timer = QTimer(self)
        self._timer.setInterval(STEP_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._step)

    def play(self, cue: Cue, at: float = 0.0, *, loop: bool = False) -> None:
        """Play a cue from one of its seconds, as heard; what plays goes on until the new sound is there."""
        self.is_paused = False
        self._come(Line(cue, min(max(0.0, at), max(0.0, cue.length - 0.01)), loop))
        self._tell(True)

    def change(self, cue: Cue, *, loop: bool = False) -> None:
        """Go on with a cue that was changed, at the place in the track that is heard; later, where it is paused."""
        if self.is_paused or (self._coming is not None and self._coming.joins):
            self._wish = cue, loop
        elif self._coming is not None:
            self.play(cue, self._coming.skip, loop=loop)
        elif self._line is not None and self._line.cue.runs_like(cue):
            self._come(Line(cue, self._line.place / self._line.rate % cue.length, loop, joins=True))
        elif self._line is not None:
            self.play(cue, self._within(cue), loop=loop)

    def pause(self) -> None:
        """Stop, to go on there later."""
        if self._line is None or self._output is None or (self._coming is not None and not self._coming.joins):
            self.stop()  # it has only just been told to play, and is nowhere yet
        elif not self.is_paused:
            self.is_paused = True
            self._timer.stop()
            self._output.pause()
            self._tell(False)

    def resume(self) -> None:
        """Go on where `pause` stopped."""
        if not self.is_paused or self._output is None:
            return
        self.is_paused = False
        if self._wish is not None:
            cue, loop = self._wish
            self.play(cue, self._within(cue), loop=loop)
        else:
            self._output.resume()
            self._timer.start()
            self._tell(True)

    def stop(self) -> None:
        """Play nothing, and let go of the file and the output."""
        self._timer.stop()
        for line in (self._line, self._coming):
            self._reader.drop(line)
        self._line = self._coming = self._wish = None
        self.is_paused = False
        if self._output is not None:
            self._output.close()
            self._output = None
        self._tell(False)

    def _come(self, line: Line) -> None:
        self._reader.drop(self._coming)
        self._coming, self._wish = line, None
        self._reader.read(line)

    def _go_on(self, line: Line) -> None:
        if line is self._coming:
            self._reader.read(line)

    def _take_in(self, line: Line, portion: Portion) -> None:
        if line.dropped:
            return
        line.add(portion)
        for text in portion.warnings:
            self.problem.emit(text)
        if line is self._coming:
            if line.joins:
                self._join(line)
            elif line.ended or line.queued >= ENOUGH * line.rate:
                self._begin(line)

    def _begin(self, line: Line) -> None:
        """Let a line be heard instead of the one before."""
        try:
            if self._output is None or self._output.rate != line.rate:
                if self._output is not None:
                    self._output.close()
                    self._output = None
                self._output = self._open(line.rate)
            else:
                self._output.flush()
        except OutputError as error:
            self._fail(line, error)
            return
        self._reader.drop(self._line)
        self._line, self._coming = line, None
        self._timer.start()
        self._step()

    def _join(self, line: Line) -> None:
        """Let a line go on where the one before is, as soon as it reaches there."""
        if self._line is None or not line.can_follow(self._line):
            return
        line.follow(self._line)
        self._reader.drop(self._line)
        self._line, self._coming = line, None
        if self._wish is not None and not self.is_paused:
            cue, loop = self._wish
            self._wish = None
            self.change(cue, loop=loop)

    def _step(self) -> None:
        """Write what the output takes, and see that there is more."""
        line, output = self._line, self._output
        if line is None or output is None:
            return
        if why := output.problem():
            self.stop()
            self.problem.emit(why)
            return
        frames = line.take(output.free())
        if len(frames):
            output.write(frames)
        waiting = output.waiting()
        self.moved.emit(line.heard(waiting))
        if line.queued < LOW * line.rate:
            self._reader.read(line)
        if line.ended and not line.queued and not waiting and self._coming is None:
            self.stop()

    def _within(self, cue: Cue) -> float:
        """Give the second of a cue at which it is where we are in the track; its beginning where it never is."""
        if self._line is None or self._output is None:
            return 0.0
        return cue.position(self._line.heard(self._output.waiting()))

    def _fail(self, line: Line, error: Exception) -> None:
        if not line.dropped:
            self.stop()
            self.problem.emit(str(error))

    def _tell(self, playing: bool) -> None:
        if playing != self.is_playing:
            self.is_playing = playing
            self.playing.emit(playing)
