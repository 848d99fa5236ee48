"""Listening to a stem: one pass over its file for all that is said about it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from plugin.analysis import SilentError, TrackAnalyser, TrackFeatures
from plugin.decode.audio import blocks
from plugin.decode.loudness import LoudnessMeter
from plugin.decode.media import open_media
from plugin.decode.sound import Sound
from plugin.library.records import TagScore
from plugin.runtime.engine import Engine
from plugin.stems.effects import Effects
from plugin.stems.levels import Array, LevelMeter, silent_share, sounding
from plugin.stems.roles import GROUPS, PitchMeter, describe, likeliest_role
from plugin.stems.stem import SURE, Stem, silent

INSTRUMENTAL = "instrumental"
"""The vocal tag of music without voices: it names no stem."""
OTHERS = 3
"""Further tags given beside the first."""
HEARD = 0.1
"""Share of a segment that must sound for its tags to count."""
NO_KEY = ("drums", "percussion", "fx")
BLOCK = 10.0
"""Seconds between two looks at whether the user wants to stop."""


def listen(
    engine: Engine, path: Path, start: float = 0.0, end: float | None = None, effects: Effects | None = None
) -> Stem:
    """Say what a stem is.

    Parameters
    ----------
    engine : Engine
    path : pathlib.Path
    start, end : float
        Seconds; ``end`` None is the file's end.
    effects : Effects, optional
        What the whole file is played through first; its loudness is that of the file as it is.

    Raises
    ------
    InputError
        The file cannot be decoded, or the range is outside it.
    """
    meter = LoudnessMeter()
    analyser = TrackAnalyser(engine, beams=1)
    levels, pitch = LevelMeter(engine.rate), PitchMeter(engine.rate)

    def take(parts: Iterable[Array]) -> None:
        for part in parts:
            analyser.feed(part)
            levels.feed(part)
            pitch.feed(part)

    with open_media(path) as media:
        sound = blocks(Sound(media, engine.rate, start, end, meter), round(BLOCK * engine.rate))
        if effects is None:
            take(sound)
        else:
            deque(sound, maxlen=0)  # for its loudness
    if effects is not None:
        take(effects.mono_blocks(path, engine.rate))
    found = levels.finish()
    try:
        heard = analyser.finish()
    except SilentError:
        return silent(len(found) / 20)
    return recognise(engine, heard, found, pitch.finish(), meter.finish())


def recognise(engine: Engine, heard: TrackFeatures, levels: Array, height: float, loudness: float | None) -> Stem:
    """Say what a stem is from what was heard of it; parameters as in `Stem` and `plugin.stems.roles.describe`."""
    scores = _mean_scores(heard, levels)
    found = [
        TagScore(tag.name, tag.group, float(score))
        for tag, score in zip(engine.core_vocabulary.tags, scores, strict=True)
        if tag.group in ("instrument", "vocal") and tag.name != INSTRUMENTAL
    ]
    found.sort(key=lambda tag: (-tag.score, tag.name))
    best = found[0]
    named = {tag.name: tag.score for tag in found}
    role = likeliest_role(describe(named, heard.chroma, levels, height))
    is_voice = best.group == "vocal" and best.score >= SURE
    if is_voice:
        role = "vocal backing" if best.name == "choir" else "vocal lead"
    elif best.score < SURE and role != "fx":
        role = "unknown"
    instrument = "" if role in ("unknown", "fx") else instrument_for(role, found)
    return Stem(
        role, instrument, is_voice, tuple(found[: 1 + OTHERS]), heard.duration, heard.tempo,
        None if role in NO_KEY else heard.key, loudness, silent_share(levels), None, heard.caption,
        heard.peaks.tobytes(), levels,
    )  # fmt: skip


def instrument_for(role: str, found: Sequence[TagScore]) -> str:
    """Name the instrument: the likeliest, but of a drum kit or a bass the likeliest that is one, where it is sure.

    Parameters
    ----------
    found : sequence of TagScore
        Instruments and voices, best first.
    """
    fitting = [tag for tag in found if tag.name in GROUPS.get(role, ()) and tag.score >= SURE]
    return (fitting or found)[0].name if found[0].score >= SURE else ""


def _mean_scores(heard: TrackFeatures, levels: Array) -> Array:
    """Average the tags over the segments in which the stem sounds: of silence the models say anything."""
    sounds = sounding(levels)
    counts = [float(sounds[round(start * 20) : max(round(end * 20), 1)].mean() >= HEARD) if len(sounds) else 1.0
              for start, end in zip(heard.starts, heard.ends, strict=True)]  # fmt: skip
    weights = np.array(counts, np.float32) if any(counts) else np.ones(len(heard.starts), np.float32)
    mean: Array = (heard.core_tags * weights[:, None]).sum(0) / weights.sum()
    return mean
