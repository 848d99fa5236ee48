"""Export the sound of a range as a WAV file."""

from __future__ import annotations

import os
import shutil
import wave
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from opentimelineio.opentime import TimeRange

from host_bridge.audacity.paths import NAME
from host_bridge.audacity.project import ProjectInfo, TrackInfo
from host_bridge.audacity.session import LONG, Session, by_name
from host_bridge.errors import HostError, StaleTimelineError, TimelineError
from host_bridge.times import end_of, seconds

CHANNELS = 2


def export(session: Session, project: ProjectInfo, span: TimeRange, out: Path, wanted: str | None) -> Path:
    """Export a range of all that is heard, or of one timeline track; the selection is put back.

    The file has two channels and the project's rate. Behind the end of all clips it is silent.
    """
    tracks = _chosen(project, wanted)
    first, last = seconds(span.start_time), end_of(span)
    sounds = any(clip.start < last and clip.end > first for t in tracks for clip in project.clips_of(t.index))
    with TemporaryDirectory(prefix="cuefinder-") as folder:
        made = Path(folder) / "range.wav"
        with session.selection_kept(project) as cursor:
            if cursor is None:
                raise HostError(NAME, "the project has no audio track to export")
            if sounds:
                session.select(track.index for track in tracks)
                session.select_time(first, last)
                session.run("Export2", LONG, Filename=str(made), NumChannels=CHANNELS)
        if not sounds:
            _silence(made, round((last - first) * cursor.rate), cursor.rate)
        elif not made.is_file():
            raise HostError(NAME, "it wrote no file; is its disk full, or a dialog open in it?")
        else:
            _lengthen(made, last - first)
        return _move(made, out)


def _chosen(project: ProjectInfo, wanted: str | None) -> list[TrackInfo]:
    """The timeline tracks to export; Audacity shows a dialog where none of them is heard."""
    solo = any(track.solo for track in project.waves)
    heard = [t for t in project.waves if not t.mute and (t.solo or not solo)]
    if wanted is None:
        if project.waves and not heard:
            raise HostError(NAME, "all its timeline tracks are muted; unmute one")
        return heard
    found = by_name(project.waves, wanted)
    if found is None:
        raise StaleTimelineError(NAME, f"there is no timeline track {wanted} any more; read the timeline again")
    if found not in heard:
        raise HostError(NAME, f"the timeline track {found.name} is muted, or another one plays solo; change that there")
    return [found]


def _silence(path: Path, frames: int, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((CHANNELS, 2, rate, 0, "NONE", ""))
        file.writeframes(bytes(frames * CHANNELS * 2))


def _lengthen(path: Path, duration: Fraction) -> None:
    """Add silence where the range goes beyond the last clip: Audacity stops there."""
    try:
        with wave.open(str(path)) as file:
            params = file.getparams()
            missing = round(duration * params.framerate) - params.nframes
            sound = file.readframes(params.nframes) if missing > 0 else b""
    except wave.Error:
        return  # a WAV of floats, as set in Audacity: what it holds is right, if perhaps shorter
    if missing > 0:
        with wave.open(str(path), "wb") as file:
            file.setparams(params)
            file.writeframes(sound + bytes(missing * params.nchannels * params.sampwidth))


def _move(made: Path, out: Path) -> Path:
    """Give the file its name as a whole, once it is on the disk."""
    part = out.with_name(f".{out.name}.part")
    try:
        with made.open("rb") as source, part.open("wb") as target:
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise TimelineError(out, f"the export cannot be written: {error.strerror}") from error
    return out
