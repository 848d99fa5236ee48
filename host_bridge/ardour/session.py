"""What an Ardour session file says: `read_session`."""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from host_bridge.ardour.clock import Clock
from host_bridge.ardour.xmlfile import parse_bytes, read
from host_bridge.errors import TimelineError

KINDS = {"audio": "audiofiles", "midi": "midifiles"}
OLDEST = 3000
NO_MARKER = ("IsSessionRange", "IsAutoLoop", "IsAutoPunch", "IsHidden", "IsSkip", "IsClockOrigin", "IsXrun")


@dataclass(frozen=True)
class Region:
    """A region on a playlist, or of a whole file; times in seconds.

    Attributes
    ----------
    position : Fraction
        From the session's start.
    start : Fraction
        Where in the file it begins.
    media : Path, optional
        The file of its first channel; None for what lies in no file, such as a compound region.
    channels : int
    """

    id: str
    name: str
    position: Fraction
    start: Fraction
    length: Fraction
    media: Path | None
    channels: int
    muted: bool
    gain: float


@dataclass(frozen=True)
class SessionTrack:
    """A timeline track; `colour` is #rrggbb, or None where Ardour may choose; `selected` as when it was saved."""

    id: str
    name: str
    kind: str
    colour: str | None
    regions: tuple[Region, ...]
    selected: bool = False


@dataclass(frozen=True)
class Location:
    """A marker, or a range where `end` lies after `start`: seconds."""

    id: str
    name: str
    start: Fraction
    end: Fraction


@dataclass(frozen=True)
class Session:
    """A session as its file has it.

    Attributes
    ----------
    path : Path
    digest : str
        Of the file's bytes.
    rate : int
        Samples per second.
    offset : int
        Samples that its timecode is ahead of its start.
    whole : tuple of Region
        Those of whole files, which lie on no playlist.
    """

    path: Path
    digest: str
    name: str
    rate: int
    offset: int
    tracks: tuple[SessionTrack, ...]
    locations: tuple[Location, ...]
    whole: tuple[Region, ...]


def read_session(path: Path) -> Session:
    """Read a session file (``name.ardour``).

    Raises
    ------
    TimelineError
        It cannot be read, is damaged, or is of an Ardour before 3.
    """
    raw = read(path)
    return understand(parse_bytes(path, raw), path, hashlib.sha256(raw).hexdigest())


def understand(root: ET.Element, path: Path, digest: str = "") -> Session:
    """`read_session` of a tree that is parsed already."""
    if root.tag != "Session":
        raise TimelineError(path, "it is no Ardour session")
    try:
        version = root.get("version") or "0"
        if int(version.partition(".")[0]) < OLDEST:
            raise TimelineError(path, "it was made by an Ardour before version 3; open and save it in Ardour first")
        return _session(root, path, digest)
    except (ValueError, KeyError, ZeroDivisionError) as error:
        raise TimelineError(
            path, f"it is damaged: {error if isinstance(error, ValueError) else repr(error)}"
        ) from error


def _session(root: ET.Element, path: Path, digest: str) -> Session:
    rate = int(root.attrib["sample-rate"])
    if rate <= 0:
        raise ValueError("its sample rate is not above zero")
    clock = Clock(root, rate)
    media = {node.attrib["id"]: _media(node, path.parent) for node in root.iterfind("Sources/Source")}
    lists = {node.attrib["id"]: node for node in root.iterfind("Playlists/Playlist")}
    options = {o.get("name"): o.get("value") or "" for o in root.iterfind("Config/Option")}
    offset = int(options.get("timecode-offset") or 0)
    return Session(
        path, digest, path.stem, rate,
        offset if options.get("timecode-offset-negative") == "0" else -offset,
        tuple(_tracks(root, lists, clock, media)),
        tuple(_locations(root, clock)),
        tuple(_region(n, clock, media) for n in root.iterfind("Regions/Region")),
    )  # fmt: skip


def _media(node: ET.Element, folder: Path) -> Path | None:
    name, origin, kind = node.attrib["name"], node.get("origin") or "", KINDS.get(node.get("type") or "")
    if kind is None or node.get("playlist"):
        return None  # a compound region's source is a playlist
    if name.startswith("/"):
        return Path(name)
    if origin.startswith("/"):  # where it has an origin, Ardour takes that and no file of the session's
        return Path(origin)
    places = sorted(folder.glob(f"interchange/*/{kind}"))
    found = [place / name for place in places if (place / name).is_file()]
    return next(iter(found), (places[0] if places else folder / "interchange" / folder.name / kind) / name)


def _tracks(
    root: ET.Element, lists: dict[str, ET.Element], clock: Clock, media: dict[str, Path | None]
) -> Iterator[SessionTrack]:
    def order(route: ET.Element) -> int:
        info = route.find("PresentationInfo")
        return int((info.get("order") if info is not None else None) or 0)

    chosen = {node.get("stripable") for node in root.iterfind("Selection/StripableAutomationControl")}
    for route in sorted(root.iterfind("Routes/Route"), key=order):
        kind = next((k for k in KINDS if route.get(f"{k}-playlist")), None)
        playlist = lists.get(route.get(f"{kind}-playlist") or "") if kind else None
        if kind is None or playlist is None:
            continue  # a bus
        regions = tuple(_region(node, clock, media) for node in playlist.iterfind("Region"))
        id = route.attrib["id"]
        yield SessionTrack(id, route.attrib["name"], kind, _colour(route), regions, id in chosen)


def _colour(route: ET.Element) -> str | None:
    info = route.find("PresentationInfo")
    value = int((info.get("color") if info is not None else None) or 0)
    return f"#{value >> 8 & 0xFFFFFF:06x}" if value else None


def _region(node: ET.Element, clock: Clock, media: dict[str, Path | None]) -> Region:
    length, position = clock.span(node.attrib["length"])
    if position is None:  # before Ardour 7
        position = clock.at(node.get("position") or "0")
    return Region(
        node.attrib["id"], node.attrib["name"], position, clock.at(node.get("start") or "0"), length,
        media.get(node.get("source-0") or ""), int(node.get("channels") or 1), node.get("muted") == "1",
        float(node.get("scale-amplitude") or 1),
    )  # fmt: skip


def _locations(root: ET.Element, clock: Clock) -> Iterator[Location]:
    for node in root.iterfind("Locations/Location"):
        flags = (node.get("flags") or "").split(",")
        if any(flag in NO_MARKER for flag in flags):
            continue
        start = clock.at(node.attrib["start"])
        end = clock.at(node.get("end") or "a0") if "IsRangeMarker" in flags else start
        yield Location(node.attrib["id"], node.get("name") or "", start, max(start, end))
