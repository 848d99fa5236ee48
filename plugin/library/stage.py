"""A step of a pipeline: a thread of its own with a bounded queue before it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
TURN_SECONDS = 0.2
"""Where waiting cannot be interrupted (Windows), Ctrl-C is noticed so often."""


class StoppedError(RuntimeError):
    """The stage was stopped and takes nothing more."""


class Stage(Generic[Item]):
    """Works on what is put, in order; who puts waits while the queue is full. Use as a context manager.

    At the end of the ``with`` block all that was put is done; where the block ends with an error, what waits is
    dropped. Either way the thread has ended then. What fails the work fails each `put` after it, and the block.

    Parameters
    ----------
    name : str
        Of the thread.
    work : callable
        Called in the thread with some items at once.
    room : float
        Weight that may wait; an item heavier than all of it waits alone.
    portion : callable
        Gives the weight that is worked on at once, asked anew each time, in the thread; at least one item is.
    weight : callable
        Gives the weight of an item.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[Item]], None],
        *,
        room: float,
        portion: Callable[[], float] = lambda: 1.0,
        weight: Callable[[Item], float] = lambda _: 1.0,
    ) -> None:
        self._work, self._room, self._portion, self._weight = work, room, portion, weight
        self._waiting: deque[Item] = deque()
        self._changed = threading.Condition()
        self._error: BaseException | None = None
        self._ending = self._stopped = self._working = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Stage[Item]:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.stop()
        try:
            with self._changed:
                self._ending = True
                self._changed.notify_all()
            while self._thread.is_alive():
                self._thread.join(TURN_SECONDS)
        except BaseException:  # an interrupt while it is waited for
            self.stop()
            self._thread.join()
            raise
        if kind is None:
            self.check()

    def put(self, item: Item) -> None:
        """Add an item to the queue.

        Raises
        ------
        StoppedError
            The stage was stopped.
        Exception
            What the work raised, once it did.
        """
        with self._changed:
            while not (self._stopped or self._has_room(item)):
                self._changed.wait(TURN_SECONDS)
            self.check()
            if self._stopped:
                raise StoppedError
            self._waiting.append(item)
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait a while for a change; tell whether anything is left to do. Raises as `put`."""
        with self._changed:
            if self._waiting or self._working:
                self._changed.wait(seconds)
            self.check()
            return bool(self._waiting) or self._working

    def check(self) -> None:
        """Raise what the work raised, if it did."""
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Drop what waits and take nothing more; what is being worked on is finished."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()

    def _has_room(self, item: Item) -> bool:
        return not self._waiting or sum(map(self._weight, self._waiting)) + self._weight(item) <= self._room

    def _run(self) -> None:
        try:
            while items := self._take():
                self._work(items)
        except StoppedError:  # the stage behind this one was stopped, which this one will be told as well
            self.stop()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error
            self.stop()
        finally:
            self._working = False

    def _take(self) -> list[Item]:
        """Wait for a portion; nothing is the end."""
        with self._changed:
            self._working = False
            self._changed.notify_all()
            while not (self._waiting or self._ending or self._stopped):
                self._changed.wait()
        left = self._portion()
        with self._changed:
            taken: list[Item] = []
            while self._waiting and (not taken or self._weight(self._waiting[0]) <= left):
                taken.append(self._waiting.popleft())
                left -= self._weight(taken[-1])
            self._working = bool(taken)
            self._changed.notify_all()
        return taken
