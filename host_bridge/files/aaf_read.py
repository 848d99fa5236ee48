"""An OpenTimelineIO timeline of an AAF, by otio-aaf, with what that puts elsewhere: `timeline_in`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio

from host_bridge.files.document import Ids, json_object, make_absolute
from host_bridge.timeline import AUDIO, VIDEO, facts, make_timeline
from host_bridge.times import at_rate, exact_rate, seconds

CUE = "Cuefinder cue"
"""Name of the comment on a master mob that has a cue's facts."""


def timeline_in(found: Any, folder: Path) -> tuple[otio.schema.Timeline, dict[str, int]]:
    """Make our timeline of the adapter's.

    Returns
    -------
    timeline : opentimelineio.schema.Timeline
    slots : dict of str to int
        The slot of each timeline track, by its id.
    """
    if isinstance(found, otio.schema.SerializableCollection):
        inside = [one for one in found if isinstance(one, otio.schema.Timeline)]
        if len(inside) != 1:
            raise ValueError(f"it has {len(inside)} sequences; export the one that is meant")
        found = inside[0]
    if not isinstance(found, otio.schema.Timeline):
        raise ValueError("it has no sequence in it")
    slots: dict[str, int] = {}
    ids, tracks, markers = Ids(), [], [m.deepcopy() for m in found.tracks.markers]
    drop = False
    for track in sorted(found.tracks, key=lambda t: t.kind != VIDEO):
        known = track.metadata.get("AAF", {})
        if track.kind not in (VIDEO, AUDIO):
            # Avid keeps the markers of the whole timeline on the timecode's track.
            markers += [m.deepcopy() for m in track.markers]
            drop = drop or bool(known.get("Segment", {}).get("Drop"))
            continue
        id = ids.track(track.kind)
        if known.get("SlotID") is not None:
            slots[id] = int(known["SlotID"])
        made = otio.schema.Track(name=known.get("SlotName") or id, kind=track.kind)
        facts(made)["id"] = id
        made.extend([child.deepcopy() for child in track])
        for count, clip in enumerate(made.find_clips(), 1):
            _describe(clip, id, count, ids)
            make_absolute(clip, folder)
        tracks.append(made)
    start = found.global_start_time
    rates = [exact_rate(t.duration().rate) for t in tracks if t.kind == VIDEO and len(t)]
    rates += [exact_rate(start.rate)] if start is not None else []
    rates += [exact_rate(t.duration().rate) for t in tracks if len(t)]
    if not rates:
        raise ValueError("it has neither clips nor a timecode in it")
    timeline = make_timeline(
        found.name, tracks, rate=rates[0], drop_frame=drop, markers=markers,
        start=None if start is None else at_rate(seconds(start), rates[0]),
    )  # fmt: skip
    return timeline, slots


def _describe(clip: otio.schema.Clip, track: str, count: int, ids: Ids) -> None:
    known = json_object(clip.metadata.get("AAF", {}).get("UserComments", {}).get(CUE))
    # The adapter keeps a copy of each mob's properties with each clip; they stay in the file and are not needed.
    clip.metadata.pop("AAF", None)
    facts(clip)["id"] = ids.clip(track, count, f"cue-{known['key']}" if known.get("key") else None)
    if known:
        facts(clip)["cue"] = known
    for reference in clip.media_references().values():
        reference.metadata.pop("AAF", None)
