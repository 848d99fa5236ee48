"""Works measured in turns, so that what else the machine does meets all of them alike."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from plugin.cores import cores


class Spent(NamedTuple):
    """Seconds of wall time, and of the processors by this process and those that it started and that have ended."""

    wall: float
    cpu: float


def measured(work: Callable[[], object]) -> Spent:
    """Do a work once."""
    begin, before = perf_counter(), _cpu()
    work()
    return Spent(perf_counter() - begin, _cpu() - before)


def in_turns(turns: int, works: Mapping[str, Callable[[], object]]) -> dict[str, list[Spent]]:
    """Do all works again and again, one after the other."""
    spent: dict[str, list[Spent]] = {name: [] for name in works}
    for _ in range(turns):
        for name, work in works.items():
            spent[name].append(measured(work))
    return spent


def spread(values: list[float], digits: int = 2) -> str:
    """Say the median and the range."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def machine() -> str:
    """Say what all this was measured with."""
    names = ("numpy", "onnxruntime-gpu", "onnxruntime", "av")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names if _is_installed(name))
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return f"{hardware()}; Python {platform.python_version()}, {versions}{load}"


def hardware() -> str:
    """Say what machine this is."""
    return f"{_processor()}, {cores()} cores"


def _is_installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


def _processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
