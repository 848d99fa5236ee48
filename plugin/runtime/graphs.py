"""Graphs that are opened when they are first asked for, each exactly once, by whichever thread comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable

from plugin.runtime.device import Placement
from plugin.runtime.session import Graph


class Graphs:
    """Graphs by name.

    Parameters
    ----------
    opener : callable
        Opens the graph of a name; if it raises, the next to ask tries again.
    """

    def __init__(self, opener: Callable[[str], Graph]) -> None:
        self._opener = opener
        self._opened: dict[str, Graph] = {}
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def __getitem__(self, name: str) -> Graph:
        """Give a graph, opened if it is not yet; other graphs can be opened and used meanwhile."""
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._opened:
                self._opened[name] = self._opener(name)
            return self._opened[name]

    @property
    def placements(self) -> dict[str, Placement]:
        """Where each graph that is open runs now, and why there."""
        return {name: graph.placement for name, graph in list(self._opened.items())}
