"""TensorFlow's record files and the two messages in them, read without TensorFlow.

A file is a row of: length of the data (8 bytes, little-endian), a checksum of it (4), the data, a checksum of the data
(4). The data is a protocol buffer, `Example` (features by name) or `SequenceExample` (context: features by name; lists
of features by name). The checksums are not verified: Python is too slow at CRC-32C for terabytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from models.errors import DatasetError
from plugin.errors import printable

Values = list[bytes] | np.ndarray
"""What a feature holds: byte strings, or an array of float32 or int64."""


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Read a number of seven bits a byte: the number and the place behind it."""
    value = shift = 0
    while shift < 70:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
    raise ValueError("a number is longer than ten bytes")


def fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Give the fields of a protocol buffer: the number and the content, an int where it is a number of any length.

    Raises
    ------
    ValueError
        If it is none.
    """
    place = 0
    try:
        while place < len(data):
            key, place = _varint(data, place)
            kind = key & 7
            if kind == 0:
                value, place = _varint(data, place)
                yield key >> 3, value
                continue
            if kind == 2:
                length, place = _varint(data, place)
            elif kind in (1, 5):
                length = 8 if kind == 1 else 4
            else:
                raise ValueError(f"wire type {kind}")
            if place + length > len(data):
                raise ValueError("a field goes on beyond the end")
            yield key >> 3, data[place : place + length]
            place += length
    except IndexError:
        raise ValueError("cut short") from None


def _content(data: bytes | int) -> bytes:
    if isinstance(data, int):
        raise ValueError("a number where a message should be")
    return data


def _entries(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Give the entries of a map from names to messages."""
    for number, entry in fields(data):
        if number == 1:
            parts = {key: _content(value) for key, value in fields(_content(entry))}
            yield parts.get(1, b"").decode("utf-8", "replace"), parts.get(2, b"")


def _values(feature: bytes) -> Values:
    """Give what a feature holds."""
    for kind, content in fields(feature):
        items = [item for number, item in fields(_content(content)) if number == 1]
        if kind == 1:
            return [_content(item) for item in items]
        if kind == 2:
            return np.frombuffer(b"".join(map(_content, items)), dtype="<f4")
        if kind == 3:
            numbers: list[int] = []
            for item in items:
                place = 0
                if isinstance(item, int):
                    numbers.append(item)
                    continue
                while place < len(item):
                    value, place = _varint(item, place)
                    numbers.append(value)
            return np.array(numbers, dtype=np.uint64).astype(np.int64)
    return []


def features(data: bytes) -> dict[str, Values]:
    """Give the features of an Example, or of the context of a SequenceExample, by name; ValueError if it is neither."""
    return {name: _values(feature) for number, content in fields(data) if number == 1
            for name, feature in _entries(_content(content))}  # fmt: skip


def feature_lists(data: bytes) -> dict[str, list[Values]]:
    """Give the lists of features of a SequenceExample by name; none for an Example."""
    return {
        name: [_values(_content(feature)) for each, feature in fields(steps) if each == 1]
        for number, content in fields(data)
        if number == 2
        for name, steps in _entries(_content(content))
    }


def read_heads(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Give the records of a file: where the data begins, its length, and its first field with all in it.

    The rest of each is skipped, so a file of frames is gone through without reading the frames.

    Raises
    ------
    DatasetError
        If the file cannot be read, or ends within a record.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            while head := file.read(12):
                start = file.tell()
                length = struct.unpack("<Q", head[:8])[0] if len(head) == 12 else size
                if start + length + 4 > size:
                    raise DatasetError(f"{printable(path)}: damaged or cut short at byte {start}")
                yield start, length, _first_field(file, length)
                file.seek(start + length + 4)
    except OSError as error:
        raise DatasetError(f"{printable(path)}: {error.strerror or error}") from error


def _first_field(file: BinaryIO, length: int) -> bytes:
    """Read the first field of a message of which nothing has been read; all of it if it has no such field."""
    start = file.read(min(length, 11))
    try:
        inner, place = _varint(start, 1)
    except (IndexError, ValueError):
        inner, place = length, 0
    return start + file.read(max(0, min(place + inner, length) - len(start)))


def read_data(path: Path, start: int, length: int) -> bytes:
    """Give the data of a record that `read_heads` found; DatasetError if the file is no longer so."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            data = file.read(length)
    except OSError as error:
        raise DatasetError(f"{printable(path)}: {error.strerror or error}") from error
    if len(data) < length:
        raise DatasetError(f"{printable(path)}: cut short")
    return data
