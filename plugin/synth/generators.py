"""Accompaniment that is made on the spot: walking basses, comping, drones, clusters. All times are in steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from plugin.synth.harmony import Span, chord_at, scale_pitches
from plugin.synth.patterns import ACCENTS, Event, Frame, Generator, chords, near_pitch, onsets, voicing_by_span
from plugin.synth.styles import PartStyle


def hold(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
    """Hold each chord as long as it lasts."""
    return [
        Event(span.start, span.length * 0.99, pitch, 0.8)
        for span, voicing in voicing_by_span(frame, part).items()
        for pitch in voicing
    ]


def drone(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
    """Hold the tonic and its fifth through two bars at a time."""
    low = near_pitch(frame.tonic, part.low, part.low + 11, part.low + 4)
    pitches = [low, low + 7] if low + 7 <= part.high else [low]
    length = 2 * frame.bar_steps
    return [
        Event(start, min(length, frame.steps - start) * 0.99, pitch, 0.8)
        for start in range(0, frame.steps, length)
        for pitch in pitches
    ]


def cluster(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
    """Hold neighbouring semitones that enter one after the other."""
    events = []
    length = 2 * frame.bar_steps
    for start in range(0, frame.steps, length):
        root = chord_at(frame.spans, start).chord.root
        base = near_pitch(root, part.low, part.high - 3, float(rng.uniform(part.low, part.high - 3)))
        end = min(start + length, frame.steps)
        for order, step in enumerate((0, 1, int(rng.choice([3, 6, 7, 11])))):
            begin = start + order * frame.beat_steps
            if begin < end and base + step <= part.high:
                events.append(Event(begin, (end - begin) * 0.99, base + step, 0.7 + 0.1 * order))
    return events


def walk(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
    """Walk in beats: the root where a chord begins, scale or chord tones on the way to the next root."""
    events = []
    pitch = near_pitch(frame.spans[0].chord.root, part.low, part.high, (part.low + part.high) / 2)
    for start in range(0, frame.steps, frame.beat_steps):
        span = chord_at(frame.spans, start)
        following = chord_at(frame.spans, start + frame.beat_steps)
        middle = (part.low + part.high) / 2
        if start == span.start:
            pitch = near_pitch(span.chord.root, part.low, part.high, 0.6 * pitch + 0.4 * middle)
        elif following is not span:  # the last beat leads into the next root
            target = near_pitch(following.chord.root, part.low + 2, part.high - 2, pitch)
            pitch = target + int(rng.choice([-1, 1, -2, 2]))
        else:
            scale = scale_pitches(frame.scale, frame.mode, frame.tonic, span.chord, part.low, part.high)
            classes = span.chord.pitch_classes
            near = [p for p in scale if 0 < abs(p - pitch) <= 5]
            weights = np.array([(3.0 if p % 12 in classes else 1.0) / abs(p - pitch) ** 0.5 for p in near])
            pitch = int(rng.choice(near, p=weights / weights.sum()))
        accent = 0.9 if (start // frame.beat_steps) % 2 else 0.82
        events.append(Event(start, frame.beat_steps * 0.92, pitch, accent))
        if rng.random() < 0.08:  # a skipped note before the next beat
            events.append(Event(start + frame.beat_steps - 2, 1.0, pitch, 0.6))
    return events


_COMP_BARS = ("x-....x-........", "....x-....x-....", "..x-......x-..x-", "x-....x---......", "......x-....x---",
              "x---....x-......", "..x-..x-........", "..............x-")  # fmt: skip


def comp(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
    """Comp: chords in rhythms that change from bar to bar."""
    motif = [int(rng.integers(len(_COMP_BARS))) for _ in range(2)]
    events = []
    for bar in range(frame.bars):
        place = motif[bar % 2] if rng.random() < 0.6 else int(rng.integers(len(_COMP_BARS)))
        one = replace(frame, spans=_shifted(frame, bar), bars=1)
        shift = bar * frame.bar_steps
        for event in chords(_COMP_BARS[place])(one, part, rng):
            events.append(replace(event, start=event.start + shift))
    return events


def _shifted(frame: Frame, bar: int) -> tuple[Span, ...]:
    """Give the spans of one bar, counted from its start."""
    begin = bar * frame.bar_steps
    end = begin + frame.bar_steps
    return tuple(
        Span(
            max(span.start, begin) - begin,
            min(span.start + span.length, end) - max(span.start, begin),
            span.chord,
        )
        for span in frame.spans
        if span.start < end and span.start + span.length > begin
    )


def timpani(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
    """Strike the root on some first beats, with a roll into the end of the section."""
    events = []
    for bar in range(frame.bars):
        start = bar * frame.bar_steps
        pitch = near_pitch(chord_at(frame.spans, start).chord.root, part.low, part.high, (part.low + part.high) / 2)
        if bar == frame.bars - 1 and frame.bars > 1:
            steps = range(frame.bar_steps - 8, frame.bar_steps)
            events += [Event(start + s, 1.0, pitch, 0.4 + 0.5 * n / 8) for n, s in enumerate(steps)]
        elif bar % 2 == 0 or rng.random() < 0.4:
            events.append(Event(start, frame.beat_steps * 2.0, pitch, 0.95))
            if rng.random() < 0.4:
                events.append(Event(start + frame.bar_steps // 2, frame.beat_steps, pitch, 0.75))
    return events


_TAIKO_BARS = ("X..x..x.X..x..x.", "X.xxX.xxX.xxXxxx", "X...x.x.X.x.x.xx", "Xxx.xx.xX.x.xxxx")


def taiko(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
    """Drum one bar again and again on two skins, without any pitch that follows the chords."""
    pattern = _TAIKO_BARS[int(rng.integers(len(_TAIKO_BARS)))][: frame.bar_steps]
    return [
        Event(start, 2.0, part.low if char == "X" else part.low + 5, ACCENTS[char])
        for start, _, char in onsets(pattern, frame.steps)
    ]


def chimes(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
    """Ring a few chord tones, seldom."""
    events = []
    for bar in range(0, frame.bars, 2):
        if rng.random() < 0.7:
            start = bar * frame.bar_steps + int(rng.integers(0, frame.bar_steps // 2))
            chord = chord_at(frame.spans, start).chord
            for order in range(int(rng.integers(1, 4))):
                pitch = near_pitch(
                    int(rng.choice(chord.pitch_classes)),
                    part.low,
                    part.high,
                    rng.uniform(part.low, part.high),
                )
                begin = start + 2 * order
                if begin < frame.steps:
                    events.append(Event(begin, min(8.0, frame.steps - begin), pitch, 0.7))
    return events


GENERATORS: dict[str, Generator] = {
    "@hold": hold,
    "@drone": drone,
    "@cluster": cluster,
    "@walk": walk,
    "@comp": comp,
    "@timpani": timpani,
    "@taiko": taiko,
    "@chimes": chimes,
}
