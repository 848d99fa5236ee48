"""A timeline file as a host: `FileHost`. Edits are in memory until `save` writes a new file beside the old one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.errors import BridgeError, HostError, StaleTimelineError, TimelineError
from host_bridge.files.document import Document
from host_bridge.files.editing import Editing
from host_bridge.files.formats import Format, Keeps, format_of, load, one_line, open_document, quiet
from host_bridge.files.newfile import new_file
from host_bridge.files.same import missing
from host_bridge.host import CueOptions, Host, Placement, TrackEdit
from host_bridge.timeline import facts, rate_of


class FileHost(Host):
    """A timeline file.

    Parameters
    ----------
    path : Path
    rate : Fraction, optional
        Frames per second, for EDLs, which do not say theirs.

    Raises
    ------
    TimelineError
        The file cannot be read.
    """

    def __init__(self, path: Path, rate: Fraction | None = None) -> None:
        self.path = path.absolute()
        self.format: Format = format_of(path)
        self.name, self.version = self.format.title, otio.__version__
        self.capabilities = self.format.capabilities
        self._rate = rate
        self._open()

    def _open(self) -> None:
        self._data = load(self.path)
        document = open_document(self.path, self._data, self._rate)
        timeline = document.timeline()
        facts(timeline).update({"host": self.name, "project": str(self.path)})
        named = Keeps.TRACK_NAMES in self.format.keeps
        self._editing = Editing(self.name, timeline, named_tracks=named, fixed=document.fixed)

    @property
    def unsaved(self) -> int:
        """How many edits `save` would write."""
        return len(self._editing.edits)

    def timeline(self) -> otio.schema.Timeline:
        """The timeline with the edits so far; without any, the file is read again where it changed."""
        if not self._editing.edits and self._changed():
            self._open()
        return self._editing.read()

    def save(self, out: Path | None = None) -> Path:
        """Write the timeline with all edits to a new file.

        Parameters
        ----------
        out : Path, optional
            ``name.cuefinder.ext`` beside the old file if it is None, numbered where that is there.

        Returns
        -------
        Path
            The new file. It was read back before it got its name: cues and markers are where they were put, and
            all else is where it was.

        Raises
        ------
        TimelineError
            `out` is there already, has another suffix, cannot be written, or did not come back as it should; then
            no file is left.
        StaleTimelineError
            The old file was changed since it was read.
        """
        if self._changed():
            raise StaleTimelineError(self.name, f"{self.path} was changed since it was read; nothing was written, "
                                                "open it again")  # fmt: skip
        if out is not None and out.suffix.lower() != self.format.suffix:
            raise TimelineError(out, f"it must end in {self.format.suffix}, as {self.path.name} does")
        folder = self.path.parent if out is None else out.absolute().parent
        data = self._write(folder, out or self.path)
        return new_file(self.path, out, data, lambda written: self._check(written, out or self.path))

    def _write(self, folder: Path, shown: Path) -> bytes:
        document: Document = open_document(self.path, self._data, rate_of(self._editing.timeline))
        try:
            with quiet():
                for edit in self._editing.edits:
                    document.apply(edit)
                return document.dump(folder)
        except BridgeError:
            raise
        except Exception as error:  # adapters and pyaaf2 raise what they like; the user needs one line
            raise TimelineError(shown, f"it cannot be written: {one_line(error)}") from error

    def _check(self, written: Path, shown: Path) -> None:
        """Read a written file back, and compare it with what is in memory."""
        try:
            found = open_document(written, rate=rate_of(self._editing.timeline)).timeline()
        except TimelineError as error:
            raise TimelineError(shown, f"what was written cannot be read ({error.reason}); no file was made") from error
        if lost := missing(self._editing.timeline, found, self._editing.edits):
            raise TimelineError(shown, f"{lost} did not come back from what was written; no file was made")

    def _changed(self) -> bool:
        try:
            now = self.path.read_bytes()
        except OSError as error:
            raise HostError(self.name, f"{self.path} cannot be read any more ({error.strerror})") from error
        return hashlib.sha256(now).digest() != hashlib.sha256(self._data).digest()

    def _insert_cue(self, track: Path, segment: TimeRange, at: RationalTime, options: CueOptions) -> Placement:
        return self._editing.insert_cue(track, segment, at, options)

    def _add_markers(self, markers: Sequence[otio.schema.Marker]) -> None:
        self._editing.add_markers(markers)

    def _annotate(self, clip: str, caption: str) -> None:
        self._editing.annotate(clip, caption)

    def _edit_tracks(self, edits: Sequence[TrackEdit]) -> None:
        self._editing.edit_tracks(edits)

    def _undo(self) -> None:
        self._editing.undo()
