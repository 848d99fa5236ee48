"""Ratios that a benchmark has measured, handed to `python -m benchmarks` where that has started it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Literal, NamedTuple

FILE_VARIABLE = "CUEFINDER_RATIOS"
"""Names the file that ratios are written to, a line each."""
ALONE = 0.1
"""Spread, as a share, of a ratio that was measured once: what such ratios differed by from run to run."""

Better = Literal["lower", "higher"]


class Ratio(NamedTuple):
    """A ratio: lowest, median and highest of the turns, and which way is better."""

    low: float
    middle: float
    high: float
    better: Better

    @property
    def spread(self) -> float:
        """How far apart two runs of the same program may be."""
        return max(self.high - self.low, ALONE * abs(self.middle) if self.low == self.high else 0.0)


def keep(name: str, values: Iterable[float], better: Better) -> None:
    """Hand over a ratio, in the values of its turns; does nothing in a benchmark that runs by itself."""
    path = os.environ.get(FILE_VARIABLE)
    if path is None:
        return
    seen = [float(value) for value in values]
    ratio = Ratio(min(seen), median(seen), max(seen), better)
    with Path(path).open("a", encoding="utf-8") as out:
        out.write(json.dumps({"name": name, **ratio._asdict()}) + "\n")


def kept(path: Path) -> dict[str, Ratio]:
    """Read what was handed over, by name."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row.pop("name"): Ratio(**row) for row in rows}
