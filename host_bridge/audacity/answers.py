"""Read Audacity's answers: nearly JSON, but backslashes and line breaks in names stand as they are."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

from host_bridge.audacity.paths import NAME
from host_bridge.errors import HostError

QUOTE = re.compile(r'\\"|\\|"')
CLOSES = re.compile(r'"\s*[,\]}]')


def parse(text: str) -> Any:
    r"""Lists and dicts of str, int and Fraction.

    Audacity writes a quote in a name as ``\"`` and leaves a backslash alone, so a name's last backslash looks like a
    quote in it; both readings are tried.

    Raises
    ------
    HostError
    """
    for may_close in (False, True):
        try:
            return json.loads(_strict(text, may_close), strict=False, parse_float=Fraction, parse_constant=_refuse)
        except ValueError:
            continue
    raise HostError(NAME, f"its answer cannot be read: {' '.join(text.split())[:80]}")


def _strict(text: str, may_close: bool) -> str:
    def change(found: re.Match[str]) -> str:
        if found[0] == '\\"':
            return '\\\\"' if may_close and CLOSES.match(text, found.start() + 1) else found[0]
        return "\\\\" if found[0] == "\\" else found[0]

    return QUOTE.sub(change, text)


def _refuse(constant: str) -> None:
    raise ValueError(constant)
