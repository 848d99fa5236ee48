"""Where the media of MLT's producers are: the file or URL, and the proxy that is played in its place."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from host_bridge.files.mlt_xml import PRODUCERS, Mlt, prop

GENERATORS = {"color", "colour", "kdenlivetitle", "noise", "count", "tone", "blipflash", "qtext", "hold", "ising",
              "lissajous", "plasma", "webvfx", "timeline"}  # fmt: skip
"""Services that make their picture or sound and read no file."""


def media(mlt: Mlt, producer: ET.Element) -> str | None:
    """The file or URL that a producer reads, the original where it plays a proxy; None where it reads none."""
    if producer.tag not in PRODUCERS or prop(producer, "mlt_service") in GENERATORS:
        return None
    names = ("kdenlive:originalurl", "shotcut:originalResource", "warp_resource", "resource")
    text = next((value for name in names if (value := prop(producer, name))), "")
    if not text or text.startswith("<"):
        return None
    return text if "://" in text else str(absolute(mlt, text))


def proxy(mlt: Mlt, producer: ET.Element) -> str | None:
    """The proxy that a producer plays in place of its media."""
    text = prop(producer, "kdenlive:proxy") or (
        prop(producer, "resource") if prop(producer, "shotcut:proxy") == "1" else None
    )
    return str(absolute(mlt, text)) if text and text != "-" else None


def absolute(mlt: Mlt, text: str) -> Path:
    """A path of the document; a project that was moved finds what lies beside it."""
    if Path(text).is_absolute():
        return Path(text)
    rooted = mlt.folder / mlt.root.get("root", "") / text
    beside = mlt.folder / text
    return beside if not rooted.exists() and beside.exists() else rooted
