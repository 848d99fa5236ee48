"""The formats of timeline files: what each keeps, and `read`, `convert` and `open_document` for all of them."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING

import opentimelineio as otio

from host_bridge.errors import BridgeError, TimelineError
from host_bridge.host import Capability

if TYPE_CHECKING:
    from host_bridge.files.document import Document

MAX_BYTES = 256 * 2**20
"""Larger files are no timelines, or none that fit into memory."""


class Keeps(StrEnum):
    """What a format may keep; each is measured by `host_bridge.files.matrix`."""

    CLIPS = "clips exact"
    NAMES = "any name"
    START = "start timecode"
    DROP_FRAME = "drop frame"
    TRACK_NAMES = "track names"
    COLOURS = "track colours"
    CAPTIONS = "clip captions"
    CLIP_MARKERS = "clip markers"
    MARKERS = "timeline markers"
    CUE = "cue"
    FADES = "fades"
    GAIN = "gain"


NEEDS = {
    Capability.INSERT_CUE: Keeps.CUE, Capability.FADES: Keeps.FADES, Capability.GAIN: Keeps.GAIN,
    Capability.MARKERS: Keeps.MARKERS, Capability.ANNOTATE: Keeps.CAPTIONS,
    Capability.RENAME_TRACKS: Keeps.TRACK_NAMES, Capability.COLOUR_TRACKS: Keeps.COLOURS,
}  # fmt: skip


@dataclass(frozen=True)
class Format:
    """A format of timeline files.

    Attributes
    ----------
    suffix : str
        With the dot.
    title : str
        Its name, as users know it.
    editors : str
        Which programs read and write it.
    place : str
        Where its `document` is, "module:class"; that is imported when it is asked for, as few ever need all of them.
    keeps : frozenset of Keeps
    """

    suffix: str
    title: str
    editors: str
    place: str
    keeps: frozenset[Keeps]

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What a host over such a file can do; taking back is in memory, so always."""
        return frozenset({Capability.UNDO} | {c for c, needed in NEEDS.items() if needed in self.keeps})

    @property
    def document(self) -> type[Document]:
        """The class of its files."""
        found: type[Document] = resolve_name(self.place)
        return found


ALL = frozenset(Keeps)
FORMATS = (
    Format(".otio", "OpenTimelineIO", "Resolve, Kdenlive from 25.04, RV", "host_bridge.files.otio_json:OtioDocument",
           ALL - {Keeps.FADES, Keeps.GAIN}),
    Format(".fcpxml", "Final Cut Pro XML", "Final Cut Pro, Resolve", "host_bridge.files.fcpxml:FcpxmlDocument",
           ALL - {Keeps.TRACK_NAMES, Keeps.COLOURS}),
    Format(".kdenlive", "Kdenlive", "Kdenlive, melt", "host_bridge.files.kdenlive:KdenliveDocument",
           ALL - {Keeps.COLOURS}),
    Format(".mlt", "MLT XML", "Shotcut, melt", "host_bridge.files.mlt:MltDocument", ALL - {Keeps.COLOURS}),
    Format(".xml", "Final Cut Pro 7 XML", "Premiere Pro, Resolve, Final Cut Pro 7",
           "host_bridge.files.xmeml:XmemlDocument", ALL - {Keeps.TRACK_NAMES, Keeps.COLOURS, Keeps.FADES, Keeps.GAIN}),
    Format(".edl", "CMX 3600 edit decision list", "nearly all", "host_bridge.files.edl:EdlDocument",
           frozenset({Keeps.CLIPS, Keeps.NAMES, Keeps.START, Keeps.DROP_FRAME, Keeps.CUE})),
    Format(".aaf", "Advanced Authoring Format", "Avid Media Composer, Pro Tools, Resolve, Premiere Pro",
           "host_bridge.files.aaf:AafDocument", ALL - {Keeps.COLOURS, Keeps.CAPTIONS, Keeps.FADES, Keeps.GAIN}),
)  # fmt: skip
"""All whose frames are an editor's; what they keep is measured by the tests."""
RPP = Format(
    ".rpp", "REAPER project", "REAPER 5 to 7", "host_bridge.reaper.rpp_file:RppDocument",
    ALL - {Keeps.DROP_FRAME, Keeps.CLIP_MARKERS},
)  # fmt: skip
"""A format of its own, opened by `host_bridge.reaper.rpp_host`: its frames are samples."""


def format_of(path: Path) -> Format:
    """The format of a path, by its suffix.

    Raises
    ------
    TimelineError
        It is none that we read.
    """
    for one in FORMATS:
        if path.suffix.lower() == one.suffix:
            return one
    raise TimelineError(path, f"timelines are read from {', '.join(f.suffix for f in FORMATS)} files")


def load(path: Path) -> bytes:
    """The content of a file that can be a timeline.

    Raises
    ------
    TimelineError
        It is not there, no file, empty, or too large.
    """
    try:
        if not path.is_file():
            raise TimelineError(path, "it is a folder" if path.is_dir() else "there is no such file")
        if path.stat().st_size > MAX_BYTES:
            raise TimelineError(path, f"it is larger than {MAX_BYTES // 2**20} MB, which no timeline is")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise TimelineError(path, f"it cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if not data.strip():
        raise TimelineError(path, "it is empty")
    return data


def open_document(path: Path, data: bytes | None = None, rate: Fraction | None = None) -> Document:
    """Open a timeline file.

    Parameters
    ----------
    path : Path
    data : bytes, optional
        Its content, where that is at hand.
    rate : Fraction, optional
        Frames per second, for EDLs, which do not say theirs.

    Raises
    ------
    TimelineError
    """
    found = format_of(path)
    data = load(path) if data is None else data
    try:
        with quiet():
            return found.document(data, path, rate)
    except BridgeError:
        raise
    except Exception as error:  # there is no end to what adapters trip over in damaged files
        raise TimelineError(path, f"it is damaged, or no {found.title} file: {one_line(error)}") from error


def read(path: Path, rate: Fraction | None = None) -> otio.schema.Timeline:
    """Read a timeline file.

    Raises
    ------
    TimelineError
    """
    timeline: otio.schema.Timeline = open_document(path, rate=rate).timeline()
    return timeline


def one_line(error: BaseException) -> str:
    """What an error says, on one short line; what only a programmer understands is not shown."""
    if not isinstance(error, (ValueError, OSError, otio.exceptions.OTIOError)):
        return f"its parts do not fit together ({type(error).__name__})"
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else text[:159] + "…"


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what adapters say of themselves (deprecations, doubts about a file) from the user and from being errors."""
    root, nowhere = logging.getLogger(), logging.NullHandler()
    # pyaaf2 logs by the root logger, which gets a handler for good at the first word if it has none.
    root.addHandler(nowhere)
    root.addFilter(_not_of_aaf2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.removeFilter(_not_of_aaf2)
        root.removeHandler(nowhere)


def _not_of_aaf2(record: logging.LogRecord) -> bool:
    return "aaf2" not in Path(record.pathname).parts
