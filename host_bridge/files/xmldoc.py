"""XML of untrusted files: parse it safely, and write it again as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET
from xml.parsers import expat

MAX_DEPTH = 200
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class XmlError(ValueError):
    """Not the XML that we read; the text says why, in plain words."""


def parse(data: bytes, root: str) -> ET.Element:
    """Parse a document.

    Parameters
    ----------
    data : bytes
    root : str
        The tag that its first element must have.

    Raises
    ------
    XmlError
        It is damaged, declares entities, names an external or inner document type, or is nested without end. A bare
        ``<!DOCTYPE fcpxml>``, which editors write, does nothing and is let through.
    """
    builder = ET.TreeBuilder(insert_comments=True)
    parser = expat.ParserCreate()
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise XmlError("its elements are nested too deeply")
        if depth == 1 and tag != root:
            raise XmlError(f"it is <{tag[:40]}>, not <{root}>")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def comment(text: str) -> None:
        if depth:
            builder.comment(text)

    def doctype(name: str, system: str | None, public: str | None, inner: int) -> None:
        if system or public or inner:
            raise XmlError("it has a document type of its own (DOCTYPE), which is refused")

    def entity(*_: object) -> None:
        raise XmlError("it declares entities, which is refused")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.CommentHandler = builder.data, comment
    parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = doctype, entity
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise XmlError(f"it is not whole XML ({expat.ErrorString(error.code)}, line {error.lineno})") from error
    except (ValueError, LookupError) as error:
        if isinstance(error, XmlError):
            raise
        raise XmlError(f"it is not whole XML ({error})") from error
    return builder.close()


def dump(root: ET.Element, doctype: str = "") -> bytes:
    """A document as UTF-8."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n' + (f"<!DOCTYPE {doctype}>\n" if doctype else "")
    return (head + ET.tostring(root, encoding="unicode") + "\n").encode("utf-8")


def clean(text: str) -> str:
    """Text without the characters that XML cannot have."""
    return NOT_XML.sub("\ufffd", text)


def sub(parent: ET.Element, tag: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    """Add an element at the end."""
    return put_at(parent, len(parent), tag, text, **attributes)


def put_at(parent: ET.Element, place: int, tag: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    """Add an element at a place among the children."""
    made = ET.Element(tag, {key: clean(value) for key, value in attributes.items()})
    made.text, made.tail = (None if text is None else clean(text)), "\n"
    parent.insert(place, made)
    return made


def children(element: ET.Element, *tags: str) -> Iterator[ET.Element]:
    """The child elements with these tags; comments are passed over."""
    return (child for child in element if child.tag in tags)
