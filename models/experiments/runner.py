"""Do runs in worker processes of one torch thread each; a run that is done is not done again."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from models.errors import TrainingError
from models.experiments.base import Results, Run

MODELS = Path(__file__).resolve().parents[1]
SHARED = (
    "experiments/base.py", "experiments/corpus.py", "experiments/corpus.toml", "trainer", "generation", "metrics",
    "systems/base.py", "systems/settings.py", "systems/tokens.py", "systems/sound.py", "datasets/folder.py",
)  # fmt: skip
"""What a result depends on beside the experiment and its system."""


def experiment(name: str) -> Any:
    """Give the module of an experiment: NAME, TITLE, runs, run, report."""
    return import_module(f"models.experiments.{name}")


def code_of(name: str) -> str:
    """Hash of the code that an experiment's results come from."""
    digest = hashlib.sha256()
    for place in (f"experiments/{name}.py", f"systems/{name}", *SHARED):
        path = MODELS / place
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.suffix in (".py", ".toml"):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def result_path(run: Run, folder: Path) -> Path:
    """Where the numbers of a run are kept: they belong to its options and to the code."""
    options = json.dumps(dict(run.options), sort_keys=True)
    name = hashlib.sha256(f"{run.condition}|{run.seed}|{options}|{code_of(run.experiment)}".encode()).hexdigest()[:16]
    return folder / run.experiment / f"{name}.json"


def _start() -> None:
    torch.set_num_threads(1)


def _work(run: Run, corpus: Path, cache: Path, out: Path) -> float:
    started = time.process_time()  # of the one thread, whatever else the machine does
    values = experiment(run.experiment).run(run, corpus, cache)
    seconds = time.process_time() - started
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_suffix(".tmp")
    temporary.write_text(
        json.dumps({"condition": run.condition, "seed": run.seed, "seconds": seconds, "values": values}, indent=1)
    )
    temporary.replace(out)
    return seconds


def do(runs: Sequence[Run], corpus: Path, work: Path, *, jobs: int) -> None:
    """Do the runs that have no result yet.

    Raises
    ------
    TrainingError
        If runs failed: all of them, after the others were done and kept.
    """
    results, cache = work / "results", work / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    todo = [run for run in runs if not result_path(run, results).exists()]
    failed: list[str] = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start) as pool:
        waiting = {pool.submit(_work, run, corpus, cache, result_path(run, results)): run for run in todo}
        for done in tqdm(as_completed(waiting), total=len(todo), unit="run", disable=not todo):
            run = waiting[done]
            if error := done.exception():
                failed.append(f"{run.experiment} / {run.condition} / seed {run.seed}: {type(error).__name__}: {error}")
    if failed:
        raise TrainingError(f"{len(failed)} of {len(todo)} runs failed (the others are kept): " + "; ".join(failed))


def collect(runs: Sequence[Run], work: Path) -> tuple[Results, float]:
    """Read results; give them with the seconds of processor time that they took, all together."""
    values, seconds = {}, 0.0
    for run in runs:
        found = json.loads(result_path(run, work / "results").read_text())
        values[run.condition, run.seed] = found["values"]
        seconds += found["seconds"]
    return Results(values), seconds
