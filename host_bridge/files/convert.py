"""Write any timeline in any of the formats: `contents`. What the format cannot keep is lost, see `matrix`."""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio

from host_bridge.errors import BridgeError, TimelineError
from host_bridge.files.document import Setting
from host_bridge.files.edits import Edit, NewClip, NewMarker, NewTrack
from host_bridge.files.formats import NEEDS, format_of, one_line, open_document, quiet
from host_bridge.host import Capability
from host_bridge.timeline import VIDEO, facts, placed_clips, rate_of
from host_bridge.times import at_rate, seconds


def contents(timeline: otio.schema.Timeline, path: Path) -> bytes:
    """The content of a new file.

    Parameters
    ----------
    timeline : opentimelineio.schema.Timeline
        Clips inside of compound clips come out flat.
    path : Path
        Where it will be: the suffix says the format, the folder from where relative paths count.

    Raises
    ------
    TimelineError
        It cannot be written so.
    """
    found, rate = format_of(path), rate_of(timeline)
    start = timeline.global_start_time
    setting = Setting(timeline.name, rate, 0 if start is None else int(at_rate(seconds(start), rate).value),
                      bool(facts(timeline).get("drop_frame")))  # fmt: skip
    try:
        with quiet():
            document = open_document(path, found.document.blank(setting), rate)
            for edit in _edits(timeline):
                if not isinstance(edit, NewMarker) or NEEDS[Capability.MARKERS] in found.keeps:
                    document.apply(edit)
            return document.dump(path.absolute().parent)
    except BridgeError:
        raise
    except Exception as error:  # adapters and pyaaf2 raise what they like; the user needs one line
        raise TimelineError(path, f"it cannot be written: {one_line(error)}") from error


def _edits(timeline: otio.schema.Timeline) -> list[Edit]:
    """The edits that make a timeline out of an empty one."""
    edits: list[Edit] = []
    counts = {"V": 0, "A": 0}
    names: list[tuple[otio.schema.Track, str]] = []
    for track in sorted(timeline.tracks, key=lambda t: t.kind != VIDEO):
        letter = "V" if track.kind == VIDEO else "A"
        counts[letter] += 1
        id = f"{letter}{counts[letter]}"
        names.append((track, id))
        edits.append(NewTrack(id, track.name or id, track.kind))
    placed = placed_clips(timeline)
    for track, id in names:
        for one in placed:
            if one.timeline_track is track or one.timeline_track == track:
                edits.append(NewClip(id, one.clip.deepcopy(), one.record))
    return edits + [NewMarker(marker.deepcopy()) for marker in timeline.tracks.markers]
