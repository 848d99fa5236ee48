"""Test the papers' claims on a controlled corpus.

    python -m models.experiments                     all of it: corpus, runs, docs/experiments.md
    python -m models.experiments corpus --out DIR    the corpus alone
    python -m models.experiments --only alcap viml   some of it; the report then holds no more than these

Stop it at any time: the same command goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path

NAMES = ("synaesthesia", "titles", "alcap", "viml")

HEAD = """\
Written by `python -m models.experiments`: {count} trainings over {seeds} seeds, {minutes:.0f} minutes of processor time
in all, which {jobs} processes share ({wall:.0f} minutes each), and the corpus ({corpus}). Python {python}, {machine}.

The corpus is our own: 480 pieces of 20 s in 30 styles, by piece 300 to learn from, 60 to choose by and 120 to test on,
with known genre, mood, instruments, tempo and mode, lyrics on a known theme and a scene that agrees with the mood
(`models/experiments/corpus.py` says what is independent of what). Everything is small, so absolute numbers say
little; differences between conditions that had the same data, steps and seeds do. Numbers are mean ± standard
deviation over seeds. A claim **holds** if all seeds agree and the mean gain exceeds its spread, **leans** if only the
mean does, else it **does not hold**."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models.experiments", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", choices=("all", "corpus"), default="all")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--work", type=Path, default=Path(".cache/experiments"), help="corpus, features and results")
    parser.add_argument("--out", type=Path, help="where the report (default docs) or the corpus goes")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="worker processes")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    options = _parser().parse_args(arguments)
    # Set before torch is loaded here and in the workers: two single-threaded runs beat one on two threads.
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from models.experiments.corpus import make_corpus
    from plugin.errors import CuefinderError

    try:
        if options.what == "corpus":
            make_corpus(options.out or options.work / "corpus", processes=options.jobs)
        else:
            _all(options)
    except CuefinderError as error:
        print(f"experiments: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("experiments: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    return 0


def _all(options: argparse.Namespace) -> None:
    from models.experiments import report, runner
    from models.experiments.corpus import make_corpus

    corpus = options.work / "corpus"
    if not (corpus / "records.csv").exists():
        started = time.monotonic()
        make_corpus(corpus, processes=options.jobs)
        (corpus / "seconds").write_text(f"{time.monotonic() - started:.0f}")
    seeds = range(options.seeds)
    planned = {name: runner.experiment(name).runs(seeds) for name in options.only}
    runner.do([run for runs in planned.values() for run in runs], corpus, options.work, jobs=options.jobs)
    sections, minutes = [], 0.0
    for name, runs in planned.items():
        results, seconds = runner.collect(runs, options.work)
        sections.append(runner.experiment(name).report(results))
        minutes += seconds / 60
    making = corpus / "seconds"
    count = sum(map(len, planned.values()))
    head = HEAD.format(
        count=count,
        seeds=options.seeds,
        minutes=minutes,
        wall=minutes / options.jobs,
        jobs=options.jobs,
        corpus=f"{int(making.read_text()) / 60:.1f} minutes" if making.exists() else "made before, not timed",
        python=platform.python_version(),
        machine=platform.machine(),
    )
    print(report.write(sections, options.out or Path("docs"), head))


if __name__ == "__main__":
    sys.exit(main())
