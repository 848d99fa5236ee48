"""A title that a track could have."""

from __future__ import annotations

from pathlib import Path

from plugin.decode import read_audio
from plugin.runtime.engine import Engine


def suggest_title(engine: Engine, path: Path, start: float, end: float) -> str | None:
    """Suggest a title from the middle of a range of a music file, in seconds.

    Returns
    -------
    str or None
        None where no part in use writes titles, or it has none.

    Raises
    ------
    InputError
        The file cannot be decoded.
    """
    if engine.titles is None:
        return None
    seconds, rate = engine.titles.seconds, engine.titles.rate
    first = max(start, (start + end - seconds) / 2)
    sound = read_audio(path, rate, start=first, end=min(end, first + seconds))
    return engine.title(sound, rate) or None
