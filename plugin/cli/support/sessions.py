"""Sessions whose timeline tracks are stems: a file, or a host that runs."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.files.host import FileHost
from host_bridge.host import Capability, Host, TrackEdit
from host_bridge.registry import integrations
from host_bridge.timeline import Placed, media_path, placed_clips, track_id
from host_bridge.times import end_of, seconds
from plugin.analysis import TrackFeatures
from plugin.cli.support.clips import media_range
from plugin.cli.support.timelines import open_timeline
from plugin.errors import InputError, printable
from plugin.runtime.engine import Engine
from plugin.stems import SILENT, Stem, recognise
from plugin.suggest.hear import SilentFileError, hear

LONGEST = 60.0
"""Seconds of a timeline track that are heard: from the start of its longest clip."""


class Session:
    """Opens what the user names; a context manager that leaves the host as it was."""

    def __init__(self, name: str) -> None:
        self.host = _open(name)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.host.close()

    def apply(self, rows: list[dict[str, Any]], out: Path | None) -> str:
        """Give the timeline tracks their proposed names and colours; gives what was done, in words."""
        colours = Capability.COLOUR_TRACKS in self.host.capabilities
        edits = [TrackEdit(row["id"], row["proposed"], row["colour"] if colours else None)
                 for row in rows if row["proposed"]]  # fmt: skip
        if not edits:
            return "no timeline track was sure enough to be named"
        self.host.edit_tracks(edits)
        done = f"{len(edits)} timeline tracks named{' and coloured' if colours else ''} in {self.host.name}"
        if isinstance(self.host, FileHost):
            return f"{done}: written to {printable(self.host.save(out))}"
        undo = "; undo takes all of it back" if Capability.UNDO in self.host.capabilities else ""
        return done + undo


def _open(name: str) -> Host:
    path = Path(name)
    good, _ = integrations()
    if name in good and not path.exists():
        return good[name].connect()
    if path.suffix.lower() == ".ardour":
        from host_bridge.ardour.closed import ArdourSessionHost

        return ArdourSessionHost(path)
    return open_timeline(path, None)


def hear_track(engine: Engine, host: Host, track: str) -> Stem:
    """Listen to a timeline track: to its longest clip's file, or to what the host exports of it.

    Raises
    ------
    InputError
        Nothing of it can be heard: no clips, no media, and no export.
    """
    clips = [placed for placed in placed_clips(host.timeline()) if track_id(placed.timeline_track) == track]
    if not clips:
        return SILENT
    longest = max(clips, key=lambda placed: seconds(placed.record.duration))
    try:
        return recognise(engine, _heard(engine, host, longest, track))
    except SilentFileError:
        return SILENT


def _heard(engine: Engine, host: Host, clip: Placed, track: str) -> TrackFeatures:
    path = media_path(clip.clip)
    if path is not None or Capability.EXPORT_RANGE not in host.capabilities:
        file, start, end = media_range(clip)
        return hear(engine, file, start, min(end, start + LONGEST))
    start_time, length = clip.record.start_time, min(seconds(clip.record.duration), Fraction(LONGEST))
    span = TimeRange(start_time, RationalTime(int(length * 1000), 1000))
    if end_of(span) <= seconds(start_time):
        raise InputError("its clips are too short to be heard")
    with tempfile.TemporaryDirectory(prefix="cuefinder-") as folder:
        out = host.export_range(span, Path(folder) / "stem.wav", track)
        return hear(engine, out)
