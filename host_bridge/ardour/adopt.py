"""Put what Ardour's Lua cannot make into a session's XML: sources of files outside, and markers."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from host_bridge.ardour.clock import SUPERCLOCK
from host_bridge.ardour.cues import marker_name
from host_bridge.ardour.session import Session
from host_bridge.ardour.sound import Sound
from host_bridge.times import at_rate, end_of, seconds


def take_in(root: ET.Element, session: Session, track: Path, sound: Sound, frames: int) -> str:
    """Make a file known to a session, as a region that lies on no playlist; one that is known stays.

    Parameters
    ----------
    frames : int
        Samples that are played; taken for the length of a file that does not say its own.

    Returns
    -------
    str
        The region's id.
    """
    length = sound.frames or frames
    for region in session.whole:
        if region.media == track and region.channels == sound.channels and region.length * session.rate >= length:
            return region.id
    sources, regions = _part(root, "Sources"), _part(root, "Regions")
    known = []
    for channel in range(sound.channels):
        known.append(_new_id(root))
        ET.SubElement(sources, "Source", {
            "name": str(track), "take-id": "", "type": "audio", "flags": "", "id": known[-1], "channel": str(channel),
            "origin": str(track), "gain": "1",
        })  # fmt: skip
    made = _new_id(root)
    ET.SubElement(regions, "Region", {
        "name": track.stem, "muted": "0", "opaque": "1", "whole-file": "1", "external": "1", "automatic": "0",
        "start": "a0", "length": f"{_ticks(Fraction(length, session.rate))}@a0", "sync-position": "a0",
        "ancestral-start": "a0", "ancestral-length": "a0@a0", "id": made, "type": "audio",
        "channels": str(sound.channels),
        **{f"source-{n}": id for n, id in enumerate(known)}, **{f"master-source-{n}": id for n, id in enumerate(known)},
    })  # fmt: skip
    return made


def add_markers(root: ET.Element, session: Session, markers: Sequence[otio.schema.Marker]) -> str:
    """Add markers, those with a duration as ranges; gives the request for Ardour: nothing more."""
    locations = _part(root, "Locations")
    for marker in markers:
        span = marker.marked_range
        start = at_rate(seconds(span.start_time), session.rate).value
        end = max(at_rate(end_of(span), session.rate).value, start)
        ET.SubElement(locations, "Location", {
            "id": _new_id(root), "name": marker_name(marker), "start": _ticks(Fraction(int(start), session.rate)),
            "end": _ticks(Fraction(int(end), session.rate)), "flags": "IsRangeMarker" if end > start else "IsMark",
            "locked": "0", "timestamp": str(int(time.time())), "cue": "0",
        })  # fmt: skip
    return ""


def _ticks(time_: Fraction) -> str:
    """Seconds as audio time; a sample of all usual rates is a whole number of ticks."""
    return f"a{round(time_ * SUPERCLOCK)}"


def _part(root: ET.Element, tag: str) -> ET.Element:
    found = root.find(tag)
    return ET.SubElement(root, tag) if found is None else found


def _new_id(root: ET.Element) -> str:
    """An id that nothing in the session has: Ardour counts them in its root."""
    last = int(root.get("id-counter") or 0)
    root.set("id-counter", str(last + 2))
    return str(last + 1)
