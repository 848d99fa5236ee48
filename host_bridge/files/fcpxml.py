"""Final Cut Pro's XML: `FcpxmlDocument`. Cues are connected clips in a lane of their own below the storyline."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import opentimelineio as otio

from host_bridge.files.document import Document, Setting, Volume, frames_of
from host_bridge.files.editing import fades_of
from host_bridge.files.edits import NewClip, NewTrack
from host_bridge.files.fcpxml_parts import AFTER_CLIPS, AFTER_MARKERS, MARKER_NOTE, before, set_md
from host_bridge.files.fcpxml_read import FcpxmlReader
from host_bridge.files.fcpxml_times import exactly, time_of, written
from host_bridge.files.xmldoc import children, clean, dump, parse, put_at, sub
from host_bridge.timeline import VIDEO, facts, media_path, to_path, to_url
from host_bridge.times import at_rate, end_of, seconds


class FcpxmlDocument(Document):
    """A .fcpxml file."""

    def __init__(self, data: bytes, path: Path, rate: Fraction | None = None) -> None:
        self.root = parse(data, "fcpxml")
        self.folder = path.parent.absolute()
        self.reader = FcpxmlReader(self.root, self.folder)
        self._timeline = self.reader.timeline()
        self.rate = self.reader.rate

    @classmethod
    def blank(cls, setting: Setting) -> bytes:
        """The content of a new file with an empty storyline."""
        root = ET.Element("fcpxml", {"version": "1.9"})
        resources = sub(root, "resources")
        sub(resources, "format", id="r1", frameDuration=written(1, setting.rate), width="1920", height="1080")
        project = sub(sub(sub(root, "library"), "event", name="Cuefinder"), "project", name=setting.name)
        start = written(setting.start, setting.rate)
        sequence = sub(project, "sequence", format="r1", duration="0s", tcStart=start,
                       tcFormat="DF" if setting.drop_frame else "NDF",
                       audioLayout="stereo", audioRate="48k")  # fmt: skip
        sub(sequence, "spine")
        return dump(root, "fcpxml")

    def timeline(self) -> otio.schema.Timeline:
        """A copy of the timeline as it was read."""
        return self._timeline.deepcopy()

    def add_track(self, track: NewTrack) -> None:
        """A lane is there as soon as a clip is in it: video upwards from the storyline, audio downwards."""
        lanes = self.reader.lanes
        if track.kind == VIDEO:
            lanes[track.id] = max([lane + 1 for lane in lanes.values()] + [0])
        else:
            lanes[track.id] = min([*lanes.values(), 0]) - 1

    def add_clip(self, clip: NewClip) -> None:
        """Connect a clip to what lies at its start in the storyline, or append it to an empty place there."""
        start, length = frames_of(clip.record)
        lane = self.reader.lanes[clip.timeline_track]
        asset = self._asset(clip.clip, clip.timeline_track.startswith("V"))
        first = round(at_rate(seconds(clip.clip.source_range.start_time), self.rate).value)
        found = {"ref": asset.get("id", ""), "name": clean(clip.clip.name), "start": written(first, self.rate),
                 "duration": written(length, self.rate)}  # fmt: skip
        if asset.get("hasVideo") != "1":
            found["audioRole"] = "music"
        if lane == 0:
            self._fill_to(start)
            made = sub(self.reader.spine, "asset-clip", offset=written(start + self._zero, self.rate), **found)
            self._tell(made, start, length)
        else:
            self._fill_to(start + length)
            parent, begin = self._under(start)
            offset = time_of(parent.get("start"), self.reader.asset_start(parent)) + Fraction(start) / self.rate - begin
            made = put_at(parent, before(parent, AFTER_CLIPS), "asset-clip", lane=str(lane),
                       offset=exactly(offset, self.rate), **found)  # fmt: skip
        self._effects(made, clip.clip)
        for marker in clip.clip.markers:
            self._marker(made, marker, seconds(marker.marked_range.start_time))
        for key in ("cue", "caption"):
            value = facts(clip.clip).get(key)
            if value:
                set_md(made, key, value if isinstance(value, str) else json.dumps(dict(value)))
        self.reader.elements[str(facts(clip.clip).get("id"))] = made

    @property
    def _zero(self) -> int:
        return int(at_rate(self.reader.start, self.rate).value)

    def _end(self) -> int:
        return int(at_rate(self.reader.story[-1][2], self.rate).value) if self.reader.story else 0

    def _fill_to(self, end: int) -> None:
        """Append a gap to the storyline, so that it reaches a frame."""
        here = self._end()
        if end > here:
            made = sub(self.reader.spine, "gap", name="Gap", offset=written(here + self._zero, self.rate), start="0s",
                       duration=written(end - here, self.rate))  # fmt: skip
            self._tell(made, here, end - here)

    def _tell(self, element: ET.Element, start: int, length: int) -> None:
        begin, end = Fraction(start) / self.rate, Fraction(start + length) / self.rate
        self.reader.story.append((element, begin, end))
        if time_of(self.reader.sequence.get("duration")) < end:
            self.reader.sequence.set("duration", written(start + length, self.rate))

    def _under(self, start: int) -> tuple[ET.Element, Fraction]:
        """The storyline's item at a frame, and its begin in seconds."""
        at = Fraction(start) / self.rate
        found = next(((e, begin) for e, begin, end in self.reader.story if begin <= at < end), None)
        if found is None:
            raise ValueError("its storyline has nothing that a clip could be connected to")
        return found

    def _asset(self, clip: otio.schema.Clip, video: bool) -> ET.Element:
        resources = next(children(self.root, "resources"))
        path, known = media_path(clip), clip.media_reference.available_range
        url = to_url(path) if path is not None else str(getattr(clip.media_reference, "target_url", ""))
        source = clip.source_range
        start, end = seconds(source.start_time), seconds(source.start_time) + seconds(source.duration)
        first, last = Fraction(0), end
        if known is not None:
            first, last = min(seconds(known.start_time), start), max(end_of(known), end)
        length = at_rate(last - first, self.rate, "up").value
        taken = {e.get("id") for e in self.root.iter()}
        id = next(name for i in range(1, len(taken) + 2) if (name := f"r{i}") not in taken)
        found = {"id": id, "name": clean(clip.name), "start": exactly(first, self.rate),
                 "duration": written(length, self.rate), "hasAudio": "1"}  # fmt: skip
        if video:
            found |= {"hasVideo": "1", "format": self.reader.sequence.get("format", "")}
        else:
            found |= {"audioSources": "1", "audioChannels": "2"}
        if self._version() >= (1, 9):
            made = sub(resources, "asset", **found)
            sub(made, "media-rep", kind="original-media", src=url)
        else:
            made = sub(resources, "asset", src=url, **found)
        self.reader.resources[id] = made
        return made

    def _version(self) -> tuple[int, ...]:
        try:
            return tuple(int(part) for part in self.root.get("version", "1.9").split("."))
        except ValueError:
            return (1, 9)

    def _effects(self, element: ET.Element, clip: otio.schema.Clip) -> None:
        gain = float((facts(clip).get("cue") or {}).get("gain_db", 0.0))
        fades = fades_of(clip, self.rate)
        if not gain and not any(fades):
            return
        volume = put_at(element, 0, "adjust-volume", amount=f"{gain:g}dB")
        if any(fades):
            param = sub(volume, "param", name="amount")
            for tag, length in zip(("fadeIn", "fadeOut"), fades, strict=True):
                if length:
                    sub(param, tag, type="linear", duration=written(length, self.rate))

    def add_marker(self, marker: otio.schema.Marker) -> None:
        """Add a marker to what lies there in the storyline, with a note that it belongs to the timeline."""
        start, _ = frames_of(marker.marked_range)
        self._fill_to(start + 1)
        parent, begin = self._under(start)
        local = time_of(parent.get("start"), self.reader.asset_start(parent)) + Fraction(start) / self.rate - begin
        self._marker(parent, marker, local).set("note", MARKER_NOTE)

    def _marker(self, parent: ET.Element, marker: otio.schema.Marker, at: Fraction) -> ET.Element:
        length = max(round(at_rate(seconds(marker.marked_range.duration), self.rate).value), 1)
        return put_at(parent, before(parent, AFTER_MARKERS), "marker", start=exactly(at, self.rate),
                      duration=written(length, self.rate), value=clean(marker.name))  # fmt: skip

    def caption(self, clip: str, caption: str) -> None:
        """Keep a caption in the clip's metadata."""
        set_md(self.reader.elements[clip], "caption", caption)

    def volume(self, clip: str) -> Volume:
        """Gain and fades by the clip's volume adjustment."""
        found = self.reader.elements[clip].find("adjust-volume")
        if found is None:
            return Volume()
        ends = [found.find(f"param/{tag}") for tag in ("fadeIn", "fadeOut")]
        fades = [0 if one is None else int(at_rate(time_of(one.get("duration")), self.rate).value) for one in ends]
        return Volume(float(found.get("amount", "0").removesuffix("dB") or 0), *fades)

    def dump(self, folder: Path) -> bytes:
        """The file's content; in another folder, media URLs are absolute."""
        if folder.absolute() != self.folder:
            for element in self.root.iter():
                path = to_path(element.get("src", "")) if element.tag in ("asset", "media-rep") else None
                if path is not None and element.get("src") and not path.is_absolute():
                    element.set("src", to_url(self.folder / path))
        return dump(self.root, "fcpxml")
