"""MIDI files: write a score; `read_truth` says what is known about any file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from plugin.errors import InputError
from plugin.synth import gm
from plugin.synth.midi_truth import MidiTruth, read_truth
from plugin.synth.score import Part, Score

__all__ = ["MidiTruth", "read_truth", "write_midi"]

TICKS = 480  # per quarter note
_TAIL = 2.0  # seconds of silence after the last note, where reverberation dies away


def write_midi(score: Score, path: Path) -> None:
    """
    Write a score as a standard MIDI file of type 1.

    Parameters
    ----------
    score : Score
        At most 15 melodic parts; all drum parts share channel 10.
    path : Path
        Where to.

    Raises
    ------
    InputError
        For more melodic parts than there are channels.
    """
    import mido

    melodic = [channel for channel in range(16) if channel != gm.DRUM_CHANNEL]
    wanted = sum(not part.is_drum for part in score.parts)
    if wanted > len(melodic):
        raise InputError(f"{path}: {wanted} melodic parts, but MIDI has {len(melodic)} channels for them")
    quarter = 60.0 / score.tempo if score.meter != "6/8" else 40.0 / score.tempo
    numerator, denominator = map(int, score.meter.split("/"))
    midi = mido.MidiFile(type=1, ticks_per_beat=TICKS)
    head = mido.MidiTrack()
    head.append(mido.MetaMessage("set_tempo", tempo=round(quarter * 1e6)))
    head.append(mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator))
    head.append(mido.MetaMessage("end_of_track", time=round((score.seconds + _TAIL) / quarter * TICKS)))
    midi.tracks.append(head)
    for part in score.parts:
        channel = gm.DRUM_CHANNEL if part.is_drum else melodic.pop(0)
        midi.tracks.append(_track(mido, part, channel, quarter))
    midi.save(str(path))


def _track(mido: Any, part: Part, channel: int, quarter: float) -> Any:
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("track_name", name=part.name))
    track.append(mido.Message("program_change", channel=channel, program=part.program))
    # Drum parts share a channel, so their level goes into the velocities instead of the channel's volume.
    gain, scale = (1.0, part.gain) if part.is_drum else (part.gain, 1.0)
    for control, value in (
        (7, 127 * gain),
        (10, 64 + 63 * part.pan),
        (91, 20 if part.role == "bass" else 50),
    ):
        track.append(
            mido.Message("control_change", channel=channel, control=control, value=int(np.clip(value, 0, 127)))
        )
    # (tick, order within the tick: off, control, on; then what the message needs)
    timed: list[tuple[int, int, int, int]] = []
    sings = part.role in ("lead", "counter") and np.isinf(gm.heard_seconds(part.program, part.is_drum))
    for start, duration, pitch, velocity in part.notes:
        on = round(start / quarter * TICKS)
        off = max(on + 1, round((start + duration) / quarter * TICKS))
        timed += [(off, 0, int(pitch), 0), (on, 2, int(pitch), max(1, round(velocity * scale)))]
        if sings:
            timed += _breath(on, off, duration)
    now = 0
    for tick, kind, first, second in sorted(timed):
        if kind == 1:
            message = mido.Message("control_change", channel=channel, control=first, value=second)
        else:
            name = "note_on" if kind else "note_off"
            message = mido.Message(name, channel=channel, note=first, velocity=second)
        track.append(message.copy(time=tick - now))
        now = tick
    return track


def _breath(on: int, off: int, duration: float) -> list[tuple[int, int, int, int]]:
    """Give the swell of a sung note: expression (11) grows and falls, and long notes come to vibrate (1)."""
    if duration < 0.45:
        return [(on, 1, 11, 118), (on, 1, 1, 0)]
    curve = ((0.0, 92), (0.15, 106), (0.35, 122), (0.6, 118), (0.8, 104), (0.93, 88))
    swell = [(on + round(place * (off - on)), 1, 11, value) for place, value in curve]
    depth = 28 if duration > 0.8 else 0
    return [(on, 1, 1, 0), *swell, (on + round(0.4 * (off - on)), 1, 1, depth)]
