"""Measure the core pack's networks on what they have not learnt from, and write the model card.

    python -m models.evaluation.core --data ../shared/data --work .cache/core --card docs/model-card.md

Every number stands beside what chance gives. Each part leaves its numbers in work/results/PART.json, so that
--only PART measures it alone and the card is still written from all of them; numbers of other networks than those in
the work folder are left out. The first run makes test music in work/test.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch

from models.evaluation import (
    agreement,
    captions,
    examples,
    retrieval,
    rhythm,
    robustness,
    scenes,
    stems,
    tagging,
    teachers,
)  # fmt: skip
from models.evaluation.bench import Bench
from models.evaluation.report import bars_table, measured_bars, read_graphs, write_card
from models.evaluation.result import Result, fingerprint

PARTS: dict[str, Callable[[Bench], Result]] = {
    "agreement": agreement.run, "stems": stems.run, "tagging": tagging.run, "captions": captions.run,
    "retrieval": retrieval.run, "scenes": scenes.run, "rhythm": rhythm.run, "robustness": robustness.run,
    "teachers": teachers.run, "examples": examples.run,
}  # fmt: skip


def measure(bench: Bench, parts: Iterable[str]) -> None:
    """Run parts, print their numbers and keep them."""
    networks = fingerprint(bench.work)
    for name in parts:
        started = time.monotonic()
        result = PARTS[name](bench)
        result.networks = networks
        result.save(bench.work / "results" / f"{name}.json")
        print(f"\n{name} ({time.monotonic() - started:.0f} s)", flush=True)
        for row in result.rows:
            what, of, measured, chance = row.cells()
            print(f"  {what}: {measured} (chance {chance}; {of})", flush=True)
        print("\n".join(f"  {line}" for line in result.lines), flush=True)


def collect(work: Path) -> dict[str, Result]:
    """All results of the networks in `work`, with size and speed; others are named and left out."""
    networks, found = fingerprint(work), {}
    for name in PARTS:
        path = work / "results" / f"{name}.json"
        if not path.exists():
            print(f"{name}: not measured")
            continue
        result = Result.load(path)
        if result.networks == networks:
            found[name] = result
        else:
            print(f"{name}: measured on other networks; run it again with --only {name}")
    return found | {"graphs": read_graphs(work / "graphs.json")}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the developers' data")
    parser.add_argument("--work", type=Path, default=Path(".cache/core"), help="folder of corpus and networks")
    parser.add_argument("--pack", type=Path, default=Path("models/packs/core"), help="the pack exported from them")
    parser.add_argument("--card", type=Path, default=Path("docs/model-card.md"), help="where the card is written")
    parser.add_argument("--only", choices=PARTS, nargs="+", help="measure these parts alone")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    bench = Bench(options.data, options.work, pack=options.pack)
    measure(bench, options.only or PARTS)
    results = collect(options.work)
    write_card(results, bench.settings, options.card)
    print("\n" + bars_table(measured_bars(results)))
    print(f"\n{options.card} is written")


if __name__ == "__main__":
    main()
