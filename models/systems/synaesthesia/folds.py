"""Cross-validation as in the paper: one training a fold, then mean and spread of the test metrics.

    python -m models.systems.synaesthesia.folds --data synaesthesia:FOLDER --out RUN --config FILE

Everything but `--folds` is what `cuefinder-train` takes. Fold k is trained in RUN/fold-k, features are shared in
RUN/cache; after an interruption the same command goes on, and folds that were tested already are not done again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from models.trainer.cli import main as train
from models.trainer.features import write_atomic

FOLDS = 5


def with_fold(data: str, fold: int) -> str:
    """Give the `--data` of a fold."""
    return f"{data}{'&' if '?' in data else '?'}fold={fold}"


def summarise(folds: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation over folds of every metric that all of them have."""
    names = [name for name in folds[0] if all(name in fold for fold in folds)]
    rows = {name: [fold[name] for fold in folds] for name in names}
    return {name: (statistics.fmean(row), statistics.stdev(row) if len(row) > 1 else 0.0) for name, row in rows.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and test all folds; give the exit status of the first training that failed, or 0."""
    parser = argparse.ArgumentParser(prog="python -m models.systems.synaesthesia.folds", description=__doc__)
    parser.add_argument("--data", required=True, metavar="[KIND:]FOLDER", help="a data set with the option `fold`")
    parser.add_argument("--out", required=True, type=Path, metavar="FOLDER")
    parser.add_argument("--folds", type=int, default=FOLDS, metavar="N", help="how many (5)")
    options, rest = parser.parse_known_args(arguments)
    found = []
    for fold in range(options.folds):
        out = options.out / f"fold-{fold}"
        if not (out / "test.json").exists():
            # The caller's own --cache comes later and wins.
            shared = ["--data", with_fold(options.data, fold), "--out", str(out), "--cache", str(options.out / "cache")]
            status = train(["synaesthesia", *shared, "--test", *rest])
            if status:
                return status
        if (out / "test.json").exists():  # a dry run leaves none
            found.append(json.loads((out / "test.json").read_text(encoding="utf-8")))
    if found:
        summary = summarise(found)
        write_atomic(options.out / "folds.json", json.dumps(summary, indent=1).encode())
        for name, (mean, spread) in summary.items():
            print(f"{name:26}{mean:10.4g} ± {spread:.2g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
