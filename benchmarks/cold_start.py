"""How long the command line takes from its start to its end, and what imports cost.

Each is a process of its own, in turns with two peers: Python that does nothing, and Python that loads numpy and ONNX
Runtime, without which no model runs. Printed are the median, the lowest and the highest of the seconds, and the ratios
of the medians to both peers. "warm" is the same question asked again in one process. Give a library (default: one of a
few rendered pieces is made). Run: ``python benchmarks/cold_start.py [LIBRARY]``; with ``--modules`` it also lists what
a cold suggest spends most of its imports on.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.command import ROOT, index
from benchmarks.support.music import make_music
from benchmarks.support.ratios import keep
from benchmarks.support.turns import in_turns, machine, spread
from plugin.library.store import Library
from plugin.paths import pack_dir
from plugin.runtime.engine import Engine
from plugin.suggest.query import Query
from plugin.suggest.suggester import Suggester

NOTHING, MODELS = "python -c pass", "numpy, onnxruntime"
WORDS = "calm piano"
WARM_TURNS = 20
LISTED = 15


def python(*arguments: str) -> str:
    """Run Python to its end; gives what it said on stderr."""
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stderr


def cuefinder(*arguments: str) -> None:
    python("-m", "plugin.cli.main", *arguments)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", type=Path, nargs="?")
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--modules", action="store_true", help="list the dearest imports of a cold suggest")
    args = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        library = args.library or Path(folder) / "library.db"
        if args.library is None:
            make_music(Path(folder), 6, 30.0, ("wav",))
            index(Path(folder), library)
        measure(library, args.turns)
        if args.modules:
            list_modules(library)


def measure(library: Path, turns: int) -> None:
    suggest = ("suggest", "--device", "cpu", "--library", str(library))
    works: dict[str, Callable[[], object]] = {
        NOTHING: partial(python, "-c", "pass"),
        MODELS: partial(python, "-c", "import numpy, onnxruntime"),
        "import plugin": partial(python, "-c", "import plugin"),
        "import plugin.cli.main": partial(python, "-c", "import plugin.cli.main"),
        "cuefinder --help": partial(cuefinder, "--help"),
        "cuefinder suggest --help": partial(cuefinder, "suggest", "--help"),
        "suggest --text, cold": partial(cuefinder, *suggest, "--text", WORDS),
    }
    if find_spec("PyQt6") is not None:
        works["import gui.app"] = partial(python, "-c", "import gui.app")
    for work in works.values():
        work()  # what the disk has is in memory from here on
    spent = {name: [each.wall for each in values] for name, values in in_turns(turns, works).items()}
    nothing, models = median(spent[NOTHING]), median(spent[MODELS])
    print(f"{'what':28} {'seconds':26} {'to ' + NOTHING:>18} {'to ' + MODELS:>22}")
    for name, seconds in spent.items():
        middle = median(seconds)
        if name not in (NOTHING, MODELS):
            keep(
                f"{name}, to {MODELS}",
                [each / alone for each, alone in zip(seconds, spent[MODELS], strict=True)],
                "lower",
            )
        print(f"{name:28} {spread(seconds, 3):26} {middle / nothing:18.2f} {middle / models:22.2f}")
    seconds = warm(library)
    print(f"{'suggest --text, warm':28} {spread(seconds, 4):26} {median(seconds) / nothing:18.3f}"
          f" {median(seconds) / models:22.3f}")  # fmt: skip


def warm(library: Path) -> list[float]:
    """Ask the same again and again in one process."""
    with Library(library) as opened:
        suggester, seconds = Suggester(opened, Engine(pack_dir(), device="cpu", parts={})), []
        suggester.suggest(Query(text=WORDS))
        for _ in range(WARM_TURNS):
            begin = perf_counter()
            suggester.suggest(Query(text=WORDS))
            seconds.append(perf_counter() - begin)
    return seconds


def list_modules(library: Path) -> None:
    """List the imports that take longest by themselves."""
    said = python("-X", "importtime", "-m", "plugin.cli.main", "suggest", "--device", "cpu", "--library", str(library),
                  "--text", WORDS)  # fmt: skip
    rows = re.findall(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)", said)
    print(f"{len(rows)} modules, {sum(int(own) for own, _, _ in rows) / 1000:.0f} ms of imports")
    for own, _, module in sorted(rows, key=lambda row: -int(row[0]))[:LISTED]:
        print(f"{int(own) / 1000:8.1f} ms  {module}")


if __name__ == "__main__":
    main()
