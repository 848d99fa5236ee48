"""What can be asked of the open project, and how many undo steps it makes.

Measured with 3.2.4: menu commands make an undo step each; effects and the scripting commands (`SetTrack:`, `SetClip:`,
Nyquist) come through the pipe without one. Such a change is part of the state that the next step keeps, but is lost
when the user undoes that step. So each change of ours ends with a command that makes a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from host_bridge.audacity.notes import LABEL_TRACK, Entry
from host_bridge.audacity.paths import NAME
from host_bridge.audacity.pipe import Pipe
from host_bridge.audacity.project import ProjectInfo, TrackInfo, read_project
from host_bridge.audacity.quoting import Argument, command, lisp_string, quote
from host_bridge.errors import HostError, HostGoneError, HostTimeoutError, TimelineError

STEPS = frozenset({"Import2", "MixAndRender", "Paste", "RemoveTracks", "SplitDelete", "Trim"})
"""Commands that make one undo step each."""
LONG = 180.0
"""Seconds that reading or writing a sound file may take."""


@dataclass(frozen=True)
class Cursor:
    """The selected time in seconds, the project's rate in Hz and its name ("" where it has none)."""

    start: Fraction
    end: Fraction
    rate: int
    project: str


class Session:
    """Commands to the open project, one after another; not for several threads at once.

    Attributes
    ----------
    steps : int
        Undo steps that were made.
    """

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.steps = 0

    def run(self, name: str, deadline: float | None = None, **arguments: Argument) -> str:
        """Send a command."""
        answer = self.pipe.request(command(name, **arguments), deadline)
        self.steps += name in STEPS
        return answer

    def project(self) -> ProjectInfo:
        """Read the project."""
        return read_project(self.pipe)

    def select(self, tracks: Iterable[int]) -> None:
        """Select the timeline tracks at these indexes, and no others."""
        mode = "Set"
        for track in sorted(tracks):
            self.pipe.request(f"SelectTracks: Track={track} TrackCount=1 Mode={mode}")
            mode = "Add"
        if mode == "Set":
            self.pipe.request("SelectTracks: Track=0 TrackCount=0 Mode=Set")

    def select_time(self, start: Fraction, end: Fraction) -> None:
        """Select a range, in seconds."""
        self.run("SelectTime", Start=start, End=end)

    def cursor(self, project: ProjectInfo) -> Cursor | None:
        """Find out the selected time, by way of Nyquist; None in a project without audio tracks.

        `GetInfo:` tells neither it nor the rate. Nyquist does, but shows a dialog unless a track and some time are
        selected; so for this moment the selection is made 1 s longer, and a track is added where there is none.
        """
        waves = project.waves
        if not waves:
            return None
        added = None if any(track.selected for track in waves) else waves[0].index
        if added is not None:
            self.pipe.request(f"SelectTracks: Track={added} TrackCount=1 Mode=Add")
        self.pipe.request("SelectTime: Start=0 End=1 RelativeTo=Selection")
        try:
            start, end, rate, name = self._nyquist(
                "(list (get '*selection* 'start) (get '*selection* 'end) (get '*project* 'rate) (get '*project* 'name))"
            )
        finally:
            self.pipe.request("SelectTime: Start=0 End=-1 RelativeTo=Selection")
            if added is not None:
                self.pipe.request(f"SelectTracks: Track={added} TrackCount=1 Mode=Remove")
        first = Fraction(start)
        return Cursor(first, max(first, Fraction(end) - 1), round(Fraction(rate)), name)

    def add_labels(self, project: ProjectInfo, entries: Sequence[Entry], wave: int) -> int:
        """Put labels on our label track, which is made if there is none, without an undo step; gives its index.

        Nyquist takes all at once, and texts of any length; it needs some audio track to be selected.
        """
        ours = next((t.index for t in project.tracks if t.kind == "label" and t.name == LABEL_TRACK), None)
        self.select([wave] if ours is None else [wave, ours])
        self.select_time(Fraction(0), Fraction(1))  # labels of Nyquist count from here
        listed = " ".join(f"(list {float(a):.9f} {float(b):.9f} {lisp_string(text)})" for a, b, text in entries)
        with TemporaryDirectory(prefix="cuefinder-") as folder:
            script = Path(folder) / "labels.lsp"
            script.write_text(f"(setf cuefinder-labels (list {listed}))\n", encoding="utf-8")
            form = f"(progn (load {lisp_string(str(script))}) cuefinder-labels)"
            self.pipe.request(f"NyquistPrompt: Version=4 Command={quote(form)}")
        if ours is None:
            ours = len(project.tracks)
            self.select([ours])
            self.run("SetTrack", Name=LABEL_TRACK)
        return ours

    def make_step(self, end: Fraction, track: int) -> None:
        """Make all changes since the last step a step, by a deletion behind the project's end, where nothing is."""
        self.select([track])
        self.select_time(end + 1, end + 2)
        self.run("SplitDelete")

    @contextmanager
    def selection_kept(self, project: ProjectInfo) -> Iterator[Cursor | None]:
        """Select what was selected again at the end, unless Audacity no longer answers."""
        cursor = self.cursor(project)
        failed: HostError | TimelineError | None = None
        try:
            yield cursor
        except (HostGoneError, HostTimeoutError):
            raise
        except (HostError, TimelineError) as error:
            failed = error
        self.select(track.index for track in project.tracks if track.selected)
        if cursor is not None:
            self.select_time(cursor.start, cursor.end)
        if failed is not None:
            raise failed

    def _nyquist(self, values: str) -> list[str]:
        """What a Lisp list of values holds, as text."""
        with TemporaryDirectory(prefix="cuefinder-") as folder:
            script, out = Path(folder) / "ask.lsp", Path(folder) / "answer.txt"
            script.write_text(
                f'(setf *float-format* "%.9f")\n'
                f"(setf cuefinder-out (open {lisp_string(str(out))} :direction :output))\n"
                f'(dolist (value {values}) (format cuefinder-out "~a~%" value))\n(close cuefinder-out)\n',
                encoding="utf-8",
            )
            form = quote(f"(progn (load {lisp_string(str(script))}) {lisp_string('')})")
            self.pipe.request('NyquistPrompt: Version=4 Command=";type tool\\n' + form[1:])
            if not out.is_file():
                raise HostError(NAME, "its Nyquist does not run; switch Nyquist on under Preferences, Effects")
            return out.read_text(encoding="utf-8", errors="replace").splitlines()


def by_name(tracks: Sequence[TrackInfo], wanted: str) -> TrackInfo | None:
    """The timeline track with an id or name."""
    return next((t for t in tracks if t.id == wanted), None) or next((t for t in tracks if t.name == wanted), None)
