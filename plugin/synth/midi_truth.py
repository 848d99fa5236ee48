"""What is true about any MIDI file: its tempo, and which instruments sound when."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from plugin.errors import DecodeError
from plugin.synth import gm
from plugin.synth.score import Part, active_words

LONGEST = 4 * 3600.0  # seconds of a file that is still taken for music


@dataclass(frozen=True, eq=False)
class MidiTruth:
    """
    What is known about a MIDI file.

    Attributes
    ----------
    path : Path
        The file.
    seconds : float
        Until the last note ends.
    tempo : float
        BPM of the quarter note that holds the middle of the time (weighted median).
    tempo_map : tuple of (float, float)
        Start (s) and BPM of every tempo.
    parts : tuple of Part
        One for each channel and program, ordered by first note.
    """

    path: Path
    seconds: float
    tempo: float
    tempo_map: tuple[tuple[float, float], ...]
    parts: tuple[Part, ...]

    def active(self, start: float, end: float) -> dict[str, float]:
        """Give instrument words, and 'choir' where voices play, heard in a range (s) with levels 0..1."""
        return active_words(self.parts, start, end)

    @property
    def instruments(self) -> dict[str, float]:
        """Instrument words of the whole file with levels 0..1."""
        levels = self.active(0.0, self.seconds)
        return {word: level for word, level in levels.items() if word not in gm.VOCAL_WORDS}

    @property
    def vocal(self) -> list[str]:
        """'choir' where voices play, else 'instrumental'."""
        return ["choir"] if self.active(0.0, self.seconds).get("choir", 0.0) > 0.1 else ["instrumental"]


def read_truth(path: Path) -> MidiTruth:
    """
    Read notes, instruments and tempo of any MIDI file.

    Raises
    ------
    DecodeError
        For a file that is no MIDI file, has no notes, lasts for hours, or has times in SMPTE frames.
    """
    import mido

    try:
        midi = mido.MidiFile(str(path), clip=True)
    except (OSError, EOFError, ValueError, KeyError, IndexError) as error:
        reason = "it ends too early" if isinstance(error, EOFError) else error
        raise DecodeError(path, f"not a readable MIDI file ({reason})") from error
    if midi.type == 2:
        raise DecodeError(path, "its tracks are separate songs (MIDI type 2), which cannot be played together")
    if midi.ticks_per_beat <= 0 or midi.ticks_per_beat >= 0x8000:
        raise DecodeError(path, "its times are in SMPTE frames; only beats are read")
    reader = _Reader()
    now = 0.0
    tempo = 500_000
    for message in mido.merge_tracks(midi.tracks):
        now += message.time * tempo / 1e6 / midi.ticks_per_beat
        if message.type == "set_tempo":
            tempo = message.tempo
            reader.tempos.append((now, 60e6 / max(1, tempo)))
        elif not message.is_meta:
            reader.read(now, message)
    truth = reader.truth(path, now)
    if truth.seconds > LONGEST:
        raise DecodeError(path, f"it lasts {truth.seconds / 3600:.1f} hours; the limit is {LONGEST / 3600:g}")
    return truth


class _Reader:
    """Collects the notes of a file, channel by channel."""

    def __init__(self) -> None:
        self.tempos: list[tuple[float, float]] = [(0.0, 120.0)]
        self.programs = [0] * 16
        self.volume = [100] * 16
        self.expression = [127] * 16
        self.sounding: dict[tuple[int, int], tuple[float, int, int, float]] = {}
        self.notes: dict[tuple[int, int], list[tuple[float, float, float, float]]] = {}

    def read(self, now: float, message: Any) -> None:
        if message.type == "program_change":
            self.programs[message.channel] = message.program
        elif message.type == "control_change" and message.control == 7:
            self.volume[message.channel] = message.value
        elif message.type == "control_change" and message.control == 11:
            self.expression[message.channel] = message.value
        elif message.type == "note_on" and message.velocity:
            self._end(now, message.channel, message.note)
            channel = message.channel
            level = self.volume[channel] / 127.0 * self.expression[channel] / 127.0
            start = (now, message.velocity, self.programs[channel], level)
            self.sounding[channel, message.note] = start
        elif message.type in ("note_on", "note_off"):
            self._end(now, message.channel, message.note)

    def _end(self, now: float, channel: int, note: int) -> None:
        held = self.sounding.pop((channel, note), None)
        if held is None:
            return
        start, velocity, program, level = held
        # The channel's volume at the attack is part of how loud the note is heard.
        row = (start, max(now - start, 0.01), float(note), max(1.0, velocity * level))
        self.notes.setdefault((channel, program), []).append(row)

    def truth(self, path: Path, end: float) -> MidiTruth:
        for channel, note in list(self.sounding):
            self._end(end, channel, note)
        if not self.notes:
            raise DecodeError(path, "it has no notes")
        parts = []
        for (channel, program), rows in sorted(self.notes.items(), key=lambda item: min(item[1])[0]):
            is_drum = channel == gm.DRUM_CHANNEL
            notes = np.array(sorted(rows), dtype=np.float64)
            words = (
                gm.words(program)
                if not is_drum
                else tuple(dict.fromkeys(w for key in np.unique(notes[:, 2]) for w in gm.drum_words(program, int(key))))
            )
            role = "drums" if is_drum else "part"
            parts.append(Part(f"channel {channel + 1} {program}", role, program, is_drum, words, notes, 1.0))
        seconds = max(float((part.notes[:, 0] + part.notes[:, 1]).max()) for part in parts)
        starts = [min(start, seconds) for start, _ in self.tempos]
        lengths = np.diff([*starts, seconds])
        values = np.array([bpm for _, bpm in self.tempos])
        order = np.argsort(values)
        middle = np.searchsorted(np.cumsum(lengths[order]), lengths.sum() / 2)
        tempo = float(values[order][min(middle, len(values) - 1)])
        return MidiTruth(path, seconds, tempo, tuple(self.tempos), tuple(parts))
