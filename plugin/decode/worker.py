"""The other side of :class:`plugin.decode.pool.DecodePool`: a process that decodes the files it is told to."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

from plugin.decode.file import Event, Failed
from plugin.errors import DecodeError

Decode: TypeAlias = Callable[[Path, int, float], Iterator[Event]]
READY = "ready"


def work(connection: Connection, decode: Decode, rate: int, block_seconds: float) -> None:
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
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=_end_with_parent, daemon=True).start()
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


def _end_with_parent() -> None:
    """End this process if its parent is killed, even amid a file that never ends."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
