"""Fades and gain of a cue as MLT's volume filters, the way Shotcut and Kdenlive write and show them."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree as ET

import opentimelineio as otio

from host_bridge.files.document import Volume
from host_bridge.files.editing import fades_of
from host_bridge.files.mlt_times import frames
from host_bridge.files.mlt_xml import prop, set_prop
from host_bridge.files.xmldoc import children, sub
from host_bridge.timeline import facts


def add_effects(
    entry: ET.Element, clip: otio.schema.Clip, first: int, length: int, rate: Fraction, kdenlive: bool
) -> None:
    """Add the filters that a cue's facts ask for to its entry.

    Parameters
    ----------
    first, length : int
        Frames of the media that play; filters count in them.
    kdenlive : bool
        Kdenlive fades the amplitude in a straight line (gain to end); Shotcut the level in dB, from -60 dB.
    """
    fade_in, fade_out = fades_of(clip, rate)
    gain = float((facts(clip).get("cue") or {}).get("gain_db", 0.0))
    last = first + length - 1
    if kdenlive:
        if gain:
            _filter(entry, first, last, {"kdenlive_id": "volume", "level": f"{first}={gain:g}"})
        if fade_in:
            _filter(entry, first, first + fade_in - 1, {"kdenlive_id": "fadein", "gain": 0, "end": 1})
        if fade_out:
            _filter(entry, last - fade_out + 1, last, {"kdenlive_id": "fadeout", "gain": 1, "end": 0})
        return
    if gain:
        _filter(entry, first, last, {"shotcut:filter": "audioGain", "level": f"{gain:g}"})
    if fade_in:
        _filter(entry, first, last, {"shotcut:filter": "fadeInVolume", "level": f"0=-60;{fade_in - 1}=0",
                                     "shotcut:animIn": fade_in})  # fmt: skip
    if fade_out:
        _filter(entry, first, last, {"shotcut:filter": "fadeOutVolume", "shotcut:animOut": fade_out,
                                     "level": f"{length - fade_out}=0;{length - 1}=-60"})  # fmt: skip


def volume_of(entry: ET.Element, rate: Fraction) -> Volume:
    """Gain and fades that the filters of an entry make; others than Shotcut's and Kdenlive's are passed over."""
    gain, fades = 0.0, {"In": 0, "Out": 0}
    for one in children(entry, "filter"):
        name = (prop(one, "shotcut:filter") or prop(one, "kdenlive_id") or "").lower()
        for side in fades:
            if name in (f"fade{side}".lower(), f"fade{side}volume".lower()):
                span = frames(prop(one, f"shotcut:anim{side}"), rate)
                first, last = frames(one.get("in"), rate) or 0, frames(one.get("out"), rate) or 0
                fades[side] = last - first + 1 if span is None else span
        if name in ("volume", "audiogain"):
            gain += float((prop(one, "level") or "0").rpartition("=")[2])
    return Volume(gain, fades["In"], fades["Out"])


def _filter(entry: ET.Element, first: int, last: int, found: dict[str, object]) -> None:
    made = sub(entry, "filter", **{"in": str(first), "out": str(last)})
    for key, value in ({"mlt_service": "volume", "window": 75, "max_gain": "20dB"} | found).items():
        set_prop(made, key, value)
