"""General MIDI: which vocabulary words a program, or a key of the drum kit, is heard as."""

from __future__ import annotations

DRUM_CHANNEL = 9

# Last program of each run, and the words of the whole run.
_RUNS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (3, ("piano",)),
    (5, ("electric piano",)),
    (6, ("harpsichord",)),
    (7, ("electric piano",)),
    (8, ("bells",)),
    (9, ("glockenspiel", "bells")),
    (10, ("music box",)),
    (11, ("vibraphone",)),
    (12, ("marimba",)),
    (13, ("xylophone",)),
    (14, ("bells",)),
    (15, ("percussion",)),
    (20, ("organ",)),
    (21, ("accordion",)),
    (22, ("harmonica",)),
    (23, ("accordion",)),
    (25, ("acoustic guitar", "guitar")),
    (28, ("electric guitar", "guitar")),
    (30, ("distorted guitar", "electric guitar", "guitar")),
    (31, ("electric guitar", "guitar")),
    (32, ("double bass",)),
    (35, ("bass guitar",)),
    (37, ("slap bass", "bass guitar")),
    (39, ("synth bass", "synthesizer")),
    (40, ("violin", "strings")),
    (41, ("strings",)),
    (42, ("cello", "strings")),
    (43, ("double bass", "strings")),
    (44, ("strings",)),
    (45, ("pizzicato strings", "strings")),
    (46, ("harp",)),
    (47, ("timpani", "percussion")),
    (49, ("strings",)),
    (51, ("strings", "synthesizer")),
    (53, ("choir",)),
    (54, ("choir", "synthesizer")),
    (55, ("strings", "brass")),
    (56, ("trumpet", "brass")),
    (57, ("trombone", "brass")),
    (58, ("tuba", "brass")),
    (59, ("trumpet", "brass")),
    (60, ("french horn", "brass")),
    (61, ("brass",)),
    (63, ("brass", "synthesizer")),
    (67, ("saxophone",)),
    (69, ("oboe",)),
    (70, ("bassoon",)),
    (71, ("clarinet",)),
    (74, ("flute",)),
    (76, ("pan flute",)),
    (79, ("flute",)),
    (87, ("synth lead", "synthesizer")),
    (90, ("synth pad", "synthesizer")),
    (91, ("choir", "synth pad", "synthesizer")),
    (95, ("synth pad", "synthesizer")),
    (103, ("synthesizer",)),
    (104, ("sitar",)),
    (105, ("banjo",)),
    (107, ("guitar",)),
    (108, ("marimba",)),
    (109, ("bagpipes",)),
    (110, ("fiddle", "violin")),
    (111, ("oboe",)),
    (112, ("bells",)),
    (113, ("percussion",)),
    (114, ("steel drums", "percussion")),
    (119, ("percussion",)),
    (127, ()),
)

_ELECTRONIC_KITS = (24, 25)
_ORCHESTRA_KIT = 48
_TIMPANI = range(41, 54)  # keys of the orchestra kit
_CONGAS = range(60, 65)
# Pieces that are not the kit itself: tambourine, cowbell, shakers, timbales, claves, triangle ...
_HAND_PERCUSSION = frozenset({39, 54, 56, 58, *range(65, 88)})

# How long one note is heard after its attack, at most; held tones sound as long as they are held.
_PLUCKED = frozenset({*range(16), *range(24, 40), 45, 46, 47, *range(104, 109), *range(112, 120)})


def words(program: int) -> tuple[str, ...]:
    """
    Give the vocabulary words of a melodic program.

    Parameters
    ----------
    program : int
        General MIDI program, 0 to 127.

    Returns
    -------
    tuple of str
        The most exact word first; empty for sound effects.
    """
    if not 0 <= program <= 127:
        raise ValueError(f"General MIDI program {program}: must be 0 to 127")
    return next(names for last, names in _RUNS if program <= last)


def drum_words(kit: int, key: int) -> tuple[str, ...]:
    """Give the vocabulary words of one key of the drum kit `kit` (0 standard, 24 electronic, 25 TR-808)."""
    if key in _CONGAS:
        return ("congas", "percussion")
    if kit == _ORCHESTRA_KIT and key in _TIMPANI:
        return ("timpani", "percussion")
    if key in _HAND_PERCUSSION:
        return ("percussion",)
    if kit in _ELECTRONIC_KITS:
        return ("drum machine", "drums")
    return ("drums",)


def heard_seconds(program: int, is_drum: bool) -> float:
    """Give the longest time in seconds for which one note counts as heard."""
    if is_drum:
        return 0.25
    return 1.2 if program in _PLUCKED else float("inf")


VOCAL_WORDS = frozenset({"choir"})
