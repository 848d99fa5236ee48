"""Make the corpus in a few processes: first the sound of every item, then what the teachers hear in it."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from models.data.companions import fit_companions
from models.data.hearing import Listener, pack_mel
from models.data.items import Item
from models.data.pieces import make_piece
from models.data.talk import talk
from models.nets.frontend import LogMel
from models.teachers.panel import Panel
from plugin.errors import CuefinderError

Task = tuple[Item, Path]
TALKS = 150
"""Clips of speech, 10 s each."""


def write_npz(path: Path, **fields: np.ndarray) -> None:
    """Write arrays beside `path`, then swap them in."""
    temporary = path.with_suffix(".tmp.npz")
    np.savez(temporary, **fields)
    temporary.replace(path)


def make_sound(task: Task) -> str | None:
    """Make one item's sound unless it is there; give the reason where it cannot be made."""
    item, work = task
    out = work / "sounds" / item.file
    if out.exists():
        return None
    try:
        piece = make_piece(item)
    except CuefinderError as error:
        return str(error)
    write_npz(out, name=np.array(item.name), kind=np.array(item.kind), audio=piece.audio,
              truths=np.array(json.dumps(piece.truths)))  # fmt: skip
    return None


def start_worker() -> None:
    """One thread a process, and polite."""
    torch.set_num_threads(1)
    os.nice(5)


def run_all(name: str, work: Callable[[Task], str | None], tasks: list[Task], processes: int,
            start: Callable[..., None] = start_worker, arguments: tuple[object, ...] = ()) -> None:  # fmt: skip
    """Do every task in a pool; print progress and list what failed, which never stops the run."""
    started, failed = time.monotonic(), []
    with multiprocessing.get_context("spawn").Pool(processes, start, arguments) as pool:
        for done, reason in enumerate(pool.imap_unordered(work, tasks), 1):
            if reason:
                failed.append(reason)
            if done % 100 == 0:
                print(f"{name} {done}/{len(tasks)} in {time.monotonic() - started:.0f} s", flush=True)
    print(f"{name}: {len(tasks) - len(failed)} items, {len(failed)} left out", flush=True)
    for reason in failed:
        print(f"  {reason}", flush=True)


def make_sounds(items: list[Item], work: Path, *, processes: int = 2) -> None:
    """Make the sound of all items that is not there yet, in `work/sounds`."""
    (work / "sounds").mkdir(parents=True, exist_ok=True)
    tasks = [(item, work) for item in items]
    run_all("sounds", make_sound, tasks, processes)


_listener: Listener | None = None


def start_listener(teachers: Path) -> None:
    """Load the teachers in a worker."""
    global _listener
    start_worker()
    _listener = Listener(teachers)


def hear_sound(task: Task) -> str | None:
    """Hear one item unless that was done."""
    item, work = task
    sound, out = work / "sounds" / item.file, work / "corpus" / item.file
    if out.exists():
        return None
    if _listener is None:
        raise RuntimeError("the worker was not started")
    write_npz(out, **_listener.hear(item, sound))
    return None


@torch.inference_mode()
def make_talk(out: Path, count: int = TALKS) -> None:
    """Write spectrograms int8 [count, 80, 400] of speech, to be laid over music."""
    mel = LogMel()
    np.save(out, np.concatenate([pack_mel(mel(torch.from_numpy(talk(n)[None])).numpy()) for n in range(count)]))


def hear_corpus(data: Path, items: list[Item], work: Path, *, processes: int = 2) -> None:
    """Hear every item that has a sound and was not heard yet; features go to `work/corpus`."""
    (work / "corpus").mkdir(parents=True, exist_ok=True)
    (work / "teachers.json").write_text(json.dumps(Panel.load(data / "teachers").tags), encoding="utf-8")
    np.savez(work / "companions.npz", **vars(fit_companions(data)))
    if not (work / "talk.npy").exists():
        make_talk(work / "talk.npy")
    tasks = [(item, work) for item in items if (work / "sounds" / item.file).exists()]
    run_all("heard", hear_sound, tasks, processes, start_listener, (data / "teachers",))
