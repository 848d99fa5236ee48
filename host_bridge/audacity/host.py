"""Audacity as a host."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.audacity.as_timeline import as_timeline
from host_bridge.audacity.changes import Changes
from host_bridge.audacity.export import export
from host_bridge.audacity.notes import caption_label, caption_text, one_line
from host_bridge.audacity.paths import NAME
from host_bridge.audacity.pipe import Pipe
from host_bridge.audacity.place import find_cue, place, placement
from host_bridge.audacity.project import ProjectInfo
from host_bridge.audacity.session import Cursor, Session
from host_bridge.errors import HostError, StaleTimelineError
from host_bridge.host import Capability, CueOptions, Host, Placement, TrackEdit
from host_bridge.times import end_of, seconds

RATE = "/SamplingRate/DefaultProjectSampleRate"
USUAL_RATE = 44_100


class AudacityHost(Host):
    """The project in Audacity's active window.

    Any request stops playback there (tried with 3.2.4), so it is asked nothing unless the user wants something: changes
    are not watched for. Its own undo list gets one step for markers, captions and names, and two to four for a cue;
    `undo` takes all of them back. While a cue is placed on a timeline track that is there already, Audacity's
    clipboard is used.

    Parameters
    ----------
    pipe : Pipe
    version : str
        Audacity's, "" where it is not known.
    """

    name = NAME
    reading_costs = True
    capabilities = frozenset({
        Capability.PLAYHEAD, Capability.SELECTION, Capability.SEEK, Capability.INSERT_CUE, Capability.FADES,
        Capability.GAIN, Capability.MARKERS, Capability.ANNOTATE, Capability.RENAME_TRACKS, Capability.EXPORT_RANGE,
        Capability.UNDO,
    })  # fmt: skip

    def __init__(self, pipe: Pipe, version: str = "") -> None:
        self.version = version
        self._session = Session(pipe)
        self._changes = Changes(self._session)
        self._lock = threading.RLock()

    def timeline(self) -> otio.schema.Timeline:
        """Read the timeline.

        Clips' times have six digits, as Audacity tells them; the selection is exact. In a project without audio tracks
        neither playhead nor selection can be known.
        """
        with self._lock:
            project = self._session.project()
            cursor = self._session.cursor(project)
            return as_timeline(project, cursor, self._rate(cursor))

    def close(self) -> None:
        """Leave Audacity."""
        self._session.pipe.close()

    def _look_again(self, revision: str) -> None:
        with self._lock:
            if self._session.project().revision() != revision:
                raise StaleTimelineError(NAME, "the timeline changed since it was read; nothing was placed, look at it "
                                               "again")  # fmt: skip

    def _insert_cue(self, track: Path, segment: TimeRange, at: RationalTime, options: CueOptions) -> Placement:
        with self._lock:
            before = self._session.project()
            with self._session.selection_kept(before) as cursor:
                found = find_cue(before, options.key, self._rate(cursor))
                if found is not None:
                    return found
                with self._changes.recorded(before):
                    index, created = place(self._session, before, track, segment, at, options)
            after = self._changes.now or self._session.project()
            rate = self._rate(cursor or self._session.cursor(self._session.project()))
            clip = min(after.clips_of(index), key=lambda clip: abs(clip.start - seconds(at)), default=None)
            if clip is None:
                raise StaleTimelineError(NAME, "the cue was taken away as soon as it was placed; look at the timeline")
            return placement(after, clip, rate, created=created)

    def _add_markers(self, markers: Sequence[otio.schema.Marker]) -> None:
        entries = [(seconds(m.marked_range.start_time), end_of(m.marked_range), one_line(m.name)) for m in markers]
        with self._lock:
            self._labelled(self._session.project(), entries)

    def _annotate(self, clip: str, caption: str) -> None:
        with self._lock:
            project = self._session.project()
            found = next((c for c in project.clips if project.clip_id(c) == clip), None)
            if found is None:
                raise HostError(NAME, f"there is no clip {clip} any more; read the timeline again")
            text = caption_text(caption, project.tracks[found.track].name)
            old = caption_label(project, found)
            if old is None:
                self._labelled(project, [(max(found.start, Fraction(0)), found.end, text)])
                return
            with self._session.selection_kept(project), self._changes.recorded(project):
                self._session.run("SetLabel", Label=old.number, Text=text)
                self._session.make_step(project.end, old.track)

    def _labelled(self, project: ProjectInfo, entries: Sequence[tuple[Fraction, Fraction, str]]) -> None:
        """Add labels, as one undo step."""
        if not project.waves:
            raise HostError(NAME, "the project has no audio track, without which labels cannot be made; add one")
        with self._session.selection_kept(project), self._changes.recorded(project):
            track = self._session.add_labels(project, entries, project.waves[0].index)
            end = max(project.end, *(end for _, end, _ in entries))
            self._session.make_step(end, track)

    def _edit_tracks(self, edits: Sequence[TrackEdit]) -> None:
        with self._lock:
            project = self._session.project()
            places = {track.id: track.index for track in project.waves}
            with self._session.selection_kept(project), self._changes.recorded(project):
                for edit in edits:
                    self._session.select([places[edit.id]])
                    self._session.run("SetTrack", Name=edit.name or "")
                self._session.make_step(project.end, places[edits[-1].id])

    def _export_range(self, span: TimeRange, out: Path, timeline_track: str | None) -> Path:
        with self._lock:
            return export(self._session, self._session.project(), span, out, timeline_track)

    def _seek(self, to: RationalTime) -> None:
        with self._lock:
            self._session.select_time(seconds(to), seconds(to))

    def _undo(self) -> None:
        with self._lock:
            self._changes.undo()

    def _rate(self, cursor: Cursor | None) -> int:
        """The project's rate; without audio tracks, that of new projects, which is what it likely is."""
        if cursor is not None:
            return cursor.rate
        answer = self._session.run("GetPreference", Name=RATE).strip()
        return int(answer) if answer.isdecimal() else USUAL_RATE
