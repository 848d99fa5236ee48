"""Render, hear and label the corpus in a few processes."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import torch

from models.data.corpus import CorpusMaker, Item, plan
from plugin.errors import CuefinderError

_maker: CorpusMaker | None = None


def _start(data: Path) -> None:
    global _maker
    torch.set_num_threads(1)
    os.nice(5)
    _maker = CorpusMaker(data)


def _make(task: tuple[Item, Path]) -> str | None:
    """Make one item; give the reason where it cannot be made, so that the run goes on and lists it."""
    item, folder = task
    if _maker is None:
        raise RuntimeError("the worker was not started")
    try:
        _maker.make(item, folder)
    except CuefinderError as error:
        return str(error)
    return None


def make_corpus(data: Path, work: Path, recordings: list[Path], *, per_style: int = 14, processes: int = 2) -> None:
    """Make all items that are not there yet."""
    folder = work / "corpus"
    folder.mkdir(parents=True, exist_ok=True)
    items = plan(data, recordings, per_style=per_style)
    started, failed = time.monotonic(), []
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _start, (data,)) as pool:
        tasks = [(item, folder) for item in items]
        for done, reason in enumerate(pool.imap_unordered(_make, tasks), 1):
            if reason:
                failed.append(reason)
            if done % 50 == 0:
                print(f"corpus {done}/{len(items)} in {time.monotonic() - started:.0f} s", flush=True)
    print(f"corpus: {len(items) - len(failed)} items, {len(failed)} failed", flush=True)
    for reason in failed:
        print(f"  {reason}", flush=True)
