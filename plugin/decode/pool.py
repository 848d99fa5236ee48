"""Decoding of many files in other processes: a file that crashes or hangs its decoder costs only itself."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from pickle import UnpicklingError
from time import monotonic
from types import TracebackType
from typing import Self

from plugin.decode.file import Event, Failed, Finished, decode_file
from plugin.decode.worker import READY, Decode, work
from plugin.errors import CuefinderError


class DecodePool:
    """Decodes files in processes of its own, at most ``workers`` at once. Use as a context manager.

    Parameters
    ----------
    workers : int
        Number of processes.
    rate : int
        Samples per second of the sound.
    block_seconds : float
        Length of the blocks.
    deadline : float
        Seconds a process may be silent amid a file before it is taken for hung.
    decode : callable
        What decodes a file: ``decode(path, rate, block_seconds)`` gives its events. It must be importable.
    """

    def __init__(
        self,
        workers: int = 2,
        rate: int = 16000,
        block_seconds: float = 60.0,
        deadline: float = 60.0,
        *,
        decode: Decode = decode_file,
    ) -> None:
        if workers < 1:
            raise ValueError(f"a pool needs at least one worker, not {workers}")
        self._limit, self._deadline = workers, deadline
        self._task = (decode, rate, block_seconds)
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes at once."""
        while self._workers:
            self._workers.pop().kill()

    def decode(self, paths: Iterable[Path]) -> Iterator[Event]:
        """Decode files whole.

        A process waits with its next block until the last one was taken: the caller sets the pace, and leaving
        the iteration early ends the work.

        Parameters
        ----------
        paths : iterable of pathlib.Path
            Taken one by one as workers become free.

        Yields
        ------
        Started, Block, Finished or Failed
            The events of a file are in order and carry its path; those of several files mix. Each file ends with
            Finished or Failed.

        Raises
        ------
        CuefinderError
            No process can be started on this machine.
        """
        waiting = iter(paths)
        try:
            while True:
                self._assign(waiting)
                busy = [worker for worker in self._workers if worker.path is not None]
                if not busy:
                    return
                first_deadline = min(worker.heard for worker in busy) + self._deadline
                wait([worker.connection for worker in busy], max(0.0, first_deadline - monotonic()))
                for worker in busy:
                    # Asked anew for each: the caller may have been away for long since the wait.
                    if worker.has_message():
                        event = self._receive(worker)
                    elif monotonic() > worker.heard + self._deadline:
                        event = self._fail(worker, f"the decoder hung: silent for {self._deadline:g} s")
                    else:
                        continue
                    if event is not None:
                        yield event
        finally:
            for worker in [worker for worker in self._workers if worker.path is not None]:
                self._discard(worker)

    def _assign(self, waiting: Iterator[Path]) -> None:
        """Give free workers, and new ones up to the limit, the next files."""
        for worker in [worker for worker in self._workers if worker.path is None and not worker.is_alive()]:
            self._discard(worker)
        free = [worker for worker in self._workers if worker.path is None]
        while free or len(self._workers) < self._limit:
            path = next(waiting, None)
            if path is None:
                return
            if not free:
                free.append(_Worker(*self._task))
                self._workers.append(free[0])
            free.pop().assign(Path(path))

    def _receive(self, worker: _Worker) -> Event | None:
        """Take one message; None if it is not about a file."""
        try:
            message = worker.receive()
        except (EOFError, OSError, UnpicklingError):
            return self._fail(worker, f"the decoder crashed ({worker.last_words()})")
        if isinstance(message, str):
            return None
        return message

    def _fail(self, worker: _Worker, reason: str) -> Failed:
        """Replace a worker that crashed or hung, and report its file."""
        assert worker.path is not None
        self._discard(worker)
        if not worker.is_up:
            raise CuefinderError(f"decoding in a process of its own does not start here: {reason}")
        return Failed(worker.path, reason)

    def _discard(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.kill()


class _Worker:
    """A decoding process as its parent sees it.

    Attributes
    ----------
    connection : multiprocessing.connection.Connection
    path : pathlib.Path or None
        The file that it works on.
    heard : float
        Monotonic time of its last sign of life.
    is_up : bool
        Whether it has started.
    """

    def __init__(self, decode: Decode, rate: int, block_seconds: float) -> None:
        # spawn: a copy of a process with threads (Qt, ONNX Runtime) may deadlock.
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, decode, rate, block_seconds), daemon=True)
        self._process.start()
        theirs.close()  # so that the end of the process is the end of the pipe
        self.path: Path | None = None
        self.heard = monotonic()
        self.is_up = False

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def assign(self, path: Path) -> None:
        self.path, self.heard = path, monotonic()
        with suppress(BrokenPipeError):  # a dead process shows itself when it is asked for messages
            self.connection.send(path)

    def has_message(self) -> bool:
        try:
            return self.connection.poll()
        except OSError:  # Windows: the other side is gone
            return True

    def receive(self) -> Event | str:
        message: Event | str = self.connection.recv()
        self.heard = monotonic()
        if message == READY:
            self.is_up = True
        if isinstance(message, Finished | Failed):
            self.path = None
        return message

    def last_words(self) -> str:
        """Say how a process that hung up has ended."""
        self._process.join(5.0)
        code = self._process.exitcode
        if code is None:
            return "it goes on in silence"
        return f"exit status {code}" if code >= 0 else signal.Signals(-code).name

    def kill(self) -> None:
        """End the process at once; it holds nothing that could be lost."""
        self.connection.close()
        self._process.kill()
        self._process.join()
        self._process.close()
