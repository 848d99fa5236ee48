"""The tables of styles say only things that the arranger can play and the vocabulary can name."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from plugin.synth import gm, harmony
from plugin.synth.generators import GENERATORS
from plugin.synth.melody import counter, melody
from plugin.synth.mix import MIXES
from plugin.synth.patterns import ACCENTS, DRUM_KEYS
from plugin.synth.styles import METERS, ROLES, STYLES, PartStyle, Style, grooves

VOCABULARY = Path(__file__).resolve().parents[3] / "models" / "data" / "vocabulary.toml"
CHARACTERS = {"bass": "13578b-.", "arpeggio": "0123456789-.", "drums": "", "percussion": ""}
MELODIES = {"@melody": melody, "@counter": counter}


@pytest.fixture(scope="module")
def vocabulary() -> dict[str, set[str]]:
    with VOCABULARY.open("rb") as stream:
        return {group: set(words) for group, words in tomllib.load(stream).items()}


def every_part() -> list[tuple[Style, PartStyle]]:
    return [(style, part) for style in STYLES.values() for part in style.parts]


def test_there_are_many_styles_in_many_genres() -> None:
    assert len(STYLES) >= 28
    assert len({word for style in STYLES.values() for word in style.genre}) >= 25


def test_genres_and_moods_are_words_of_the_vocabulary(vocabulary: dict[str, set[str]]) -> None:
    for style in STYLES.values():
        assert style.genre and set(style.genre) <= vocabulary["genre"], style.name
        assert style.mood, style.name
        assert {*style.mood, *style.mood_major, *style.mood_minor} <= vocabulary["mood"], style.name


def test_every_genre_and_mood_has_a_style(vocabulary: dict[str, set[str]]) -> None:
    genres = {word for style in STYLES.values() for word in style.genre}
    moods = {w for s in STYLES.values() for w in (*s.mood, *s.mood_major, *s.mood_minor)}
    assert genres == vocabulary["genre"]
    assert moods == vocabulary["mood"]


def test_every_program_and_drum_is_heard_as_words_of_the_vocabulary(vocabulary: dict[str, set[str]]) -> None:
    known = vocabulary["instrument"] | vocabulary["vocal"]
    for program in range(120):
        assert gm.words(program), program
        assert set(gm.words(program)) <= known, program
    for kit in (0, 25, 40, 48):
        for key in range(27, 88):
            assert set(gm.drum_words(kit, key)) <= known, (kit, key)


@pytest.mark.parametrize(
    ("program", "first"),
    [(0, "piano"), (4, "electric piano"), (24, "acoustic guitar"), (30, "distorted guitar"), (36, "slap bass"),
     (40, "violin"), (45, "pizzicato strings"), (52, "choir"), (60, "french horn"), (73, "flute"), (81, "synth lead"),
     (89, "synth pad"), (104, "sitar"), (109, "bagpipes"), (110, "fiddle"), (114, "steel drums")],
)  # fmt: skip
def test_the_most_exact_word_comes_first(program: int, first: str) -> None:
    assert gm.words(program)[0] == first


@pytest.mark.parametrize("program", [-1, 128])
def test_a_program_out_of_range_is_refused(program: int) -> None:
    with pytest.raises(ValueError, match="0 to 127"):
        gm.words(program)


def test_all_words_of_instruments_but_none_else_can_be_heard(vocabulary: dict[str, set[str]]) -> None:
    words = {word for program in range(128) for word in gm.words(program)}
    words |= {word for kit in (0, 25, 48) for key in range(27, 88) for word in gm.drum_words(kit, key)}
    assert words - {"choir"} == vocabulary["instrument"]


def test_patterns_are_written_in_the_language_of_their_role() -> None:
    for style, part in every_part():
        for pattern in part.patterns:
            if pattern.startswith("@"):
                assert pattern in GENERATORS or pattern in MELODIES, (style.name, pattern)
            elif part.role in ("drums", "percussion"):
                assert pattern in grooves(), (style.name, pattern)
            else:
                assert set(pattern) <= set(CHARACTERS.get(part.role, "xXolh-.")), (style.name, pattern)


def test_patterns_fit_the_bar() -> None:
    for style, part in every_part():
        steps = METERS[style.meter][0]
        for pattern in part.patterns:
            lengths = [len(pattern)]
            if pattern in grooves():
                groove = grooves()[pattern]
                lengths = [len(text) for beat in (*groove.beats, groove.fill) for text in beat.values()]
            elif pattern.startswith("@"):
                continue
            if part.role == "percussion" and style.meter != "4/4":
                continue
            assert all(n % steps == 0 or steps % n == 0 for n in lengths), (style.name, pattern)


def test_grooves_name_known_drums_and_strokes() -> None:
    for name, groove in grooves().items():
        assert groove.beats, name
        for beat in (*groove.beats, groove.fill):
            for piece, text in beat.items():
                assert piece in DRUM_KEYS, (name, piece)
                assert set(text) <= {*ACCENTS, "."}, (name, piece)


def test_parts_have_a_range_of_an_octave_and_sound_words() -> None:
    for style, part in every_part():
        assert part.role in ROLES
        assert part.programs and part.patterns, style.name
        assert part.role in ("drums", "percussion") or part.high - part.low >= 7, (style.name, part.role)
        assert 0 < part.gain <= 1 and 0 < part.chance <= 1 and 0 <= part.enter < 1, (style.name, part.role)
        assert style.mix in MIXES and style.scale in harmony.SCALES, style.name


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_every_written_progression_can_be_read(mode: str) -> None:
    for style in STYLES.values():
        steps = METERS[style.meter][0]
        for text in style.progressions[mode]:
            spans = harmony.progression(text, 0, mode, 8, steps)
            assert sum(span.length for span in spans) == 8 * steps, (style.name, text)


@pytest.mark.parametrize(
    ("symbol", "mode", "classes"),
    [("I", "major", {0, 4, 7}), ("ii7", "major", {2, 5, 9, 0}), ("V7", "minor", {7, 11, 2, 5}),
     ("VI", "minor", {8, 0, 3}), ("bVII", "major", {10, 2, 5}), ("iiø7", "minor", {2, 5, 8, 0}),
     ("Imaj9", "major", {0, 4, 7, 11, 2}), ("#ivo7", "major", {6, 9, 0, 3}), ("i5", "minor", {0, 7})],
)  # fmt: skip
def test_roman_numerals_mean_these_pitch_classes(symbol: str, mode: str, classes: set[int]) -> None:
    assert set(harmony.parse(symbol, 0, mode).pitch_classes) == classes


@pytest.mark.parametrize("symbol", ["", "H", "Ix", "iiii", "V13"])
def test_an_unknown_chord_is_refused(symbol: str) -> None:
    with pytest.raises(ValueError, match="roman numeral"):
        harmony.parse(symbol, 0, "major")


def test_voices_move_little_from_chord_to_chord() -> None:
    spans = harmony.progression("I vi IV V", 0, "major", 4, 16)
    previous = harmony.voice(spans[0].chord, 52, 74, None)
    for span in spans[1:]:
        voicing = harmony.voice(span.chord, 52, 74, previous)
        assert {pitch % 12 for pitch in voicing} == set(span.chord.pitch_classes)
        assert abs(np.mean(voicing) - np.mean(previous)) <= 4
        previous = voicing


def test_a_written_progression_ends_on_a_cadence() -> None:
    for seed in range(20):
        last = harmony.write_progression("major", np.random.default_rng(seed)).split()[-2:]
        assert last in (["IV", "V"], ["ii", "V"], ["V", "I"])
