"""How other programs write what the library knows of a track."""

from __future__ import annotations

from plugin.filetags.fields import GENRES, short_key
from plugin.library.records import Track

REFERENCE_LUFS = -18.0
"""Loudness that ReplayGain 2 brings every track to."""


def genre(track: Track) -> str:
    """Give the likeliest genres, as "Ambient, Techno"; empty if none was heard."""
    return ", ".join([tag.name.title() for tag in track.tags if tag.group == "genre"][:GENRES])


def tonality(track: Track) -> str:
    """Give the key as DJ programs have it, "Am"; empty if none was found."""
    return short_key(track.key) if track.key else ""


def gain(track: Track) -> float | None:
    """Give the gain of ReplayGain 2 in dB."""
    return None if track.loudness is None else round(REFERENCE_LUFS - track.loudness, 2)
