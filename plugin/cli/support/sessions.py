"""Sessions whose timeline tracks are stems: a file, or a host that runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.files.host import FileHost
from host_bridge.host import Capability, Host, TrackEdit
from host_bridge.registry import integrations
from host_bridge.timeline import media_path, placed_clips, timeline_tracks, track_id
from host_bridge.times import end_of, seconds
from plugin.cli.support.clips import media_range
from plugin.cli.support.timelines import open_timeline
from plugin.errors import InputError, printable
from plugin.runtime.engine import Engine
from plugin.stems import Stem, listen, numbered, silent, tell_voices

Look = Callable[[Callable[[Host], Any]], Any]
"""Calls what it is given with a host, and gives its answer."""
LONGEST = 60.0
"""Seconds of a timeline track that are heard: from the start of its longest clip."""


@dataclass
class SessionStems:
    """A session's timeline tracks with what they are, listed by role.

    Attributes
    ----------
    ids, names : list of str
        Of the timeline tracks, as the host has them.
    stems : list of Stem
        In the same order.
    problems : list of (str, str)
        Names of timeline tracks that cannot be heard, and why.
    """

    ids: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    stems: list[Stem] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


class Session:
    """Opens what the user names; a context manager that leaves the host as it was."""

    def __init__(self, name: str) -> None:
        self.host = _open(name)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.host.close()

    def apply(self, found: SessionStems, names: Sequence[str | None], out: Path | None) -> str:
        """Give the timeline tracks names and colours; gives what was done, in words."""
        done = edit_session(self.host, found, names)
        if isinstance(self.host, FileHost) and any(names):
            return f"{done}: written to {printable(self.host.save(out))}"
        return done


def edit_session(host: Host, found: SessionStems, names: Sequence[str | None]) -> str:
    """Give timeline tracks names, None leaves one, and where the host can, their roles' colours; in one undo step.

    Returns
    -------
    str
        What was done, in words.

    Raises
    ------
    BridgeError
        The host is gone, or refuses it.
    """
    colours = Capability.COLOUR_TRACKS in host.capabilities
    edits = [TrackEdit(id, name, stem.colour if colours else None)
             for id, name, stem in zip(found.ids, names, found.stems, strict=True) if name]  # fmt: skip
    if not edits:
        return "no timeline track was sure enough to be named"
    host.edit_tracks(edits)
    undo = "; undo takes all of it back" if Capability.UNDO in host.capabilities else ""
    return f"{len(edits)} timeline tracks named{' and coloured' if colours else ''} in {host.name}{undo}"


def listen_to_session(
    engine: Engine, look: Look, on_track: Callable[[int, int, str], None] = lambda number, count, name: None
) -> SessionStems:
    """Listen to the timeline tracks of a session; those that cannot be heard are listed.

    Parameters
    ----------
    look : callable
        Calls what it is given with the host; only what must ask the host is done so, listening is not.
    on_track : callable
        Called before each with its number from 0 up, their count, and its name; what it raises ends the work and
        passes on.
    """
    tracks: dict[str, str] = look(_audio_tracks)
    heard: dict[str, Stem] = {}
    problems: list[tuple[str, str]] = []
    for number, (id, name) in enumerate(tracks.items()):
        on_track(number, len(tracks), name)
        with tempfile.TemporaryDirectory(prefix="cuefinder-") as folder:
            try:
                sound = look(partial(sound_of, track=id, folder=Path(folder)))
                heard[id] = silent() if sound is None else listen(engine, *sound)
            except InputError as error:
                problems.append((name, str(error)))
    # Clips begin anywhere, so there is no telling of bleed.
    stems = tell_voices(list(heard.values()))
    order = numbered(stems)
    ids = [list(heard)[place] for place in order]
    return SessionStems(ids, [tracks[id] for id in ids], [stems[place] for place in order], problems)


def sound_of(host: Host, track: str, folder: Path) -> tuple[Path, float, float | None] | None:
    """Give where a timeline track can be heard: a range of its longest clip's file, or of what the host exports of it.

    Parameters
    ----------
    track : str
        Its id.
    folder : pathlib.Path
        For what is exported.

    Returns
    -------
    tuple of (Path, float, float or None), or None
        File, start and end in seconds; None for a timeline track without clips.

    Raises
    ------
    InputError
        Nothing of it can be heard: no media, and no export.
    """
    clips = [placed for placed in placed_clips(host.timeline()) if track_id(placed.timeline_track) == track]
    if not clips:
        return None
    clip = max(clips, key=lambda placed: seconds(placed.record.duration))
    if media_path(clip.clip) is not None or Capability.EXPORT_RANGE not in host.capabilities:
        file, start, end = media_range(clip)
        return file, start, min(end, start + LONGEST)
    start_time, length = clip.record.start_time, min(seconds(clip.record.duration), Fraction(LONGEST))
    span = TimeRange(start_time, RationalTime(int(length * 1000), 1000))
    if end_of(span) <= seconds(start_time):
        raise InputError("its clips are too short to be heard")
    return host.export_range(span, folder / "stem.wav", track), 0.0, None


def _audio_tracks(host: Host) -> dict[str, str]:
    """Names of the audio tracks by id; lanes of one timeline track are one."""
    tracks: dict[str, str] = {}
    for track in timeline_tracks(host.timeline()):
        if track.kind == "Audio":
            tracks.setdefault(track_id(track), track.name)
    return tracks


def _open(name: str) -> Host:
    path = Path(name)
    good, _ = integrations()
    if name in good and not path.exists():
        return good[name].connect()
    if path.suffix.lower() == ".ardour":
        from host_bridge.ardour.closed import ArdourSessionHost

        return ArdourSessionHost(path)
    return open_timeline(path, None)
