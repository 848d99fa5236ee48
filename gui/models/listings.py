"""What the panel writes about clips: captions as markers or with the clips, and the cue sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import opentimelineio as otio

from gui.models.clips import Clip
from host_bridge.errors import BridgeError, PartialError
from host_bridge.host import Capability, Host
from host_bridge.timeline import facts, markers_of, rate_of
from host_bridge.times import make_range, seconds
from plugin.errors import InputError, printable
from plugin.paths import atomic_write

Captioned = Sequence[tuple[Clip, str]]


def add_caption_markers(host: Host, captioned: Captioned) -> str:
    """Add a marker over each clip with its caption, as one step; those that are there stay. Says what was done.

    Raises
    ------
    BridgeError
    """
    host.require(Capability.MARKERS)
    timeline = host.timeline()
    rate = rate_of(timeline)
    there = {(marker.name, seconds(marker.marked_range.start_time)) for marker in markers_of(timeline)}
    made = []
    for clip, caption in captioned:
        marker = otio.schema.Marker(name=caption, marked_range=make_range(clip.at, clip.length, rate))
        place = caption, seconds(marker.marked_range.start_time)
        if place not in there:
            there.add(place)
            made.append(marker)
    host.add_markers(made)
    before = len(captioned) - len(made)
    return f"{_count(len(made), 'marker')} added in {host.name}" + (f"; {before} were there" if before else "")


def keep_captions(host: Host, captioned: Captioned) -> str:
    """Keep each caption with its clip in the host; says what was done.

    Raises
    ------
    PartialError
        The host took some of them.
    BridgeError
    """
    host.require(Capability.ANNOTATE)
    new = [(clip, caption) for clip, caption in captioned if clip.caption != caption]
    for number, (clip, caption) in enumerate(new):
        try:
            host.annotate(clip.id, caption)
        except BridgeError as error:
            if not number:
                raise
            done, left = ([clip.name for clip, _ in part] for part in (new[:number], new[number:]))
            raise PartialError(host.name, done, left, getattr(error, "reason", str(error))) from error
    return f"{_count(len(new), 'caption')} kept with the clips in {host.name}"


def write_cue_sheet(host: Host, out: Path, *, others: bool) -> str:
    """Write the cue sheet to a .csv or .html file, over an old one; says what was done.

    Parameters
    ----------
    others : bool
        List all clips of audio tracks, not only cues that were placed from here.

    Raises
    ------
    BridgeError
        The timeline cannot be read.
    InputError
        The file has another suffix, or the disk does not take it; an old one is still there.
    """
    suffix = out.suffix.lower()
    if suffix not in (".csv", ".html", ".htm"):
        raise InputError(f"{printable(out)}: a cue sheet is a .csv or .html file")
    timeline = host.timeline()
    from host_bridge.cuesheet import cue_rows, to_csv, to_html

    rows = cue_rows(timeline, others=others)
    name = timeline.name or Path(str(facts(timeline).get("project") or "")).stem
    text = to_csv(rows) if suffix == ".csv" else to_html(rows, name)
    try:
        atomic_write(out, text.encode("utf-8", "replace"))
    except OSError as error:
        raise InputError(f"{printable(out)}: the cue sheet cannot be written: {error.strerror}") from error
    return f"{_count(len(rows), 'cue')} written: {printable(out)}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
