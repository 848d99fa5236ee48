"""`cuefinder index` as a process of its own, measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.support.memory import peak_of

ROOT = Path(__file__).resolve().parents[2]


class Measured(NamedTuple):
    """The command's report, its seconds from start to end, and the most memory of all its processes in bytes."""

    report: dict[str, Any]
    seconds: float
    memory: int


def index(path: Path, library: Path, device: str = "cpu") -> Measured:
    """Index a folder or a file."""
    options = ["--library", str(library), "--device", device, "--json", "--progress", "none"]
    command = [sys.executable, "-m", "plugin.cli.main", "index", str(path), *options]
    begin = perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        peak = peak_of(process.pid)
        assert process.stdout is not None
        report = json.load(process.stdout)
        process.wait()
        return Measured(report, perf_counter() - begin, peak())
