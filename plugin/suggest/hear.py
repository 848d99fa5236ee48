"""How a file sounds, without the library."""

from __future__ import annotations

from pathlib import Path

from plugin.analysis import SilentError, TrackAnalyser, TrackFeatures
from plugin.decode import audio_blocks
from plugin.errors import InputError, printable
from plugin.library.records import TagScore
from plugin.runtime.engine import Engine


class SilentFileError(InputError):
    """The range of a file has sound, but nothing can be heard in it."""


def hear(
    engine: Engine,
    path: Path,
    start: float = 0.0,
    end: float | None = None,
    *,
    lyrics: str = "",
    beams: int = 1,
) -> TrackFeatures:
    """Listen to a range of a music file, or of the sound of a video file.

    Parameters
    ----------
    engine : Engine
    path : pathlib.Path
    start, end : float
        Seconds; ``end`` None is the file's end.
    lyrics : str
        Words of the song, for the caption.
    beams : int
        Beam width of the caption.

    Raises
    ------
    InputError
        The file cannot be decoded, or the range is outside it.
    SilentFileError
        There is nothing to hear.
    """
    analyser = TrackAnalyser(engine, lyrics=lyrics, beams=beams)
    for block in audio_blocks(path, engine.rate, start=start, end=end):
        analyser.feed(block)
    try:
        return analyser.finish()
    except SilentError as error:
        raise SilentFileError(f"{printable(path)}: {error}") from error


def shown_tags(engine: Engine, features: TrackFeatures) -> list[TagScore]:
    """Give the tags at or above their thresholds, best first."""
    scored = [
        TagScore(tag.name, tag.group, float(score))
        for tag, score in zip(engine.vocabulary.tags, features.tags, strict=True)
        if score >= tag.threshold
    ]
    return sorted(scored, key=lambda tag: (-tag.score, tag.name))
