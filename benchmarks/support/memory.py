"""The most memory that a process and all that it started held at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import psutil

GLANCE = 0.1


def peak_of(pid: int) -> Callable[[], int]:
    """Watch a process until it ends; gives a function that waits for that and says the peak in bytes.

    Pages that processes share count once where the system tells them apart (Linux), else with each.
    """
    peaks = [0]

    def watch() -> None:
        root = psutil.Process(pid)
        while root.is_running() and root.status() != psutil.STATUS_ZOMBIE:
            total = 0
            for process in [root, *root.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss if sys.platform == "linux" else process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            peaks[0] = max(peaks[0], total)
            ended.wait(GLANCE)

    def run() -> None:
        try:
            watch()
        except psutil.NoSuchProcess:  # it ended between two questions
            return

    ended = threading.Event()
    thread = threading.Thread(target=run)
    thread.start()

    def peak() -> int:
        thread.join()
        return peaks[0]

    return peak
