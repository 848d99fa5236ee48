"""Parts of an MLT document: `put` an entry where only blank is, the black behind everything, markers as JSON."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import opentimelineio as otio

from host_bridge.files.mlt_xml import Mlt, prop, set_prop
from host_bridge.files.xmldoc import children, sub
from host_bridge.times import at_rate, seconds


def add_black(root: ET.Element, id: str) -> None:
    """Add the black that lies behind all timeline tracks."""
    black = sub(root, "producer", id=id, **{"in": "0", "out": "0"})
    for key, value in (("length", "1"), ("eof", "continue"), ("resource", "black"), ("mlt_service", "color")):
        set_prop(black, key, value)


def put(mlt: Mlt, playlist: ET.Element, entry: ET.Element, start: int, length: int) -> None:
    """Put an entry into a playlist where only blank is, or after its end.

    Raises
    ------
    ValueError
        Something lies there.
    """
    if playlist.tag != "playlist":
        raise ValueError("this timeline track takes no clips")
    end, position, put_already = start + length, 0, False
    for child in list(children(playlist, "entry", "blank")):
        begin, position = position, position + mlt.step(child)
        if position <= start or begin >= end:
            continue
        if child.tag != "blank":
            raise ValueError("the place is not free")
        # The room may go over several blanks: the entry comes into the first, and the others give way.
        parts = [blank(start - begin), None if put_already else entry, blank(position - end)]
        put_already = True
        index = list(playlist).index(child)
        playlist.remove(child)
        for made in reversed([part for part in parts if part is not None]):
            playlist.insert(index, made)
    if not put_already:
        if (gap := blank(start - position)) is not None:
            playlist.append(gap)
        playlist.append(entry)


def blank(length: int) -> ET.Element | None:
    """A blank of some frames; None for none."""
    if length <= 0:
        return None
    made = ET.Element("blank", {"length": str(length)})
    made.tail = "\n"
    return made


def is_locked(track: ET.Element) -> bool:
    """Kdenlive says 1; Shotcut too. What is no playlist takes no clips either."""
    return "1" in (prop(track, "kdenlive:locked_track"), prop(track, "shotcut:lock"))


def marker_json(marker: otio.schema.Marker, mlt: Mlt) -> dict[str, object]:
    """A marker as Kdenlive writes it."""
    span = marker.marked_range
    found = {"comment": marker.name, "pos": round(at_rate(seconds(span.start_time), mlt.rate).value), "type": 0}
    length = round(at_rate(seconds(span.duration), mlt.rate).value)
    return found | ({"duration": length} if length > 1 else {})
