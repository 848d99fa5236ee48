"""Place a cue: import the whole file on a track of its own, move it, cut it to the segment.

Audacity copies what it imports into its project, so the file is only read, and nothing has to be kept beside it. What
the segment leaves out stays in the clip as hidden ends, which the user can pull out again, where the cue has a new
track.
"""

from __future__ import annotations

import secrets
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.audacity.as_timeline import record_of
from host_bridge.audacity.notes import cue_of, cue_text
from host_bridge.audacity.paths import NAME
from host_bridge.audacity.project import ClipInfo, ProjectInfo, TrackInfo, is_free
from host_bridge.audacity.session import LONG, Session, by_name
from host_bridge.errors import HostError, TimelineError
from host_bridge.host import CueOptions, Placement
from host_bridge.times import seconds

UNFINISHED = "cuefinder-"
"""A timeline track with such a name is left of a cue whose placing broke off."""
QUIETEST = -48.0
"""dB that `Amplify:` takes at once."""


def find_cue(project: ProjectInfo, key: str, rate: int) -> Placement | None:
    """The cue that was placed with this key."""
    for clip in project.clips:
        known = cue_of(project, clip)
        if known and known["key"] == key:
            return placement(project, clip, rate, already=True)
    return None


def placement(
    project: ProjectInfo, clip: ClipInfo, rate: int, *, created: bool = False, already: bool = False
) -> Placement:
    """Where a clip lies, for the caller."""
    name = project.tracks[clip.track].name
    return Placement(project.clip_id(clip), name, record_of(clip, rate), created, already)


def place(
    session: Session, project: ProjectInfo, track: Path, segment: TimeRange, at: RationalTime, options: CueOptions
) -> tuple[int, bool]:
    """Place it; gives the index of its timeline track, and whether that was made for it.

    Raises
    ------
    TimelineError
        The music ends before the segment begins.
    HostError
    """
    project = sweep(session, project)
    first, last = seconds(at), seconds(at) + seconds(segment.duration)
    project, made = _import(session, project, track)
    whole = project.clips_of(made.index)[0]
    if seconds(segment.start_time) >= whole.end:
        raise TimelineError(track, f"the music ends after {float(whole.end):.3f} s, before the segment begins")
    last = min(last, first + whole.end - seconds(segment.start_time))
    session.select([made.index])
    session.run("SetClip", At=(whole.start + whole.end) / 2, Start=first - seconds(segment.start_time))
    session.select_time(first, last)
    _shape(session, first, last, options)
    wanted = _target(project, made, options.timeline_track, first, last)
    if wanted is None:
        name = _unused(project, options.name)
        session.add_labels(project, [(first, last, cue_text(options, name))], made.index)
        session.select([made.index])
        session.run("SetTrack", Name=name)
        session.select_time(first, last)
        session.run("Trim")
        return made.index, True
    session.select_time(first, last)
    session.run("Copy")
    session.select([wanted.index])
    session.run("Paste")
    session.add_labels(project, [(first, last, cue_text(options, wanted.name))], wanted.index)
    session.select([made.index])
    session.run("RemoveTracks")
    return wanted.index, False


def sweep(session: Session, project: ProjectInfo) -> ProjectInfo:
    """Take away what a cue whose placing broke off has left."""
    left = [t.index for t in project.waves if t.name.startswith(UNFINISHED) and len(t.name) >= len(UNFINISHED) + 16]
    if not left:
        return project
    session.select(left)
    session.run("RemoveTracks")
    return session.project()


def _import(session: Session, project: ProjectInfo, track: Path) -> tuple[ProjectInfo, TrackInfo]:
    """Import a file by a link of a plain name, as its own may hold what the pipe cannot."""
    ending = track.suffix if track.suffix[1:].isascii() and track.suffix[1:].isalnum() else ""
    with TemporaryDirectory(prefix="cuefinder-") as folder:
        link = Path(folder) / f"{UNFINISHED}{secrets.token_hex(8)}{ending}"
        link.symlink_to(track)
        session.run("Import2", LONG, Filename=str(link))
    found = session.project()
    made = [t.index for t in found.waves if t.name.startswith(link.stem)]
    if len(made) > 1:  # more than two channels become a timeline track each
        session.select(made)
        session.run("MixAndRender", LONG)
        found = session.project()
        made = [t.index for t in found.waves if t.index >= len(project.tracks)]
        session.select(made)
        session.run("SetTrack", Name=link.stem)
        found = session.project()
    if len(made) != 1 or not found.clips_of(made[0]):
        raise HostError(NAME, f"it could not import {track}; does it open that file itself?")
    return found, found.tracks[made[0]]


def _shape(session: Session, first: Fraction, last: Fraction, options: CueOptions) -> None:
    """Change the level and fade, in the selected timeline track and time."""
    gain = options.gain_db
    while gain:
        step = max(gain, QUIETEST)
        session.run("Amplify", LONG, Ratio=10 ** (step / 20), AllowClipping=1)
        gain -= step
    if options.fade_in:
        session.select_time(first, min(first + options.fade_in, last))
        session.run("FadeIn", LONG)
    if options.fade_out:
        session.select_time(max(last - options.fade_out, first), last)
        session.run("FadeOut", LONG)


def _target(
    project: ProjectInfo, made: TrackInfo, wanted: str | None, first: Fraction, last: Fraction
) -> TrackInfo | None:
    """The timeline track that was wished for, if the cue fits there: as many channels, and nothing in its place."""
    if wanted is None:
        return None
    found = by_name(project.waves, wanted)
    if found is None or found.index == made.index or found.channels != made.channels:
        return None
    return found if is_free(project.clips_of(found.index), first, last) else None


def _unused(project: ProjectInfo, name: str) -> str:
    """The name, with a number where a timeline track has it already."""
    taken = {track.name for track in project.tracks}
    names = (name, *(f"{name} {count}" for count in range(2, len(taken) + 3)))
    return next(candidate for candidate in names if candidate not in taken)
