"""From the start of a process to the first answer from a library of a million segments, against the limit of 2 s.

A library of made vectors is filled (`benchmarks.support.big_library`), and its search matrix made once, as the first
question after a change does (``made once``). Then processes of their own are started, each of which opens the library,
asks one question of it and ends. Best and worst of several, in seconds of wall time:

- modules: from the start until Python has loaded all that a search imports
- open: the library is open, with the matrix mapped into memory
- answer: ten tracks for a vector, as `Suggester.suggest` gives them
- whole: the life of the process, from the command to its end
- with models: as ``whole``, but a phrase is asked with the installed core pack, loading its models included; left out
  where there is none

``used`` is the worst by the limit, so that 1.0 and above is too slow. ``cold`` is one more process for which the files
of the library were first dropped from the system's memory, where the system can be told to.

Run: ``python benchmarks/start_up.py [--segments 1000000]``. A million segments take 2 GB of disk.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.big_library import SPACE, Vectors, fill
from benchmarks.support.ratios import keep
from benchmarks.support.turns import machine
from plugin.errors import CuefinderError
from plugin.library.matrix import load_matrix
from plugin.library.opening import open_store
from plugin.library.store import Library
from plugin.pack import Pack
from plugin.paths import pack_dir

LIMIT = 2.0
TAGS = 8
"""Of a track; all the words of a vocabulary would take three times as long to fill and are not read here."""
QUESTION = """
import json, sys, time
begin = float(sys.argv[2])
from pathlib import Path
from benchmarks.support.big_library import Vectors, engine
from plugin.library.store import Library
from plugin.suggest.query import Query
from plugin.suggest.suggester import Suggester
if sys.argv[3:]:
    from plugin.runtime.engine import Engine
    models = Engine(device="cpu", parts={})
    words = "calm piano with strings"
else:
    models, words = engine(Vectors().phrases(1)), "0"
times = {"modules": time.time() - begin}
begin = time.time()
with Library(Path(sys.argv[1])) as library:
    suggester = Suggester(library, models)
    suggester._current_matrix()
    times["open"] = time.time() - begin
    begin = time.time()
    found = suggester.suggest(Query(text=words))
    times["answer"] = time.time() - begin
    assert len(found.results) == 10
print(json.dumps(times))
"""


def ask(library: Path, *options: str) -> dict[str, float]:
    """Start a process that asks one question; gives the seconds of its parts."""
    root = Path(__file__).resolve().parents[1]
    begin = perf_counter()
    command = [sys.executable, "-c", QUESTION, str(library), str(time()), *options]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, check=True)
    whole = perf_counter() - begin
    return json.loads(done.stdout) | {"whole": whole}


def drop(folder: Path) -> bool:
    """Have the system forget what it read of files; says whether it could be told."""
    if not hasattr(os, "posix_fadvise"):
        return False
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return True


def installed() -> str:
    """Give the space of the core pack; empty where there is none."""
    try:
        return Pack(pack_dir()).space
    except CuefinderError:
        return ""


def call(library: Path, space: str) -> None:
    """Give the tracks and words of a library another space."""
    store = open_store(library, "mode=rw")
    try:
        for table in ("tracks", "vocabulary"):
            store.execute(f"UPDATE {table} SET space = ?", (space,))
        store.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
    finally:
        store.close()


def make(library: Path, space: str) -> float:
    """Make the search matrix; gives the seconds."""
    begin = perf_counter()
    with Library(library) as opened:
        load_matrix(opened, space)
    return perf_counter() - begin


def report(name: str, seconds: list[float]) -> None:
    keep(f"{name}, to the limit", [each / LIMIT for each in seconds], "lower")
    print(f"{name:14}{min(seconds):8.2f}{max(seconds):8.2f}{max(seconds) / LIMIT:8.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=5)
    args = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library.db"
        fill(library, args.segments, Vectors(), TAGS)
        made = make(library, SPACE)
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e9
        print(f"{args.segments} segments, {size:.2f} GB; the matrix was made once in {made:.1f} s")
        print(f"{'seconds':14}{'best':>8}{'worst':>8}{'used':>8}")
        found = [ask(library) for _ in range(args.turns)]
        for part in found[0]:
            report(part, [times[part] for times in found])
        if drop(Path(folder)):
            report("cold", [ask(library)["whole"]])
        space = installed()
        if space:
            call(library, space)
            make(library, space)
            report("with models", [ask(library, "models")["whole"] for _ in range(args.turns)])


if __name__ == "__main__":
    main()
