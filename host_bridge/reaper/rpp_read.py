"""Read the tree of a REAPER project: `Reading`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from typing import Any

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.files.document import Ids
from host_bridge.reaper.rpp_item import COLOUR_FLAG, active_take, number, source_of
from host_bridge.reaper.rpp_lines import Block, words_of
from host_bridge.timeline import AUDIO, VIDEO, make_clip, make_timeline, make_tracks
from host_bridge.times import at_rate, make_range, seconds

DEFAULT_RATE = 48_000
INSTRUMENTS = ("VSTi:", "VST3i:", "AUi:", "CLAPi:", "LV2i:", "DXi:")


class Reading:
    """What a project holds.

    Parameters
    ----------
    project : Block
        Its block REAPER_PROJECT.
    path : Path
        Its file, absolute.

    Attributes
    ----------
    rate : Fraction
        Samples per second.
    tracks, items : dict of str to Block
        By the ids that they have in the timeline.
    fixed : set of str
        Ids of tracks that take no cue: with pictures, instruments, or folders.
    timeline : opentimelineio.schema.Timeline
    """

    def __init__(self, project: Block, path: Path) -> None:
        self.project, self.path = project, path
        said = number((project.line("SAMPLERATE") or ["0"])[0])
        self.rate = Fraction(round(said)) if said >= 1 else Fraction(DEFAULT_RATE)
        self.tracks: dict[str, Block] = {}
        self.items: dict[str, Block] = {}
        self.fixed: set[str] = set()
        self.timeline = self._read()

    def _read(self) -> otio.schema.Timeline:
        tracks, ids = [], Ids()
        for block in self.project.blocks("TRACK"):
            name, known = (block.line("NAME") or [""])[0], [*block.words(), ""][1]
            id = known if known and known not in self.tracks else ids.track(AUDIO)
            self.tracks[id] = block
            kinds: dict[str, list[Any]] = {VIDEO: [], AUDIO: []}
            for item in block.blocks("ITEM"):
                kind, clip, start = self._clip(item, ids, id, sum(map(len, kinds.values())) + 1)
                kinds[kind].append((clip, start))
            if kinds[VIDEO] or _takes_no_music(block):
                self.fixed.add(id)
            for kind, placed in kinds.items():
                if placed or (kind == AUDIO and not kinds[VIDEO]):
                    tracks += make_tracks(as_text(name), kind, placed, id=id, colour=_colour(block))
        offset = number((self.project.line("PROJOFFS") or ["0"])[0])
        return make_timeline(
            self.path.stem, sorted(tracks, key=lambda track: track.kind != VIDEO), rate=self.rate,
            start=at_rate(Fraction(max(0.0, offset)), self.rate), markers=list(self._markers()),
        )  # fmt: skip

    def _clip(self, item: Block, ids: Ids, track: str, index: int) -> tuple[str, otio.schema.Clip, RationalTime]:
        take = active_take(item)
        media, offset, video = source_of(take)
        position, length = (number((item.line(tag) or ["0"])[0]) for tag in ("POSITION", "LENGTH"))
        if position < 0 or length < 0:
            raise ValueError("an item lies before the beginning")
        record = make_range(Fraction(position), Fraction(length), self.rate)
        if record.duration.value < 1:
            record = TimeRange(record.start_time, RationalTime(1, record.duration.rate))
        name = (take.line("NAME") or [""])[0]
        if not name and media:
            name = PureWindowsPath(media).name
        begin = number((take.line("SOFFS") or ["0"])[0]) + offset
        source = TimeRange(at_rate(Fraction(begin), self.rate), record.duration)
        kept = [words_of(part) for ext in item.blocks("EXT") for part in ext.body if isinstance(part, str)]
        ours = {words[0]: words[1] for words in kept if len(words) > 1}
        id = ids.clip(track, index, as_text((item.line("IGUID") or [""])[0]))
        self.items[id] = item
        clip = make_clip(
            as_text(name), self._where(media) if media else None, source, id=id, cue=_cue(ours.get("cuefinder", "")),
            caption=as_text(ours.get("cuefinder_caption", "")) or None,
            selected=(item.line("SEL") or ["0"])[0] == "1" or None,
        )  # fmt: skip
        clip.enabled = (item.line("MUTE") or ["0"])[0] in ("0", "")
        return VIDEO if video else AUDIO, clip, record.start_time

    def _where(self, media: str) -> str:
        if PureWindowsPath(media).drive:
            return PureWindowsPath(media).as_uri() if PureWindowsPath(media).is_absolute() else media
        return (self.path.parent / media.replace("\\", "/")).as_uri()

    def _markers(self) -> Iterator[otio.schema.Marker]:
        regions: dict[str, otio.schema.Marker] = {}
        for words in self.project.lines("MARKER"):
            index, position, name, flags = (words[1:] + [""] * 4)[:4]
            first = Fraction(max(0.0, number(position)))
            if index in regions and number(flags or "0") % 2:
                marker = regions.pop(index)
                begin = seconds(marker.marked_range.start_time)
                marker.marked_range = make_range(begin, max(Fraction(0), first - begin), self.rate)
                continue
            marker = otio.schema.Marker(name=as_text(name), marked_range=make_range(first, Fraction(0), self.rate))
            if number(flags or "0") % 2:
                regions[index] = marker
            yield marker


def as_text(text: str) -> str:
    """A text for OpenTimelineIO, which takes no bytes that are no UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _colour(track: Block) -> str | None:
    said = number((track.line("PEAKCOL") or ["0"])[0])
    native = int(said) if math.isfinite(said) else 0
    if not native & COLOUR_FLAG:
        return None
    return f"#{native & 255:02x}{native >> 8 & 255:02x}{native >> 16 & 255:02x}"


def _takes_no_music(track: Block) -> bool:
    """Whether music on it would not sound as meant: a folder, or an instrument."""
    if (track.line("ISBUS") or ["0"])[0] == "1":
        return True
    return any(
        isinstance(part, Block) and any(str(word).startswith(INSTRUMENTS) for word in part.words()[1:2])
        for chain in track.blocks("FXCHAIN") for part in chain.body
    )  # fmt: skip


def _cue(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("key"), str) else None
