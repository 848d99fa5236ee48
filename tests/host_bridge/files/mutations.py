"""Files as they come out of full disks, bad cables and other people's scripts."""

from __future__ import annotations

import copy
import json
import random
from typing import Any
from xml.etree import ElementTree as ET

JUNK = ("", "0", "-1", "1", "9" * 20, "1e999", "nan", "-5/0s", "7/3s", "1/0", "x", "00:00:00;02", "..", "/", "null",
        "[]", '{"a": [1]}', "é\u202e🎵", "true", "V1", "playlist0", "tractor0", "r1", "file:///%zz", "%s%n",
        "a" * 3000)  # fmt: skip
TIMES = ("99:99:99:99", "00:00:00;00", "M2 x 1 2", "W001 20", "D", "024")
SCHEMAS = ("Clip.2", "Clip.99", "Gap.1", "Track.1", "Stack.1", "X.1", "Timeline.1", "", 5, "RationalTime.1",
           "TimeRange.1", "Transition.1")  # fmt: skip


def of_bytes(data: bytes, rng: random.Random) -> bytes:
    """Some bytes changed, lost, doubled or moved."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at, count = rng.randrange(len(out) or 1), rng.choice((1, 1, 2, 8, 60, 600))
        change = rng.randrange(6)
        if change == 0:
            out[at : at + 1] = bytes([rng.randrange(256)])
        elif change == 1:
            del out[at : at + count]
        elif change == 2:
            out[at:at] = out[at : at + count]
        elif change == 3:
            out[at : at + 1] = rng.choice(JUNK).encode()
        elif change == 4:
            other = rng.randrange(len(out) or 1)
            out[at : at + count] = out[other : other + count]
        elif rng.random() < 0.2:
            del out[at:]
    return bytes(out) or b"x"


def of_xml(data: bytes, rng: random.Random) -> bytes:
    """Whole XML with elements and values changed, lost, doubled or moved."""
    root = ET.fromstring(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        parents = [e for e in root.iter() if len(e)]
        if not parents:
            break
        parent = rng.choice(parents)
        child = rng.choice(list(parent))
        change = rng.randrange(7)
        if change == 0:
            parent.remove(child)
        elif change == 1:
            parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(child))
        elif change == 2:
            rng.choice(parents).append(copy.deepcopy(child))
        elif change == 3:
            child.text = rng.choice(JUNK)
        elif change == 4 and child.attrib:
            child.set(rng.choice(list(child.attrib)), rng.choice(JUNK))
        elif change == 5 and child.attrib:
            del child.attrib[rng.choice(list(child.attrib))]
        else:
            child.tag = rng.choice([e.tag for e in root.iter()])
    return ET.tostring(root)


def of_json(data: bytes, rng: random.Random) -> bytes:
    """Whole JSON with values changed, lost, doubled or moved."""
    whole = json.loads(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        places = list(_places(whole))
        if not places:
            break
        holder, key = rng.choice(places)
        change = rng.randrange(5)
        if change == 0:
            del holder[key]
        elif change == 1:
            holder[key] = rng.choice([None, True, -1, 1e308, 2**70, "", "x", [], {}, [None], float("nan"), *JUNK])
        elif change == 2:
            other, there = rng.choice(places)
            if there in other if isinstance(other, dict) else there < len(other):
                holder[key] = copy.deepcopy(other[there])
        elif change == 3 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif isinstance(holder, dict) and "OTIO_SCHEMA" in holder:
            holder["OTIO_SCHEMA"] = rng.choice(SCHEMAS)
    return json.dumps(whole).encode()


def _places(node: Any) -> Any:
    for key in node if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], (dict, list)):
            yield from _places(node[key])


def of_lines(data: bytes, rng: random.Random) -> bytes:
    """Text with lines and words changed, lost, doubled or moved."""
    lines = data.decode().split("\n")
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(lines))
        words = lines[at].split(" ")
        change = rng.randrange(5)
        if change == 0:
            lines.insert(rng.randrange(len(lines) + 1), lines[at])
        elif change == 1 and len(lines) > 1:
            del lines[at]
        elif change == 2:
            words[rng.randrange(len(words))] = rng.choice(JUNK + TIMES)
            lines[at] = " ".join(words)
        elif change == 3:
            del words[rng.randrange(len(words))]
            lines[at] = " ".join(words)
        else:
            lines[at], lines[at - 1] = lines[at - 1], lines[at]
    return "\n".join(lines).encode() or b"x"


STRUCTURED = {".otio": of_json, ".edl": of_lines, ".aaf": of_bytes}
"""What changes a format's meaning and not only its letters; XML for all others."""


def mutate(data: bytes, suffix: str, rng: random.Random) -> bytes:
    return (of_bytes if rng.random() < 0.3 else STRUCTURED.get(suffix, of_xml))(data, rng)
