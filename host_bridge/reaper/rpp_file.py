"""REAPER projects as timeline files: `RppDocument`. What it writes was never opened by the real program."""

from __future__ import annotations

import copy
import math
import uuid
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path, PureWindowsPath

import opentimelineio as otio

from host_bridge.files.document import Document, Setting, Volume
from host_bridge.files.edits import NewClip, NewTrack
from host_bridge.host import TrackEdit
from host_bridge.reaper.rpp_item import COLOUR_FLAG, item_lines, number
from host_bridge.reaper.rpp_lines import Block, parse, quoted, write
from host_bridge.reaper.rpp_read import Reading, as_text
from host_bridge.times import at_rate, seconds


class RppDocument(Document):
    """A project of REAPER, version 5 to 7.

    Times are in samples of the project. Tracks of REAPER hold sound and pictures; one with both becomes two timeline
    tracks of the same id, which take no cue.

    Attributes
    ----------
    written_by : str
        REAPER's version.
    """

    def __init__(self, data: bytes, path: Path, rate: Fraction | None = None) -> None:
        self.path = path.absolute()
        # Surrogates stand for bytes that are no UTF-8, so that they are written back as they were.
        self.top = parse(data.decode("utf-8", "surrogateescape"))
        self.project = next(self.top.blocks("REAPER_PROJECT"))
        self.written_by = as_text([*self.project.words(), "", "", ""][2])
        self.end = "\r\n" if self.project.head.endswith("\r\n") else "\n"
        reading = Reading(self.project, self.path)
        self._tracks, self._items, self.fixed = reading.tracks, reading.items, frozenset(reading.fixed)
        self.rate, self._timeline = reading.rate, reading.timeline

    @classmethod
    def blank(cls, setting: Setting) -> bytes:
        """An empty project; frames become samples at 48 kHz."""
        start = float(Fraction(setting.start) / setting.rate)
        lines = ['<REAPER_PROJECT 0.1 "7.0/cuefinder" 0', f"  PROJOFFS {start:.14g} 0 0", "  SAMPLERATE 48000 1 0",
                 "  <NOTES 0 2", f"    |{quoted(setting.name)[1:-1]}", "  >", ">"]  # fmt: skip
        return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")

    def timeline(self) -> otio.schema.Timeline:
        """The timeline as it was read."""
        return copy.deepcopy(self._timeline)

    def add_track(self, track: NewTrack) -> None:
        """Add a track below all others."""
        lines = [f"  <TRACK {_guid()}", f"    NAME {quoted(track.name)}", "    PEAKCOL 16576", "    VOLPAN 1 0 -1 -1 1",
                 "    MUTESOLO 0 0 0", "    ISBUS 0 0", "    NCHAN 2", "    MAINSEND 1 0", "  >"]  # fmt: skip
        block = self._made(lines)
        places = [i for i, part in enumerate(self.project.body) if isinstance(part, Block) and part.tag == "TRACK"]
        self.project.body.insert(places[-1] + 1 if places else len(self.project.body), block)
        self._tracks[track.id] = block

    def add_clip(self, clip: NewClip) -> None:
        """Add an item at the end of its track."""
        item = self._made(item_lines(clip, _guid))
        self._tracks[clip.timeline_track].body.append(item)
        self._items[str(clip.clip.metadata["cuefinder"].get("id") or clip.clip.name)] = item

    def add_marker(self, marker: otio.schema.Marker) -> None:
        """Add a marker, or a region if it has a duration."""
        number_of = 1 + max((int(w[1]) for w in self.project.lines("MARKER") if w[1:] and w[1].isdecimal()), default=0)
        name = f"{marker.name}: {marker.comment}" if marker.comment else marker.name
        span = marker.marked_range
        first, length = float(seconds(span.start_time)), float(seconds(span.duration))
        region = int(length > 0)
        lines = [f"  MARKER {number_of} {first:.14g} {quoted(name)} {region} 0 1 {'R' if region else 'B'} {_guid()} 0"]
        if region:
            lines.append(f'  MARKER {number_of} {first + length:.14g} "" 1')
        # Markers come before the tracks.
        body = self.project.body
        at = next((i for i, part in enumerate(body) if isinstance(part, Block) and part.tag in ("PROJBAY", "TRACK")),
                  len(body))  # fmt: skip
        body[at:at] = [line + self.end for line in lines]

    def caption(self, clip: str, caption: str) -> None:
        """Keep a caption in the item's ext state."""
        item = self._items[clip]
        ext = next(item.blocks("EXT"), None)
        if ext is None:
            ext = self._made(["      <EXT", "      >"])
            item.body.append(ext)
        ext.put("cuefinder_caption", f"cuefinder_caption {quoted(caption)}", indent="        ", end=self.end)

    def edit_track(self, edit: TrackEdit) -> None:
        """Rename or colour a track."""
        block = self._tracks[edit.id]
        if edit.colour is not None:
            red, green, blue = (int(edit.colour[i : i + 2], 16) for i in (1, 3, 5))
            native = blue << 16 | green << 8 | red | COLOUR_FLAG
            block.put("PEAKCOL", f"PEAKCOL {native}", indent="    ", end=self.end)
        if edit.name is not None:
            block.put("NAME", f"NAME {quoted(edit.name)}", indent="    ", end=self.end)

    def dump(self, folder: Path) -> bytes:
        """The project's text; in another folder, relative media paths are made absolute."""
        if folder.absolute() != self.path.parent:
            for block in self._sources(self.project):
                for words in list(block.lines("FILE")):
                    if words[1:] and not PureWindowsPath(words[1]).drive and not Path(words[1]).is_absolute():
                        path = self.path.parent / words[1].replace("\\", "/")
                        line = " ".join(["FILE", quoted(str(path)), *words[2:]])
                        block.put("FILE", line, indent="        ", end=self.end)
        return write(self.top).encode("utf-8", "surrogateescape")

    def volume(self, clip: str) -> Volume:
        """How an item's level goes; fades in samples."""
        item = self._items[clip]
        level = number((item.line("VOLPAN") or ["1"])[0])
        fades = []
        for words in (item.line("FADEIN"), item.line("FADEOUT")):
            fades.append(int(at_rate(Fraction(number(words[1]) if len(words) > 1 else 0), self.rate).value))
        return Volume(round(20 * math.log10(level), 6) if level > 0 else -math.inf, *fades)

    def _sources(self, block: Block) -> Iterator[Block]:
        for part in block.body:
            if isinstance(part, Block):
                if part.tag == "SOURCE":
                    yield part
                yield from self._sources(part)

    def _made(self, lines: list[str]) -> Block:
        text = self.end.join(["<REAPER_PROJECT", *lines, ">", ""])
        block = next(parse(text).blocks("REAPER_PROJECT")).body[0]
        assert isinstance(block, Block)  # every line list begins with a block
        return block


def _guid() -> str:
    return "{" + str(uuid.uuid4()).upper() + "}"
