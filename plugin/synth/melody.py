"""Melodies: rhythmic motifs that return, contours over the scale, and cadences. Times are in steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugin.synth.harmony import chord_at, scale_pitches
from plugin.synth.patterns import Event, Frame, onsets
from plugin.synth.styles import PartStyle

# Rhythms of one beat with the weight they have at density 0 and at density 1.
_CELLS = {
    4: (
        ("----", 3.0, 0.1), ("x---", 3.0, 1.5), ("x-x-", 1.0, 3.0), ("x--x", 0.5, 1.2), ("..x-", 0.6, 0.8),
        ("....", 1.2, 0.15), ("x-xx", 0.05, 1.4), ("xxx-", 0.0, 0.8), ("xxxx", 0.0, 1.3), ("--x-", 0.4, 0.8),
    ),
    6: (
        ("------", 2.0, 0.1), ("x-----", 3.0, 0.2), ("x---x-", 1.6, 1.3), ("x-x-x-", 0.5, 6.0), ("......", 1.0, 0.1),
        ("x--xx-", 0.3, 1.0), ("x-xxx-", 0.0, 1.2), ("x-x---", 0.4, 0.6), ("xxxxx-", 0.0, 0.4),
    ),
}  # fmt: skip

# Which motif each bar of a phrase uses; the last bar of each is the cadence.
_PHRASES = ("0102", "0012", "0121", "0110", "0001")


@dataclass(frozen=True)
class Motif:
    """One bar: onsets with lengths in steps, and the movement to each note in scale steps."""

    rhythm: tuple[tuple[int, int], ...]
    moves: tuple[int, ...]


def _motif(frame: Frame, density: float, rng: np.random.Generator, cadence: bool = False) -> Motif:
    cells = _CELLS[frame.beat_steps]
    weights = np.array([sparse * (1 - density) + busy * density for _, sparse, busy in cells])
    beats = frame.bar_steps // frame.beat_steps
    chosen = [cells[int(rng.choice(len(cells), p=weights / weights.sum()))][0] for _ in range(beats)]
    if chosen[0].startswith("-") or not any("x" in cell for cell in chosen):
        chosen[0] = "x" + "-" * (frame.beat_steps - 1)
    if cadence:  # a long last note
        chosen[beats // 2 :] = ["x" + "-" * (frame.beat_steps - 1)] + ["-" * frame.beat_steps] * (
            beats - beats // 2 - 1
        )
    rhythm = tuple((start, length) for start, length, _ in onsets("".join(chosen), frame.bar_steps))
    direction = int(rng.choice([-1, 1]))
    moves = []
    for _ in rhythm:
        if rng.random() < 0.3:
            direction = -direction
        moves.append(
            direction * int(rng.choice([0, 1, 1, 1, 2, 2, 3, 4], p=[0.1, 0.2, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05]))
        )
    return Motif(rhythm, tuple(moves))


def melody(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
    """
    Sing over the chords: phrases of four bars made from two or three motifs.

    A motif keeps its rhythm and contour where it returns; its first note moves to the chord of its bar.
    Long notes and those on strong beats are chord tones.
    """
    density = float(np.clip(part.density + rng.normal(0.0, 0.08), 0.02, 1.0))
    motifs = [_motif(frame, density, rng) for _ in range(3)]
    ending = _motif(frame, density, rng, cadence=True)
    template = str(rng.choice(_PHRASES))
    middle = (part.low + part.high) / 2
    spread = (part.high - part.low) / 4
    events: list[Event] = []
    pitch = int(middle)
    leap = 0
    for bar in range(frame.bars):
        place = bar % 4
        last = place == 3 or bar == frame.bars - 1
        motif = ending if last else motifs[int(template[place])]
        # phrases rise to their third bar and fall back; every other one lies higher
        goal = middle + spread * (0.0, 0.4, 0.8, 0.0)[place] + (0.4 * spread if bar // 4 % 2 else 0.0)
        for order, ((start, length), move) in enumerate(zip(motif.rhythm, motif.moves, strict=True)):
            step = bar * frame.bar_steps + start
            chord = chord_at(frame.spans, step).chord
            ladder = scale_pitches(frame.scale, frame.mode, frame.tonic, chord, part.low, part.high)
            tones = [p for p in ladder if p % 12 in chord.pitch_classes] or ladder
            before = pitch
            if order == 0:
                pitch = _settle(tones, 0.5 * pitch + 0.5 * goal, frame.tonic)
            else:
                near = min(range(len(ladder)), key=lambda i: abs(ladder[i] - pitch))
                if abs(leap) > 5:  # a leap is followed by a step back
                    move = -1 if leap > 0 else 1
                index = near + move
                if not 0 <= index < len(ladder):
                    index = near - move
                pitch = ladder[int(np.clip(index, 0, len(ladder) - 1))]
                strong = start % frame.beat_steps == 0 or length >= frame.beat_steps
                if strong:
                    pitch = _settle(tones, pitch, frame.tonic)
            if last and order == len(motif.rhythm) - 1 and bar == frame.bars - 1:
                home = [p for p in tones if p % 12 == chord.root] or tones
                pitch = min(home, key=lambda p: abs(p - pitch))
            leap = pitch - before
            accent = 0.92 if start % frame.beat_steps == 0 else 0.8
            events.append(Event(step, length * 0.96, pitch, accent))
    return events


def _settle(tones: list[int], near: float, tonic: int) -> int:
    """Choose the tone that is nearest, and rather the tonic or its fifth, which make the key clear."""
    pull = {tonic: 1.5, (tonic + 7) % 12: 0.7}
    return min(tones, key=lambda pitch: abs(pitch - near) - pull.get(pitch % 12, 0.0))


def counter(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
    """Answer the melody: one or two long chord tones a bar, moving as little as possible."""
    events = []
    pitch = (part.low + part.high) // 2
    half = frame.bar_steps // 2 if frame.bar_steps % 8 == 0 or frame.beat_steps == 6 else frame.beat_steps * 2
    for bar in range(frame.bars):
        starts = (0,) if rng.random() < 0.45 else (0, half)
        ends = (*starts[1:], frame.bar_steps)
        for start, end in zip(starts, ends, strict=True):
            step = bar * frame.bar_steps + start
            chord = chord_at(frame.spans, step).chord
            tones = [p for p in range(part.low, part.high + 1) if p % 12 in chord.pitch_classes]
            near = sorted(tones, key=lambda p: abs(p - pitch))[:3]
            pitch = int(rng.choice(near))
            length = min(end - start, chord_at(frame.spans, step).start + chord_at(frame.spans, step).length - step)
            events.append(Event(step, length * 0.97, pitch, 0.75))
    return events
