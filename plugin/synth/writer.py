"""Write all parts of a piece once its style, tempo and key are known."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

import numpy as np

from plugin.synth import gm, harmony, melody, patterns
from plugin.synth.form import Section, sections
from plugin.synth.generators import GENERATORS
from plugin.synth.patterns import Event, Frame, Generator
from plugin.synth.performance import Performer, tidy, vary
from plugin.synth.score import Notes, Part
from plugin.synth.styles import METERS, PartStyle, Style, grooves

# Programs that can take over a melody in a style that is not theirs.
GUESTS = (6, 8, 9, 11, 12, 13, 15, 16, 21, 22, 40, 42, 45, 46, 56, 57, 58, 60, 65, 66, 68, 70, 71, 73, 75,
          78, 80, 81, 104, 105, 107, 109, 110, 114)  # fmt: skip
_GUEST_CHANCE = 0.25
_HAND_OVER = 0.4  # how often another instrument sings the second theme


def random_for(*label: object) -> np.random.Generator:
    """Give each thing that is drawn its own random numbers."""
    return np.random.default_rng(zlib.crc32("/".join(map(str, label)).encode()))


def _plays_kit(rules: PartStyle) -> bool:
    return rules.role in ("drums", "percussion") and not rules.patterns[0].startswith("@")


@dataclass(frozen=True)
class _Player:
    """Who plays a part of the style: its place there, a program, and the section letters that are not played."""

    place: int
    rules: PartStyle
    program: int
    silent: str = ""


class Writer:
    """
    Writes one piece.

    Parameters
    ----------
    style : Style
        What is played.
    seed : int
        The same seed gives the same parts.
    seconds, tempo : float
        Length, and beats per minute.
    tonic : int
        Pitch class.
    mode : str
        'major' or 'minor'.
    """

    def __init__(self, style: Style, seed: int, seconds: float, tempo: float, tonic: int, mode: str) -> None:
        self.style = style
        self.seed = seed
        self.seconds = seconds
        self.tonic = tonic
        self.mode = mode
        self.bar_steps, self.beat_steps = METERS[style.meter]
        self.performer = Performer(style, tempo, float(self.rng("swing").uniform(*style.swing)))
        bar_seconds = self.bar_steps * self.performer.step_seconds
        # the last bar only holds a chord, so a part of one will do
        self.bars = max(1, int(seconds / bar_seconds + 0.35))
        self.sections = sections(self.bars, style.arc, self.rng("form"))

    def rng(self, *label: object) -> np.random.Generator:
        """Give the random numbers of one thing in this piece."""
        return random_for(self.style.name, self.seed, *label)

    def parts(self, guests: bool) -> list[Part]:
        """Write all parts, with guests among the melodies if wanted; those that never enter are left out."""
        written = [(player, self._notes(player)) for player in self._players(guests)]
        return [self._part(player, notes) for player, notes in written if len(notes)]

    def _players(self, guests: bool) -> list[_Player]:
        players: list[_Player] = []
        for place, rules in enumerate(self.style.parts):
            rng = self.rng("part", place)
            if rng.random() > rules.chance:
                continue
            program = int(rng.choice(rules.programs))
            drummers = [player for player in players if _plays_kit(player.rules)]
            if _plays_kit(rules) and drummers:  # one channel for all drums, so one kit
                program = drummers[0].program
            singer = rules.role in ("lead", "counter") and len(rules.programs) >= 3
            if guests and singer and rng.random() < _GUEST_CHANCE:
                program = int(rng.choice(GUESTS))
            if rules.role == "lead" and len(rules.programs) >= 2 and rng.random() < _HAND_OVER:
                other = int(rng.choice([p for p in rules.programs if p != program]))
                players += [_Player(place, rules, program, "B"), _Player(place, rules, other, "AC")]
            else:
                players.append(_Player(place, rules, program))
        return players

    def _part(self, player: _Player, notes: Notes) -> Part:
        rules, is_drum = player.rules, _plays_kit(player.rules)
        words = gm.words(player.program)
        if is_drum:
            keys = np.unique(notes[:, 2]).astype(int)
            words = tuple(dict.fromkeys(w for key in keys for w in gm.drum_words(player.program, int(key))))
        rng = self.rng("mix", player.place, player.program)
        pan = rules.pan
        if not pan and rules.role not in ("drums", "bass", "lead"):
            pan = float(rng.uniform(-0.4, 0.4))
        gain = float(np.clip(rules.gain * rng.uniform(0.85, 1.12), 0.05, 1.0))
        name = f"{rules.role} {player.place + 1}{'b' if player.silent == 'AC' else ''}"
        return Part(name, rules.role, player.program, is_drum, words, notes, gain, pan)

    def _notes(self, player: _Player) -> Notes:
        rules = player.rules
        rng = self.rng("play", player.place)
        rows: list[tuple[float, float, float, float]] = []
        start_bar = 0
        was_silent = True
        for index, section in enumerate(self.sections):
            enters = section.energy + float(rng.normal(0.0, 0.05)) >= rules.enter
            plays = enters and section.letter not in player.silent
            if plays:
                events = self._events(player, section, index)
                if rules.role == "drums" and start_bar and (was_silent or section.visit == 0):
                    events.append(Event(0.0, 1.0, patterns.DRUM_KEYS["crash"], 0.9))
                events = self._ended(events, rules, section, index)
                rows += self.performer.rows(events, start_bar, section, rng)
            was_silent = not plays
            start_bar += section.bars
        return tidy(rows, self.seconds)

    def _events(self, player: _Player, section: Section, index: int) -> list[Event]:
        rules = player.rules
        rng = self.rng("material", section.letter, player.place)
        generator = self._generator(rules, rng)
        events = generator(self._frame(section, index), rules, rng)
        if rules.role == "lead" and section.visit:
            return vary(events, self.rng("vary", index, player.place))
        return events

    def _generator(self, rules: PartStyle, rng: np.random.Generator) -> Generator:
        pattern = str(rng.choice(rules.patterns))
        if pattern == "@melody":
            return melody.melody
        if pattern == "@counter":
            return melody.counter
        if pattern.startswith("@"):
            return GENERATORS[pattern]
        if _plays_kit(rules):
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
        if self._is_last(section, index):  # the piece ends at home
            last = (section.bars - 1) * self.bar_steps
            home = harmony.parse(text.replace(",", " ").split()[0], self.tonic, self.mode)
            if home.root != self.tonic:
                home = harmony.parse("I" if self.mode == "major" else "i", self.tonic, self.mode)
            spans = [span for span in spans if span.start < last] + [harmony.Span(last, self.bar_steps, home)]
        return Frame(
            tuple(spans), section.bars, self.bar_steps, self.beat_steps, self.tonic, self.mode, self.style.scale
        )

    def _is_last(self, section: Section, index: int) -> bool:
        return index == len(self.sections) - 1 and section.bars > 1

    def _ended(self, events: list[Event], rules: PartStyle, section: Section, index: int) -> list[Event]:
        """Close the piece: what sounds first in the last bar is held to the end, and nothing follows."""
        if not self._is_last(section, index):
            return events
        last = (section.bars - 1) * self.bar_steps
        kept = [replace(e, length=min(e.length, last - e.start)) for e in events if e.start < last]
        if _plays_kit(rules):
            final = ("kick", "crash") if rules.role == "drums" else ()
            return kept + [Event(last, 1.0, patterns.DRUM_KEYS[piece], 0.95) for piece in final]
        closing = [e for e in events if e.start >= last]
        first = min((e.start for e in closing), default=last)
        held = {e.pitch: e for e in closing if e.start == first}
        until = self.seconds / self.performer.step_seconds - (self.bars - section.bars) * self.bar_steps - 1.0
        length = max(2.0, min(until - last, 2.0 * self.bar_steps))
        return kept + [replace(e, start=last, length=length) for e in held.values()]
