"""Cuefinder in DaVinci Resolve: start it by Workspace > Scripts, or from outside with ``python cuefinder_resolve.py``.

It waits for Cuefinder's panel and goes on until Resolve quits or it is started again. From outside, Resolve Studio must
be running with Preferences > System > General > External scripting using: Local.
It has been tested against an imitation of Resolve's functions only. It has not met the real program yet.

It speaks the protocol of docs/host-protocol.md over a socket. One file, Python 3.7 and its standard library alone.

Resolve's functions say True where nothing was done, so whatever they are asked to do is looked at afterwards.
There is no undo for scripts, and no way to fade a clip or to set its level: those are not offered.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import secrets
import select
import socket
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROTOCOL = 1
HOST = "DaVinci Resolve"
CAPABILITIES = ["playhead", "seek", "insert_cue", "markers", "annotate", "rename_tracks", "watch"]
LONGEST = 16 * 2**20
LOOK, AGAIN, SHARE = 0.25, 2.0, 20  # seconds between looks and tries; looking for changes takes 1/SHARE of the time
REFUSED, STALE, PARTIAL = -32000, -32001, -32002
NO_METHOD, INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR = -32601, -32602, -32600, -32700
DIALOG = "Resolve does not answer; is a dialog open in it?"
OURS = "cuefinder:"
"""What the custom data of the clip markers begins with in which cue and caption are kept."""
COLOURS = {
    "red": "Red", "orange": "Lemon", "yellow": "Yellow", "green": "Green", "cyan": "Cyan", "blue": "Blue",
    "purple": "Purple", "magenta": "Fuchsia", "pink": "Pink", "white": "Cream", "black": "Cocoa",
}  # fmt: skip


class Refusal(Exception):
    """What is answered as an error of JSON-RPC."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


# Times -------------------------------------------------------------------------------------------------------------


def exact_rate(said: Any) -> tuple[Fraction, bool]:
    """The rate that "23.976", 24.0 or "29.97 DF" stands for, and whether it drops frames."""
    found = re.match(r"\s*(\d+(?:\.\d+)?)", str(said))
    if found is None or float(found.group(1)) <= 0:
        raise Refusal(REFUSED, "Resolve tells no frame rate: " + repr(said))
    number, whole = float(found.group(1)), round(float(found.group(1)))
    rate = Fraction(whole) if abs(number - whole) < 1e-3 else Fraction(round(number * 1.001) * 1000, 1001)
    return rate, "DF" in str(said).upper()


def nearest(value: Fraction) -> int:
    """The nearest whole number; a half goes up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def frames_of(timecode: str, rate: Fraction) -> int | None:
    """A timecode in frames from 00:00:00:00; None for what is none."""
    found = re.match(r"(\d+):(\d+):(\d+)([:;.])(\d+)$", str(timecode or ""))
    if found is None:
        return None
    hours, minutes, seconds, frames = (int(found.group(i)) for i in (1, 2, 3, 5))
    base, total = nearest(rate), 60 * hours + minutes
    count = (60 * total + seconds) * base + frames
    return count - (base // 15) * (total - total // 10) if found.group(4) == ";" else count


def timecode_of(frames: int, rate: Fraction, drop: bool) -> str:
    """Frames from 00:00:00:00 as a timecode."""
    base = nearest(rate)
    if drop:
        skipped = base // 15
        tens, rest = divmod(frames, base * 600 - 9 * skipped)
        frames += 9 * skipped * tens
        if rest >= base * 60:
            frames += skipped * (1 + (rest - base * 60) // (base * 60 - skipped))
    seconds, left = divmod(frames, base)
    sign = ";" if drop else ":"
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{sign}{left:02d}"


# What Resolve has --------------------------------------------------------------------------------------------------


def optional(thing: Any, name: str, default: Any, *arguments: Any) -> Any:
    """Call a function that older versions lack. `hasattr` says yes to every name there, so the answer decides."""
    function = getattr(thing, name, None)
    found = function(*arguments) if callable(function) else None
    return default if found is None else found


class Timeline:
    """Resolve's current timeline.

    Attributes
    ----------
    start : int
        Its first frame, absolute as `GetStart` of its items is.
    """

    def __init__(self, resolve: Any) -> None:
        manager = resolve.GetProjectManager()
        self.resolve = resolve
        self.project: Any = manager.GetCurrentProject() if manager else None
        if not self.project:
            raise Refusal(REFUSED, "no project is open in Resolve, or a dialog is open in it")
        self.timeline = self.project.GetCurrentTimeline()
        if not self.timeline:
            raise Refusal(REFUSED, "no timeline is open in Resolve; open one on its Edit page")
        self.rate, drops = exact_rate(self._setting("timelineFrameRate"))
        drops = drops or str(self._setting("timelineDropFrameTimecode")) == "1"
        drops = drops or ";" in str(self.timeline.GetStartTimecode())
        self.drop = drops and self.rate.denominator == 1001 and nearest(self.rate) % 30 == 0
        self.start = int(self.timeline.GetStartFrame())
        self.id = str(optional(self.timeline, "GetUniqueId", self.timeline.GetName()))
        self._media: dict[str, tuple[str | None, Fraction]] = {}

    def _setting(self, name: str) -> Any:
        return self.timeline.GetSetting(name) or self.project.GetSetting(name)

    def tracks(self) -> Iterator[tuple[str, int]]:
        """Kind and number, from 1, of each timeline track."""
        for kind in ("video", "audio"):
            for index in range(1, int(self.timeline.GetTrackCount(kind) or 0) + 1):
                yield kind, index

    def items(self, kind: str, index: int) -> list[Any]:
        """What lies on a timeline track; of one that is not there, nothing, as Resolve has it."""
        return list(self.timeline.GetItemListInTrack(kind, index) or [])

    def places(self) -> dict[str, tuple[str, int, int, int]]:
        """Where every item lies, by id: kind and number of its timeline track, absolute start, and duration."""
        return {
            self.item_id(item): (kind, index, int(item.GetStart()), int(item.GetDuration()))
            for kind, index in self.tracks() for item in self.items(kind, index)
        }  # fmt: skip

    def item_id(self, item: Any) -> str:
        """The item's own id."""
        return str(optional(item, "GetUniqueId", f"{item.GetName()}@{item.GetStart()}"))

    def find(self, wanted: Callable[[Any], bool]) -> tuple[Any, int, str] | None:
        """The first item that is wanted, with the number and kind of its timeline track."""
        for kind, index in self.tracks():
            for item in self.items(kind, index):
                if wanted(item):
                    return item, index, kind
        return None

    def media(self, pool: Any) -> tuple[str | None, Fraction]:
        """Path of a media pool item, None where it has none, and the rate at which its frames are counted.

        A sound file counts at the rate that the project had when it was imported, not at the timeline's.
        """
        known = str(optional(pool, "GetUniqueId", "") or optional(pool, "GetMediaId", ""))
        if known not in self._media or not known:
            path = pool.GetClipProperty("File Path")
            try:
                rate = exact_rate(pool.GetClipProperty("FPS"))[0]
            except Refusal:
                rate = self.rate
            self._media[known] = (path if isinstance(path, str) and path else None, rate)
        return self._media[known]

    def clips(self, kind: str, index: int) -> list[dict[str, Any]]:
        """The clips of a timeline track as they travel; what lies wholly before the first frame never plays."""
        items = self.items(kind, index)
        spans = [(int(i.GetStart()), int(i.GetStart()) + int(i.GetDuration())) for i in items]
        found = []
        for item, (first, last) in zip(items, spans):  # noqa: B905 - strict is of Python 3.10
            pool = item.GetMediaPoolItem()
            # Transitions are listed as items; unlike titles, they lie upon others.
            bare = not pool and not optional(item, "GetProperty", None)
            lies_upon = any(a < last and first < b for a, b in spans if (a, b) != (first, last))
            if (bare and lies_upon) or last <= self.start:
                continue
            found.append(self.clip(item, pool, kind, max(first, self.start), last))
        return found

    def clip(self, item: Any, pool: Any, kind: str, first: int, last: int) -> dict[str, Any]:
        """One clip as it travels."""
        path, media_rate = self.media(pool) if pool else (None, self.rate)
        note = read_note(item)[1]
        clip = {
            "id": self.item_id(item), "name": str(item.GetName() or ""), "media": path, "start": first - self.start,
            "duration": max(1, last - first), "enabled": optional(item, "GetClipEnabled", True) is not False,
            "caption": note.get("caption"), "cue": note.get("cue"),
        }  # fmt: skip
        if pool:
            offset = optional(item, "GetLeftOffset", None)
            # Offsets of sound are counted at the timeline's rate, those of pictures at the media's.
            rate = self.rate if kind == "audio" and offset is not None else media_rate
            offset = optional(item, "GetSourceStartFrame", 0) if offset is None else offset
            hidden = max(0, self.start - int(item.GetStart()))
            whole = Fraction(offset) + Fraction(hidden) / self.rate * rate
            clip["source"] = [nearest(whole), rate.numerator, rate.denominator]
        return clip

    def value(self) -> dict[str, Any]:
        """The timeline as it travels."""
        tracks = [{"id": f"{kind[0].upper()}{index}", "name": str(self.timeline.GetTrackName(kind, index) or ""),
                   "kind": kind, "clips": self.clips(kind, index)} for kind, index in self.tracks()]  # fmt: skip
        value = {
            "name": str(self.timeline.GetName()), "project": None, "rate": [self.rate.numerator, self.rate.denominator],
            "start": self.start, "drop_frame": self.drop, "tracks": tracks, "markers": self.markers(),
            "revision": self.revision(tracks),
        }  # fmt: skip
        playhead = frames_of(self.timeline.GetCurrentTimecode(), self.rate)
        if playhead is not None:
            value["playhead"] = max(0, playhead - self.start)
        return value

    def revision(self, tracks: list[dict[str, Any]] | None = None) -> str:
        """A name for what lies where."""
        if tracks is None:
            tracks = self.value()["tracks"]
        kept = ("id", "name", "media", "start", "duration", "source", "enabled")
        lines = [self.id, str(self.rate)]
        lines += [json.dumps([t["id"], t["name"], [[c.get(k) for k in kept] for c in t["clips"]]]) for t in tracks]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def markers(self) -> list[dict[str, Any]]:
        """The timeline's markers: their frames count from its first frame, unlike those of items."""
        found = []
        for frame, marker in sorted((self.timeline.GetMarkers() or {}).items()):
            duration = int(marker.get("duration") or 0)
            found.append({"name": str(marker.get("name") or ""), "comment": str(marker.get("note") or ""),
                          "start": int(frame), "duration": duration if duration > 1 else 0})  # fmt: skip
        return found

    def signature(self) -> str:
        """A cheap look at whether something moved."""
        return repr((self.id, len(self.timeline.GetMarkers() or {}), [
            (kind, index, [(i.GetStart(), i.GetDuration()) for i in self.items(kind, index)])
            for kind, index in self.tracks()]))  # fmt: skip

    def same(self) -> bool:
        """Whether Resolve still shows this timeline."""
        try:
            return Timeline(self.resolve).id == self.id
        except Refusal:
            return False


# Cues and captions, kept in markers of the clips ----------------------------------------------------------------------


def read_note(item: Any) -> tuple[int | None, dict[str, Any]]:
    """Frame and content of our marker in an item."""
    for frame, marker in (item.GetMarkers() or {}).items():
        data = str(marker.get("customData") or "")
        if data.startswith(OURS):
            try:
                found = json.loads(data[len(OURS) :])
            except ValueError:
                continue
            if isinstance(found, dict):
                return int(frame), found
    return None, {}


def write_note(item: Any, note: dict[str, Any]) -> bool:
    """Keep a note in our marker of an item, in the first frame without one; whether it is there afterwards."""
    old, before = read_note(item)
    first = int(optional(item, "GetLeftOffset", 0))
    length = int(item.GetDuration())
    frames = [first + i for i in range(min(length, 50))] + list(range(min(length, 50)))
    if old is not None:
        item.DeleteMarkerAtFrame(old)
        frames.insert(0, old)
    for content in (note, before) if old is not None else (note,):
        data = OURS + json.dumps(content)
        for frame in frames:
            if item.AddMarker(frame, "Purple", "Cuefinder", str(content.get("caption") or ""), 1, data):
                if read_note(item)[1] == content:
                    return content == note
                item.DeleteMarkerAtFrame(frame)
    return False


# Placing a cue --------------------------------------------------------------------------------------------------------


class Insertion:
    """One cue on its way into a timeline, with what must be taken back if it does not arrive."""

    def __init__(self, at: Timeline, cue: dict[str, Any]) -> None:
        self.at, self.cue = at, cue
        self.first = at.start + cue["start"]  # recordFrame is absolute
        self.duration = cue["duration"]
        self.before = at.places()
        self.pool = at.project.GetMediaPool()
        self.imported: Any = None
        self.created = False

    def run(self) -> dict[str, Any]:
        """Place it, or leave everything as it was."""
        index = self._free_track()
        media = self._media()
        try:
            if index is None:
                index = self._new_track()
            item = self._lay(media, index)
            cue = {name: self.cue.get(name) or "" for name in ("key", "title", "artist")}
            if not write_note(item, {"cue": cue}):
                raise Refusal(REFUSED, "Resolve took no marker with the cue's key")
        except Exception as error:  # whatever happens in the middle is taken back, and raised again
            self._take_back(error)
            raise
        clip = self.at.clip(item, item.GetMediaPoolItem(), "audio", int(item.GetStart()),
                            int(item.GetStart()) + int(item.GetDuration()))  # fmt: skip
        placed = {name: clip[name] for name in ("start", "duration")}
        name = str(self.at.timeline.GetTrackName("audio", index))
        return dict(placed, clip=clip["id"], timeline_track=name, created=self.created, already=False)

    def _is_free(self, index: int) -> bool:
        last = self.first + self.duration
        lies = any(kind == "audio" and number == index and start < last and self.first < start + length
                   for kind, number, start, length in self.before.values())  # fmt: skip
        return not lies and optional(self.at.timeline, "GetIsTrackLocked", False, "audio", index) is not True

    def _free_track(self) -> int | None:
        numbers = [index for kind, index in self.at.tracks() if kind == "audio"]
        wanted = self.cue.get("timeline_track")
        names = {i: (f"A{i}", str(self.at.timeline.GetTrackName("audio", i))) for i in numbers}
        numbers.sort(key=lambda i: wanted not in names[i])
        return next((i for i in numbers if self._is_free(i)), None)

    def _new_track(self) -> int:
        count = int(self.at.timeline.GetTrackCount("audio") or 0)
        self.at.timeline.AddTrack("audio", "stereo")
        if int(self.at.timeline.GetTrackCount("audio") or 0) != count + 1:
            raise Refusal(REFUSED, "Resolve made no new audio track")
        self.created = True
        self.at.timeline.SetTrackName("audio", count + 1, f"Cuefinder {count + 1}" if count else "Cuefinder")
        return count + 1

    def _media(self) -> Any:
        path = self.cue["path"]
        try:
            with Path(path).open("rb"):
                pass
        except OSError as error:
            raise Refusal(REFUSED, f"{path}: Resolve cannot read it: {error.strerror}") from error
        known = self._in_pool(self.pool.GetRootFolder(), path)
        if known is not None:  # a file that is in the pool already is not imported again: the answer is an empty list
            return known
        found = self.pool.ImportMedia([path]) or []
        if not found or not found[0]:
            raise Refusal(REFUSED, path + ": Resolve cannot import it; is it a sound file that it knows?")
        self.imported = found[0]
        return found[0]

    def _in_pool(self, folder: Any, path: str) -> Any:
        for clip in (folder.GetClipList() or []) if folder else []:
            if clip.GetClipProperty("File Path") == path:
                return clip
        for inner in (folder.GetSubFolderList() or []) if folder else []:
            found = self._in_pool(inner, path)
            if found is not None:
                return found
        return None

    def _lay(self, media: Any, index: int) -> Any:
        """Append it, look where it came to lie, and correct its length, whose end some versions count in."""
        rate = self.at.media(media)[1]
        count, numerator, denominator = self.cue["source"]
        begin = nearest(Fraction(count * denominator, numerator) * rate)
        end = begin + max(1, nearest(Fraction(self.duration) / self.at.rate * rate))
        slack = 1 if rate != self.at.rate else 0  # frames of another rate do not give every length
        tried = set()
        for _ in range(4):
            tried.add(end)
            item = self._append(media, index, begin, end)
            over = int(item.GetDuration()) - self.duration
            if -slack <= over <= 0:
                return item
            self._remove([item])
            if self._new_items():
                break
            change = max(1, nearest(abs(over) / self.at.rate * rate))
            end += -change if over > 0 else change
            if end in tried or end <= begin:
                break
        raise Refusal(REFUSED, "Resolve gave the cue another length than it was asked for")

    def _append(self, media: Any, index: int, begin: int, end: int) -> Any:
        if not self.at.same():
            raise Refusal(STALE, "another timeline was opened in Resolve; nothing was placed, look at it again")
        # Whole numbers: fractions are refused without a word.
        answer = self.pool.AppendToTimeline([{
            "mediaPoolItem": media, "startFrame": begin, "endFrame": end, "mediaType": 2, "trackIndex": index,
            "recordFrame": self.first,
        }])  # fmt: skip
        said = [item for item in (answer if isinstance(answer, list) else []) if item]
        new = self._new_items()
        if not new:
            if not self.at.same():  # it came into a timeline that was opened in this moment
                self._remove(said, Timeline(self.at.resolve).timeline)
                raise Refusal(STALE, "another timeline was opened while the cue was placed; it was taken back")
            raise Refusal(REFUSED, "Resolve placed nothing; is a dialog open in it, or the timeline locked?")
        if self._moved():
            raise Refusal(REFUSED, "Resolve changed other clips while it placed the cue")
        item, number, kind = new[0]
        if len(new) > 1 or kind != "audio" or number != index or int(item.GetStart()) != self.first:
            where = f"at frame {int(item.GetStart()) - self.at.start} of {kind} track {number}"
            wanted = f"frame {self.cue['start']} of audio track {index}"
            raise Refusal(REFUSED, f"Resolve placed the cue {where} in place of {wanted}")
        return item

    def _new_items(self) -> list[tuple[Any, int, str]]:
        return [(item, index, kind) for kind, index in self.at.tracks() for item in self.at.items(kind, index)
                if self.at.item_id(item) not in self.before]  # fmt: skip

    def _moved(self) -> list[str]:
        now = self.at.places()
        return [known for known, place in self.before.items() if now.get(known) != place]

    def _remove(self, items: list[Any], timeline: Any = None) -> None:
        """Delete items, which Resolve does on its Edit page only."""
        if not items:
            return
        page = self.at.resolve.GetCurrentPage()
        if page != "edit":
            self.at.resolve.OpenPage("edit")
        for _ in range(2):  # the first attempt fails now and then
            if (timeline or self.at.timeline).DeleteClips(items, False):
                break
        if page and page != "edit":
            self.at.resolve.OpenPage(page)

    def _take_back(self, error: Exception) -> None:
        """Undo what was done; PARTIAL where something stays."""
        self._remove([item for item, _, _ in self._new_items()])
        if self.created:
            optional(self.at.timeline, "DeleteTrack", False, "audio", int(self.at.timeline.GetTrackCount("audio") or 0))
        if self.imported is not None and not self._new_items():
            self.pool.DeleteClips([self.imported])
        stays = ["the cue was placed"] if self._new_items() else []
        stays += ["other clips were changed"] if self._moved() else []
        tracks = {index for kind, index in self.at.tracks() if kind == "audio"}
        if self.created and len(tracks) and not self.at.items("audio", max(tracks)) and self._still_there(max(tracks)):
            stays.append("a timeline track was added")
        if self.imported is not None and self._in_pool(self.pool.GetRootFolder(), self.cue["path"]) is not None:
            stays.append("the music was imported into the media pool")
        if stays:
            reason = error.message if isinstance(error, Refusal) else str(error)
            raise Refusal(PARTIAL, reason, {"done": stays, "undone": ["the cue as it was asked for"]}) from error

    def _still_there(self, index: int) -> bool:
        return str(self.at.timeline.GetTrackName("audio", index)).startswith("Cuefinder")


# The methods of the protocol ------------------------------------------------------------------------------------------


class Script:
    """Answers the panel."""

    def __init__(self, resolve: Any) -> None:
        self.resolve = resolve

    def ping(self, params: dict[str, Any]) -> Any:
        """Say that we are here."""
        return "pong"

    def timeline(self, params: dict[str, Any]) -> Any:
        """Give the timeline."""
        return Timeline(self.resolve).value()

    def insert_cue(self, params: dict[str, Any]) -> Any:
        """Place a cue."""
        for name in ("path", "name", "key"):
            must(str, params, name)
        must(int, params, "start", 0)
        must(int, params, "duration", 1)
        source = must(list, params, "source")
        if len(source) != 3 or not all(type(n) is int and n >= 0 for n in source) or 0 in source[1:]:
            raise Refusal(INVALID_PARAMS, "source must be three whole numbers")
        if params.get("fade_in") or params.get("fade_out") or params.get("gain_db"):
            raise Refusal(NO_METHOD, "Resolve's scripts can neither fade a clip nor set its level")
        at = Timeline(self.resolve)
        if params.get("revision") is not None and params["revision"] != at.revision():
            raise Refusal(STALE, "the timeline changed since it was read; nothing was placed, look at it again")
        known = at.find(lambda item: (read_note(item)[1].get("cue") or {}).get("key") == params["key"])
        if known is not None:
            item, index, kind = known
            return {"clip": at.item_id(item), "timeline_track": str(at.timeline.GetTrackName(kind, index)),
                    "start": int(item.GetStart()) - at.start, "duration": int(item.GetDuration()), "created": False,
                    "already": True}  # fmt: skip
        return Insertion(at, params).run()

    def add_markers(self, params: dict[str, Any]) -> Any:
        """Add markers; a frame holds one only."""
        markers = must(list, params, "markers")
        for marker in markers:
            if not isinstance(marker, dict):
                raise Refusal(INVALID_PARAMS, "a marker must be an object")
            must(str, marker, "name")
            must(int, marker, "start", 0)
        at = Timeline(self.resolve)
        done: list[str] = []
        undone: list[str] = []
        for marker in markers:
            frame = marker["start"]  # relative to the timeline's first frame, unlike recordFrame
            label = f"{marker['name']} at frame {frame}"
            colour = COLOURS.get(str(marker.get("colour")), "Blue")
            duration = max(1, int(marker.get("duration") or 0))
            taken = frame in {int(f) for f in at.timeline.GetMarkers() or {}}
            added = not taken and at.timeline.AddMarker(
                frame, colour, marker["name"], str(marker.get("comment") or ""), duration, ""
            )
            there = {int(f): m for f, m in (at.timeline.GetMarkers() or {}).items()}.get(frame)
            (done if added and there and there.get("name") == marker["name"] else undone).append(label)
        if undone and not done:
            raise Refusal(REFUSED, "Resolve took no marker; a frame can hold one only: " + ", ".join(undone))
        if undone:
            raise Refusal(PARTIAL, "a frame can hold one marker only", {"done": done, "undone": undone})
        return {}

    def annotate(self, params: dict[str, Any]) -> Any:
        """Keep a caption with a clip."""
        wanted, caption = must(str, params, "clip"), must(str, params, "caption")
        at = Timeline(self.resolve)
        found = at.find(lambda item: at.item_id(item) == wanted)
        if found is None:
            raise Refusal(REFUSED, f"there is no clip {wanted} any more; read the timeline again")
        if not write_note(found[0], dict(read_note(found[0])[1], caption=caption)):
            raise Refusal(REFUSED, "Resolve took no marker for the caption of " + str(found[0].GetName()))
        return {}

    def edit_tracks(self, params: dict[str, Any]) -> Any:
        """Rename timeline tracks."""
        edits = must(list, params, "edits")
        at = Timeline(self.resolve)
        known = {f"{kind[0].upper()}{index}": (kind, index) for kind, index in at.tracks()}
        for edit in edits:
            if not isinstance(edit, dict) or edit.get("id") not in known:
                raise Refusal(STALE, "there is no such timeline track any more; read the timeline again")
            if edit.get("colour") is not None:
                raise Refusal(NO_METHOD, "Resolve's scripts cannot colour timeline tracks")
        done: list[tuple[str, int, str]] = []
        for edit in edits:
            kind, index = known[edit["id"]]
            if edit.get("name") is None:
                continue
            before = str(at.timeline.GetTrackName(kind, index))
            at.timeline.SetTrackName(kind, index, edit["name"])
            if str(at.timeline.GetTrackName(kind, index)) != edit["name"]:
                for other, number, name in done:
                    at.timeline.SetTrackName(other, number, name)
                raise Refusal(REFUSED, f"Resolve did not rename {before or edit['id']}; nothing was renamed")
            done.append((kind, index, before))
        return {}

    def seek(self, params: dict[str, Any]) -> Any:
        """Set the playhead."""
        at = Timeline(self.resolve)
        wanted = timecode_of(at.start + must(int, params, "to", 0), at.rate, at.drop)
        at.timeline.SetCurrentTimecode(wanted)
        found = frames_of(at.timeline.GetCurrentTimecode(), at.rate)
        if found is None or found != frames_of(wanted, at.rate):
            raise Refusal(REFUSED, f"Resolve did not set the playhead to {wanted}; is its Edit page open?")
        return {}

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """The members result or error of the answer to a request."""
        method, params = message.get("method"), message.get("params", {})
        if not isinstance(method, str) or not isinstance(params, dict):
            return {"error": {"code": INVALID_REQUEST, "message": "no request"}}
        if method not in ("ping", "timeline", "insert_cue", "add_markers", "annotate", "edit_tracks", "seek"):
            return {"error": {"code": NO_METHOD, "message": "no method " + method[:100]}}
        try:
            return {"result": getattr(self, method)(params)}
        except Refusal as refusal:
            error = {"code": refusal.code, "message": refusal.message}
            return {"error": error if refusal.data is None else dict(error, data=refusal.data)}
        except Exception as error:  # noqa: BLE001 - Resolve answers None for anything, and the conversation goes on
            return {"error": {"code": REFUSED, "message": f"{DIALOG} ({type(error).__name__}: {error})"}}


def must(kind: Any, params: dict[str, Any], name: str, least: int | None = None) -> Any:
    """A member of the params that must be of a kind."""
    value: Any = params.get(name)
    if type(value) is not kind or (least is not None and value < least):
        raise Refusal(INVALID_PARAMS, f"{name} must be a {kind.__name__}" + ("" if least is None else f" from {least}"))
    return value


# The conversation -----------------------------------------------------------------------------------------------------


def bridge_folder() -> Path:
    """The folder of bridge.json."""
    if os.environ.get("CUEFINDER_BRIDGE"):
        return Path(os.environ["CUEFINDER_BRIDGE"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "Cuefinder" / "bridge"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Cuefinder" / "bridge"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "cuefinder" / "bridge"


def read_address() -> dict[str, Any] | None:
    """Port and token of the panel; None where none is open, or the file could be another user's."""
    path = bridge_folder() / "bridge.json"
    try:
        found = path.stat()
        if os.name == "posix" and (found.st_mode & 0o077 or found.st_uid != os.getuid()):
            return None
        address: dict[str, Any] = json.loads(path.read_bytes()[:4096].decode())
        right = address["protocol"] == PROTOCOL and isinstance(address["token"], str)
        return address if right and 0 < int(address["port"]) < 65536 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


class Runner:
    """Which script goes on where it was started twice: the newer, whose mark is in the file."""

    def __init__(self) -> None:
        self.path, self.mark = bridge_folder() / "resolve-script", secrets.token_hex(8)
        bridge_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.write_text(self.mark, encoding="ascii")

    def is_newest(self) -> bool:
        """Whether no other was started after us."""
        try:
            return self.path.read_text(encoding="ascii") == self.mark
        except (OSError, ValueError):
            return False


class Conversation:
    """A connection to the panel."""

    def __init__(self, script: Script, address: dict[str, Any], version: str) -> None:
        self.script, self.buffer, self.welcome = script, b"", False
        self.socket = socket.create_connection(("127.0.0.1", address["port"]), timeout=5)
        self.next_look, self.seen = 0.0, ""
        self.look()  # before the hello, so that whatever changes after it is told
        self.send({"id": 1, "method": "hello", "params": {
            "protocol": PROTOCOL, "token": address["token"], "host": HOST, "version": version, "instance": "resolve",
            "capabilities": CAPABILITIES}})  # fmt: skip

    def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        line = json.dumps(dict(message, jsonrpc="2.0"), allow_nan=False).encode() + b"\n"
        if len(line) > LONGEST:
            line = json.dumps({"jsonrpc": "2.0", "id": message.get("id"), "error": {
                "code": REFUSED, "message": "the timeline is too large to send"}}).encode() + b"\n"  # fmt: skip
        self.socket.sendall(line)

    def step(self) -> bool:
        """Read and answer what is there, tell of changes; False at the end."""
        if select.select([self.socket], [], [], LOOK)[0]:
            chunk = self.socket.recv(65536)
            self.buffer += chunk
            if not chunk or len(self.buffer) > LONGEST:
                return False
            while b"\n" in self.buffer:
                line, self.buffer = self.buffer.split(b"\n", 1)
                if not self.take(line):
                    return False
        if self.welcome and time.monotonic() >= self.next_look:
            self.look()
        return True

    def take(self, line: bytes) -> bool:
        """Answer one message; False where the panel does not let us in."""
        try:
            message = json.loads(line.decode())
            if not isinstance(message, dict):
                raise ValueError("no object")
        except ValueError as error:
            self.send({"id": None, "error": {"code": PARSE_ERROR, "message": str(error)}})
            return True
        if "method" not in message:
            if message.get("id") == 1 and not self.welcome:
                self.welcome = "result" in message
                if not self.welcome:
                    say("the panel did not let us in: " + str((message.get("error") or {}).get("message")))
                return self.welcome
        elif message.get("id") is not None:
            self.send(dict(self.script.answer(message), id=message["id"]))
        return True

    def look(self) -> None:
        """Tell the panel where something changed."""
        began = time.monotonic()
        try:
            found = Timeline(self.script.resolve).signature()
        except Exception as error:  # noqa: BLE001 - no project, a dialog: that is a change as well
            found = str(error)
        if self.seen and found != self.seen:
            self.send({"method": "changed"})
        self.seen = found
        self.next_look = time.monotonic() + max(1.0, SHARE * (time.monotonic() - began))


def version_of(resolve: Any) -> str:
    """Resolve's version; "" where it is gone."""
    try:
        return str(resolve.GetVersionString() or "")
    except Exception:  # noqa: BLE001 - a handle of a program that quit raises anything
        return ""


def run(resolve: Any) -> None:
    """Wait for the panel, talk, wait again, until Resolve is gone or another script was started."""
    runner, script = Runner(), Script(resolve)
    version = version_of(resolve)
    while version and runner.is_newest():
        address = read_address()
        if address is not None:
            try:
                talk = Conversation(script, address, version)
                try:
                    while runner.is_newest() and talk.step():
                        pass
                finally:
                    talk.socket.close()
            except OSError:
                pass  # the panel is gone, or is not there yet: the next try tells
        time.sleep(AGAIN)
        version = version_of(resolve)


# Finding Resolve ------------------------------------------------------------------------------------------------------


def say(line: str) -> None:
    """Tell the user, in Resolve's console or the terminal."""
    sys.stderr.write("Cuefinder: " + line + "\n")


def modules_folder() -> Path:
    """Where Resolve's module for Python lies."""
    base = Path("/opt/resolve/Developer/Scripting")
    if sys.platform == "win32":
        data = Path(os.environ.get("PROGRAMDATA", "C:\\ProgramData"))
        base = data / "Blackmagic Design" / "DaVinci Resolve" / "Support" / "Developer" / "Scripting"
    elif sys.platform == "darwin":
        base = Path("/Library/Application Support/Blackmagic Design/DaVinci Resolve/Developer/Scripting")
    return Path(os.environ.get("RESOLVE_SCRIPT_API") or base) / "Modules"


def from_outside() -> Any:
    """Resolve's handle for a script that it did not start itself; None where it does not run or does not let us in."""
    sys.path.append(str(modules_folder()))
    return importlib.import_module("DaVinciResolveScript").scriptapp("Resolve")


def probe() -> str:
    """Try to reach Resolve in a process of its own, since its module can crash; "" or what is wrong."""
    if not modules_folder().is_dir():
        return f"{modules_folder()} is not there; install DaVinci Resolve or set RESOLVE_SCRIPT_API"
    try:
        tried = subprocess.run([sys.executable, str(Path(__file__).absolute()), "--probe"], stdin=subprocess.DEVNULL,
                               capture_output=True, timeout=60, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        return DIALOG
    if tried.returncode == 0:
        return ""
    if tried.returncode == 3:
        return "Resolve does not run, or External scripting is not set to Local in its Preferences > System > General"
    said = tried.stderr.decode(errors="replace").strip().splitlines()
    why = said[-1] if said else f"it ended with {tried.returncode}"
    return f"Resolve's module cannot be used by this Python {sys.version_info[0]}.{sys.version_info[1]} ({why})"


def inside() -> Any:
    """The handle that Resolve gives to the scripts of its menu; None elsewhere."""
    given = globals()
    if given.get("resolve") is not None:
        return given["resolve"]
    if given.get("bmd") is not None:
        return given["bmd"].scriptapp("Resolve")
    if given.get("app") is not None:
        return given["app"].GetResolve()
    return None


def main(arguments: list[str]) -> int:
    """Run in Resolve or beside it; the exit status."""
    if "--probe" in arguments:
        found = from_outside()
        return 0 if found is not None and version_of(found) else 3
    handle = inside()
    if handle is None:
        wrong = probe()
        if wrong:
            say(wrong)
            return 1
        handle = from_outside()
    if handle is None:
        say("Resolve does not run")
        return 1
    run(handle)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
