"""Check OTIO JSON before OpenTimelineIO reads it, whose C++ crashes where a part is missing or another: `check`."""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 400
ITEMS = ("Clip", "Gap", "Transition", "Stack", "Track")
LISTS = {"Track": ("children", ITEMS), "Stack": ("children", ITEMS), "SerializableCollection": ("children", None)}
TIMES = {"source_range": "TimeRange", "available_range": "TimeRange", "marked_range": "TimeRange",
         "global_start_time": "RationalTime", "in_offset": "RationalTime", "out_offset": "RationalTime",
         "start_time": "RationalTime", "duration": "RationalTime"}  # fmt: skip
REFERENCES = ("ExternalReference", "MissingReference", "GeneratorReference", "ImageSequenceReference")


def check(node: Any) -> None:
    """Look through parsed JSON.

    Raises
    ------
    ValueError
        A part is not what OpenTimelineIO needs it to be, or it is nested too deeply.
    """
    _check(node, 0)


def _check(node: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("it is nested too deeply")
    if isinstance(node, dict):
        if "OTIO_SCHEMA" in node:
            _check_object(node)
        for child in node.values():
            _check(child, depth + 1)
    elif isinstance(node, list):
        for child in node:
            _check(child, depth + 1)


def _schema(node: Any) -> str:
    """Name of an object's schema, without its version."""
    name = node.get("OTIO_SCHEMA") if isinstance(node, dict) else None
    if not isinstance(name, str) or not name.rpartition(".")[2].isdigit():
        raise ValueError("a part of it is no OpenTimelineIO object")
    return name.rpartition(".")[0]


def _check_object(node: dict[str, Any]) -> None:
    schema = _schema(node)
    if not isinstance(node.get("metadata", {}), dict):
        raise ValueError(f"the metadata of a {schema} are none")
    if schema in LISTS:
        name, kinds = LISTS[schema]
        _objects(node.get(name), kinds, schema)
    if schema in ITEMS and schema != "Transition":
        _objects(node.get("markers", []), ("Marker",), schema)
        _objects(node.get("effects", []), None, schema)
    if schema == "Timeline":
        _objects([node.get("tracks")], ("Stack",), schema)
        _objects(node["tracks"].get("children"), ("Track",), schema)
    if schema == "Clip":
        _check_media(node)
    if schema in ("TimeRange", "RationalTime"):
        _check_time(node, schema)
    elif schema in (*ITEMS, *REFERENCES, "Timeline", "Marker"):
        for name, kind in TIMES.items():
            if node.get(name) is not None and _schema(node[name]) != kind:
                raise ValueError(f"the {name} of a {schema} is no {kind}")


def _objects(found: Any, kinds: tuple[str, ...] | None, owner: str) -> None:
    if not isinstance(found, list):
        raise ValueError(f"a {owner} lacks a part")
    for one in found:
        name = _schema(one)
        if kinds is not None and name not in kinds:
            raise ValueError(f"a {owner} cannot have a {name[:40]} in it")


def _check_media(clip: dict[str, Any]) -> None:
    found: Any = clip.get("media_references")
    if clip["OTIO_SCHEMA"] == "Clip.1":
        one = clip.get("media_reference")
        found = {"": one} if one is not None else {}
    else:
        if not isinstance(found, dict) or clip.get("active_media_reference_key") not in found:
            raise ValueError("a clip does not say where its media are")
    _objects(list(found.values()), None, "Clip")
    if "Clip" in {_schema(one) for one in found.values()}:
        raise ValueError("the media of a clip are a clip")


def _check_time(node: dict[str, Any], schema: str) -> None:
    if schema == "TimeRange":
        for name in ("start_time", "duration"):
            if _schema(node.get(name)) != "RationalTime":
                raise ValueError(f"the {name} of a range is no time")
    elif not all(isinstance(node.get(n), (int, float)) and not isinstance(node[n], bool) for n in ("value", "rate")):
        raise ValueError("a time has no value or rate")
