"""Solo stems for tests: every instrument alone, on a soundfont that nothing was learnt from, and voices."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import count, cycle, product
from pathlib import Path

import numpy as np

from models.data.items import Item
from models.data.pieces import RENDER_RATE, STEM_SECONDS, TEST_FONT, Piece, cut, make_piece, quantise, to_model_rate
from models.data.voices import sing
from models.data.words_sung import sing_words
from models.evaluation.bench import Bench, untouched
from models.evaluation.material import FIRST, heard_once
from models.teachers.panel import SHORT, Panel
from plugin.errors import CuefinderError
from plugin.synth.arranger import arrange
from plugin.synth.render import find_soundfonts
from plugin.synth.styles import STYLES

PIECES = 3
INSTRUMENTS: dict[str, tuple[str, ...]] = {
    "trumpet": ("program 56",), "trombone": ("program 57",), "french horn": ("program 60",), "tuba": ("program 58",),
    "saxophone": ("program 65", "program 66", "program 64"), "clarinet": ("program 71",), "oboe": ("program 68",),
    "bassoon": ("program 70",), "flute": ("program 73",), "pan flute": ("program 75",), "violin": ("program 40",),
    "cello": ("program 42",), "double bass": ("program 32", "program 43"), "harp": ("program 46",),
    "piano": ("program 0", "program 1"), "electric piano": ("program 4", "program 5"), "harpsichord": ("program 6",),
    "organ": ("program 16", "program 19"), "accordion": ("program 21",), "harmonica": ("program 22",),
    "acoustic guitar": ("program 24", "program 25"), "electric guitar": ("program 27", "program 26"),
    "distorted guitar": ("program 30", "program 29"), "banjo": ("program 105",), "sitar": ("program 104",),
    "bass guitar": ("program 33", "program 34"), "synth bass": ("program 38", "program 39"),
    "strings": ("program 48", "program 49"), "choir": ("program 52",), "glockenspiel": ("program 9",),
    "vibraphone": ("program 11",), "marimba": ("program 12",), "music box": ("program 10",),
    "steel drums": ("program 114",), "drums": ("kit 0", "kit 16", "kit 8"), "drum machine": ("kit 25", "kit 24"),
    "timpani": ("program 47",),
}  # fmt: skip
"""By tag: the General MIDI programs or kits that play it, taken in turn."""
Singer = Callable[..., np.ndarray]
SINGERS: dict[str, Singer] = {"vowels": sing, "words": sing_words}


@dataclass
class Solos:
    """Stems of one soundfont, or voices.

    Attributes
    ----------
    wanted : list of str
        The tag that each stem is, [N].
    mel : int8 [S, 80, 400]
    track : int64 [S]
        Number of the stem, rising.
    teachers : dict of str to float32 [N, C]
        Mean scores of the Musicnn pair (50) and of YAMNet (521), by name.
    """

    wanted: list[str]
    mel: np.ndarray
    track: np.ndarray
    teachers: dict[str, np.ndarray]


def test_font() -> Path | None:
    """The soundfont for tests, or None where it is not installed."""
    return next((font for font in find_soundfonts() if font.stem == TEST_FONT), None)


def stem_items() -> Iterator[tuple[str, Item]]:
    """Three stems of each instrument, by its tag."""
    for tag, players in INSTRUMENTS.items():
        found = 0
        for number, player in zip(count(FIRST), cycle(players), strict=False):
            if untouched(item := Item("stem", f"{player}#{number}")):
                yield tag, item
                found += 1
            if found == PIECES:
                break


def sing_piece(singer: Singer, name: str, *, female: bool) -> Piece:
    """A voice alone, with the melody of an arrangement that has one."""
    rng = random.Random(zlib.crc32(name.encode()))
    while True:
        score = arrange(rng.choice(list(STYLES)), rng.randrange(10_000, 20_000), STEM_SECONDS)
        leads = [part for part in score.parts if part.role == "lead" and len(part.notes) >= 12]
        if leads:
            break
    voice = singer(leads[0].notes, score.seconds, rate=RENDER_RATE, female=female, seed=rng.randrange(2**31))
    segments = cut(to_model_rate(np.asarray(voice, np.float32)[None] * 0.8))
    return Piece(quantise(segments), [{"vocal": "female vocals" if female else "male vocals"} for _ in segments])


def collect(stems: Iterator[tuple[str, Path, Callable[[], Piece]]], panel: Callable[[], Panel]) -> Solos:
    """Make, or read, stems given as tag, file and maker; one that cannot be made is named and left out."""
    wanted, mel, teachers = [], [], []
    for tag, path, make in stems:
        try:
            fields = heard_once(path, make, panel)
        except CuefinderError as error:
            print(f"stems: {tag} left out: {error}", flush=True)
            continue
        wanted.append(tag)
        mel.append(fields["mel"])
        teachers.append({name: fields[name].astype(np.float32).mean(0) for name in (*SHORT, "yamnet")})
    track = np.repeat(np.arange(len(mel)), [len(part) for part in mel])
    return Solos(wanted, np.concatenate(mel), track,
                 {name: np.stack([row[name] for row in teachers]) for name in teachers[0]})  # fmt: skip


def solos(bench: Bench) -> dict[str, Solos]:
    """Stems by what plays them: the test soundfont where it is installed, those of the training, and voices."""

    @cache
    def panel() -> Panel:
        return Panel.load(bench.data / "teachers")

    def stems(name: str, font: Path | None) -> Iterator[tuple[str, Path, Callable[[], Piece]]]:
        for tag, item in stem_items():
            yield tag, bench.work / "test" / name / item.file, partial(make_piece, item, soundfont=font)

    def voices() -> Iterator[tuple[str, Path, Callable[[], Piece]]]:
        for (kind, singer), sex, number in product(SINGERS.items(), ("female", "male"), range(PIECES)):
            name = f"{kind}-{sex}-{number}"
            make = partial(sing_piece, singer, name, female=sex == "female")
            yield f"{sex} vocals", bench.work / "test/voices" / f"{name}.npz", make

    font = test_font()
    found = {TEST_FONT: collect(stems(TEST_FONT, font), panel)} if font else {}
    return found | {"training soundfonts": collect(stems("fonts", None), panel), "voices": collect(voices(), panel)}
