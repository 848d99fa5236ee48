"""What a loader met on its way through a data set: counted, with the first few named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from os import PathLike

from plugin.errors import printable

NAMED = 5
"""Of many faults of one kind, so many are named; the rest are counted."""


class Log:
    """Collects faults and counts during a scan.

    A fault that repeats for thousands of rows must make one line, not thousands, and must not fill the memory.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._faults: dict[str, list[str]] = {}
        self._sizes: Counter[str] = Counter()

    def fault(self, kind: str, where: str | PathLike[str]) -> None:
        """Count a fault of a kind ("audio files missing"); `where` is kept for the first few."""
        self._sizes[kind] += 1
        named = self._faults.setdefault(kind, [])
        if len(named) < NAMED:
            named.append(printable(where))

    def broken(self, table: str | PathLike[str], line: int, reason: str) -> None:
        """Count a line of a table that cannot be used."""
        self.fault(f"{printable(table)}: lines left out", f"line {line} ({reason})")

    def problem(self, text: str) -> None:
        """Keep a problem that comes once."""
        self._sizes[text] = 1
        self._faults[text] = []

    def problems(self) -> Sequence[str]:
        """One line for each kind of fault, in the order in which they were first met."""
        lines = []
        for kind, named in self._faults.items():
            if not named:
                lines.append(kind)
                continue
            more = ", ..." if self._sizes[kind] > len(named) else ""
            lines.append(f"{kind}: {self._sizes[kind]}: {', '.join(named)}{more}")
        return tuple(lines)
