"""How ``cuefinder models`` prints."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from plugin.cli.support.output import clip, print_json
from plugin.errors import printable

if TYPE_CHECKING:
    from plugin.parts.listing import ModelRow

WIDTHS = (14, 8, 9, 7, 20, 32)
"""Columns of each value at most: a row with its gaps takes a hundred."""
MEGA = 1e6


def cells(row: ModelRow) -> list[str]:
    """Give a model's values for a table."""
    size = f"{row.size / MEGA:.0f} MB" if row.size else ""
    values = (row.name, row.role, row.state, size, row.licence, row.about)
    return [clip(printable(value), width) for value, width in zip(values, WIDTHS, strict=True)]


def say(args: argparse.Namespace, values: dict[str, Any], line: object) -> None:
    """Print a result, as JSON where that is wanted."""
    if args.json:
        print_json(values)
    else:
        print(printable(str(line)))
