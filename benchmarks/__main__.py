"""Run benchmarks one after the other, and compare their ratios with those of the last release.

Without names all run but the longest (`soak`). Each is a process of its own, at low priority. Then it is said what
moved by more than its spread: the wider of both runs' distances between their lowest and highest turn, and for what
was measured once a tenth. ``--save`` stores the ratios instead of comparing them, as is done for a release.

Run: ``python -m benchmarks [NAME ...] [--save]``. It exits with 1 where a benchmark failed or missed its limit.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from benchmarks.support import baseline
from benchmarks.support.ratios import FILE_VARIABLE, Ratio, kept
from benchmarks.support.turns import hardware

FOLDER = Path(__file__).resolve().parent
BASELINE = FOLDER / "baseline.json"
LONGEST = {"soak"}


def main() -> int:
    names = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*names, []], metavar="NAME", help=", ".join(names))
    parser.add_argument("--save", action="store_true", help="store the ratios, to compare later ones with")
    args = parser.parse_args()
    stored, failed = baseline.read(BASELINE), []
    found: dict[str, dict[str, Ratio]] = {}
    for name in args.names or [name for name in names if name not in LONGEST]:
        print(f"== {name}", flush=True)
        found[name], status = run(name)
        if status:
            failed.append(name)
        if args.save and found[name]:  # at once: all of them take an hour, and may be ended
            stored[name] = baseline.Kept(version("cuefinder"), hardware(), found[name])
            baseline.write(BASELINE, stored)
    if args.save:
        print(f"stored: {BASELINE}")
    else:
        compare(stored, found)
    if failed:
        print(f"failed, or over a limit: {', '.join(failed)}")
    return int(bool(failed))


def run(name: str) -> tuple[dict[str, Ratio], int]:
    """Run a benchmark; give its ratios and its exit status."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ratios"
        path.touch()
        done = subprocess.run(
            [sys.executable, str(FOLDER / f"{name}.py")],
            env=os.environ | {FILE_VARIABLE: str(path)},
            preexec_fn=(lambda: os.nice(10)) if hasattr(os, "nice") else None,
        )
        return kept(path), done.returncode


def compare(stored: dict[str, baseline.Kept], found: dict[str, dict[str, Ratio]]) -> None:
    """Say what moved."""
    print("\n== what moved by more than its spread")
    count = 0
    for name, ratios in found.items():
        before = stored.get(name)
        if before is None:
            print(f"{name}: nothing is stored to compare with")
            continue
        count += len(ratios)
        where = "" if before.machine == hardware() else f", and then on {before.machine}"
        for ratio, line in baseline.moved(before.ratios, ratios):
            print(f"{name} · {ratio}: {line} (since {before.version}{where})")
    print(f"{count} ratios were compared")


if __name__ == "__main__":
    sys.exit(main())
