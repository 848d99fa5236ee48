"""Arrange a piece in a style: draw key, tempo, form and instruments, and write every part."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np

from plugin.errors import InputError
from plugin.synth import gm, harmony, melody, patterns
from plugin.synth.form import Section, sections
from plugin.synth.patterns import Event, Frame, Generator
from plugin.synth.score import Part, Score
from plugin.synth.styles import METERS, STYLES, PartStyle, Style, grooves

SHORTEST = 5.0  # seconds
_CRASH = patterns.DRUM_KEYS["crash"]
_KICK = patterns.DRUM_KEYS["kick"]


def arrange(
    style: str,
    seed: int,
    seconds: float,
    *,
    tempo: float | None = None,
    tonic: int | None = None,
    mode: str | None = None,
) -> Score:
    """
    Write a piece.

    Parameters
    ----------
    style : str
        Key of `STYLES`.
    seed : int
        The same seed gives the same piece.
    seconds : float
        Length of the piece, at least 5.
    tempo : float, optional
        Beats per minute; drawn from the style's range if not given.
    tonic : int, optional
        Pitch class 0 (C) to 11 (B); drawn if not given.
    mode : str, optional
        'major' or 'minor'; drawn if not given.

    Returns
    -------
    Score
        Notes and truth.

    Raises
    ------
    InputError
        For an unknown style, or a value out of range.
    """
    if style not in STYLES:
        raise InputError(f"style {style!r} is unknown: choose one of {', '.join(STYLES)}")
    if seconds < SHORTEST:
        raise InputError(f"length {seconds:g} s is too short: a piece needs {SHORTEST:g} s or more")
    if tonic is not None and not 0 <= tonic <= 11:
        raise InputError(f"tonic {tonic} is not a pitch class: give 0 (C) to 11 (B)")
    if mode not in (None, "major", "minor"):
        raise InputError(f"mode {mode!r} is neither 'major' nor 'minor'")
    if tempo is not None and not 20.0 <= tempo <= 400.0:
        raise InputError(f"tempo {tempo:g} BPM is out of range: give 20 to 400")
    rules = STYLES[style]
    rng = _rng(style, seed, "piece")
    drawn = round(float(rng.uniform(*rules.tempo)), 1)
    drawn_tonic = int(rng.integers(12))
    drawn_mode = "minor" if rng.random() < rules.minor else "major"
    writer = _Writer(
        rules,
        seed,
        seconds,
        drawn if tempo is None else tempo,
        drawn_tonic if tonic is None else tonic,
        drawn_mode if mode is None else mode,
    )
    return writer.write()


def _rng(*label: object) -> np.random.Generator:
    """Give a generator of random numbers of its own to each thing that is drawn."""
    return np.random.default_rng(zlib.crc32("/".join(map(str, label)).encode()))


def _plays_kit(rules: PartStyle) -> bool:
    return rules.role in ("drums", "percussion") and not rules.patterns[0].startswith("@")


class _Writer:
    """Writes one piece."""

    def __init__(self, style: Style, seed: int, seconds: float, tempo: float, tonic: int, mode: str) -> None:
        self.style = style
        self.seed = seed
        self.seconds = seconds
        self.tempo = tempo
        self.tonic = tonic
        self.mode = mode
        self.bar_steps, self.beat_steps = METERS[style.meter]
        self.step_seconds = 60.0 / tempo / self.beat_steps
        self.swing = float(self.rng("swing").uniform(*style.swing))
        # the last bar only holds a chord, so a part of one will do
        bars = max(1, int(seconds / (self.bar_steps * self.step_seconds) + 0.35))
        self.sections = sections(bars, style.arc, self.rng("form"))
        self.bars = bars
        self._progressions: dict[str, str] = {}

    def rng(self, *label: object) -> np.random.Generator:
        return _rng(self.style.name, self.seed, *label)

    def write(self) -> Score:
        parts: list[Part] = []
        for place, rules in enumerate(self.style.parts):
            rng = self.rng("part", place)
            if rng.random() > rules.chance:
                continue
            program = int(rng.choice(rules.programs))
            if rules.role == "percussion" and parts and (drummer := next((p for p in parts if p.is_drum), None)):
                # hand percussion shares the drummer's channel, so it has the same kit
                program = drummer.program if _plays_kit(rules) else program
            notes = self._notes(place, rules)
            if len(notes):
                parts.append(self._part(place, rules, program, notes, rng))
        return Score(self.style.name, self.tempo, self.tonic, self.mode, self.style.meter, tuple(parts), self.seconds)

    def _part(self, place: int, rules: PartStyle, program: int, notes: np.ndarray, rng: np.random.Generator) -> Part:
        is_drum = _plays_kit(rules)
        if is_drum:
            keys = np.unique(notes[:, 2]).astype(int)
            heard = [word for key in keys for word in gm.drum_words(program, int(key))]
            words = tuple(dict.fromkeys(heard))
        else:
            words = gm.words(program)
        pan = rules.pan
        if not pan and rules.role not in ("drums", "bass", "lead"):
            pan = float(rng.uniform(-0.4, 0.4))
        gain = float(np.clip(rules.gain * rng.uniform(0.85, 1.12), 0.05, 1.0))
        return Part(f"{rules.role} {place + 1}", rules.role, program, is_drum, words, notes, gain, pan)

    def _notes(self, place: int, rules: PartStyle) -> np.ndarray:
        rng = self.rng("play", place)
        rows = []
        start_bar = 0
        was_silent = True
        for index, section in enumerate(self.sections):
            plays = section.energy + float(rng.normal(0.0, 0.05)) >= rules.enter
            if plays:
                events = self._events(place, rules, section, index)
                if rules.role == "drums" and (was_silent or section.visit == 0) and start_bar:
                    events.append(Event(0.0, 1.0, _CRASH, 0.9))
                rows += [
                    self._row(event, start_bar, section, rules, rng)
                    for event in self._ending(events, rules, section, index)
                ]
            was_silent = not plays
            start_bar += section.bars
        notes = np.array([row for row in rows if row[0] < self.seconds - 0.05], dtype=np.float64).reshape(-1, 4)
        if not len(notes):
            return notes
        notes[:, 1] = np.minimum(notes[:, 1], self.seconds - notes[:, 0])
        return _without_overlaps(notes[np.lexsort((notes[:, 2], notes[:, 0]))])

    def _events(self, place: int, rules: PartStyle, section: Section, index: int) -> list[Event]:
        frame = self._frame(section, index)
        letter = self.rng("material", section.letter, place)
        pattern = str(letter.choice(rules.patterns))
        generator = self._generator(rules, pattern, section, letter)
        events = generator(frame, rules, letter)
        if rules.role == "lead" and section.visit:
            events = _vary(events, self.rng("vary", index, place))
        return events

    def _generator(self, rules: PartStyle, pattern: str, section: Section, rng: np.random.Generator) -> Generator:
        if pattern == "@melody":
            return melody.melody
        if pattern == "@counter":
            return melody.counter
        if pattern.startswith("@"):
            return patterns.GENERATORS[pattern]
        if rules.role in ("drums", "percussion"):
            groove = grooves()[pattern]
            return patterns.drums(groove, int(rng.integers(len(groove.beats))), rules.role == "drums")
        kinds = {"bass": patterns.bass, "arpeggio": patterns.arpeggio}
        return kinds.get(rules.role, patterns.chords)(pattern)

    def _frame(self, section: Section, index: int) -> Frame:
        rng = self.rng("chords", section.letter)
        text = str(rng.choice(self.style.progressions[self.mode]))
        if rng.random() < self.style.functional:
            text = harmony.write_progression(self.mode, rng)
        spans = harmony.progression(text, self.tonic, self.mode, section.bars, self.bar_steps)
        if index == len(self.sections) - 1 and section.bars > 1:  # the piece ends at home
            last = (section.bars - 1) * self.bar_steps
            symbol = text.replace(",", " ").split()[0]
            home = harmony.parse(symbol, self.tonic, self.mode)
            if home.root != self.tonic:
                home = harmony.parse("I" if self.mode == "major" else "i", self.tonic, self.mode)
            spans = [span for span in spans if span.start < last] + [harmony.Span(last, self.bar_steps, home)]
        return Frame(
            tuple(spans),
            section.bars,
            self.bar_steps,
            self.beat_steps,
            self.tonic,
            self.mode,
            self.style.scale,
        )

    def _ending(self, events: list[Event], rules: PartStyle, section: Section, index: int) -> list[Event]:
        """Close the piece: what sounds on the last first beat is held, and nothing follows."""
        if index < len(self.sections) - 1 or section.bars < 2:
            return events
        last = (section.bars - 1) * self.bar_steps
        kept = [replace(e, length=min(e.length, last - e.start)) for e in events if e.start < last]
        if rules.role == "drums":
            return [*kept, Event(last, 1.0, _KICK, 0.95), Event(last, 1.0, _CRASH, 0.9)]
        final = [e for e in events if e.start >= last]
        first = min((e.start for e in final), default=last)
        held = {e.pitch: e for e in final if e.start == first}
        until = self.seconds / self.step_seconds - (self.bars - section.bars) * self.bar_steps - 1.0
        length = max(2.0, min(until - last, 2.0 * self.bar_steps))
        return kept + [replace(e, start=last, length=length) for e in held.values()]

    def _row(
        self, event: Event, start_bar: int, section: Section, rules: PartStyle, rng: np.random.Generator
    ) -> tuple[float, float, float, float]:
        step = start_bar * self.bar_steps + event.start
        start = self._swung(step) * self.step_seconds
        end = self._swung(step + event.length) * self.step_seconds
        late = float(rng.normal(0.0, self.style.loose)) + event.delay if self.style.loose else event.delay
        level = 0.38 + 0.36 * section.energy + 0.2 * self.style.energy
        swell = 1.0 + 0.06 * np.sin(np.pi * event.start / max(1, section.bars * self.bar_steps))
        spread = 0.02 if self.style.loose == 0.0 else 0.05
        velocity = 127.0 * level * swell * event.accent * float(rng.normal(1.0, spread))
        begin = max(0.0, start + late)
        return begin, max(0.03, end - start), float(event.pitch), float(np.clip(round(velocity), 8, 127))

    def _swung(self, step: float) -> float:
        """Move a step by the swing: the first of each pair takes `swing` of the pair's time."""
        if self.swing == 0.5:
            return step
        unit = self.style.swing_steps
        pair, place = divmod(step / unit, 2.0)
        first = 2.0 * self.swing
        moved = place * first if place < 1.0 else first + (place - 1.0) * (2.0 - first)
        return (2.0 * pair + moved) * unit


def _vary(events: list[Event], rng: np.random.Generator) -> list[Event]:
    """Vary a returning melody a little: notes left out, split or shortened."""
    varied = []
    for event in events:
        draw = rng.random()
        if draw < 0.06:
            continue
        if draw < 0.14 and event.length >= 3.5:
            half = event.length / 2
            varied.append(replace(event, length=half))
            varied.append(replace(event, start=event.start + round(half), length=half * 0.9, accent=0.7))
        else:
            varied.append(event)
    return varied


def _without_overlaps(notes: np.ndarray) -> np.ndarray:
    """End a note where its own pitch is struck again, as one key cannot sound twice."""
    for pitch in np.unique(notes[:, 2]):
        rows = np.flatnonzero(notes[:, 2] == pitch)
        gaps = np.diff(notes[rows, 0])
        notes[rows[:-1], 1] = np.minimum(notes[rows[:-1], 1], np.maximum(gaps, 0.02))
    return notes
