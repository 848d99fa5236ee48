"""A piece of music as notes, and what is true about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugin.synth import gm, moods
from plugin.synth.styles import STYLES

PITCH_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

Notes = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Part:
    """
    The notes of one instrument.

    Attributes
    ----------
    name : str
        Unique in the score.
    role : str
        drums, percussion, bass, chords, arpeggio, pad, lead, counter or drone.
    program : int
        General MIDI program 0 to 127; for drums the number of the kit.
    instrument : tuple of str
        Vocabulary words; may be empty.
    notes : ndarray [n, 4]
        Start (s), duration (s), MIDI pitch, velocity (1 to 127), in order of start.
    gain : float
        Level in the mix, 0 to 1.
    pan : float
        -1 left to 1 right.
    """

    name: str
    role: str
    program: int
    is_drum: bool
    instrument: tuple[str, ...]
    notes: Notes
    gain: float = 0.8
    pan: float = 0.0


def word_energy(parts: Iterable[Part], start: float, end: float) -> tuple[dict[str, float], float]:
    """
    Sum the energy of notes by vocabulary word within a time range.

    Returns
    -------
    energy : dict of str to float
        Squared level times seconds heard, by word.
    loudest : float
        The energy of the loudest single part, 0 where nothing sounds.
    """
    energy: dict[str, float] = {}
    loudest = 0.0
    for part in parts:
        onset, length, pitch, velocity = part.notes.T
        length = np.minimum(length, gm.heard_seconds(part.program, part.is_drum))
        inside = np.clip(np.minimum(onset + length, end) - np.maximum(onset, start), 0.0, None)
        power = inside * (part.gain * velocity / 127.0) ** 2
        loudest = max(loudest, float(power.sum()))
        if not part.is_drum:
            for word in gm.words(part.program):
                energy[word] = energy.get(word, 0.0) + float(power.sum())
            continue
        for key in np.unique(pitch):
            share = float(power[pitch == key].sum())
            for word in gm.drum_words(part.program, int(key)):
                energy[word] = energy.get(word, 0.0) + share
    return energy, loudest


def active_words(parts: Iterable[Part], start: float, end: float) -> dict[str, float]:
    """
    Give the words heard between `start` and `end` (s) with their level.

    The level is the root of the word's energy against the loudest part's, so 1 is the loudest part
    and 0.1 a part of 1 % of its energy.
    """
    energy, loudest = word_energy(parts, start, end)
    return {
        word: min(1.0, (value / loudest) ** 0.5)
        for word, value in sorted(energy.items(), key=lambda item: -item[1])
        if value > 0.0
    }


@dataclass(frozen=True, eq=False)
class Score:
    """
    A whole piece.

    Attributes
    ----------
    style : str
        Key of `plugin.synth.styles.STYLES`.
    tempo : float
        Beats per minute; in 6/8 the beat is the dotted quarter.
    tonic : int
        Pitch class, 0 for C to 11 for B.
    mode : str
        'major' or 'minor'.
    meter : str
        '4/4', '3/4' or '6/8'.
    parts : tuple of Part
        At least one, each with at least one note.
    seconds : float
        Length; every note ends by then.
    """

    style: str
    tempo: float
    tonic: int
    mode: str
    meter: str
    parts: tuple[Part, ...]
    seconds: float

    @property
    def key(self) -> str:
        """Key in words, as 'A minor'."""
        return f"{PITCH_CLASSES[self.tonic]} {self.mode}"

    def active(self, start: float, end: float) -> dict[str, float]:
        """Give instrument words, and 'choir' where voices play, heard in a range (s) with levels 0..1."""
        return active_words(self.parts, start, end)

    @property
    def density(self) -> float:
        """Notes per second over the whole piece."""
        return sum(len(part.notes) for part in self.parts) / self.seconds

    @property
    def dynamics(self) -> float:
        """Difference in dB between loud (90th percentile) and soft (10th) seconds of the piece."""
        grid = np.arange(0.0, max(1.0, self.seconds - 1.0), 1.0)
        power = np.array([sum(word_energy(self.parts, t, t + 2.0)[0].values()) for t in grid])
        soft, loud = np.percentile(power, [10, 90])
        return float(10.0 * np.log10((loud + 1e-6) / (soft + 1e-6)))

    def truth(self) -> dict[str, Any]:
        """
        Say what is known about the piece, in words of the vocabulary.

        Returns
        -------
        dict
            genre, mood, vocal: list of str; instrument: dict of str to level 0..1; tempo: BPM;
            key: str, None where nothing has a pitch; density: notes per second; dynamics: dB.
        """
        style = STYLES[self.style]
        levels = self.active(0.0, self.seconds)
        choir = levels.get("choir", 0.0) > 0.1
        return {
            "genre": list(style.genre),
            "mood": moods.moods(style, self.tempo, self.mode, self.dynamics),
            "instrument": {word: level for word, level in levels.items() if word not in gm.VOCAL_WORDS},
            "vocal": ["choir"] if choir else ["instrumental"],
            "tempo": self.tempo,
            "key": self.key if any(not part.is_drum for part in self.parts) else None,
            "density": self.density,
            "dynamics": self.dynamics,
        }
