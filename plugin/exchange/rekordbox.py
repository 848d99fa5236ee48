"""rekordbox's XML: what it exports, imports, and other DJ programs read as well."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO
from urllib.parse import quote_from_bytes, unquote_to_bytes

import plugin
from plugin.errors import InputError
from plugin.exchange.fields import genre, tonality
from plugin.library.marks import STARS
from plugin.library.records import Track

FAVOURITES = "Cuefinder favourites"
"""The playlist that says which tracks are favourites: rekordbox has no field for it."""
STAR = 51
"""A star in rekordbox's ratings, 0 to 255."""

_HOST = "file://localhost"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DRIVE = re.compile(r"/[A-Za-z]:")


def write_rekordbox(tracks: Iterable[Track], file: TextIO) -> None:
    """Write the tracks that were heard as a collection, and the favourites among them as a playlist."""
    heard = [track for track in tracks if track.duration is not None]
    root = ET.Element("DJ_PLAYLISTS", Version="1.0.0")
    ET.SubElement(root, "PRODUCT", Name="Cuefinder", Version=plugin.__version__, Company="")
    collection = ET.SubElement(root, "COLLECTION", Entries=str(len(heard)))
    for track in heard:
        ET.SubElement(collection, "TRACK", {key: _NOT_XML.sub("�", text) for key, text in _attributes(track).items()})
    lists = ET.SubElement(ET.SubElement(root, "PLAYLISTS"), "NODE", Type="0", Name="ROOT", Count="1")
    liked = [track for track in heard if track.favourite]
    node = ET.SubElement(lists, "NODE", Name=FAVOURITES, Type="1", KeyType="0", Entries=str(len(liked)))
    for track in liked:
        ET.SubElement(node, "TRACK", Key=str(track.id))
    ET.indent(root)
    file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    file.write(ET.tostring(root, encoding="unicode") + "\n")


def read_rekordbox(data: bytes) -> Iterator[tuple[dict[str, str], bool]]:
    """Give the attributes of each track, and whether it is in the playlist of favourites.

    Raises
    ------
    InputError
        It is no XML, or none of rekordbox; the message lacks the file's name.
    """
    try:
        root = ET.fromstring(data)
    except (ET.ParseError, LookupError, ValueError) as error:  # damaged, or in an encoding that is not there
        raise InputError(f"damaged XML ({error})") from error
    if root.tag != "DJ_PLAYLISTS":
        raise InputError(f"not a collection of rekordbox: its first element is {root.tag}")
    nodes = [node for node in root.iter("NODE") if node.get("Name") == FAVOURITES]
    liked = {entry.get("Key") for node in nodes for entry in node.iter("TRACK")}
    for track in root.iterfind("COLLECTION/TRACK"):
        yield dict(track.attrib), track.get("TrackID") in liked


def location_of(path: Path) -> str:
    """Give a file's URL as rekordbox writes it; any bytes of the name survive."""
    text = path.absolute().as_posix()
    return _HOST + quote_from_bytes(os.fsencode(text if text.startswith("/") else f"/{text}"), safe="/:")


def path_of(location: str) -> Path | None:
    """Give the file of a URL; None where it names none."""
    if not location.startswith("file://"):
        return None
    text = os.fsdecode(unquote_to_bytes("/" + location.removeprefix("file://").partition("/")[2]))
    return Path(text[1:] if _DRIVE.match(text) else text)


def _attributes(track: Track) -> dict[str, str]:
    values = {
        "TrackID": str(track.id),
        "Name": track.name,
        "Artist": track.artist,
        "Album": track.album,
        "Genre": genre(track),
        "Kind": f"{track.path.suffix[1:].upper()} File",
        "Size": str(track.stamp.size),
        "TotalTime": str(round(track.duration or 0.0)),
        "AverageBpm": "" if track.tempo is None else f"{track.tempo:.2f}",
        "Tonality": tonality(track),
        "Comments": track.caption,
        "Rating": str(STAR * min(track.rating, STARS)),
        "Location": location_of(track.path),
    }
    return {name: value for name, value in values.items() if value}
