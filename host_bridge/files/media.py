"""Where the media of a timeline's clips are: `media_of`. What is missing is a fact to tell, not an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import opentimelineio as otio

from host_bridge.timeline import clip_id, facts, media_path, placed_clips


class MediaState(StrEnum):
    """How a file of media is found."""

    THERE = "there"
    PROXY = "only its proxy is there"
    GONE = "not there"
    ELSEWHERE = "not on this machine's disks"
    NONE = "made by the editor, no file"


@dataclass
class Media:
    """One file of media.

    Attributes
    ----------
    path : Path, optional
    url : str
        As the timeline has it, where it is no path.
    state : MediaState
    proxy : Path, optional
        Smaller stand-in that is there.
    clips : list of str
        Ids of the clips that use it.
    """

    path: Path | None
    url: str
    state: MediaState
    proxy: Path | None = None
    clips: list[str] = field(default_factory=list)


def media_of(timeline: otio.schema.Timeline) -> list[Media]:
    """Every file of media that clips use, in the order of the clips."""
    found: dict[str, Media] = {}
    for placed in placed_clips(timeline):
        clip = placed.clip
        path, url = media_path(clip), str(getattr(clip.media_reference, "target_url", "") or "")
        key = str(path or url)
        if key not in found:
            proxy = facts(clip).get("proxy")
            stand_in = Path(str(proxy)) if proxy and _is_file(Path(str(proxy))) else None
            found[key] = Media(path, url, _state(path, url, stand_in), stand_in)
        found[key].clips.append(clip_id(clip))
    return list(found.values())


def _state(path: Path | None, url: str, proxy: Path | None) -> MediaState:
    if path is None:
        return MediaState.ELSEWHERE if url else MediaState.NONE
    if _is_file(path):
        return MediaState.THERE
    return MediaState.PROXY if proxy is not None else MediaState.GONE


def _is_file(path: Path) -> bool:
    """Whether a file is there; a name that no disk can have (too long, a NUL in it) is not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
