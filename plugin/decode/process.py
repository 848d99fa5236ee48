"""A decoding process as its parent sees it; :mod:`plugin.decode.worker` is the other side."""

from __future__ import annotations

import signal
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

from plugin.decode.file import Event, Failed, Finished
from plugin.decode.worker import OUT_OF_MEMORY, Decode, work

# A process may have to read its libraries from a slow and busy disk first.
_START_UP = 120.0
# Seconds for the system to clear a dead process away.
_LAST_BREATH = 5.0


class Worker:
    """A process that decodes one file at a time.

    Parameters
    ----------
    decode, rate, block_seconds, memory
        See :func:`plugin.decode.worker.work`.
    patience : float
        Seconds that it may be silent amid a file.

    Attributes
    ----------
    connection : multiprocessing.connection.Connection
    path : pathlib.Path or None
        The file that it works on.
    deadline : float
        Monotonic time until which it may be silent.
    is_up : bool
        Whether it has started.
    """

    def __init__(self, decode: Decode, rate: int, block_seconds: float, memory: int, patience: float) -> None:
        # spawn: a copy of a process with threads (Qt, ONNX Runtime) may deadlock.
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        task = (theirs, decode, rate, block_seconds, memory)
        self._process = context.Process(target=work, args=task, daemon=True)
        self._process.start()
        theirs.close()  # so that the end of the process is the end of the pipe
        self.path: Path | None = None
        self.is_up = False
        self.deadline = monotonic() + _START_UP
        self._patience, self._memory = patience, memory

    def is_alive(self) -> bool:
        """Tell whether the process has not ended."""
        return self._process.is_alive()

    def assign(self, path: Path) -> None:
        """Have it decode a file."""
        self.path = path
        self.deadline = monotonic() + (self._patience if self.is_up else _START_UP)
        with suppress(BrokenPipeError):  # a dead process shows itself when it is asked for messages
            self.connection.send(path)

    def has_message(self) -> bool:
        """Tell whether :meth:`receive` would not wait."""
        try:
            return self.connection.poll()
        except OSError:  # Windows: the other side is gone
            return True

    def receive(self) -> Event | str:
        """Take the next message: an event of its file, or that it has started.

        Raises
        ------
        EOFError, OSError, pickle.UnpicklingError
            The process has ended, perhaps amid its message.
        """
        message: Event | str = self.connection.recv()
        self.is_up = True
        self.deadline = monotonic() + self._patience
        if isinstance(message, Finished | Failed):
            self.path = None
        return message

    def last_words(self) -> str:
        """Say how a process that hung up has ended."""
        self._process.join(_LAST_BREATH)
        code = self._process.exitcode
        if code == OUT_OF_MEMORY:
            return f"the decoder took more than {self._memory / 2**20:.0f} MiB of memory"
        how = "it goes on in silence" if code is None else f"exit status {code}"
        return f"the decoder crashed ({how if code is None or code >= 0 else signal.strsignal(-code)})"

    def kill(self) -> None:
        """End the process at once; it holds nothing that could be lost."""
        self.connection.close()
        self._process.kill()
        self._process.join(_LAST_BREATH)
        if self._process.exitcode is not None:  # a process that waits for a dead network drive cannot be killed
            self._process.close()
