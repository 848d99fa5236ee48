"""An OpenTimelineIO timeline of Final Cut Pro 7's XML, by otio-fcp, with what that leaves out: `XmemlReader`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import opentimelineio as otio

from host_bridge.files.document import Ids, json_object, make_absolute
from host_bridge.files.xmldoc import children, dump
from host_bridge.timeline import VIDEO, facts, make_timeline
from host_bridge.times import at_rate, exact_rate, seconds

ITEMS = ("clipitem", "generatoritem")
CAPTION, CUE = "Cuefinder caption: ", "Cuefinder cue: "
"""How our comments of a clip begin."""
INDEX, COUNT = "currentExplodedTrackIndex", "totalExplodedTrackCount"


class XmemlReader:
    """Read a document once.

    Attributes
    ----------
    sequence : Element
    rate : Fraction
    tracks, items : dict of str to Element
        By the ids of timeline tracks and clips; of a stereo pair's two tracks, the first.
    """

    def __init__(self, root: ET.Element, folder: Path) -> None:
        self.root, self.folder = root, folder
        sequences = list(root.iterfind("./sequence")) + list(root.iterfind(".//children/sequence"))
        if len(sequences) != 1:
            raise ValueError(f"it has {len(sequences)} sequences; export the one that is meant" if sequences else
                             "it has no sequence in it; select the sequence and export it")  # fmt: skip
        self.sequence = sequences[0]
        self.rate = _rate(self.sequence)
        self.tracks: dict[str, ET.Element] = {}
        self.items: dict[str, ET.Element] = {}

    def timeline(self) -> otio.schema.Timeline:
        """Make the timeline, video tracks first."""
        found: Any = otio.adapters.read_from_string(dump(self.root).decode(), "fcp_xml")
        ids, tracks = Ids(), []
        pairs = list(zip(found.tracks, self._first_tracks(), strict=True))
        for track, element in sorted(pairs, key=lambda pair: pair[0].kind != VIDEO):
            id = ids.track(track.kind)
            self.tracks[id] = element
            made = otio.schema.Track(name=track.name or id, kind=track.kind)
            facts(made)["id"] = id
            made.extend([child.deepcopy() for child in track])
            self._describe(made, id, list(children(element, *ITEMS)), ids)
            tracks.append(made)
        start = found.global_start_time
        return make_timeline(
            found.name, tracks, rate=self.rate, markers=[m.deepcopy() for m in found.tracks.markers],
            start=None if start is None else at_rate(seconds(start), self.rate),
            drop_frame=self.sequence.findtext("timecode/displayformat") == "DF",
        )  # fmt: skip

    def _first_tracks(self) -> list[ET.Element]:
        """The track elements that the adapter reads: of a stereo pair's two, only the first."""
        media = self.sequence.find("media")
        found = []
        for kind in media if media is not None else ():
            for track in children(kind, "track") if kind.tag in ("video", "audio") else ():
                second = track.get(INDEX, "0") != "0" and track.get(COUNT, "1") != "1"
                if kind.tag == "video" or not second:
                    found.append(track)
        return found

    def _describe(self, track: otio.schema.Track, id: str, elements: list[ET.Element], ids: Ids) -> None:
        items = [child for child in track if isinstance(child, (otio.schema.Clip, otio.schema.Stack))]
        count = 0
        for element, item in zip(elements, items, strict=True):
            notes = [str(note.text or "") for note in element.iterfind("comments/*")]
            cue = json_object(next((n.removeprefix(CUE) for n in notes if n.startswith(CUE)), None))
            caption = next((n.removeprefix(CAPTION) for n in notes if n.startswith(CAPTION)), None)
            for clip in [item] if isinstance(item, otio.schema.Clip) else list(item.find_clips()):
                ours, count = facts(clip), count + 1
                ours["id"] = ids.clip(id, count, f"cue-{cue['key']}" if cue.get("key") else None)
                self.items[ours["id"]] = element
                ours.update({key: value for key, value in (("cue", cue), ("caption", caption)) if value})
                make_absolute(clip, self.folder)


def _rate(element: ET.Element) -> Fraction:
    base = int(element.findtext("rate/timebase") or 0)
    if not 1 <= base <= 1000:
        raise ValueError("its sequence has no good timebase")
    ntsc = element.findtext("rate/ntsc", "").upper() == "TRUE"
    return exact_rate(Fraction(base * 1000, 1001) if ntsc else Fraction(base))
