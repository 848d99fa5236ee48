"""What we keep in labels: captions, and what is known of our cues.

Audacity keeps nothing else with a clip. A label of ours lies over its clip and names the timeline track:
``rain on a street [caption of Voices]`` and ``Sunrise [cue of Voices: key=9f3c&title=...]``. All other labels are
markers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from urllib.parse import parse_qsl, quote, urlencode

from host_bridge.audacity.project import ClipInfo, LabelInfo, ProjectInfo, error_of
from host_bridge.host import CueOptions

LABEL_TRACK = "Cuefinder"
CAPTION = re.compile(r"(?P<text>.*) \[caption of (?P<track>.*)\]", re.DOTALL)
CUE = re.compile(r"(?P<text>.*) \[cue of (?P<track>.*): (?P<facts>\S*)\]", re.DOTALL)
NEAR = Fraction(1, 1000)
"""Seconds by which a label may miss its clip: clips begin on samples, labels anywhere."""

Entry = tuple[Fraction, Fraction, str]
"""Start, end and text of a new label."""


def one_line(text: str) -> str:
    """The text without line breaks, which a label cannot show."""
    return " ".join(text.split())


def caption_text(caption: str, track: str) -> str:
    """A label's text for a caption of a clip on a timeline track."""
    return f"{one_line(caption)} [caption of {track}]"


def cue_text(options: CueOptions, track: str) -> str:
    """A label's text for a cue on a timeline track."""
    known = {"key": options.key, "title": options.title, "artist": options.artist, "fade_in": str(options.fade_in),
             "fade_out": str(options.fade_out), "gain_db": f"{options.gain_db:g}"}  # fmt: skip
    kept = {key: value for key, value in known.items() if key == "key" or value not in ("", "0")}
    return f"{one_line(options.name)} [cue of {track}: {urlencode(kept, quote_via=quote)}]"


def is_marker(label: LabelInfo) -> bool:
    """Whether it is neither a caption nor a cue of ours."""
    return not (CAPTION.fullmatch(label.text) or CUE.fullmatch(label.text))


def caption_label(project: ProjectInfo, clip: ClipInfo) -> LabelInfo | None:
    """The label with the clip's caption."""
    return _label(project, clip, CAPTION)


def caption_of(project: ProjectInfo, clip: ClipInfo) -> str | None:
    """The clip's caption."""
    found = caption_label(project, clip)
    match = CAPTION.fullmatch(found.text) if found else None
    return match["text"] if match else None


def cue_of(project: ProjectInfo, clip: ClipInfo) -> Mapping[str, str | float] | None:
    """What is known of a cue that we placed: key, title, artist, fade_in, fade_out (text) and gain_db (float)."""
    found = _label(project, clip, CUE)
    match = CUE.fullmatch(found.text) if found else None
    if match is None:
        return None
    known = dict(parse_qsl(match["facts"]))
    named = {key: known.get(key, "") for key in ("key", "title", "artist")}
    fades = {key: known.get(key, "0") for key in ("fade_in", "fade_out")}
    return {**named, **fades, "gain_db": float(known.get("gain_db", 0))}


def _label(project: ProjectInfo, clip: ClipInfo, pattern: re.Pattern[str]) -> LabelInfo | None:
    """The label over a clip; where clips on several timeline tracks lie like it, the one that names its track."""
    alike = [other for other in project.clips if _same_place(other, clip)]
    name = project.tracks[clip.track].name
    for label in project.labels:
        match = pattern.fullmatch(label.text)
        if match and _same_place(label, clip) and (match["track"] == name or len(alike) == 1):
            return label
    return None


def _same_place(a: ClipInfo | LabelInfo, b: ClipInfo | LabelInfo) -> bool:
    return all(abs(x - y) <= NEAR + 2 * error_of(y) for x, y in ((a.start, b.start), (a.end, b.end)))
