"""Made-up lyrics with a known theme: what ALCAP's lyrics branch learns from where no songs with words are at hand."""

from __future__ import annotations

import random
import tomllib
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("lyrics.toml")
TELLINGS = (
    "the lyrics are about {}", "the words tell of {}", "it is a song about {}", "the singer tells of {}",
    "the text deals with {}",
)  # fmt: skip


@cache
def _table() -> tuple[tuple[str, ...], dict[str, list[str]], dict[str, list[str]]]:
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(table["patterns"]), table["themes"], table["moods"]


def themes() -> list[str]:
    """The themes, as captions name them."""
    return list(_table()[1])


def draw_theme(tags: set[str], rng: random.Random) -> str:
    """A theme for a song with these tags: mostly one that is sung in its moods, one time in five any."""
    moods = _table()[2]
    fitting = [len(tags & set(moods[theme])) for theme in themes()]
    if not any(fitting) or rng.random() < 0.2:
        return rng.choice(themes())
    return rng.choices(themes(), weights=fitting)[0]


def make_lyrics(theme: str, rng: random.Random) -> str:
    """Three to eight lines on a theme; some lines have words of another, as real songs do."""
    patterns, words, _ = _table()
    lines = []
    for _ in range(rng.randint(3, 8)):
        pool = words[theme] if rng.random() < 0.9 else words[rng.choice(themes())]
        a, b = rng.sample(pool, 2)
        lines.append(rng.choice(patterns).format(a=a, b=b))
    return " / ".join(lines)


def telling(theme: str, rng: random.Random) -> str:
    """A sentence that names the theme."""
    return rng.choice(TELLINGS).format(theme) + "."
