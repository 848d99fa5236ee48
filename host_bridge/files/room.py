"""Free room on a timeline track: `is_free`, and `lay` to put a clip into it. Nothing that lies there is moved."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.times import at_rate, end_of, exact_rate, seconds


def is_free(track: otio.schema.Track, record: TimeRange) -> bool:
    """Whether a range, from the timeline's first frame, has nothing in it: no clip and no part of a transition."""
    first, last = seconds(record.start_time), end_of(record)
    return not any(begin < last and first < end for _, begin, end in _items(track) if end > begin)


def _items(track: otio.schema.Track) -> list[tuple[Any, Fraction, Fraction]]:
    """What lies on a track but gaps, with begin and end in seconds."""
    position, found = Fraction(0), []
    for child in track:
        if isinstance(child, otio.schema.Transition):
            found.append((child, position - seconds(child.in_offset), position + seconds(child.out_offset)))
            continue
        end = position + seconds(child.duration())
        if not isinstance(child, otio.schema.Gap):
            found.append((child, position, end))
        position = end
    return found


def lay(track: otio.schema.Track, clip: otio.schema.Clip, record: TimeRange) -> None:
    """Put a clip into free room; the gap there is cut, or one is added at the end.

    Raises
    ------
    ValueError
        The room is not free.
    """
    if not is_free(track, record):
        raise ValueError("the place is not free")
    first, last = seconds(record.start_time), end_of(record)
    position, put = Fraction(0), False
    for child in list(track):
        if isinstance(child, otio.schema.Transition):
            continue
        begin, end = position, position + seconds(child.duration())
        position = end
        if not isinstance(child, otio.schema.Gap) or end <= first or begin >= last:
            continue
        # The room may go over several gaps: the clip comes into the first, and the others give way.
        parts = [_part(child, begin, begin, first), None if put else clip, _part(child, begin, last, end)]
        put = True
        index = track.index(child)
        del track[index]
        for made in reversed([part for part in parts if part is not None]):
            track.insert(index, made)
    if not put:
        if first > position:
            track.append(otio.schema.Gap(duration=at_rate(first - position, record.start_time.rate)))
        track.append(clip)


def _part(gap: otio.schema.Gap, begin: Fraction, first: Fraction, last: Fraction) -> otio.schema.Gap | None:
    """The part of a gap between two times; its markers keep their places because its own time goes on."""
    if last <= first:
        return None
    start = gap.trimmed_range().start_time
    # Where the gap's own rate is another one, the cut need not lie on its frames: then seconds are exact enough.
    rate = exact_rate(start.rate)
    into, length = (first - begin) * rate, (last - first) * rate
    made = otio.schema.Gap(source_range=TimeRange(RationalTime(start.value + float(into), start.rate),
                                                  RationalTime(float(length), start.rate)))  # fmt: skip
    if first == begin:
        made.markers.extend([marker.deepcopy() for marker in gap.markers])
    made.name = gap.name
    return made
