"""A session that is not open in Ardour: read from its file, and changed by Ardour's own Lua interpreter."""

from __future__ import annotations

import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.ardour import adopt
from host_bridge.ardour.as_timeline import as_timeline
from host_bridge.ardour.backups import Backups
from host_bridge.ardour.copies import copy_name, export
from host_bridge.ardour.cues import Cue, already, check_edits, edits_request, placement, sendable, settle, unknown_clip
from host_bridge.ardour.luarun import DEADLINE, again_after_crash, run_session
from host_bridge.ardour.notes import Notes, read_notes
from host_bridge.ardour.programs import Found, program_for, who_has, written_by
from host_bridge.ardour.session import Session, read_session, understand
from host_bridge.ardour.sound import read_sound
from host_bridge.ardour.watch import watch_file
from host_bridge.ardour.xmlfile import parse, write
from host_bridge.errors import HostError, StaleTimelineError
from host_bridge.host import Capability, CueOptions, Host, Placement, TrackEdit, taken_back

READS = frozenset({Capability.WATCH, Capability.ANNOTATE, Capability.UNDO})
WRITES = READS | {
    Capability.INSERT_CUE, Capability.FADES, Capability.GAIN, Capability.MARKERS, Capability.RENAME_TRACKS,
    Capability.COLOUR_TRACKS, Capability.EXPORT_RANGE,
}  # fmt: skip


class ArdourSessionHost(Host):
    """A closed Ardour session.

    Each change is made in a copy that Ardour loads and saves; then the copy takes the session file's place, and the
    former file stays beside it as ``name.ardour.cuefinder-backup-N``. So each change is one step, for `undo`.

    Parameters
    ----------
    path : Path
        The session file, ``name.ardour``.
    program : Found, optional
        The Ardour to use; found by itself if not given. Without one the session can only be read.
    deadline : float
        Seconds for one run of Ardour.

    Raises
    ------
    TimelineError
        The session cannot be read.
    """

    name = "Ardour session"

    def __init__(self, path: Path, program: Found | None = None, deadline: float = DEADLINE) -> None:
        self.path = path.resolve()
        self.deadline = deadline
        root = parse(self.path)
        understand(root, self.path)
        self.version = written_by(root)
        self._program = program or program_for(self.version)
        self.capabilities = WRITES if self._program else READS
        self._backups = Backups(self.path)
        self._lock = threading.RLock()

    def timeline(self) -> otio.schema.Timeline:
        """Read the session file."""
        return as_timeline(read_session(self.path), self._notes(), self.name)

    def _insert_cue(self, track: Path, segment: TimeRange, at: RationalTime, options: CueOptions) -> Placement:
        with self._lock:
            session, notes = read_session(self.path), self._notes()
            if (there := already(session, notes, options.key)) is not None:
                settle(notes, options.key, there.id)
                return placement(session, notes, there.id, again=True)
            cue, sound = Cue(session, notes, segment, at, options), read_sound(sendable(track))
            if sound is None or sound.rate != session.rate:
                no_sound = "is no WAV, AIFF, FLAC or Ogg Vorbis"
                what = no_sound if sound is None else f"has {sound.rate} samples per second"
                raise HostError(self.name, f"{track} {what}, and the session has {session.rate} samples per second: "
                                           "Ardour must convert it, so open it there and connect")  # fmt: skip
            cue.fits(track, sound)
            notes.cues[options.key] = cue.entry(session)
            notes.save()

            def take_in(root: ET.Element) -> str:
                return cue.request(region=adopt.take_in(root, session, track, sound, cue.start + cue.length))

            region = self._change(session, take_in, lambda said, new: placement(new, notes, said.split()[0])).split()[0]
            placed = placement(read_session(self.path), notes, region, created=cue.track is None)
            settle(notes, options.key, region)
            return placed

    def _add_markers(self, markers: Sequence[otio.schema.Marker]) -> None:
        with self._lock:
            session = read_session(self.path)
            self._change(session, lambda root: adopt.add_markers(root, session, markers))

    def _edit_tracks(self, edits: Sequence[TrackEdit]) -> None:
        with self._lock:
            session = read_session(self.path)
            check_edits(session, list(edits))
            self._change(session, lambda _: edits_request(list(edits)))

    def _annotate(self, clip: str, caption: str) -> None:
        with self._lock:
            unknown_clip(read_session(self.path), clip)
            notes = self._notes()
            before = notes.captions.get(clip)
            notes.captions[clip] = caption
            notes.save()
            self._backups.note(lambda: self._put_back(clip, caption, before))

    def _put_back(self, clip: str, caption: str, before: str | None) -> None:
        notes = self._notes()
        if notes.captions.get(clip) != caption:
            raise taken_back(self.name)
        if before is None:
            del notes.captions[clip]
        else:
            notes.captions[clip] = before
        notes.save()

    def _export_range(self, span: TimeRange, out: Path, timeline_track: str | None) -> Path:
        assert self._program is not None  # the capabilities say so
        return export(self._program, read_session(self.path), span, out, timeline_track)

    def _undo(self) -> None:
        with self._lock:
            self._free()
            if not self._backups.undo():
                raise taken_back(self.name)

    def _watch(self, callback: Callable[[], None]) -> AbstractContextManager[None]:
        return watch_file(self.path, callback)

    def _notes(self) -> Notes:
        return read_notes(self.path.parent)

    def _free(self) -> None:
        process = who_has(self.path)
        if process is not None:
            raise HostError(self.name, f"{self.path.name} is open in Ardour (process {process}); "
                                       "close it there, or connect to the running Ardour")  # fmt: skip

    def _change(
        self,
        session: Session,
        prepare: Callable[[ET.Element], str],
        check: Callable[[str, Session], object] = lambda said, new: None,
    ) -> str:
        """Let Ardour make a new session file of a changed copy, and `check` it; gives what its script says."""
        assert self._program is not None  # the capabilities say so
        self._free()
        root = parse(self.path)
        request = prepare(root)
        program = self._program
        with copy_name(self.path) as copy:

            def run() -> str:
                copy.unlink(missing_ok=True)
                write(root, copy)
                return run_session(program, copy, session.rate, request, self.deadline)

            said = again_after_crash(run)
            self._free()
            if read_session(self.path).digest != session.digest:
                raise StaleTimelineError(
                    self.name, "the session changed meanwhile; nothing was changed, look at it again"
                )
            new = read_session(copy)
            check(said, new)
            self._backups.replace(copy, new.digest)
        return said
