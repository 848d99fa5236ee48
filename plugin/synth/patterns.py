"""Accompaniment: written patterns and generators, from chords to events. All times are in steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from plugin.synth.harmony import Span, chord_at, scale_pitches, voice
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


def _near(pitch_class: int, low: int, high: int, near: float) -> int:
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
            root = _near(span.chord.root, part.low, part.low + 11, part.low + 4)
            tones = span.chord.intervals
            third = next((step for step in tones if step in (3, 4)), 7)
            fifth = next((step for step in tones if step in (6, 7, 8)), 7)
            seventh = next((step for step in tones if step in (9, 10, 11)), 12)
            if char == "b":
                following = chord_at(frame.spans, start + length).chord
                pitch = _near(following.root, part.low + 1, part.low + 12, root) - 1
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
            root = _near(chord.root, part.low, part.low + 11, part.low + 5)
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


def hold(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
    """Hold each chord as long as it lasts."""
    return [
        Event(span.start, span.length * 0.99, pitch, 0.8)
        for span, voicing in voicing_by_span(frame, part).items()
        for pitch in voicing
    ]


def drone(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
    """Hold the tonic and its fifth through two bars at a time."""
    low = _near(frame.tonic, part.low, part.low + 11, part.low + 4)
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
        base = _near(root, part.low, part.high - 3, float(rng.uniform(part.low, part.high - 3)))
        end = min(start + length, frame.steps)
        for order, step in enumerate((0, 1, int(rng.choice([3, 6, 7, 11])))):
            begin = start + order * frame.beat_steps
            if begin < end and base + step <= part.high:
                events.append(Event(begin, (end - begin) * 0.99, base + step, 0.7 + 0.1 * order))
    return events


def walk(frame: Frame, part: PartStyle, rng: np.random.Generator) -> list[Event]:
    """Walk in beats: the root where a chord begins, scale or chord tones on the way to the next root."""
    events = []
    pitch = _near(frame.spans[0].chord.root, part.low, part.high, (part.low + part.high) / 2)
    for start in range(0, frame.steps, frame.beat_steps):
        span = chord_at(frame.spans, start)
        following = chord_at(frame.spans, start + frame.beat_steps)
        middle = (part.low + part.high) / 2
        if start == span.start:
            pitch = _near(span.chord.root, part.low, part.high, 0.6 * pitch + 0.4 * middle)
        elif following is not span:  # the last beat leads into the next root
            target = _near(following.chord.root, part.low + 2, part.high - 2, pitch)
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
        pitch = _near(chord_at(frame.spans, start).chord.root, part.low, part.high, (part.low + part.high) / 2)
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
                pitch = _near(
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
