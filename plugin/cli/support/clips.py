"""Clips of a timeline as commands need them: chosen by number or id, with the range of their media, as rows."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

from host_bridge.timeline import Placed, clip_id, facts, media_path
from host_bridge.times import end_of, seconds, timecode
from plugin.errors import InputError, printable


def choose(clips: list[Placed], wanted: list[str]) -> list[Placed]:
    """The clips named by number (from 1, as listed) or id; all where none is named.

    Raises
    ------
    InputError
        There is no such clip.
    """
    chosen = []
    for text in wanted:
        if text.isdecimal() and 1 <= int(text) <= len(clips):
            chosen.append(clips[int(text) - 1])
            continue
        found = [placed for placed in clips if clip_id(placed.clip) == text]
        if not found:
            raise InputError(f"--clip {text}: there are clips 1 to {len(clips)}, see: cuefinder timeline FILE clips")
        chosen += found
    return chosen if wanted else clips


def media_range(placed: Placed) -> tuple[Path, float, float]:
    """The file that a clip plays, and from where to where in seconds.

    Raises
    ------
    InputError
        The clip has no file, or it is not there: offline, or on another machine.
    """
    path = media_path(placed.clip)
    if path is None:
        raise InputError(f"clip {placed.clip.name}: its timeline does not say which file it plays")
    if not path.is_file():
        raise InputError(
            f"clip {placed.clip.name}: its media {printable(path)} is not there; reconnect the disk or relink it"
        )
    return path, *source_range(placed)


def source_range(placed: Placed) -> tuple[float, float]:
    """From where to where in its file a clip plays, in seconds from the file's zero."""
    begin = seconds(placed.clip.trimmed_range().start_time)
    # Media with a start timecode counts from it; files are read from zero.
    available = getattr(placed.clip.media_reference, "available_range", None)
    if available is not None:
        begin -= seconds(available.start_time)
    begin = max(begin, Fraction(0))
    return float(begin), float(begin + seconds(placed.record.duration))


def row(number: int, placed: Placed, start: Any, drop_frame: bool) -> dict[str, Any]:
    """A clip in plain values."""
    path, record = media_path(placed.clip), placed.record
    shown = {"start": start, "drop_frame": drop_frame}
    return {
        "clip": number, "id": clip_id(placed.clip), "name": placed.clip.name,
        "timeline_track": placed.timeline_track.name, "kind": str(placed.timeline_track.kind).lower(),
        "in": timecode(record.start_time, **shown), "out": timecode(record.start_time + record.duration, **shown),
        "start": float(seconds(record.start_time)), "end": float(end_of(record)),
        "media": None if path is None else os.fspath(path), "online": path is not None and path.is_file(),
        "caption": facts(placed.clip).get("caption"), "cue": bool(facts(placed.clip).get("cue")),
        "selected": bool(facts(placed.clip).get("selected")),
    }  # fmt: skip
