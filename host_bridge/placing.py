"""Where on a timeline a cue belongs, by what is selected there and where the playhead is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio
from opentimelineio.opentime import RationalTime

from host_bridge.timeline import facts, rate_of, selected_clips
from host_bridge.times import at_rate, end_of, seconds


@dataclass(frozen=True)
class Spot:
    """A place for a cue.

    Attributes
    ----------
    at : RationalTime
        From the timeline's first frame.
    length : Fraction or None
        Seconds that the music is wanted for; None where nothing says.
    """

    at: RationalTime
    length: Fraction | None


def spot(timeline: otio.schema.Timeline) -> Spot:
    """Under the selected clips, from first start to last end; else the selected range; else at the playhead."""
    clips, rate = selected_clips(timeline), rate_of(timeline)
    if clips:
        start = min(seconds(placed.record.start_time) for placed in clips)
        return Spot(at_rate(start, rate), max(end_of(placed.record) for placed in clips) - start)
    ours = facts(timeline)
    selection = ours.get("selection")
    if selection is not None and seconds(selection.duration) > 0:
        return Spot(at_rate(seconds(selection.start_time), rate), seconds(selection.duration))
    playhead = ours.get("playhead")
    return Spot(at_rate(max(Fraction(0), seconds(playhead)) if playhead is not None else Fraction(0), rate), None)
