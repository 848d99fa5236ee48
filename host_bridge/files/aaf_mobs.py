"""The parts of an AAF that a cue needs: mobs that locate its file, room in a slot, markers. All with pyaaf2."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from host_bridge.timeline import AUDIO, VIDEO
from host_bridge.times import exact_rate

KINDS = {VIDEO: "picture", AUDIO: "sound"}
DESCRIPTORS = {"V": "picture", "A": "sound"}
SAMPLES = 48_000


def media_mob(aaf: Any, name: str, url: str, kind: str, length: int, rate: Fraction) -> tuple[Any, int]:
    """Make a source mob that locates a file and a master mob of it.

    Parameters
    ----------
    length : int
        Frames of the file that are known to be there.

    Returns
    -------
    master : aaf2.mobs.MasterMob
    slot_id : int
        Of its only slot.
    """
    ratio = f"{rate.numerator}/{rate.denominator}"
    descriptor = aaf.create.PCMDescriptor() if kind == "sound" else aaf.create.CDCIDescriptor()
    found: dict[str, Any] = {"SampleRate": ratio, "Length": length}
    if kind == "sound":
        samples = round(Fraction(length) / rate * SAMPLES)
        found = {"SampleRate": f"{SAMPLES}/1", "Length": samples, "AudioSamplingRate": f"{SAMPLES}/1", "Channels": 2,
                 "QuantizationBits": 16, "BlockAlign": 4, "AverageBPS": SAMPLES * 4}  # fmt: skip
    else:
        found |= {"ComponentWidth": 8, "HorizontalSubsampling": 2, "ImageAspectRatio": "16/9", "StoredWidth": 1920,
                  "StoredHeight": 1080, "FrameLayout": "FullFrame", "VideoLineMap": [42, 0]}  # fmt: skip
    for key, value in found.items():
        descriptor[key].value = value
    locator = aaf.create.NetworkLocator()
    locator["URLString"].value = url
    descriptor["Locator"].append(locator)
    source = aaf.create.SourceMob(name)
    source.descriptor = descriptor
    aaf.content.mobs.append(source)
    there = source.create_timeline_slot(ratio)
    there.segment = aaf.create.SourceClip(length=length, media_kind=kind)
    master = aaf.create.MasterMob(name)
    aaf.content.mobs.append(master)
    slot = master.create_timeline_slot(ratio)
    slot.segment = source.create_source_clip(there.slot_id, 0, length, kind)
    return master, int(slot.slot_id)


def is_plain(slot: Any, rate: Fraction) -> bool:
    """Whether a slot is a sequence of fillers and source clips alone, at the timeline's rate."""
    components = getattr(slot.segment, "components", None)
    if components is None or type(slot.segment).__name__ != "Sequence" or exact_rate(Fraction(slot.edit_rate)) != rate:
        return False
    return all(type(one).__name__ in ("Filler", "SourceClip") for one in components)


def lay_in(aaf: Any, slot: Any, clip: Any, start: int, length: int) -> None:
    """Put a source clip into the fillers of a plain slot, or after its end.

    Raises
    ------
    ValueError
        Something lies there.
    """
    kind = clip.media_kind.lower()
    components, position = slot.segment.components, 0

    def fillers(*lengths: int) -> list[Any]:
        return [aaf.create.Filler(kind, frames) for frames in lengths if frames > 0]

    found = list(components)
    for index, one in enumerate(found):
        begin, position = position, position + int(one.length)
        if position <= start or begin >= start + length:
            continue
        last = index == len(found) - 1
        if type(one).__name__ != "Filler" or begin > start or (position < start + length and not last):
            raise ValueError("the place is not free")
        components.pop(index)
        for made in reversed([*fillers(start - begin), clip, *fillers(position - start - length)]):
            components.insert(index, made)
        break
    else:
        for made in [*fillers(start - position), clip]:
            components.append(made)
    slot.segment.length = sum(int(one.length) for one in components)


def add_markers(aaf: Any, composition: Any, slot: Any, markers: list[tuple[str, int]], rate: Fraction) -> None:
    """Add markers, as name and frame of the timeline, that are attached to a slot."""
    if not markers:
        return
    events = aaf.create.EventMobSlot()
    events["EditRate"].value = f"{rate.numerator}/{rate.denominator}"
    events["SlotID"].value = max(int(s.slot_id) for s in composition.slots) + 1
    events["PhysicalTrackNumber"].value = slot["PhysicalTrackNumber"].value
    sequence = aaf.create.Sequence(media_kind="DescriptiveMetadata")
    for name, frame in sorted(markers, key=lambda pair: pair[1]):
        marker = aaf.create.DescriptiveMarker()
        found = {"Position": frame, "Length": 1, "Comment": name, "CommentMarkerUser": "Cuefinder",
                 "DescribedSlots": {int(slot.slot_id)}}  # fmt: skip
        for key, value in found.items():
            marker[key].value = value
        sequence.components.append(marker)
    events.segment = sequence
    composition.slots.append(events)
