"""Accompaniment from written patterns: chords, bass, arpeggios and drums. All times are in steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from plugin.synth.harmony import Span, chord_at, voice
from plugin.synth.styles import Groove, PartStyle

ACCENTS = {"X": 1.0, "x": 0.8, "o": 0.5}

DRUM_KEYS = {
    "kick": 36, "rim": 37, "snare": 38, "clap": 39, "tom_low": 41, "hat": 42, "pedal": 44, "open": 46,
    "tom_mid": 47, "crash": 57, "tom_hi": 50, "ride": 51, "tamb": 54, "cowbell": 56, "bongo_hi": 60,
    "bongo_low": 61, "conga_mute": 62, "conga_hi": 63, "conga_low": 64, "timbale": 65, "agogo_hi": 67,
    "agogo_low": 68, "shaker": 70, "guiro": 73, "clave": 75, "block_hi": 76, "block_low": 77, "triangle": 81,
}  # fmt: skip


@dataclass(frozen=True)
class Event:
    """A note: start and length in steps, MIDI pitch, accent 0..1, delay in seconds after its step."""

    start: float
    length: float
    pitch: int
    accent: float
    delay: float = 0.0


@dataclass(frozen=True)
class Frame:
    """What a generator needs to know of its section."""

    spans: tuple[Span, ...]
    bars: int
    bar_steps: int
    beat_steps: int
    tonic: int
    mode: str
    scale: str

    @property
    def steps(self) -> int:
        """Length of the section."""
        return self.bars * self.bar_steps


Generator = Callable[[Frame, PartStyle, np.random.Generator], list[Event]]


def onsets(pattern: str, steps: int) -> Iterator[tuple[int, int, str]]:
    """Repeat a pattern over `steps`; give start, length (with the `-` that follow) and character."""
    text = (pattern * (steps // len(pattern) + 1))[:steps]
    for start, char in enumerate(text):
        if char in ".-":
            continue
        length = 1
        while start + length < steps and text[start + length] == "-":
            length += 1
        yield start, length, char


def near_pitch(pitch_class: int, low: int, high: int, near: float) -> int:
    """Give the pitch of a class within a range that is nearest to `near`."""
    return min(
        (pitch for pitch in range(low, high + 1) if pitch % 12 == pitch_class % 12),
        key=lambda pitch: abs(pitch - near),
        default=low + (pitch_class - low) % 12,
    )


def bass(pattern: str) -> Generator:
    """Play a written bass pattern of chord degrees."""

    def play(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
        events = []
        for start, length, char in onsets(pattern, frame.steps):
            span = chord_at(frame.spans, start)
            root = near_pitch(span.chord.root, part.low, part.low + 11, part.low + 4)
            tones = span.chord.intervals
            third = next((step for step in tones if step in (3, 4)), 7)
            fifth = next((step for step in tones if step in (6, 7, 8)), 7)
            seventh = next((step for step in tones if step in (9, 10, 11)), 12)
            if char == "b":
                following = chord_at(frame.spans, start + length).chord
                pitch = near_pitch(following.root, part.low + 1, part.low + 12, root) - 1
            else:
                pitch = root + {"1": 0, "3": third, "5": fifth, "7": seventh, "8": 12}[char]
            if pitch > part.high:
                pitch -= 12
            accent = 0.95 if start % frame.bar_steps == 0 else 0.8
            events.append(Event(start, length * part.gate, pitch, accent))
        return events

    return play


def chords(pattern: str) -> Generator:
    """Play a written rhythm of chords, voice-led."""

    def play(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
        events = []
        voicings = voicing_by_span(frame, part)
        for start, length, char in onsets(pattern, frame.steps):
            span = chord_at(frame.spans, start)
            voicing = voicings[span]
            # a chord that is held into the next one gives way to it
            length = min(length, span.start + span.length - start)
            chosen = {"l": voicing[:1], "h": voicing[1:] or voicing}.get(char, voicing)
            accent = ACCENTS.get(char, 0.8)
            for order, pitch in enumerate(chosen):
                delay = part.strum * order / max(1, len(chosen) - 1)
                events.append(Event(start, length * part.gate, pitch, accent, delay))
        return events

    return play


def voicing_by_span(frame: Frame, part: PartStyle) -> dict[Span, list[int]]:
    """Voice every chord of a section, each led from the one before."""
    voicings: dict[Span, list[int]] = {}
    previous: list[int] | None = None
    for span in frame.spans:
        previous = voice(span.chord, part.low, part.high, previous)
        if len(previous) == 2 and previous[0] + 12 <= part.high:  # a power chord has its octave
            previous = [*previous, previous[0] + 12]
        voicings[span] = previous
    return voicings


def arpeggio(pattern: str) -> Generator:
    """Play chord tones one at a time in a written order."""

    def play(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
        events = []
        for start, length, char in onsets(pattern, frame.steps):
            chord = chord_at(frame.spans, start).chord
            classes = sorted({step % 12 for step in chord.intervals})
            root = near_pitch(chord.root, part.low, part.low + 11, part.low + 5)
            octave, place = divmod(int(char), len(classes))
            pitch = root + 12 * octave + classes[place]
            while pitch > part.high:
                pitch -= 12
            accent = 0.9 if start % frame.beat_steps == 0 else 0.72
            events.append(Event(start, length * part.gate, pitch, accent))
        return events

    return play


def drums(groove: Groove, choice: int, fill: bool) -> Generator:
    """Play one beat of a groove; its fill takes the last bar where `fill` is set."""

    def play(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
        beat = groove.beats[choice % len(groove.beats)]
        border = frame.steps - frame.bar_steps if fill and groove.fill else frame.steps
        events = []
        for piece, pattern in beat.items():
            events += [Event(start, 1.0, DRUM_KEYS[piece], ACCENTS[char]) for start, _, char in onsets(pattern, border)]
        if border < frame.steps:
            for piece, pattern in groove.fill.items():
                events += [
                    Event(border + start, 1.0, DRUM_KEYS[piece], ACCENTS[char])
                    for start, _, char in onsets(pattern, frame.bar_steps)
                ]
        return events

    return play
