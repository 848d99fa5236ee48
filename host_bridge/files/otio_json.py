"""OpenTimelineIO's own files: `OtioDocument`. They keep everything, our facts in their metadata included."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime

from host_bridge.files.document import Document, Ids, Setting, make_absolute
from host_bridge.files.edits import NewClip, NewTrack
from host_bridge.files.otio_check import check
from host_bridge.files.room import lay
from host_bridge.host import TrackEdit
from host_bridge.timeline import NAMESPACE, facts, make_timeline, rate_of, revision_of


class OtioDocument(Document):
    """A .otio file. Relative media URLs stay relative in it."""

    def __init__(self, data: bytes, path: Path, rate: Fraction | None = None) -> None:
        self.folder = path.parent.absolute()
        self._raw = _timeline_in(data)
        self._tracks: dict[str, otio.schema.Track] = {}
        self._clips: dict[str, otio.schema.Clip] = {}
        self._timeline = self._with_ids()

    @classmethod
    def blank(cls, setting: Setting) -> bytes:
        """The content of a new file without timeline tracks."""
        made = make_timeline(setting.name, [], rate=setting.rate, drop_frame=setting.drop_frame,
                             start=RationalTime(setting.start, float(setting.rate)))  # fmt: skip
        return str(otio.adapters.write_to_string(made, "otio_json")).encode()

    def _with_ids(self) -> otio.schema.Timeline:
        made = self._raw.deepcopy()
        rate = rate_of(made)
        facts(made).update({"rate": [rate.numerator, rate.denominator]})
        ids, used = Ids(), set()
        for raw, track in zip(self._raw.tracks, made.tracks, strict=True):
            if not isinstance(track, otio.schema.Track):
                raise ValueError("something lies beside its timeline tracks")
            id = ids.track(track.kind)
            said = str(facts(track).get("id") or "")
            id = said if said and said not in used else id
            used.add(id)
            facts(track)["id"] = id
            track.name = track.name or id
            self._tracks[id] = raw
            for count, (theirs, clip) in enumerate(zip(raw.find_clips(), track.find_clips(), strict=True), 1):
                cue = facts(clip).get("cue") or {}
                known = facts(clip).get("id") or (f"cue-{cue['key']}" if cue.get("key") else None)
                facts(clip)["id"] = ids.clip(id, count, known)
                self._clips[facts(clip)["id"]] = theirs
                make_absolute(clip, self.folder)
        facts(made).pop("host", None)
        facts(made)["revision"] = revision_of(made)
        return made

    def timeline(self) -> otio.schema.Timeline:
        """A copy of the timeline as it was read."""
        return self._timeline.deepcopy()

    def add_track(self, track: NewTrack) -> None:
        """Add a timeline track above all others."""
        made = otio.schema.Track(name=track.name, kind=track.kind)
        facts(made)["id"] = track.id
        self._raw.tracks.append(made)
        self._tracks[track.id] = made

    def add_clip(self, clip: NewClip) -> None:
        """Put a clip into free room."""
        made = clip.clip.deepcopy()
        lay(self._tracks[clip.timeline_track], made, clip.record)
        self._clips[str(facts(made).get("id"))] = made

    def add_marker(self, marker: otio.schema.Marker) -> None:
        """Add a marker to the timeline."""
        self._raw.tracks.markers.append(marker.deepcopy())

    def caption(self, clip: str, caption: str) -> None:
        """Keep a caption in the clip's metadata."""
        facts(self._clips[clip])["caption"] = caption

    def edit_track(self, edit: TrackEdit) -> None:
        """Rename or colour a timeline track."""
        track = self._tracks[edit.id]
        if edit.name is not None:
            track.name = edit.name
        if edit.colour is not None:
            facts(track)["colour"] = edit.colour

    def dump(self, folder: Path) -> bytes:
        """The file's content; in another folder, media URLs are absolute."""
        out = self._raw.deepcopy()
        if folder.absolute() != self.folder:
            for clip in out.find_clips():
                make_absolute(clip, self.folder)
        if NAMESPACE in out.metadata:
            facts(out).pop("revision", None)
        return str(otio.adapters.write_to_string(out, "otio_json")).encode("utf-8", "surrogatepass")


def _timeline_in(data: bytes) -> otio.schema.Timeline:
    """The only timeline in OTIO JSON."""
    parsed = json.loads(data.decode("utf-8-sig"))
    check(parsed)
    # What was checked is what is read: of a key that is there twice, OpenTimelineIO would take another value.
    found = otio.adapters.read_from_string(json.dumps(parsed), "otio_json")
    if isinstance(found, otio.schema.SerializableCollection):
        inside = [one for one in found if isinstance(one, otio.schema.Timeline)]
        if len(inside) > 1:
            raise ValueError(f"it has {len(inside)} timelines; save the one that is meant in a file of its own")
        found = inside[0] if inside else found
    if not isinstance(found, otio.schema.Timeline):
        raise ValueError("it has no timeline in it")
    return found
