"""Decoders that misbehave in the ways that a real one can, for the tests of DecodePool.

``misbehave`` reads from a file's name what happens to it; each of them yields something before it goes wrong.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil

from plugin.decode import Block, Event, Failed, decode_file


def misbehave(path: Path, rate: int, block_seconds: float) -> Iterator[Event]:
    """Decode files well but for those named crash, segfault, bug, hang and greedy."""
    if path.exists():
        yield from decode_file(path, rate, block_seconds)
        return
    yield Block(path, 0.0, np.zeros(4, np.float32))
    if path.name == "crash":
        os._exit(3)
    if path.name == "segfault":
        ctypes.string_at(0)
    if path.name == "bug":
        raise ZeroDivisionError
    if path.name == "hang":
        time.sleep(600)
    if path.name == "greedy":
        held = []
        while True:
            held.append(np.ones(2**20))


def list_modules(path: Path, _rate: int, _block_seconds: float) -> Iterator[Event]:
    """Report which modules a worker has imported."""
    yield Failed(path, " ".join(sys.modules))


def tell_priority(path: Path, _rate: int, _block_seconds: float) -> Iterator[Event]:
    """Report how low a worker's priority is."""
    yield Failed(path, str(psutil.Process().nice()))


def endless(path: Path, rate: int, block_seconds: float) -> Iterator[Event]:
    """Yield blocks forever; leave in the file at ``path`` how many were asked for."""
    samples = np.zeros(round(rate * block_seconds), np.float32)
    count = 0
    while True:
        count += 1
        _note(path, f"{os.getpid()} {count}")
        yield Block(path, 0.0, samples)


def stuck(path: Path, _rate: int, _block_seconds: float) -> Iterator[Event]:
    """Say who is at work, then hang."""
    _note(path, str(os.getpid()))
    yield Block(path, 0.0, np.zeros(1, np.float32))
    time.sleep(600)


def _note(path: Path, text: str) -> None:
    """Write a file in one step, for it is read at any time."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text)
    temporary.replace(path)
