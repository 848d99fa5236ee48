"""What Cuefinder finds for each scene of the film, from its picture alone and together with words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plugin.demo.film import FilmScene
from plugin.runtime.captioner import BEAMS
from plugin.suggest.hear import hear
from plugin.suggest.look import look_at
from plugin.suggest.query import Query

if TYPE_CHECKING:
    from plugin.runtime.engine import Engine
    from plugin.suggest.suggester import Suggester
    from plugin.suggest.suggestion import Suggestions

TOP = 5


@dataclass(frozen=True)
class Finding:
    """What was found for one scene.

    Parameters
    ----------
    scene : FilmScene
    looks : list of (str, float)
        Mood words for the picture with their scores, best first.
    caption : str
        Sentence about the scene's sound; empty where it has no music.
    by_picture, by_words : Suggestions
        Tracks for the picture alone, and for the picture with the scene's words.
    """

    scene: FilmScene
    looks: list[tuple[str, float]]
    caption: str
    by_picture: Suggestions
    by_words: Suggestions


def explore(engine: Engine, suggester: Suggester, film: Path, scenes: Iterable[FilmScene]) -> Iterator[Finding]:
    """Watch each scene, listen to those with music, and look for tracks."""
    for scene in scenes:
        seen = look_at(engine, film, scene.start, scene.end)
        by_picture, by_words = (
            suggester.suggest(Query(video=seen.embedding, text=text, length=scene.seconds, top=TOP))
            for text in (None, scene.words)
        )
        caption = hear(engine, film, scene.start, scene.end, beams=BEAMS).caption if scene.style else ""
        yield Finding(scene, seen.moods, caption, by_picture, by_words)
