"""An OpenTimelineIO timeline of an MLT document, Kdenlive's included: `MltReader`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any
from xml.etree import ElementTree as ET

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.files.document import Ids
from host_bridge.files.mlt_media import media as media_of
from host_bridge.files.mlt_media import proxy
from host_bridge.files.mlt_times import frames
from host_bridge.files.mlt_xml import PRODUCERS, Mlt, prop
from host_bridge.files.xmldoc import children
from host_bridge.timeline import AUDIO, VIDEO, facts, make_clip, make_timeline

MAX_DEPTH, MAX_CLIPS = 12, 100_000


class MltReader:
    """Read a document once.

    Attributes
    ----------
    entries : dict of str to Element
        The playlist entry of each clip, by its id.
    tracks : dict of str to Element
        The playlist or tractor of each timeline track, by its id.
    """

    def __init__(self, mlt: Mlt, kdenlive: bool) -> None:
        self.mlt, self.kdenlive = mlt, kdenlive
        self.entries: dict[str, ET.Element] = {}
        self.tracks: dict[str, ET.Element] = {}
        self._ids = Ids()
        self._rate = float(mlt.rate)

    def timeline(self) -> otio.schema.Timeline:
        """Make the timeline; video tracks lowest first, then audio tracks."""
        main, mlt = self.mlt.main, self.mlt
        if mlt.clips(main) > MAX_CLIPS:
            raise ValueError(f"it has more than {MAX_CLIPS} clips")
        found = [(VIDEO, main, main)] if main.tag == "playlist" else list(self._top_tracks(main))
        video = [item for item in found if item[0] == VIDEO]
        audio = [item for item in found if item[0] == AUDIO]
        # Kdenlive's first audio track is the one nearest to the video tracks, which lie above.
        audio = audio[::-1] if self.kdenlive else audio
        tracks: list[otio.schema.Track] = []
        for kind, service, _ in video + audio:
            tracks += self._track(kind, service)
        start = frames(prop(main, "cuefinder:start"), mlt.rate)
        return make_timeline(
            prop(main, "kdenlive:clipname") or mlt.root.get("title") or "", tracks, rate=mlt.rate,
            start=None if start is None else RationalTime(start, self._rate),
            drop_frame=prop(main, "cuefinder:drop_frame") == "1", markers=self._guides(main),
        )  # fmt: skip

    def _top_tracks(self, tractor: ET.Element) -> Iterator[tuple[str, ET.Element, ET.Element]]:
        for reference in self.mlt.tracks(tractor):
            service = self.mlt.service(reference)
            if self.mlt.is_background(service):
                continue
            sound = "1" in (prop(service, "kdenlive:audio_track"), prop(service, "shotcut:audio"))
            yield (AUDIO if sound or reference.get("hide") == "video" else VIDEO), service, reference

    def _track(self, kind: str, service: ET.Element) -> list[otio.schema.Track]:
        id = self._ids.track(kind)
        self.tracks[id] = service
        name = prop(service, "kdenlive:track_name") or prop(service, "shotcut:name") or id
        lists = playlists(self.mlt, service)
        # The second playlist of Kdenlive's tracks is empty but where clips of one track overlap in a mix.
        lists = [one for i, one in enumerate(lists) if i == 0 or list(children(one, "entry"))]
        made = []
        counter = [0]
        for lane, playlist in enumerate(lists):
            track = otio.schema.Track(name=name, kind=kind)
            facts(track).update({"id": id} | ({"lane": lane} if lane else {}))
            track.extend(self._items(playlist, id, counter, 0))
            made.append(track)
        return made

    def _items(self, service: ET.Element, id: str, counter: list[int], depth: int) -> list[Any]:
        """What a playlist has; a producer or tractor that is a track itself is its only item."""
        if depth > MAX_DEPTH:
            raise ValueError("its timelines are nested too deeply, or one has itself inside")
        mlt, items = self.mlt, []
        if service.tag != "playlist":
            whole = ET.Element("entry", {"producer": service.get("id", "")})
            return [self._item(whole, service, id, counter, depth)]
        for child in children(service, "entry", "blank"):
            if child.tag == "blank":
                if length := mlt.step(child):
                    items.append(otio.schema.Gap(duration=RationalTime(length, self._rate)))
                continue
            inside = mlt.service(child)
            times = mlt.step(child) // mlt.bounds(child, inside)[1]
            items += [self._item(child, inside, id, counter, depth) for _ in range(times)]
        return items

    def _item(self, entry: ET.Element, service: ET.Element, id: str, counter: list[int], depth: int) -> Any:
        mlt = self.mlt
        start, length = mlt.bounds(entry, service)
        source = TimeRange(RationalTime(start, self._rate), RationalTime(length, self._rate))
        if service.tag in PRODUCERS:
            return self._clip(entry, service, source, id, counter)
        stack = otio.schema.Stack(name=prop(service, "kdenlive:clipname") or service.get("id", ""), source_range=source)
        rows = [self._items(service, id, counter, depth + 1)] if service.tag == "playlist" else []
        for reference in mlt.tracks(service):
            part = mlt.service(reference)
            if part.tag in PRODUCERS and not mlt.is_background(part):  # as in Shotcut's transitions, with in and out
                rows.append([self._item(reference, part, id, counter, depth)])
            elif not mlt.is_background(part):
                rows += [self._items(playlist, id, counter, depth + 1) for playlist in playlists(mlt, part)]
        for row in rows:
            stack.append(otio.schema.Track(kind=VIDEO, children=row))
        return stack

    def _clip(
        self, entry: ET.Element, producer: ET.Element, source: TimeRange, id: str, counter: list[int]
    ) -> otio.schema.Clip:
        counter[0] += 1
        mlt, media = self.mlt, media_of(self.mlt, producer)
        length = mlt.known_length(producer)
        available = None
        if length is not None:
            available = TimeRange(RationalTime(0, self._rate), RationalTime(length, self._rate))
        cue = json_of(prop(entry, "cuefinder:cue"), dict)
        name = prop(entry, "cuefinder:name") or prop(producer, "kdenlive:clipname") or prop(producer, "shotcut:caption")
        name = name or PurePath(media or prop(producer, "resource") or "").name
        known = f"cue-{cue['key']}" if cue.get("key") else None
        made = make_clip(
            name, media, source, available=available, id=self._ids.clip(id, counter[0], known),
            caption=prop(entry, "cuefinder:caption"), cue=cue or None, proxy=proxy(mlt, producer),
        )  # fmt: skip
        self.entries[str(facts(made)["id"])] = entry
        for marker in json_of(prop(producer, "kdenlive:markers"), list):
            if (found := self._marker(marker)) is not None and source.contains(found.marked_range.start_time):
                made.markers.append(found)
        return made

    def _guides(self, main: ET.Element) -> list[otio.schema.Marker]:
        text = prop(main, "kdenlive:sequenceproperties.guides")
        if text is None and (bin := self.mlt.services.get("main_bin")) is not None:
            text = prop(bin, "kdenlive:docproperties.guides")
        return [m for guide in json_of(text, list) if (m := self._marker(guide)) is not None] + self._shotcut(main)

    def _marker(self, found: object) -> otio.schema.Marker | None:
        if not isinstance(found, dict) or not isinstance(found.get("pos"), int):
            return None
        span = found.get("duration")
        span = span if isinstance(span, int) and span > 1 else 0
        start = RationalTime(found["pos"], self._rate)
        return otio.schema.Marker(name=str(found.get("comment", "")),
                                  marked_range=TimeRange(start, RationalTime(span, self._rate)))  # fmt: skip

    def _shotcut(self, main: ET.Element) -> list[otio.schema.Marker]:
        made = []
        for group in children(main, "properties"):
            if group.get("name") == "shotcut:markers":
                for one in children(group, "properties"):
                    start = frames(prop(one, "start"), self.mlt.rate) or 0
                    end = frames(prop(one, "end"), self.mlt.rate) or start
                    made.append(otio.schema.Marker(name=prop(one, "text") or "", marked_range=TimeRange(
                        RationalTime(start, self._rate), RationalTime(max(end - start, 0), self._rate))))  # fmt: skip
        return made


def playlists(mlt: Mlt, service: ET.Element) -> list[ET.Element]:
    """The playlists of a timeline track: those of the tractor that Kdenlive wraps around two, else itself."""
    if service.tag == "tractor":
        inner = [mlt.service(track) for track in mlt.tracks(service)]
        if inner and len(inner) <= 2 and all(one.tag == "playlist" for one in inner):
            return inner
    return [service]


def json_of(text: str | None, kind: type) -> Any:
    """JSON that an editor keeps in a property; an empty one of its kind where it is damaged: it is not the timeline."""
    try:
        found = json.loads(text or "")
    except (ValueError, RecursionError):
        return kind()
    return found if isinstance(found, kind) else kind()
