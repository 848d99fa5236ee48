"""Items of REAPER projects: which take plays, which file is behind it, and the lines of a new one."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

from host_bridge.files.editing import fades_of
from host_bridge.files.edits import NewClip
from host_bridge.host import CueOptions
from host_bridge.reaper.rpp_lines import Block, quoted
from host_bridge.timeline import facts, media_path
from host_bridge.times import exact_rate, seconds

COLOUR_FLAG = 0x1000000
"""Set where a track has a colour of its own; the rest of the number is blue, green, red."""
LATEST = 1e8
"""Seconds; a time after this is no time."""
SOURCES = {
    ".wav": "WAVE", ".wave": "WAVE", ".w64": "WAVE", ".aif": "WAVE", ".aiff": "WAVE", ".bwf": "WAVE", ".mp3": "MP3",
    ".flac": "FLAC", ".ogg": "VORBIS", ".opus": "OPUS", ".wv": "WAVPACK",
}  # fmt: skip
SOUND_ONLY = (".m4a", ".aac", ".mka", ".wma", ".ac3")
"""Sound alone, which REAPER leaves to its video decoder."""


def number(text: str) -> float:
    """A number of a line.

    Raises
    ------
    ValueError
        It is none, or larger than any time, colour or rate.
    """
    value = float(text)
    if not math.isfinite(value) or abs(value) > LATEST:
        raise ValueError(f"{text[:40]} is no number that can be here")
    return value


def active_take(item: Block) -> Block:
    """The lines of the take that plays; they lie one after another in the item, each take but the first after TAKE."""
    takes, chosen = [Block("<TAKE")], 0
    for part in item.body:
        words = part.split() if isinstance(part, str) else []
        if words[:1] == ["TAKE"]:
            takes.append(Block("<TAKE"))
            if "SEL" in words[1:]:
                chosen = len(takes) - 1
        takes[-1].body.append(part)
    return takes[chosen]


def source_of(take: Block) -> tuple[str | None, float, bool]:
    """The file behind a take, the seconds at which a section of it begins, and whether it shows pictures."""
    source, offset = next(take.blocks("SOURCE"), None), 0.0
    while source is not None and source.words()[1:2] == ["SECTION"]:
        offset += number((source.line("STARTPOS") or ["0"])[0])
        source = next(source.blocks("SOURCE"), None)
    if source is None:
        return None, offset, False
    media = (source.line("FILE") or [""])[0] or None
    video = source.words()[1:2] == ["VIDEO"] and not str(media or "").lower().endswith(SOUND_ONLY)
    return media, offset, video


def item_lines(new: NewClip, guid: Callable[[], str]) -> list[str]:
    """The lines of an item for a clip, with one take."""
    clip, span = new.clip, new.record
    ours = facts(clip)
    cue = dict(ours.get("cue") or {})
    fades = [f / exact_rate(span.start_time.rate) for f in fades_of(clip, exact_rate(span.start_time.rate))]
    level = 10 ** (float(cue.get("gain_db", CueOptions.gain_db)) / 20)
    lines = [
        "    <ITEM", f"      POSITION {float(seconds(span.start_time)):.14g}", "      SNAPOFFS 0",
        f"      LENGTH {float(seconds(span.duration)):.14g}", "      LOOP 0", "      ALLTAKES 0",
        f"      FADEIN 1 {float(fades[0]):.14g} 0 1 0 0 0", f"      FADEOUT 1 {float(fades[1]):.14g} 0 1 0 0 0",
        f"      MUTE {int(not clip.enabled)} 0", "      SEL 0", f"      IGUID {guid()}",
        f"      NAME {quoted(clip.name)}", f"      VOLPAN {level:.14g} 0 1 -1",
        f"      SOFFS {float(seconds(clip.trimmed_range().start_time)):.14g}", "      PLAYRATE 1 1 0 -1 0 0.0025",
        "      CHANMODE 0", f"      GUID {guid()}",
    ]  # fmt: skip
    path = media_path(clip)
    if path is None:
        lines += ["      <SOURCE EMPTY", "      >"]
    else:
        lines += [f"      <SOURCE {kind_of(path)}", f"        FILE {quoted(str(path))}", "      >"]
    # Quotes of the other kinds are written as numbers, so that the text can stand in a line.
    kept = json.dumps(cue).replace("'", "\\u0027").replace("`", "\\u0060")
    ext = ([f"        cuefinder {quoted(kept)}"] if cue else []) + (
        [f"        cuefinder_caption {quoted(str(ours['caption']))}"] if ours.get("caption") else []
    )
    return [*lines, *(["      <EXT", *ext, "      >"] if ext else []), "    >"]


def kind_of(path: Path) -> str:
    """REAPER's word for what decodes a file."""
    return SOURCES.get(path.suffix.lower(), "VIDEO")
