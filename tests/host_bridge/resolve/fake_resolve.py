"""An imitation of the part of DaVinci Resolve's scripting functions that our script uses: a project in memory.

What it reproduces on purpose, because the real one is said to do so: every name can be called, and unknown ones give
None; failures are False, None or empty lists, never exceptions; `recordFrame` and `GetStart` are absolute, markers are
not; fractions of frames are refused; `endFrame` is counted in up to version 18 and not after; a sound file counts at
the rate that the project had when it was imported, but offsets of sound at the timeline's; what overlaps is dropped
without a word; a second marker on a frame is refused; clips are deleted on the Edit page only; a file is imported once.

Each line on stdin is Python that is run in here with the name `world`; its value is answered as one line.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import uuid
import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

RATES = {"24": Fraction(24), "23.976": Fraction(24000, 1001), "29.97 DF": Fraction(30000, 1001), "25": Fraction(25)}

COLOURS = ["Blue", "Cyan", "Green", "Yellow", "Red", "Pink", "Purple", "Fuchsia", "Rose", "Lavender", "Sky", "Mint",
           "Lemon", "Sand", "Cocoa", "Cream"]  # fmt: skip


class Remote:
    """Gives a function for every name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *arguments: None


class World:
    """All state, and the faults that tests switch on."""

    def __init__(self) -> None:
        self.rate_text = os.environ.get("FAKE_RESOLVE_RATE", "24")
        self.rate = RATES[self.rate_text]
        self.page, self.modal, self.quit = "edit", False, False
        self.end_counts_in = self.ignores_record = self.adds_start = self.never_deletes = self.no_clip_markers = False
        self.flaky_deletes = 0
        self.wrong_track = self.no_tracks = self.moves_others = self.switch_on_append = self.switch_before = False
        self.media_rate: Fraction | None = None
        self.root = Folder()
        self.timelines = [Timeline(self, "Edit")]
        self.current: Timeline | None = self.timelines[0]
        first = self.timelines[0]
        media = json.loads(os.environ["FAKE_RESOLVE_MEDIA"])
        video, sound = (MediaPoolItem(path, self.rate) for path in media)
        self.root.clips += [video, sound]
        first.tracks = {"video": [Track("Video 1"), Track("Titles")], "audio": [Track("Audio 1"), Track("Audio 2")]}
        first.add("video", 1, Item(self, video, first.start, 240, 48, "shot"))
        first.add("video", 2, Item(self, None, first.start + 48, 24, 0, "Text"))
        first.add("audio", 1, Item(self, sound, first.start + 12, 96, 24, "hello"))

    def new_timeline(self, name: str) -> Timeline:
        made = Timeline(self, name)
        made.tracks = {"video": [Track("Video 1")], "audio": [Track("Audio 1")]}
        self.timelines.append(made)
        return made


class Track:
    def __init__(self, name: str) -> None:
        self.name, self.items, self.locked = name, [], False  # type: ignore[var-annotated]


class Folder(Remote):
    def __init__(self) -> None:
        self.clips: list[MediaPoolItem] = []

    def GetClipList(self) -> list[Any]:
        return list(self.clips)

    def GetSubFolderList(self) -> list[Any]:
        return []


class MediaPoolItem(Remote):
    def __init__(self, path: str, rate: Fraction) -> None:
        self.path, self.rate, self.id = path, rate, str(uuid.uuid4())

    def GetClipProperty(self, name: str) -> Any:
        return {"File Path": self.path, "FPS": round(float(self.rate), 3)}.get(name, "")

    def GetUniqueId(self) -> str:
        return self.id


class Markers(Remote):
    markers: dict[int, dict[str, Any]]

    def AddMarker(self, frame: Any, colour: str, name: str, note: str, duration: int, data: str = "") -> bool:
        world = WORLD
        if world.modal or frame in self.markers or (isinstance(self, Item) and world.no_clip_markers):
            return False
        if colour not in COLOURS:
            return False
        self.markers[frame] = {"color": colour, "name": name, "note": note, "duration": duration, "customData": data}
        return True

    def GetMarkers(self) -> dict[float, dict[str, Any]]:
        return {float(frame): dict(marker) for frame, marker in self.markers.items()}

    def DeleteMarkerAtFrame(self, frame: int) -> bool:
        return self.markers.pop(frame, None) is not None


class Item(Markers):
    def __init__(
        self, world: World, media: MediaPoolItem | None, start: int, duration: int, offset: int, name: str
    ) -> None:
        self.world, self.media, self.start, self.duration = world, media, start, duration
        self.offset, self.name, self.id, self.markers, self.enabled = offset, name, str(uuid.uuid4()), {}, True
        self.is_transition = False

    def GetUniqueId(self) -> str:
        return self.id

    def GetName(self) -> str:
        return self.name

    def GetStart(self) -> int:
        return self.start

    def GetDuration(self) -> int:
        return self.duration

    def GetLeftOffset(self) -> int:
        return self.offset

    def GetMediaPoolItem(self) -> Any:
        return self.media

    def GetClipEnabled(self) -> bool:
        return self.enabled

    def GetProperty(self) -> Any:
        return {} if self.is_transition else {"Pan": 0.0}


class Timeline(Markers):
    def __init__(self, world: World, name: str) -> None:
        self.world, self.name, self.id, self.markers = world, name, str(uuid.uuid4()), {}
        self.tracks: dict[str, list[Track]] = {"video": [], "audio": []}
        self.start = 107_892 if world.rate_text.endswith("DF") else 3600 * round(world.rate)
        self.timecode = self.GetStartTimecode()

    def add(self, kind: str, index: int, item: Item) -> Item:
        self.tracks[kind][index - 1].items.append(item)
        return item

    def GetUniqueId(self) -> str:
        return self.id

    def GetName(self) -> str:
        return self.name

    def GetSetting(self, name: str) -> Any:
        return {"timelineFrameRate": self.world.rate_text}.get(name, "")

    def GetStartFrame(self) -> int:
        return self.start

    def GetStartTimecode(self) -> str:
        return "01:00:00;00" if self.world.rate_text.endswith("DF") else "01:00:00:00"

    def GetCurrentTimecode(self) -> str:
        return self.timecode

    def SetCurrentTimecode(self, timecode: str) -> bool:
        if self.world.page in ("media", "fusion"):
            return False
        self.timecode = timecode
        return True

    def GetTrackCount(self, kind: str) -> int:
        return len(self.tracks.get(kind, []))

    def GetTrackName(self, kind: str, index: int) -> str:
        return self.tracks[kind][index - 1].name if 0 < index <= len(self.tracks[kind]) else ""

    def SetTrackName(self, kind: str, index: int, name: str) -> bool:
        if name == "refused":
            return True  # says so, and does not
        self.tracks[kind][index - 1].name = name
        return True

    def GetIsTrackLocked(self, kind: str, index: int) -> bool:
        return self.tracks[kind][index - 1].locked

    def AddTrack(self, kind: str, format: str = "") -> bool:
        if self.world.no_tracks:
            return False
        self.tracks[kind].append(Track(f"Audio {len(self.tracks[kind]) + 1}"))
        return True

    def DeleteTrack(self, kind: str, index: int) -> bool:
        del self.tracks[kind][index - 1]
        return True

    def GetItemListInTrack(self, kind: str, index: int) -> list[Any]:
        tracks = self.tracks.get(kind, [])
        return sorted(tracks[index - 1].items, key=lambda item: item.start) if 0 < index <= len(tracks) else []

    def DeleteClips(self, items: list[Any], ripple: bool = False) -> bool:
        if self.world.page != "edit" or self.world.never_deletes:
            return False
        if self.world.flaky_deletes:
            self.world.flaky_deletes -= 1
            return False
        for tracks in self.tracks.values():
            for track in tracks:
                track.items = [item for item in track.items if item not in items]
        return True


class MediaPool(Remote):
    def __init__(self, world: World) -> None:
        self.world = world

    def GetRootFolder(self) -> Folder:
        return self.world.root

    def ImportMedia(self, paths: list[str]) -> list[Any]:
        made = []
        for path in paths:
            if self.world.modal or any(clip.path == path for clip in self.world.root.clips):
                continue
            try:
                with wave.open(path):
                    made.append(MediaPoolItem(path, self.world.media_rate or self.world.rate))
            except (wave.Error, EOFError, OSError):
                continue
        self.world.root.clips += made
        return made

    def DeleteClips(self, clips: list[Any]) -> bool:
        self.world.root.clips = [clip for clip in self.world.root.clips if clip not in clips]
        return True

    def AppendToTimeline(self, infos: list[dict[str, Any]]) -> Any:
        world, made = self.world, []
        if world.modal:
            return None
        if world.switch_on_append:
            world.current = world.new_timeline("Another")
        timeline = world.current
        assert timeline is not None
        for info in infos:
            if any(type(info[name]) is not int for name in ("startFrame", "endFrame", "recordFrame", "trackIndex")):
                return None
            media, index = info["mediaPoolItem"], info["trackIndex"]
            count = info["endFrame"] - info["startFrame"] + world.end_counts_in
            duration = round(count / media.rate * world.rate)
            start = info["recordFrame"] + (timeline.start if world.adds_start else 0)
            if world.ignores_record:
                start = max(
                    [i.start + i.duration for i in timeline.tracks["audio"][index - 1].items] + [timeline.start]
                )
            if world.wrong_track:
                index = 1 if index != 1 else 2
            if not 0 < index <= len(timeline.tracks["audio"]) or duration < 1:
                return []
            lies = timeline.tracks["audio"][index - 1].items
            if any(i.start < start + duration and start < i.start + i.duration for i in lies):
                made.append(None)
                continue
            offset = round(info["startFrame"] / media.rate * world.rate)
            made.append(
                timeline.add("audio", index, Item(world, media, start, duration, offset, Path(media.path).name))
            )
            if world.moves_others:
                timeline.tracks["video"][0].items[0].start += 1
        return made


class Project(Remote):
    def __init__(self, world: World) -> None:
        self.world = world

    def GetCurrentTimeline(self) -> Any:
        found = self.world.current
        if self.world.switch_before:
            self.world.switch_before = False
            self.world.current = self.world.new_timeline("Another")
        return found

    def GetMediaPool(self) -> MediaPool:
        return MediaPool(self.world)

    def GetSetting(self, name: str) -> Any:
        return ""


class Manager(Remote):
    def __init__(self, world: World) -> None:
        self.world = world

    def GetCurrentProject(self) -> Any:
        return None if self.world.modal else Project(self.world)


class Resolve(Remote):
    def __init__(self, world: World) -> None:
        self.world = world

    def GetProjectManager(self) -> Manager:
        return Manager(self.world)

    def GetVersionString(self) -> Any:
        return None if self.world.quit else "20.1.0.20"

    def GetCurrentPage(self) -> str:
        return self.world.page

    def OpenPage(self, page: str) -> bool:
        self.world.page = page
        return True


WORLD: Any = None


def obey() -> None:
    """Run the lines of stdin."""
    for line in sys.stdin:
        try:
            answer = repr(eval(line, {"world": WORLD, "Item": Item, "set": setattr}))
        except Exception as error:  # noqa: BLE001 - whatever the test's line does is its answer
            answer = f"! {type(error).__name__}: {error}"
        print(answer, flush=True)


def scriptapp(name: str) -> Any:
    """The handle; None where Resolve does not run."""
    global WORLD
    assert name == "Resolve"
    if os.environ.get("FAKE_RESOLVE_ABSENT"):
        return None
    if WORLD is None:
        WORLD = World()
        threading.Thread(target=obey, daemon=True).start()
    return Resolve(WORLD)
