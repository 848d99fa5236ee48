"""Decoding of many files in other processes: one that crashes, hangs or bloats its decoder costs only itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from multiprocessing.connection import wait
from pathlib import Path
from pickle import UnpicklingError
from time import monotonic
from types import TracebackType
from typing import Self

from plugin.decode.file import Event, Failed, decode_file
from plugin.decode.process import Worker
from plugin.decode.worker import Decode
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
        Seconds a process may take for a block before it is taken for hung; so a long file has more of them than a short
        one. That a file does not give blocks for ever is up to ``decode``.
    memory : int
        Bytes that a process may hold. Those that decode hours of sound hold a tenth of the default; what holds more
        follows sizes that damage has made.
    decode : callable
        What decodes a file: ``decode(path, rate, block_seconds)`` gives its events. It must be importable.
    """

    def __init__(
        self,
        workers: int = 2,
        rate: int = 16000,
        block_seconds: float = 60.0,
        deadline: float = 60.0,
        memory: int = 2**30,
        *,
        decode: Decode = decode_file,
    ) -> None:
        if workers < 1:
            raise ValueError(f"a pool needs at least one worker, not {workers}")
        self._limit, self._patience = workers, deadline
        self._task = (decode, rate, block_seconds, memory)
        self._workers: list[Worker] = []

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
        if any(worker.path is not None for worker in self._workers):
            raise RuntimeError("the pool is still decoding: end the other iteration first")
        waiting = iter(paths)
        try:
            while True:
                self._assign(waiting)
                busy = [worker for worker in self._workers if worker.path is not None]
                if not busy:
                    return
                first = min(worker.deadline for worker in busy)
                wait([worker.connection for worker in busy], max(0.0, first - monotonic()))
                for worker in busy:
                    # Asked anew for each: the caller may have been away for long since the wait.
                    if worker.has_message():
                        event = self._receive(worker)
                    elif monotonic() > worker.deadline:
                        event = self._fail(worker, f"the decoder hung: silent for {self._patience:g} s")
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
                free.append(self._start())
            free.pop().assign(Path(path))

    def _start(self) -> Worker:
        try:
            worker = Worker(*self._task, self._patience)
        except OSError as error:
            raise CuefinderError(f"cannot start a process for decoding: {error}") from error
        self._workers.append(worker)
        return worker

    def _receive(self, worker: Worker) -> Event | None:
        """Take one message; None if it is not about a file."""
        try:
            message = worker.receive()
        except (EOFError, OSError, UnpicklingError):
            return self._fail(worker, worker.last_words())
        if isinstance(message, str):
            return None
        return message

    def _fail(self, worker: Worker, reason: str) -> Failed:
        """Replace a worker that crashed or hung, and report its file."""
        assert worker.path is not None
        self._discard(worker)
        if not worker.is_up:
            raise CuefinderError(f"cannot start a process for decoding: {reason}")
        return Failed(worker.path, reason)

    def _discard(self, worker: Worker) -> None:
        self._workers.remove(worker)
        worker.kill()
