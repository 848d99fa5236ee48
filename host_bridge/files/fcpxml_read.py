"""An OpenTimelineIO timeline of Final Cut Pro's XML: `FcpxmlReader`.

otio-fcpx-xml 1.0.0 is not used: it turns the order of timeline tracks round, moves markers, cannot write 29.97.
Final Cut has no timeline tracks but a primary storyline and clips connected to it in lanes; each lane is read as one.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import opentimelineio as otio
from opentimelineio.opentime import TimeRange

from host_bridge.files.document import Ids, json_object
from host_bridge.files.fcpxml_parts import CLIPS, MARKER_NOTE, STORY, active, inside, md
from host_bridge.files.fcpxml_times import named_rate, time_of
from host_bridge.files.xmldoc import children
from host_bridge.timeline import AUDIO, VIDEO, facts, make_clip, make_timeline, make_tracks, to_path, to_url
from host_bridge.times import at_rate, exact_rate, make_range


class FcpxmlReader:
    """Read a document once.

    Attributes
    ----------
    sequence, spine : Element
    rate : Fraction
    story : list of (Element, Fraction, Fraction)
        The primary storyline's items with begin and end in seconds from the first frame.
    elements : dict of str to Element
        The element of each clip, by id.
    lanes : dict of str to int
        The lane of each timeline track, by id.
    """

    def __init__(self, root: ET.Element, folder: Path) -> None:
        self.root, self.folder = root, folder
        self.resources = {e.get("id", ""): e for block in children(root, "resources") for e in block if e.get("id")}
        found = list(root.iterfind(".//project/sequence"))
        if len(found) != 1:
            raise ValueError(f"it has {len(found)} projects; export the one that is meant" if found else
                             "it has no project in it; select the project in Final Cut and export it")  # fmt: skip
        self.sequence = found[0]
        spine = self.sequence.find("spine")
        if spine is None:
            raise ValueError("its sequence has no spine")
        self.spine = spine
        self.rate = self._rate(self.sequence.get("format"))
        self.start = time_of(self.sequence.get("tcStart"))
        self.story: list[tuple[ET.Element, Fraction, Fraction]] = []
        self.elements: dict[str, ET.Element] = {}
        self.lanes: dict[str, int] = {}
        self._markers: list[otio.schema.Marker] = []
        self._rows: dict[tuple[str, int], list[tuple[otio.schema.Clip, Any, ET.Element]]] = defaultdict(list)

    def timeline(self) -> otio.schema.Timeline:
        """Make the timeline: video by lane, lowest first, then audio from the storyline outwards."""
        self._storyline(self.spine, Fraction(0), 0, primary=True)
        ids, tracks = Ids(), []
        order = sorted(self._rows, key=lambda row: (row[0] != VIDEO, row[1] if row[0] == VIDEO else -row[1]))
        for kind, lane in order:
            id = ids.track(kind)
            self.lanes[id] = lane
            row = sorted(self._rows[kind, lane], key=lambda item: item[1])
            for count, (clip, _, element) in enumerate(row, 1):
                cue = facts(clip).get("cue") or {}
                facts(clip)["id"] = ids.clip(id, count, f"cue-{cue['key']}" if cue.get("key") else None)
                self.elements[facts(clip)["id"]] = element
            tracks += make_tracks(id, kind, [(clip, at_rate(at, self.rate)) for clip, at, _ in row], id=id)
        project = next(p for p in self.root.iter("project") if self.sequence in list(p))
        return make_timeline(
            project.get("name", ""), tracks, rate=self.rate, start=at_rate(self.start, self.rate),
            drop_frame=self.sequence.get("tcFormat") == "DF", markers=self._markers,
        )  # fmt: skip

    def _rate(self, format: str | None) -> Fraction:
        found = self.resources.get(format or "")
        if found is None:
            raise ValueError("its sequence has no format")
        named = named_rate(found.get("name", ""))
        if found.get("frameDuration") is None and named is not None:
            return named
        length = time_of(found.get("frameDuration"))
        if not Fraction(1, 1000) <= length <= 1:
            raise ValueError("its sequence's format has no good frame duration")
        return exact_rate(1 / length)

    def _storyline(self, spine: ET.Element, at: Fraction, lane: int, primary: bool = False, depth: int = 0) -> None:
        for element in children(spine, *STORY):
            shown = active(element)
            length = time_of(shown.get("duration"), self._length_of(shown))
            if primary:
                self.story.append((shown, at, at + length))
            self._item(shown, at, length, lane, depth)
            at += length

    def _item(self, element: ET.Element, at: Fraction, length: Fraction, lane: int, depth: int) -> None:
        """An item and all that is connected to it."""
        if depth > 20:
            raise ValueError("its clips are connected too deeply")
        start = time_of(element.get("start"), self.asset_start(element))
        if element.tag in CLIPS and length > 0:
            self._clip(element, at, start, length, lane)
        self._timeline_markers(element, at, start)
        for child in children(element, *STORY):
            if child.get("lane") is None:
                continue
            there = at + time_of(child.get("offset")) - start
            deeper = int(child.get("lane", "0"))
            if abs(deeper) > 10_000:
                raise ValueError("a lane is beyond all reason")
            if child.tag == "spine":
                self._storyline(child, there, lane + deeper, depth=depth + 1)
            else:
                shown = active(child)
                self._item(
                    shown, there, time_of(shown.get("duration"), self._length_of(shown)), lane + deeper, depth + 1
                )

    def _clip(self, element: ET.Element, at: Fraction, start: Fraction, length: Fraction, lane: int) -> None:
        asset = self._asset(element)
        media, available = self._media(asset)
        cue = json_object(md(element, "cue"))
        source = TimeRange(at_rate(start, self.rate), make_range(at, length, self.rate).duration)
        clip = make_clip(
            element.get("name") or (asset.get("name") if asset is not None else None) or "", media, source,
            available=available, caption=md(element, "caption"), cue=cue or None,
        )  # fmt: skip
        for marker in children(element, "marker", "chapter-marker"):
            if marker.get("note") != MARKER_NOTE:
                clip.markers.append(self._marker(marker, time_of(marker.get("start"))))
        sound = element.tag == "audio" or element.get("srcEnable") == "audio" or (
            asset is not None and asset.get("hasVideo") != "1" and asset.get("hasAudio") == "1")  # fmt: skip
        # A clip that begins before the timeline's first frame cannot be; only a damaged file has one.
        if at < 0:
            raise ValueError("a clip lies before the first frame")
        self._rows[AUDIO if sound else VIDEO, lane].append((clip, at, element))

    def _timeline_markers(self, element: ET.Element, at: Fraction, start: Fraction) -> None:
        for marker in children(element, "marker"):
            if marker.get("note") == MARKER_NOTE:
                self._markers.append(self._marker(marker, at + time_of(marker.get("start")) - start))

    def _marker(self, element: ET.Element, at: Fraction) -> otio.schema.Marker:
        span = make_range(at, time_of(element.get("duration")), self.rate)
        return otio.schema.Marker(name=element.get("value", ""), marked_range=span)

    def _asset(self, element: ET.Element) -> ET.Element | None:
        for found in inside(element):
            asset = self.resources.get(found.get("ref", ""))
            if asset is not None and asset.tag == "asset":
                return asset
        return None

    def asset_start(self, element: ET.Element) -> Fraction:
        """Where an item's own time begins if it does not say so: at its media's start."""
        asset = self.resources.get(element.get("ref", "")) if element.tag == "asset-clip" else None
        return time_of(asset.get("start")) if asset is not None else Fraction(0)

    def _length_of(self, element: ET.Element) -> Fraction:
        asset = self._asset(element)
        return time_of(asset.get("duration")) if asset is not None else Fraction(0)

    def _media(self, asset: ET.Element | None) -> tuple[str | None, TimeRange | None]:
        if asset is None:
            return None, None
        represented = next(children(asset, "media-rep"), None)
        url = asset.get("src") or (represented.get("src") if represented is not None else None)
        length = time_of(asset.get("duration"))
        available = make_range(time_of(asset.get("start")), length, self.rate) if length > 0 else None
        if not url:
            return None, available
        path = to_path(url)
        return (url if path is None else to_url(path if path.is_absolute() else self.folder / path)), available
