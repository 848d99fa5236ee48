"""What can be said of a range of a media file: how it sounds, and how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from plugin.decode import probe
from plugin.errors import InputError, printable
from plugin.library.records import TagScore
from plugin.runtime.engine import Engine
from plugin.suggest.hear import SilentFileError, hear, shown_tags
from plugin.suggest.look import look_at
from plugin.suggest.title import suggest_title

MOODS_SHOWN = 4


@dataclass(frozen=True)
class Description:
    """A range in words.

    Attributes
    ----------
    start : float
        Seconds.
    end : float or None
        Where the sound ends, or the end asked for; None for the end of footage without sound.
    caption : str or None
        Of the sound; None where there is none, or only silence.
    tags : list of TagScore
        At or above their thresholds, best first.
    tempo : float or None
        BPM.
    key : str or None
    moods : list of (str, float)
        How the picture looks, best first; empty without picture.
    notes : list of str
        What is missing, and why.
    title : str or None
        That a piece of music could have, where a part in use writes titles.
    """

    start: float
    end: float | None
    caption: str | None
    tags: list[TagScore]
    tempo: float | None
    key: str | None
    moods: list[tuple[str, float]]
    notes: list[str]
    title: str | None = None

    @property
    def sentence(self) -> str:
        """One line: the caption, then the moods of the picture."""
        looks = ", ".join(word for word, _ in self.moods)
        return " ".join(filter(None, (self.caption, f"Looks {looks}." if looks else "")))


def describe(
    engine: Engine, path: Path, start: float = 0.0, end: float | None = None, *, lyrics: str = "", beams: int = 8
) -> Description:
    """Listen to a range of a file, and look at it where it has a picture.

    Raises
    ------
    InputError
        The file cannot be decoded, has neither sound nor picture, is silent music, or the range is outside it.
    """
    info = probe(path)
    moods: list[tuple[str, float]] = []
    if info.video_codec is not None:
        moods = [(word, float(score)) for word, score in look_at(engine, path, start, end).moods[:MOODS_SHOWN]]
    elif info.audio_codec is None:
        raise InputError(f"{printable(path)}: there is neither sound nor video in this file")
    note = "there is no sound in this video: only its look is described"
    if info.audio_codec is not None:
        try:
            heard = hear(engine, path, start, end, lyrics=lyrics, beams=beams)
        except SilentFileError:
            if not moods:
                raise
            note = "the sound of this range is silent: only its look is described"
        else:
            tags, stop = shown_tags(engine, heard), start + heard.duration
            title = None if moods else suggest_title(engine, path, start, stop)
            return Description(start, stop, heard.caption, tags, heard.tempo, heard.key, moods, [], title)
    return Description(start, end, None, [], None, None, moods, [note])
