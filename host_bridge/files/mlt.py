"""MLT XML, as melt, Shotcut and Flowblade exchange it: `MltDocument`. Kdenlive's dialect is in `kdenlive.py`."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import opentimelineio as otio

from host_bridge.files.document import Document, Setting, Volume, frames_of
from host_bridge.files.edits import NewClip, NewTrack
from host_bridge.files.mlt_effects import add_effects, volume_of
from host_bridge.files.mlt_playlist import add_black, is_locked, marker_json, put
from host_bridge.files.mlt_read import MltReader, playlists
from host_bridge.files.mlt_times import frames
from host_bridge.files.mlt_xml import Mlt, set_prop
from host_bridge.files.xmldoc import children, clean, dump, parse, put_at, sub
from host_bridge.host import TrackEdit
from host_bridge.timeline import AUDIO, facts, media_path
from host_bridge.times import at_rate, seconds


class MltDocument(Document):
    """An MLT document. Start timecode, captions and cue facts are in properties of ours, which MLT carries along."""

    kdenlive = False

    def __init__(self, data: bytes, path: Path, rate: Fraction | None = None) -> None:
        self.root = parse(data, "mlt")
        self.folder = path.parent.absolute()
        self.mlt = Mlt(self.root, self.folder)
        self.reader = MltReader(self.mlt, self.kdenlive)
        self._timeline = self.reader.timeline()
        self.at = self.reader.tracks
        self.fixed = frozenset(id for id, element in self.at.items() if is_locked(element))

    @classmethod
    def blank(cls, setting: Setting) -> bytes:
        """The content of a new file without timeline tracks."""
        rate = setting.rate
        root = ET.Element("mlt", {"LC_NUMERIC": "C", "version": "7.12.0", "title": clean(setting.name)})
        sub(root, "profile", description=f"HD 1080p {float(rate):.2f} fps", width="1920", height="1080",
            progressive="1", sample_aspect_num="1", sample_aspect_den="1", display_aspect_num="16",
            display_aspect_den="9", frame_rate_num=str(rate.numerator), frame_rate_den=str(rate.denominator),
            colorspace="709")  # fmt: skip
        cls.fill(root)
        main = next(e for e in root.iter("tractor"))
        set_prop(main, "cuefinder:start", setting.start)
        set_prop(main, "cuefinder:drop_frame", int(setting.drop_frame))
        return dump(root)

    @classmethod
    def fill(cls, root: ET.Element) -> None:
        """What a new document has besides its profile."""
        add_black(root, "black")
        background = sub(root, "playlist", id="background")
        sub(background, "entry", producer="black", **{"in": "0", "out": "0"})
        main = sub(root, "tractor", id="tractor0")
        set_prop(main, "shotcut", 1)
        sub(main, "track", producer="background")

    def timeline(self) -> otio.schema.Timeline:
        """A copy of the timeline as it was read."""
        return self._timeline.deepcopy()

    def add_track(self, track: NewTrack) -> None:
        """Add a playlist as the last track, and the mix that makes its sound heard."""
        playlist = ET.Element("playlist", {"id": self.free_id("playlist")})
        playlist.tail = "\n"
        kind = "audio" if track.kind == AUDIO else "video"
        set_prop(playlist, f"shotcut:{kind}", 1)
        set_prop(playlist, "shotcut:name", clean(track.name))
        self.root.insert(list(self.root).index(self.top_of(self.mlt.main)), playlist)
        self.mlt.services[playlist.get("id", "")] = playlist
        place = self.connect(playlist, track.kind == AUDIO, len(self.mlt.tracks(self.mlt.main)))
        self.mix(place)
        self.at[track.id] = playlist

    def connect(self, service: ET.Element, sound: bool, place: int) -> int:
        """Put a service among the tracks of the main tractor, at a place; gives the place."""
        main = self.mlt.main
        if main.tag != "tractor":
            raise ValueError("its timeline is one single playlist, which cannot have more timeline tracks")
        multitrack = next(children(main, "multitrack"), main)
        tracks = self.mlt.tracks(main)
        index = list(multitrack).index(tracks[place]) if place < len(tracks) else (
            list(multitrack).index(tracks[-1]) + 1 if tracks else len(multitrack))  # fmt: skip
        made = put_at(multitrack, index, "track", producer=service.get("id", ""))
        if sound:
            made.set("hide", "video")
        return place

    def mix(self, place: int) -> ET.Element:
        """Sum the sound of a track with those below; without it only the uppermost would be heard."""
        made = sub(self.mlt.main, "transition", id=self.free_id("transition"))
        found = {"a_track": 0, "b_track": place, "mlt_service": "mix", "always_active": 1, "sum": 1}
        for key, value in found.items():
            set_prop(made, key, value)
        return made

    def add_clip(self, clip: NewClip) -> None:
        """Add a producer for the media, and an entry in the free room of the timeline track's playlist."""
        start, length = frames_of(clip.record)
        first = round(at_rate(seconds(clip.clip.source_range.start_time), self.mlt.rate).value)
        producer = self.producer(clip.clip, first + length)
        last = first + length - 1
        entry = ET.Element("entry", {"producer": producer.get("id", ""), "in": str(first), "out": str(last)})
        entry.tail = "\n"
        self.describe(entry, producer, clip.clip)
        add_effects(entry, clip.clip, first, length, self.mlt.rate, self.kdenlive)
        put(self.mlt, playlists(self.mlt, self.at[clip.timeline_track])[0], entry, start, length)
        self.reader.entries[str(facts(clip.clip).get("id"))] = entry
        self.mlt.forget_lengths()
        self.extend(start + length)

    def producer(self, clip: otio.schema.Clip, end: int) -> ET.Element:
        """Add a producer of a clip's media before all that may refer to it."""
        media, reference = media_path(clip), clip.media_reference
        resource = str(media) if media is not None else str(getattr(reference, "target_url", ""))
        try:
            resource.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ValueError(f"the name {resource!a} is not UTF-8, which XML cannot have; rename the file") from error
        made = ET.Element("producer", {"id": self.free_id("producer")})
        made.tail = "\n"
        set_prop(made, "resource", clean(resource))
        set_prop(made, "mlt_service", "avformat-novalidate" if reference.available_range else "avformat")
        if reference.available_range is not None:
            length = max(round(at_rate(seconds(reference.available_range.duration), self.mlt.rate).value), end)
            set_prop(made, "length", length)
        set_prop(made, "shotcut:caption", clean(clip.name))
        if clip.markers:
            set_prop(made, "kdenlive:markers", json.dumps([marker_json(m, self.mlt) for m in clip.markers]))
        self.root.insert(next((i + 1 for i, e in enumerate(self.root) if e.tag == "profile"), 0), made)
        self.mlt.services[made.get("id", "")] = made
        return made

    def describe(self, entry: ET.Element, producer: ET.Element, clip: otio.schema.Clip) -> None:
        """Our properties of an entry."""
        ours: Any = facts(clip)
        set_prop(entry, "cuefinder:name", clean(clip.name))
        if ours.get("cue"):
            set_prop(entry, "cuefinder:cue", json.dumps(dict(ours["cue"])))
        if ours.get("caption"):
            set_prop(entry, "cuefinder:caption", clean(ours["caption"]))

    def extend(self, end: int) -> None:
        """Let what limits the timeline's length go on to a frame."""
        for element in (self.mlt.main, self.top_of(self.mlt.main)):
            last = frames(element.get("out"), self.mlt.rate)
            if last is not None and last < end - 1:
                element.set("out", str(end - 1))

    def add_marker(self, marker: otio.schema.Marker) -> None:
        """Add a marker as Shotcut has them."""
        main, span = self.mlt.main, marker.marked_range
        group = next((g for g in children(main, "properties") if g.get("name") == "shotcut:markers"), None)
        if group is None:
            group = put_at(main, sum(1 for _ in children(main, "property")), "properties", name="shotcut:markers")
        made = sub(group, "properties", name=str(len(group)))
        first, length = frames_of(span)
        found = {"text": clean(marker.name), "start": first, "end": first + length, "color": "#008000"}
        for key, value in found.items():
            sub(made, "property", str(value), name=key)

    def caption(self, clip: str, caption: str) -> None:
        """Keep a caption in a property of the clip's entry."""
        set_prop(self.reader.entries[clip], "cuefinder:caption", clean(caption))

    def volume(self, clip: str) -> Volume:
        """Gain and fades by the filters of the clip's entry."""
        return volume_of(self.reader.entries[clip], self.mlt.rate)

    def edit_track(self, edit: TrackEdit) -> None:
        """Rename a timeline track."""
        if edit.name is not None:
            set_prop(self.at[edit.id], "kdenlive:track_name" if self.kdenlive else "shotcut:name", clean(edit.name))

    def dump(self, folder: Path) -> bytes:
        """The file's content; elsewhere, the root of relative paths becomes the old folder."""
        if folder.absolute() != self.folder:
            self.root.set("root", str(self.mlt.folder / self.root.get("root", "")))
        return dump(self.root)

    def free_id(self, word: str) -> str:
        """An id that no element has."""
        taken = {e.get("id") for e in self.root.iter()}
        return next(name for i in range(len(taken) + 1) if (name := f"{word}{i}") not in taken)

    def top_of(self, element: ET.Element) -> ET.Element:
        """The child of the root that is or holds an element."""
        return next(child for child in self.root if child is element or any(e is element for e in child.iter()))
