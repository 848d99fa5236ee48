"""Read and write Ardour's XML files: those of a session may come from anywhere."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from pathlib import Path
from xml.parsers import expat

from host_bridge.errors import TimelineError

BIGGEST = 512 * 2**20
DEEPEST = 200
"""Elements inside of elements; Ardour's own need about 12."""


class _Refused(Exception):
    """The file has something that Ardour never writes."""


def parse(path: Path) -> ET.Element:
    """Read an XML file without document type, so that no entity can blow up or fetch another file.

    Raises
    ------
    TimelineError
        It cannot be read, or is damaged or too big.
    """
    return parse_bytes(path, read(path))


def read(path: Path) -> bytes:
    """All of a file."""
    try:
        if path.stat().st_size > BIGGEST:
            raise TimelineError(path, "it is too big for an Ardour session")
        return path.read_bytes()
    except OSError as error:
        raise TimelineError(path, f"it cannot be read: {error.strerror or error}") from error


def parse_bytes(path: Path, raw: bytes) -> ET.Element:
    """`parse` what was read from a file; `path` is for the error."""
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise _Refused("elements are nested too deep")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def doctype(*_: object) -> None:
        raise _Refused("it has a document type, which Ardour never writes; it is not read")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.data, doctype
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise TimelineError(path, f"it is damaged: {error}") from error
    except (_Refused, ValueError) as error:
        raise TimelineError(path, str(error)) from error
    return builder.close()


def write(root: ET.Element, path: Path) -> None:
    """Write a new XML file, safe on disk when this returns."""
    with path.open("xb") as file:
        file.write(ET.tostring(root, encoding="UTF-8", xml_declaration=True))
        file.flush()
        os.fsync(file.fileno())
