"""Kdenlive's projects: MLT XML with a project bin, timeline tracks of two playlists, and guides: `KdenliveDocument`.

Both generations are read and written: one timeline in the last tractor (to 22.12), and sequences that a project tractor
plays (from 23.04).
"""

from __future__ import annotations

import json
import uuid
from typing import Any
from xml.etree import ElementTree as ET

import opentimelineio as otio

from host_bridge.files.edits import NewTrack
from host_bridge.files.mlt import MltDocument
from host_bridge.files.mlt_playlist import add_black, marker_json
from host_bridge.files.mlt_read import json_of
from host_bridge.files.mlt_times import frames
from host_bridge.files.mlt_xml import prop, set_prop
from host_bridge.files.xmldoc import children, clean, sub
from host_bridge.timeline import AUDIO

GUIDES = ("kdenlive:sequenceproperties.guides", "kdenlive:docproperties.guides")
GROUPS = ("kdenlive:sequenceproperties.groups", "kdenlive:docproperties.groups")


class KdenliveDocument(MltDocument):
    """A Kdenlive project."""

    kdenlive = True

    @classmethod
    def fill(cls, root: ET.Element) -> None:
        """What a new project has besides its profile: a bin, and an empty timeline of the older generation."""
        root.set("producer", "main_bin")
        main_bin = sub(root, "playlist", id="main_bin")
        for key, value in (("docproperties.version", "1.04"), ("docproperties.kdenliveversion", "22.12.3"),
                           ("docproperties.decimalPoint", "."), ("docproperties.guides", "[]")):  # fmt: skip
            set_prop(main_bin, f"kdenlive:{key}", value)
        set_prop(main_bin, "xml_retain", 1)
        add_black(root, "black_track")
        main = sub(root, "tractor", id="tractor0", global_feed="1")
        sub(main, "track", producer="black_track")

    def add_track(self, track: NewTrack) -> None:
        """Add a tractor of two playlists. Audio tracks lie below the video tracks, the last one lowest."""
        sound = track.kind == AUDIO
        made = ET.Element("tractor", {"id": self.free_id("tractor")})
        made.tail = "\n"
        set_prop(made, "kdenlive:track_name", clean(track.name))
        at = list(self.root).index(self.top_of(self.mlt.main))
        for hide in ("video" if sound else "", "both"):
            playlist = ET.Element("playlist", {"id": self.free_id("playlist")})
            playlist.tail = "\n"
            if sound:
                set_prop(playlist, "kdenlive:audio_track", 1)
            self.root.insert(at, playlist)
            self.mlt.services[playlist.get("id", "")] = playlist
            reference = sub(made, "track", producer=playlist.get("id", ""))
            if hide:
                reference.set("hide", hide)
            at += 1
        if sound:
            set_prop(made, "kdenlive:audio_track", 1)
        self.root.insert(at, made)
        self.mlt.services[made.get("id", "")] = made
        tracks = self.mlt.tracks(self.mlt.main)
        first = next((i for i, t in enumerate(tracks) if not self.mlt.is_background(self.mlt.service(t))), len(tracks))
        place = self.connect(made, False, first if sound else len(tracks))
        if sound:
            self._shift(place)
        self.mix(place)
        self.at[track.id] = made

    def mix(self, place: int) -> ET.Element:
        """Kdenlive makes these itself again and knows them by a number."""
        made = super().mix(place)
        set_prop(made, "internal_added", 237)
        return made

    def _shift(self, place: int) -> None:
        """Transitions and groups name timeline tracks by number: those from a place on are one higher now."""
        for transition in children(self.mlt.main, "transition"):
            for name in ("a_track", "b_track"):
                text = prop(transition, name)
                if text is not None and text.strip().isdigit() and int(text) >= max(place, 1):
                    set_prop(transition, name, int(text) + 1)
        main_bin = self.mlt.services.get("main_bin")
        for holder in (self.mlt.main, main_bin):
            for name in GROUPS:
                if holder is not None and (found := json_of(prop(holder, name), list)):
                    _shift_groups(found)
                    set_prop(holder, name, json.dumps(found))

    def producer(self, clip: otio.schema.Clip, end: int) -> ET.Element:
        """A producer that is in the project bin too."""
        made = super().producer(clip, end)
        known = [int(text) for e in self.root.iter() if (text := prop(e, "kdenlive:id") or "").isdigit()]
        for key, value in (("kdenlive:id", max(known, default=1) + 1), ("kdenlive:clipname", clean(clip.name)),
                           ("kdenlive:folderid", -1), ("kdenlive:control_uuid", f"{{{uuid.uuid4()}}}")):  # fmt: skip
            set_prop(made, key, value)
        main_bin = self.mlt.services.get("main_bin")
        if main_bin is not None:
            whole = sub(main_bin, "entry", producer=made.get("id", ""), **{"in": "0"})
            length = frames(prop(made, "length"), self.mlt.rate)
            if length is not None:  # else Kdenlive looks into the file
                whole.set("out", str(length - 1))
        return made

    def describe(self, entry: ET.Element, producer: ET.Element, clip: otio.schema.Clip) -> None:
        """Kdenlive finds the bin's clip by its number."""
        super().describe(entry, producer, clip)
        set_prop(entry, "kdenlive:id", prop(producer, "kdenlive:id") or "")

    def extend(self, end: int) -> None:
        """The sequence says its length in properties too."""
        super().extend(end)
        main = self.mlt.main
        for name in ("kdenlive:duration", "kdenlive:maxduration", "length"):
            last = frames(prop(main, name), self.mlt.rate) if prop(main, name) is not None else None
            if last is not None and last < end:
                set_prop(main, name, end)
        for holder in self.root.iter():
            users = [e for e in children(holder, "track", "entry") if e.get("producer") == main.get("id")]
            for element in [*users, holder] if users else []:
                last = frames(element.get("out"), self.mlt.rate)
                if last is not None and last < end - 1:
                    element.set("out", str(end - 1))

    def add_marker(self, marker: otio.schema.Marker) -> None:
        """Add a guide."""
        main, main_bin = self.mlt.main, self.mlt.services.get("main_bin")
        holder, name = (main, GUIDES[0]) if prop(main, GUIDES[0]) is not None or prop(main, "kdenlive:uuid") else (
            main_bin if main_bin is not None else main, GUIDES[1])  # fmt: skip
        guides = json_of(prop(holder, name), list)
        set_prop(holder, name, json.dumps([*guides, marker_json(marker, self.mlt)]))


def _shift_groups(found: Any) -> None:
    for group in found if isinstance(found, list) else []:
        if isinstance(group, dict):
            _shift_groups(group.get("children"))
            track, colon, rest = str(group.get("data", "")).partition(":")
            if colon and track.isdigit() and group.get("leaf") in ("clip", "composition"):
                group["data"] = f"{int(track) + 1}:{rest}"
