"""From events on a grid to notes as played: swing, human timing, dynamics, variation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from plugin.synth.form import Section
from plugin.synth.patterns import Event
from plugin.synth.score import Notes
from plugin.synth.styles import METERS, Style


class Performer:
    """
    Plays events of a style at a tempo.

    Parameters
    ----------
    style : Style
        Gives meter, swing, looseness and energy.
    tempo : float
        Beats per minute.
    swing : float
        Share that the first of a pair of notes takes, 0.5 for even ones.
    """

    def __init__(self, style: Style, tempo: float, swing: float) -> None:
        self.style = style
        self.swing = swing
        self.bar_steps, beat_steps = METERS[style.meter]
        self.step_seconds = 60.0 / tempo / beat_steps

    def rows(
        self, events: list[Event], start_bar: int, section: Section, rng: np.random.Generator
    ) -> list[tuple[float, float, float, float]]:
        """Give start (s), duration (s), pitch and velocity of every event of a section."""
        return [self._row(event, start_bar, section, rng) for event in events]

    def _row(
        self, event: Event, start_bar: int, section: Section, rng: np.random.Generator
    ) -> tuple[float, float, float, float]:
        step = start_bar * self.bar_steps + event.start
        start = self._swung(step) * self.step_seconds
        end = self._swung(step + event.length) * self.step_seconds
        late = event.delay + (float(rng.normal(0.0, self.style.loose)) if self.style.loose else 0.0)
        level = 0.38 + 0.36 * section.energy + 0.2 * self.style.energy
        swell = 1.0 + 0.06 * np.sin(np.pi * event.start / (section.bars * self.bar_steps))
        spread = 0.05 if self.style.loose else 0.02
        velocity = 127.0 * level * swell * event.accent * float(rng.normal(1.0, spread))
        pitch = float(event.pitch)
        return max(0.0, start + late), max(0.03, end - start), pitch, float(np.clip(round(velocity), 8, 127))

    def _swung(self, step: float) -> float:
        """Move a step by the swing."""
        if self.swing == 0.5:
            return step
        unit = self.style.swing_steps
        pair, place = divmod(step / unit, 2.0)
        first = 2.0 * self.swing
        moved = place * first if place < 1.0 else first + (place - 1.0) * (2.0 - first)
        return (2.0 * pair + moved) * unit


def vary(events: list[Event], rng: np.random.Generator) -> list[Event]:
    """Vary a returning melody a little: notes left out, or struck twice."""
    varied = []
    for event in events:
        draw = rng.random()
        if draw < 0.06:
            continue
        if draw < 0.14 and event.length >= 3.5:
            half = round(event.length / 2)
            varied.append(replace(event, length=half))
            varied.append(replace(event, start=event.start + half, length=event.length - half, accent=0.7))
        else:
            varied.append(event)
    return varied


def tidy(rows: list[tuple[float, float, float, float]], seconds: float) -> Notes:
    """Sort notes, end them with the piece, and where their own pitch is struck again."""
    notes = np.array([row for row in rows if row[0] < seconds - 0.05], dtype=np.float64).reshape(-1, 4)
    notes = notes[np.lexsort((notes[:, 2], notes[:, 0]))]
    notes[:, 1] = np.minimum(notes[:, 1], seconds - notes[:, 0])
    for pitch in np.unique(notes[:, 2]):
        own = np.flatnonzero(notes[:, 2] == pitch)
        gaps = np.maximum(np.diff(notes[own, 0]), 0.02)
        notes[own[:-1], 1] = np.minimum(notes[own[:-1], 1], gaps)
    return notes
