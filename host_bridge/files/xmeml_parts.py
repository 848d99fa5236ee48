"""Parts of Final Cut Pro 7's XML: rates, and comments of a clip."""

from __future__ import annotations

import math
from fractions import Fraction
from xml.etree import ElementTree as ET

from host_bridge.files.xmldoc import clean, sub

NOTES = ("mastercomment1", "mastercomment2", "mastercomment3", "mastercomment4", "clipcommenta", "clipcommentb")


def add_rate(parent: ET.Element, rate: Fraction) -> None:
    """Say frames per second."""
    made = sub(parent, "rate")
    sub(made, "timebase", str(math.ceil(rate)))
    sub(made, "ntsc", "TRUE" if rate.denominator == 1001 else "FALSE")


def add_note(item: ET.Element, prefix: str, text: str) -> None:
    """Put a text of ours into a comment that is ours or free."""
    comments = item.find("comments")
    if comments is None:
        comments = sub(item, "comments")
    notes = {note.tag: note for note in comments}
    ours = next((n for n in notes.values() if (n.text or "").startswith(prefix)), None)
    if ours is None:
        free = next((tag for tag in NOTES if tag not in notes or not (notes[tag].text or "").strip()), None)
        if free is None:
            raise ValueError("all comments of the clip are taken, there is no room for its caption")
        ours = notes[free] if free in notes else sub(comments, free)
    ours.text = clean(prefix + text)
