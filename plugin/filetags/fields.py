"""The fields that can be written, and what goes into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugin.library.records import TagScore

GENRES, MOODS = 2, 3
"""Words that a file gets at most."""
_SIGNS = {"minor": "m", "major": ""}


@dataclass(frozen=True, slots=True)
class Field:
    """A field and its names in the formats; the first is written where none of them is there yet.

    Attributes
    ----------
    id3 : str
        Frame of ID3v2.4; "TXXX:..." for a named text of one's own.
    vorbis : tuple of str
    mp4 : tuple of str
        Atoms.
    ours : bool
        Only Cuefinder writes it, so an old value is no choice of the user's.
    """

    id3: str
    vorbis: tuple[str, ...]
    mp4: tuple[str, ...]
    ours: bool = False


def _own(name: str) -> Field:
    name = f"CUEFINDER_{name}"
    return Field(f"TXXX:{name}", (name,), (f"----:com.apple.iTunes:{name}",), ours=True)


FIELDS: dict[str, Field] = {
    "genre": Field("TCON", ("GENRE",), ("©gen",)),
    "mood": Field("TMOO", ("MOOD",), ("----:com.apple.iTunes:MOOD",)),
    "bpm": Field("TBPM", ("BPM", "TEMPO"), ("tmpo",)),
    "key": Field("TKEY", ("INITIALKEY", "KEY"),
                 ("----:com.apple.iTunes:initialkey", "----:com.apple.iTunes:INITIALKEY")),
    "comment": Field("COMM", ("COMMENT", "DESCRIPTION"), ("©cmt",)),
    "instrument": _own("INSTRUMENT"),
    "vocal": _own("VOCAL"),
    "role": _own("ROLE"),
    "caption": _own("CAPTION"),
}  # fmt: skip
"""By their names in Cuefinder. Words of the standards first, then our own, which no other program touches."""


def wanted_fields(
    tags: Sequence[TagScore],
    *,
    tempo: float | None = None,
    key: str | None = None,
    caption: str = "",
    role: str = "",
) -> dict[str, tuple[str, ...]]:
    """Give the values of the fields for what was heard.

    Parameters
    ----------
    tags : sequence of TagScore
        Best first.
    tempo : float, optional
        Beats a minute.
    key : str, optional
        Such as "A minor"; written as DJ programs have it, "Am".
    caption : str
        Goes into the comment as well.
    role : str
        Of a stem.

    Returns
    -------
    dict of str to tuple of str
        Without empty ones.
    """
    names = {group: [tag.name for tag in tags if tag.group == group]
             for group in ("genre", "mood", "instrument", "vocal")}  # fmt: skip
    found: Mapping[str, Sequence[str]] = {
        "genre": [name.title() for name in names["genre"][:GENRES]],
        "mood": [name.title() for name in names["mood"][:MOODS]],
        "bpm": [] if tempo is None else [f"{tempo:.0f}"],
        "key": [] if key is None else [short_key(key)],
        "comment": [caption],
        "instrument": names["instrument"],
        "vocal": names["vocal"],
        "role": [role],
        "caption": [caption],
    }
    values = {field: tuple(value for value in found[field] if value) for field in FIELDS}
    return {field: value for field, value in values.items() if value}


def short_key(key: str) -> str:
    """Give "Am" for "A minor" and "Eb" for "Eb major", which ID3v2.4 asks for."""
    note, mode = key.split()
    return note + _SIGNS[mode]
