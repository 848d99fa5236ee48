"""AAF, which Avid, Pro Tools and Resolve exchange: read by otio-aaf, edited in place with pyaaf2: `AafDocument`.

otio-aaf writes only clips that came out of an AAF, because it wants their mob ids. A cue is new there, so what it needs
is made here: a source mob that locates the file, a master mob, and a source clip in a slot of the composition.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from host_bridge.files.aaf_disk import aaf2, on_disk
from host_bridge.files.aaf_mobs import DESCRIPTORS, KINDS, add_markers, is_plain, lay_in, media_mob
from host_bridge.files.aaf_read import CUE, timeline_in
from host_bridge.files.document import Document, Setting, frames_of
from host_bridge.files.edits import NewClip, NewMarker, NewTrack
from host_bridge.host import TrackEdit
from host_bridge.timeline import facts, media_path, to_url
from host_bridge.times import at_rate, seconds

MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")


class AafDocument(Document):
    """An .aaf file; edits are made when it is written."""

    def __init__(self, data: bytes, path: Path, rate: Fraction | None = None) -> None:
        if not data.startswith(MAGIC):
            raise ValueError("it does not begin as one")
        self.data, self.folder = data, path.parent.absolute()
        self._edits: list[Callable[[Any, dict[str, Any]], None]] = []
        with on_disk(data) as file:
            found = otio.adapters.read_from_file(str(file), "AAF")
        self._timeline, self._slots = timeline_in(found, self.folder)
        self.fixed = self._find_fixed()

    @classmethod
    def blank(cls, setting: Setting) -> bytes:
        """The content of a new file: one composition with a timecode."""
        with on_disk(b"") as file:
            with aaf2().open(str(file), "w") as aaf:
                composition = aaf.create.CompositionMob(setting.name)
                composition.usage = "Usage_TopLevel"
                aaf.content.mobs.append(composition)
                slot = composition.create_timeline_slot(_ratio(setting.rate))
                slot.name, slot["PhysicalTrackNumber"].value = "TC1", 1
                slot.segment = aaf.create.Timecode(round(setting.rate), setting.drop_frame)
                slot.segment.start, slot.segment.length = setting.start, round(setting.rate) * 86_400
            return file.read_bytes()

    def _find_fixed(self) -> frozenset[str]:
        """Timeline tracks with more than fillers and source clips in them: their order is not ours to change."""
        with on_disk(self.data) as file, aaf2().open(str(file), "r") as aaf:
            composition = next(iter(aaf.content.toplevel()), None) or next(iter(aaf.content.compositionmobs()), None)
            if composition is None:
                return frozenset(self._slots)
            slots = {slot.slot_id: slot for slot in composition.slots}
            rate = self._rate
            return frozenset(
                id for id, slot in self._slots.items() if slot not in slots or not is_plain(slots[slot], rate)
            )

    @property
    def _rate(self) -> Fraction:
        said = facts(self._timeline)["rate"]
        return Fraction(int(said[0]), int(said[1]))

    def timeline(self) -> otio.schema.Timeline:
        """A copy of the timeline as it was read."""
        return self._timeline.deepcopy()

    def add_track(self, track: NewTrack) -> None:
        """Add a slot to the composition."""

        def edit(aaf: Any, slots: dict[str, Any]) -> None:
            composition = slots[""]
            kind = KINDS[track.kind]
            slot = composition.create_timeline_slot(_ratio(self._rate))
            slot.segment = aaf.create.Sequence(media_kind=kind)
            slot.segment.length = 0
            slot.name = track.name
            slot["PhysicalTrackNumber"].value = 1 + max(
                (int(s["PhysicalTrackNumber"].value or 0) for s in composition.slots
                 if s is not slot and s.segment is not None and s.segment.media_kind == slot.segment.media_kind
                 and "PhysicalTrackNumber" in s), default=0)  # fmt: skip
            slots[track.id] = slot

        self._edits.append(edit)

    def add_clip(self, clip: NewClip) -> None:
        """Make the mobs of a clip, and put a source clip into its slot's free room."""
        start, length = frames_of(clip.record)
        first = round(at_rate(seconds(clip.clip.source_range.start_time), self._rate).value)
        kind = DESCRIPTORS[clip.timeline_track[0]]
        path, cue = media_path(clip.clip), facts(clip.clip).get("cue")
        url = to_url(path) if path is not None else str(getattr(clip.clip.media_reference, "target_url", ""))
        markers = [(m.name, start + round(at_rate(seconds(m.marked_range.start_time), self._rate).value) - first)
                   for m in clip.clip.markers]  # fmt: skip

        def edit(aaf: Any, slots: dict[str, Any]) -> None:
            master, slot_id = media_mob(aaf, clip.clip.name, url, kind, first + length, self._rate)
            if cue:
                master.comments[CUE] = json.dumps(dict(cue))
            slot = slots[clip.timeline_track]
            lay_in(aaf, slot, master.create_source_clip(slot_id, first, length, kind), start, length)
            add_markers(aaf, slots[""], slot, markers, self._rate)

        self._edits.append(edit)

    def add_marker(self, marker: otio.schema.Marker) -> None:
        """Add a marker on the timecode's track, as Avid has those of the whole timeline."""
        first, _ = frames_of(NewMarker(marker).marker.marked_range)

        def edit(aaf: Any, slots: dict[str, Any]) -> None:
            timecode = next((s for s in slots[""].slots if s.segment is not None
                             and s.segment.media_kind == "Timecode" and "PhysicalTrackNumber" in s), None)  # fmt: skip
            if timecode is None:
                raise ValueError("it has no timecode that a marker could lie on")
            add_markers(aaf, slots[""], timecode, [(marker.name, first)], self._rate)

        self._edits.append(edit)

    def edit_track(self, edit: TrackEdit) -> None:
        """Rename a slot."""

        def change(aaf: Any, slots: dict[str, Any]) -> None:
            slots[edit.id].name = edit.name

        if edit.name is not None:
            self._edits.append(change)

    def dump(self, folder: Path) -> bytes:
        """The file's content with all edits made; locators are absolute in AAF."""
        with on_disk(self.data) as file:
            with aaf2().open(str(file), "rw") as aaf:
                composition = next(iter(aaf.content.toplevel()), None) or next(iter(aaf.content.compositionmobs()))
                by_id = {slot.slot_id: slot for slot in composition.slots}
                slots = {id: by_id[slot] for id, slot in self._slots.items() if slot in by_id} | {"": composition}
                for edit in self._edits:
                    edit(aaf, slots)
            return file.read_bytes()


def _ratio(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"
