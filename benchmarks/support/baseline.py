"""The ratios of the last release, and what has moved since."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.support.ratios import Ratio
from plugin.paths import atomic_write

Ratios = Mapping[str, Ratio]


@dataclass(frozen=True, slots=True)
class Kept:
    """The ratios of a benchmark, by name, the version and the machine that they were measured with."""

    version: str
    machine: str
    ratios: Ratios


def read(path: Path) -> dict[str, Kept]:
    """Give what is stored, by benchmark; nothing where there is no file."""
    if not path.exists():
        return {}
    return {
        benchmark: Kept(
            row["version"], row["machine"], {name: Ratio(**values) for name, values in row["ratios"].items()}
        )
        for benchmark, row in json.loads(path.read_text(encoding="utf-8")).items()
    }


def write(path: Path, stored: Mapping[str, Kept]) -> None:
    """Store ratios, rounded to what they tell."""
    rows = {
        benchmark: {
            "version": kept.version,
            "machine": kept.machine,
            "ratios": {name: _rounded(ratio) for name, ratio in sorted(kept.ratios.items())},
        }
        for benchmark, kept in sorted(stored.items())
    }
    atomic_write(path, (json.dumps(rows, indent=1) + "\n").encode())


def moved(before: Ratios, now: Ratios) -> Iterator[tuple[str, str]]:
    """Give the names of ratios that moved by more than their spread, came or went, and a line about each."""
    for name in sorted(before.keys() | now.keys()):
        if name not in now:
            yield name, "not measured any more"
        elif name not in before:
            yield name, f"new: {now[name].middle:.3g}"
        else:
            old, new = before[name], now[name]
            way, spread = new.middle - old.middle, max(old.spread, new.spread)
            if abs(way) > spread:
                word = "better" if (way > 0) == (new.better == "higher") else "WORSE"
                yield name, f"{word}: {old.middle:.3g} -> {new.middle:.3g} (spread {spread:.2g})"


def _rounded(ratio: Ratio) -> dict[str, float | str]:
    return {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in ratio._asdict().items()}
