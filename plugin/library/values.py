"""Values of a damaged store, as they can be right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Float, Integer, LargeBinary, Text

from plugin.library.schema import PathText

Row = dict[str, Any]


def decoded(columns: Sequence[Column[Any]], values: Sequence[Any]) -> Row | None:
    """Give a row as the schema's values; None where one of them is of another kind."""
    row: Row = {}
    for column, value in zip(columns, values, strict=True):
        if value is None:
            if not column.nullable or column.primary_key:
                return None
            row[column.name] = None
            continue
        row[column.name] = _value(column, value)
        if row[column.name] is None:
            return None
    return row


def _value(column: Column[Any], value: Any) -> Any:
    match column.type:
        case PathText():
            if not isinstance(value, bytes) or not value or b"\0" in value:
                return None
            return text_of(value) or value  # a name that is not UTF-8 stays bytes
        case Boolean():
            return value if value in (0, 1) else None
        case Integer():
            return value if isinstance(value, int) else None
        case Float():
            return value if isinstance(value, float | int) and math.isfinite(value) else None
        case LargeBinary():
            return value if isinstance(value, bytes) else None
        case Text():
            return text_of(value)
    raise TypeError(f"no rule for columns of the type {column.type!r}")


def text_of(value: Any) -> str | None:
    """Give the text that bytes are; None where they are none."""
    if not isinstance(value, bytes) or b"\0" in value:  # a page of zeros
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
