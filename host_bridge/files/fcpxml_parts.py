"""Parts of Final Cut Pro's XML: which elements are clips, in which order they stand, and our metadata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from host_bridge.files.xmldoc import children, clean, sub

CLIPS = ("asset-clip", "clip", "video", "audio", "title", "ref-clip", "sync-clip", "mc-clip")
STORY = (*CLIPS, "gap", "audition", "spine")
MARKER_NOTE = "Cuefinder: timeline"
"""Note of markers that belong to the timeline: Final Cut keeps all markers in clips."""
KEY = "com.cuefinder."
AFTER_MARKERS = ("audio-channel-source", "audio-role-source", "sync-source", "filter-video", "filter-video-mask",
                 "filter-audio", "metadata")  # fmt: skip
AFTER_CLIPS = ("marker", "chapter-marker", "rating", "keyword", "analysis-marker", *AFTER_MARKERS)
"""The document type has an order: connected clips, then markers, then these."""


def active(element: ET.Element) -> ET.Element:
    """The clip of an audition that plays; others are themselves."""
    return next(children(element, *CLIPS), element) if element.tag == "audition" else element


def inside(element: ET.Element) -> Iterator[ET.Element]:
    """An element and what it is made of, without what is connected to it."""
    yield element
    for child in children(element, "video", "audio", "asset-clip", "clip", "spine"):
        if child.get("lane") is None:
            yield from inside(child)


def md(element: ET.Element, key: str) -> str | None:
    """Our metadata of a clip."""
    for found in element.iterfind("metadata/md"):
        if found.get("key") == KEY + key:
            return found.get("value")
    return None


def before(parent: ET.Element, tags: tuple[str, ...]) -> int:
    """Index of the first child with one of these tags; the number of children where there is none."""
    return next((i for i, child in enumerate(parent) if child.tag in tags), len(parent))


def set_md(element: ET.Element, key: str, value: str) -> None:
    """Set our metadata of a clip; others' stay."""
    metadata: Any = element.find("metadata")
    if metadata is None:
        metadata = sub(element, "metadata")
    found = next((m for m in children(metadata, "md") if m.get("key") == KEY + key), None)
    if found is None:
        found = sub(metadata, "md", key=KEY + key)
    found.set("value", clean(value))
