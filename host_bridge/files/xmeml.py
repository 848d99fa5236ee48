"""Final Cut Pro 7's XML, which Premiere Pro and Resolve exchange: edited in place: `XmemlDocument`.

A stereo cue takes a pair of tracks with two linked clips, as Premiere Pro writes it; other audio tracks are mono and
take none. Volume keyframes count differently in the programs that read this format, so fades and gain are not written:
cues go in with them already in their sound.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import opentimelineio as otio
from opentimelineio.opentime import RationalTime

from host_bridge.files.document import Document, Setting, frames_of
from host_bridge.files.edits import NewClip, NewTrack
from host_bridge.files.xmeml_parts import add_note, add_rate
from host_bridge.files.xmeml_read import CAPTION, COUNT, CUE, INDEX, ITEMS, XmemlReader
from host_bridge.files.xmldoc import children, dump, parse, put_at, sub
from host_bridge.timeline import AUDIO, facts, media_path, to_path, to_url
from host_bridge.times import at_rate, seconds, timecode


class XmemlDocument(Document):
    """A Final Cut Pro 7 .xml file."""

    def __init__(self, data: bytes, path: Path, rate: Fraction | None = None) -> None:
        self.root = parse(data, "xmeml")
        self.folder = path.parent.absolute()
        self.reader = XmemlReader(self.root, self.folder)
        self._timeline = self.reader.timeline()
        self.sequence, self.rate, self._tracks = self.reader.sequence, self.reader.rate, self.reader.tracks
        self.fixed = frozenset(
            id for id, track in self._tracks.items()
            if id.startswith("A") and (track.findtext("locked") == "TRUE" or len(self._pair(track)) != 2)
        )  # fmt: skip

    @classmethod
    def blank(cls, setting: Setting) -> bytes:
        """The content of a new file without timeline tracks."""
        root = ET.Element("xmeml", {"version": "4"})
        sequence = sub(root, "sequence", id="sequence-1")
        sub(sequence, "name", setting.name)
        sub(sequence, "duration", "0")
        add_rate(sequence, setting.rate)
        time = sub(sequence, "timecode")
        add_rate(time, setting.rate)
        start = RationalTime(setting.start, float(setting.rate))
        sub(time, "string", timecode(start, drop_frame=setting.drop_frame))
        sub(time, "frame", str(setting.start))
        sub(time, "displayformat", "DF" if setting.drop_frame else "NDF")
        media = sub(sequence, "media")
        for kind in ("video", "audio"):
            sub(media, kind)
        return dump(root, "xmeml")

    def timeline(self) -> otio.schema.Timeline:
        """A copy of the timeline as it was read."""
        return self._timeline.deepcopy()

    def add_track(self, track: NewTrack) -> None:
        """Add a track, or a stereo pair, after all others of its kind."""
        media: Any = self.sequence.find("media")
        sound = track.kind == AUDIO
        kind = media.find("audio" if sound else "video")
        if kind is None:
            kind = sub(media, "audio" if sound else "video")
        last = max((i for i, child in enumerate(kind) if child.tag == "track"), default=len(kind) - 1)
        self._tracks[track.id] = put_at(kind, last + 1, "track")
        if sound:
            second = put_at(kind, last + 2, "track")
            for index, one in enumerate((self._tracks[track.id], second)):
                one.attrib.update({INDEX: str(index), COUNT: "2", "premiereTrackType": "Stereo"})
                sub(one, "outputchannelindex", str(index + 1))

    def _pair(self, track: ET.Element) -> list[ET.Element]:
        """A track, and the second of its stereo pair where it is the first of one."""
        if (track.get(INDEX), track.get(COUNT)) != ("0", "2"):
            return [track]
        kind = next(k for k in self.sequence.iterfind("media/audio") if track in list(k))
        tracks = list(children(kind, "track"))
        after = tracks[tracks.index(track) + 1 :][:1]
        return [track, *(one for one in after if (one.get(INDEX), one.get(COUNT)) == ("1", "2"))]

    def add_clip(self, clip: NewClip) -> None:
        """Add a clipitem in its place by time, for each channel one, and the file that they read."""
        start, length = frames_of(clip.record)
        first = round(at_rate(seconds(clip.clip.source_range.start_time), self.rate).value)
        known = clip.clip.media_reference.available_range
        there = 0 if known is None else round(at_rate(seconds(known.duration), self.rate, "up").value)
        whole, sound = max(first + length, there), clip.timeline_track.startswith("A")
        items: list[ET.Element] = []
        for channel, track in enumerate(self._pair(self._tracks[clip.timeline_track]), 1):
            later = (
                i for i, e in enumerate(track) if e.tag in ITEMS and int(e.findtext("start") or 0) >= start + length
            )
            after = max((i + 1 for i, e in enumerate(track) if e.tag in (*ITEMS, "transitionitem")), default=0)
            item = put_at(track, next(later, after), "clipitem", id=self._free_id("clipitem"))
            sub(item, "name", clip.clip.name)
            sub(item, "duration", str(whole))
            add_rate(item, self.rate)
            for tag, value in (("start", start), ("end", start + length), ("in", first), ("out", first + length)):
                sub(item, tag, str(value))
            if items:
                sub(item, "file", id=next(children(items[0], "file")).get("id", ""))
            else:
                self._file(item, clip.clip, whole, sound)
            if sound:
                item.set("premiereChannelType", "stereo")
                source = sub(item, "sourcetrack")
                sub(source, "mediatype", "audio")
                sub(source, "trackindex", str(channel))
            items.append(item)
        self._link(items)
        for marker in clip.clip.markers:
            self._marker(items[0], marker)
        for prefix, value in ((CUE, facts(clip.clip).get("cue")), (CAPTION, facts(clip.clip).get("caption"))):
            if value:
                add_note(items[0], prefix, value if isinstance(value, str) else json.dumps(value))
        duration = self.sequence.find("duration")
        if duration is not None and int(duration.text or 0) < start + length:
            duration.text = str(start + length)
        self.reader.items[str(facts(clip.clip).get("id"))] = items[0]

    def _link(self, items: list[ET.Element]) -> None:
        """Let the clips of both channels be one clip for the editor."""
        tracks = list(self.sequence.iterfind("media/audio/track"))
        for item in items if len(items) > 1 else []:
            for other in items:
                number, track = next((n, t) for n, t in enumerate(tracks, 1) if other in list(t))
                link = sub(item, "link")
                place = 1 + list(children(track, *ITEMS)).index(other)
                found = {"linkclipref": other.get("id", ""), "mediatype": "audio", "trackindex": str(number)}
                for tag, text in (found | {"clipindex": str(place)}).items():
                    sub(link, tag, text)

    def _file(self, item: ET.Element, clip: otio.schema.Clip, length: int, sound: bool) -> None:
        path = media_path(clip)
        file = sub(item, "file", id=self._free_id("file"))
        sub(file, "name", path.name if path is not None else clip.name)
        sub(file, "pathurl", to_url(path) if path is not None else str(getattr(clip.media_reference, "target_url", "")))
        add_rate(file, self.rate)
        sub(file, "duration", str(length))
        media = sub(file, "media")
        if not sound:
            sub(media, "video")
        sub(sub(media, "audio"), "channelcount", "2")

    def _free_id(self, word: str) -> str:
        taken = {e.get("id") for e in self.root.iter()}
        return next(name for i in range(1, len(taken) + 2) if (name := f"{word}-{i}") not in taken)

    def add_marker(self, marker: otio.schema.Marker) -> None:
        """Add a marker to the sequence."""
        self._marker(self.sequence, marker)

    def _marker(self, parent: ET.Element, marker: otio.schema.Marker) -> None:
        first, length = (round(at_rate(seconds(t), self.rate).value)
                         for t in (marker.marked_range.start_time, marker.marked_range.duration))  # fmt: skip
        made = sub(parent, "marker")
        sub(made, "name", marker.name)
        sub(made, "comment", "")
        sub(made, "in", str(first))
        sub(made, "out", str(first + length) if length else "-1")

    def caption(self, clip: str, caption: str) -> None:
        """Keep a caption in one of the clip's comments."""
        add_note(self.reader.items[clip], CAPTION, caption)

    def dump(self, folder: Path) -> bytes:
        """The file's content; in another folder, media URLs are absolute."""
        if folder.absolute() != self.folder:
            for url in self.root.iter("pathurl"):
                path = to_path(url.text or "")
                if url.text and path is not None and not path.is_absolute():
                    url.text = to_url(self.folder / path)
        return dump(self.root, "xmeml")
