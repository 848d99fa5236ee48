"""How many segments go through a graph in one call: so many seconds of audio, by where it runs."""

from __future__ import annotations

from plugin.runtime.device import CPU

SECONDS = {CPU: 80.0}
"""Seconds of audio in one call on the CPU: enough to fill the cores, small enough for a laptop."""
ON_ACCELERATORS = 320.0
"""The same elsewhere, where a call costs more and threads are many; `Graph.rows` takes less if memory does not do."""


def rows_of_audio(seconds: float, provider: str) -> int:
    """Rows of so many seconds that one call shall take, at least one.

    Parameters
    ----------
    seconds : float
        Audio in a row.
    provider : str
        ONNX Runtime's execution provider that the graph runs on.
    """
    return max(1, int(SECONDS.get(provider, ON_ACCELERATORS) / seconds))
