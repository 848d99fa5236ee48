"""Edit decision lists (CMX 3600), read by otio-cmx3600: `EdlDocument`. New events are added after the last one.

An EDL does not say its frame rate. Drop frame timecode says 29.97 or 59.94; else the highest frame number tells the
lowest of 24, 25, 30 and 60 that can be, and the caller may know better.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
from opentimelineio.opentime import RationalTime

from host_bridge.files.document import Document, Ids, Setting, json_object, make_absolute
from host_bridge.files.edits import NewClip, NewTrack
from host_bridge.files.edl_text import EVENT, TIME, add_event
from host_bridge.timeline import VIDEO, facts, make_timeline, media_path
from host_bridge.times import at_rate, seconds, timecode

CUE, START = "CUEFINDER CUE:", "CUEFINDER START:"
HEAD = re.compile(rf"^\* {START} ([\d:;]+)\n", re.MULTILINE)
READS_AS_TIME = (24, 25, 30, 60)


class EdlDocument(Document):
    """An edit decision list."""

    def __init__(self, data: bytes, path: Path, rate: Fraction | None = None) -> None:
        self.folder = path.parent.absolute()
        self.text = _decode(data)
        times = TIME.findall(self.text)
        if not EVENT.search(self.text) and not self.text.lstrip().startswith("TITLE:"):
            raise ValueError("it is no edit decision list: it has no title and no event")
        self.drop_frame = any(time[3] == ";" for time in times)
        self.guessed = rate is None
        self.rate = rate or _guess(times, self.drop_frame)
        self.start, self._timeline = self._read()

    @classmethod
    def blank(cls, setting: Setting) -> bytes:
        """The content of a new list without events; a comment says where the timeline starts until there are some."""
        name = " ".join(setting.name.split())
        start = timecode(RationalTime(setting.start, float(setting.rate)), drop_frame=setting.drop_frame)
        return f"TITLE: {name}\nFCM: {'' if setting.drop_frame else 'NON-'}DROP FRAME\n* {START} {start}\n".encode()

    def _read(self) -> tuple[RationalTime | None, otio.schema.Timeline]:
        said = HEAD.search(self.text)
        text = HEAD.sub("", self.text)  # the adapter takes no comment before the first event
        found: Any = otio.schema.Timeline()
        if EVENT.search(text):
            found = otio.adapters.read_from_string(text, "cmx_3600", rate=float(self.rate))
        if not isinstance(found, otio.schema.Timeline):
            raise ValueError("it has several lists in it; save the one that is meant in a file of its own")
        tracks = [(track, _first(track)) for track in found.tracks if len(track)]
        start = min((first for _, first in tracks), key=seconds, default=None)
        if said is not None:
            told = otio.opentime.from_timecode(said[1], float(self.rate))
            start = told if start is None or seconds(told) < seconds(start) else start
        ids = Ids()
        made = []
        # Video first, as OpenTimelineIO has it; the adapter gives timeline tracks by their first events.
        for track, first in sorted(tracks, key=lambda pair: (pair[0].kind != VIDEO, pair[0].name)):
            other = otio.schema.Track(name=track.name, kind=track.kind)
            facts(other)["id"] = track.name
            # The adapter lets each timeline track begin with its first event: the way there from the start is put back.
            if start is not None and seconds(first) > seconds(start):
                other.append(otio.schema.Gap(duration=at_rate(seconds(first) - seconds(start), self.rate)))
            count = 0
            for item in [child.deepcopy() for child in track]:
                if isinstance(item, otio.schema.Clip):
                    count += 1
                    self._describe(item, track.name, count, ids)
                other.append(item)
            made.append(other)
        timeline = make_timeline(found.name, made, rate=self.rate, start=start, drop_frame=self.drop_frame)
        if self.guessed and not self.drop_frame:
            facts(timeline)["rate_guessed"] = True
        return start, timeline

    def _describe(self, clip: otio.schema.Clip, track: str, count: int, ids: Ids) -> None:
        theirs = clip.metadata.get("cmx_3600", {})
        if clip.name.isdigit():  # the adapter's name for a clip without one: its number, which may become another
            clip.name = str(theirs.get("reel") or "AX")
        comments = list(theirs.get("comments", []))
        cue = next((c.partition(CUE)[2] for c in comments if CUE in c), None)
        known = json_object(cue)
        facts(clip)["id"] = ids.clip(track, count, f"cue-{known['key']}" if known.get("key") else None)
        if known:
            facts(clip)["cue"] = known
        make_absolute(clip, self.folder)

    def timeline(self) -> otio.schema.Timeline:
        """A copy of the timeline as it was read."""
        return self._timeline.deepcopy()

    def add_track(self, track: NewTrack) -> None:
        """A timeline track of a list is there as soon as an event is on it."""

    def add_clip(self, clip: NewClip) -> None:
        """Add an event, with the cue's facts in a comment."""
        first = at_rate(seconds(clip.clip.source_range.start_time), self.rate)
        length, at = clip.record.duration, clip.record.start_time
        channel = {"V1": "V", "A1": "A"}.get(clip.timeline_track, clip.timeline_track)
        if re.search(rf"^\d+\s+\S+\s+{re.escape(clip.timeline_track)}\s", self.text, re.MULTILINE):
            channel = clip.timeline_track
        times = [self._code(first, None), self._code(first + length, None),
                 self._code(at, self.start), self._code(at + length, self.start)]  # fmt: skip
        name = " ".join(clip.clip.name.split())
        lines = [f"001  AX       {channel:<5} C        {' '.join(times)}", f"* FROM CLIP NAME: {name}"]
        path = media_path(clip.clip)
        if path is not None:
            lines.append(f"* FROM FILE: {_one_line(path)}")
        cue = facts(clip.clip).get("cue")
        if cue:
            lines.append(f"* {CUE} {json.dumps(cue)}")
        self.text = add_event(self.text, lines, channel, times[2])

    def _code(self, time: RationalTime, start: RationalTime | None) -> str:
        return timecode(time, start=start, drop_frame=self.drop_frame)

    def dump(self, folder: Path) -> bytes:
        """The list as UTF-8."""
        return self.text.encode("utf-8")


def _one_line(path: Path) -> str:
    text = str(path)
    if "\n" in text or "\r" in text or text != text.encode("utf-8", "replace").decode():
        raise ValueError(f"the name {text!a} cannot be in an edit decision list; rename the file")
    return text


def _first(track: otio.schema.Track) -> RationalTime:
    """Record timecode of a timeline track's first event, which the adapter keeps as a negative start, or as none."""
    start = track.trimmed_range().start_time
    return RationalTime(abs(start.value), start.rate)


def _guess(times: list[tuple[str, ...]], drop_frame: bool) -> Fraction:
    highest = max((int(time[4]) for time in times), default=0)
    if drop_frame:
        return Fraction(60000 if highest > 29 else 30000, 1001)
    return Fraction(next((rate for rate in READS_AS_TIME if highest < rate), 100))


def _decode(data: bytes) -> str:
    for encoding in ("utf-8-sig", "latin-1"):
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise ValueError("it is no text")
