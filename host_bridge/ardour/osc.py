"""Open Sound Control 1.0 packets: messages and bundles of int, float, string, blob, double and truth values.

Written here as Ardour needs one codec, one socket and no dispatcher; a library would bring a server thread that we
cannot use, since an answer must be waited for with a deadline.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

Argument = int | float | str | bytes | bool | None
BUNDLE = b"#bundle\0"
NUMBERS = {"i": ">i", "h": ">q", "f": ">f", "d": ">d", "t": ">Q"}
WORDS: dict[str, Argument] = {"T": True, "F": False, "N": None, "I": math.inf}
DEEPEST = 8
"""Bundles inside of bundles."""


class OscError(ValueError):
    """A packet is not what it should be."""


@dataclass(frozen=True)
class Message:
    """An address and its arguments."""

    address: str
    arguments: tuple[Argument, ...] = ()


def encode(address: str, *arguments: int | float | str) -> bytes:
    """A message as a packet: int as int32, float as float32.

    Raises
    ------
    OscError
        A value has no place in OSC, such as text with a zero byte or an integer beyond 32 bits.
    """
    tags, data = ",", b""
    for value in arguments:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise OscError(f"{value!r} cannot be sent")
        if isinstance(value, str):
            tags, data = tags + "s", data + _padded(value)
            continue
        tag = "i" if isinstance(value, int) else "f"
        try:
            tags, data = tags + tag, data + struct.pack(NUMBERS[tag], value)
        except (struct.error, OverflowError) as error:
            raise OscError(f"{value} is too big to be sent") from error
    return _padded(address) + _padded(tags) + data


def decode(packet: bytes) -> list[Message]:
    """The messages of a packet, those of bundles in their order.

    Raises
    ------
    OscError
    """
    return list(_messages(packet, 0))


def _padded(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    if b"\0" in raw:
        raise OscError("text with a zero byte cannot be sent")
    return raw + b"\0" * (4 - len(raw) % 4)


def _messages(packet: bytes, depth: int) -> Iterator[Message]:
    if not packet.startswith(BUNDLE):
        yield _message(packet)
        return
    if depth >= DEEPEST:
        raise OscError("bundles are nested too deep")
    at = len(BUNDLE) + 8  # the time tag; all is taken at once
    if len(packet) < at:
        raise OscError("a bundle is cut short")
    while at < len(packet):
        size, at = _number(packet, at, ">i")
        if not 0 < size <= len(packet) - at or size % 4:
            raise OscError("an element of a bundle has an impossible size")
        yield from _messages(packet[at : at + int(size)], depth + 1)
        at += int(size)


def _message(packet: bytes) -> Message:
    address, at = _text(packet, 0)
    if not address.startswith(("/", "#")):  # Ardour answers with "#reply", which OSC does not allow
        raise OscError("a message has no address")
    if at >= len(packet):
        return Message(address)
    tags, at = _text(packet, at)
    if not tags.startswith(","):
        raise OscError("a message has no types")
    arguments: list[Argument] = []
    for tag in tags[1:]:
        value: Argument
        if tag in NUMBERS:
            value, at = _number(packet, at, NUMBERS[tag])
        elif tag in "sS":
            value, at = _text(packet, at)
        elif tag == "b":
            value, at = _blob(packet, at)
        elif tag in WORDS:
            value = WORDS[tag]
        else:
            raise OscError(f"a message has an argument of the unknown type {tag!r}")
        arguments.append(value)
    return Message(address, tuple(arguments))


def _number(packet: bytes, at: int, form: str) -> tuple[int | float, int]:
    end = at + struct.calcsize(form)
    if end > len(packet):
        raise OscError("a number is cut short")
    (value,) = struct.unpack(form, packet[at:end])
    return value, end


def _text(packet: bytes, at: int) -> tuple[str, int]:
    end = packet.find(b"\0", at)
    if end < 0:
        raise OscError("a text has no end")
    return packet[at:end].decode("utf-8", "replace"), at + (end - at) // 4 * 4 + 4


def _blob(packet: bytes, at: int) -> tuple[bytes, int]:
    size, at = _number(packet, at, ">i")
    end = at + int(size)
    if size < 0 or end > len(packet):
        raise OscError("a blob is cut short")
    return packet[at:end], at + (end - at + 3) // 4 * 4
