"""The other side of :class:`plugin.decode.pool.DecodePool`: a process that decodes the files it is told to."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

import psutil

from plugin.decode.file import Event, Failed
from plugin.errors import DecodeError

Decode: TypeAlias = Callable[[Path, int, float], Iterator[Event]]
READY = "ready"
OUT_OF_MEMORY = 99
"""Exit status of a process that took more memory than it may."""
NICER = 5
_GLANCE = 0.05


def work(connection: Connection, decode: Decode, rate: int, block_seconds: float, memory: int) -> None:
    """Receive paths and send the events of each, until the other side hangs up.

    Sending waits until the other side has room, so at most one block lies ready here.

    Parameters
    ----------
    connection : multiprocessing.connection.Connection
    decode : callable
        Like :func:`plugin.decode.file.decode_file`.
    rate : int
        Samples per second.
    block_seconds : float
    memory : int
        Bytes that this process may hold; it ends when it holds more.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    _give_way()
    threading.Thread(target=_guard, args=(memory,), daemon=True).start()
    try:
        connection.send(READY)
        while True:
            path: Path = connection.recv()
            try:
                for event in decode(path, rate, block_seconds):
                    connection.send(event)
            except DecodeError as error:
                connection.send(Failed(path, error.reason))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the other side hung up


def _give_way() -> None:
    """Leave the cores to what the user looks at; where nothing else runs this costs nothing."""
    if parent_process() is None:  # not a process of its own
        return
    me = psutil.Process()
    with suppress(psutil.Error, OSError):
        me.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if psutil.WINDOWS else min(19, me.nice() + NICER))


def _guard(memory: int) -> None:
    """End this process if its parent is killed, or it takes too much memory, even amid a file that never ends.

    What counts is memory in use. A limit by the system on addresses (RLIMIT_AS) would count what libraries and threads
    reserve as well, which grows with the processor, and Windows and macOS have no such limit. FFmpeg lets this thread
    run while it works; in a glance's time it fills some hundred megabytes at most.
    """
    parent, me = parent_process(), psutil.Process()
    if parent is None:  # not a process of its own
        return
    while parent.is_alive():
        if me.memory_info().rss > memory:
            os._exit(OUT_OF_MEMORY)
        parent.join(_GLANCE)
    os._exit(1)
