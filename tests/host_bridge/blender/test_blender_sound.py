"""How cues sound when real Blender mixes them, also after the project was saved and opened again."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.errors import HostError
from host_bridge.timeline import cues, facts, find_clip
from host_bridge.times import seconds
from tests.host_bridge.blender.conftest import Room
from tests.host_bridge.conformance import place, revision, span, tone, write_wav

RATE = 24000 / 1001


def ramp(folder: Path, rate: int = 48_000) -> Path:
    """Ten seconds of noise that says by its sound where it was cut."""
    return write_wav(
        folder / f"noise {rate}.wav", 0.3 * np.random.default_rng(1).standard_normal(rate * 10).clip(-3, 3), rate
    )


def heard(room: Room, folder: Path, start: float, duration: float, track: str | None = None) -> np.ndarray:
    """What Blender mixes: float [N] at 48 kHz, the left channel."""
    out = room.host.export_range(span(start, duration), folder / f"{start}-{duration}-{track}.wav", track)
    with wave.open(str(out)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (48_000, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
    return samples[:, 0] / 32768


def level(samples: np.ndarray) -> float:
    """RMS in dB."""
    return float(10 * np.log10(np.mean(samples**2) + 1e-12))


@pytest.mark.parametrize("rate", [48_000, 44_100])
def test_a_cue_sounds_where_it_lies_and_from_where_it_was_cut(stage: Room, tmp_path: Path, rate: int) -> None:
    music = ramp(tmp_path, rate)
    segment = TimeRange(RationalTime(round(2.345 * rate), rate), RationalTime(3, 1))
    placed = place(stage.host, music, at=1.0, segment=segment)
    begin = seconds(placed.record.start_time)
    sound = heard(stage, tmp_path, 0, 5)
    first, last = (np.flatnonzero(np.abs(sound) > 0.002)[i] / 48_000 for i in (0, -1))
    assert abs(first - begin) < 0.001
    # Blender ends a strip with the block of its mixdown.
    assert -0.001 < last - first - seconds(placed.record.duration) < 0.004
    # Where in the music the first tenth of a second comes from, by correlation around the place wanted.
    with wave.open(str(music)) as file:
        whole = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    piece = sound[round(float(begin) * 48_000) :][:4800]
    piece = np.interp(np.arange(round(rate / 10)) / rate, np.arange(4800) / 48_000, piece)
    around = whole[round(2.2 * rate) : round(2.6 * rate)]
    found = np.argmax(np.correlate(around, piece, "valid")) / rate + 2.2
    sub_frame = stage.do("result = hasattr(addon.all_strips(addon.edited_scene())[0], 'sound_offset')")
    assert abs(found - 2.345) < (0.001 if sub_frame else 0.5 / RATE + 0.001)


def test_gain_and_fades_are_heard(stage: Room, tmp_path: Path) -> None:
    music = write_wav(tmp_path / "tone.wav", tone(10))
    place(stage.host, music, at=1.0, segment=span(0, 4), name="plain")
    plain = heard(stage, tmp_path, 0, 6)
    stage.host.undo()
    place(stage.host, music, at=1.0, segment=span(0, 4), gain_db=-6.0, fade_in=Fraction(1), fade_out=Fraction(2))
    faded = heard(stage, tmp_path, 0.0, 6.0)

    def change(at: float) -> float:
        part = slice(round((at - 0.02) * 48_000), round((at + 0.02) * 48_000))
        return level(faded[part]) - level(plain[part])

    begin, end = (24 / RATE, (24 + 95) / RATE)
    assert abs(change(2.5) + 6) < 0.1
    # Straight lines; Blender's mixdown applies keyframes of the volume one frame late.
    for at in (1.2, 1.5, 1.8):
        assert 0 <= (at - begin) / 1.001 - 10 ** ((change(at) + 6) / 20) < 0.06
    for at in (3.5, 4.0, 4.5):
        assert 0 <= 10 ** ((change(at) + 6) / 20) - (end - at) / 2.002 < 0.04
    assert change(begin + 0.02) < -35
    assert change(end - 0.03) < -25


def test_one_timeline_track_is_exported_alone_and_nothing_stays_changed(stage: Room, tmp_path: Path) -> None:
    low, high = (write_wav(tmp_path / f"{hertz}.wav", tone(8, hertz)) for hertz in (300.0, 3000.0))
    place(stage.host, low, at=0.0, segment=span(0, 5))
    placed = place(stage.host, high, at=0.0, segment=span(0, 5))
    track = facts(find_clip(stage.host.timeline(), placed.clip).timeline_track)["id"]
    state = """
scene = addon.edited_scene()
result = [scene.frame_start, scene.frame_end, scene.frame_current, [s.mute for s in strips()], counts()]
"""
    before = stage.do(state)
    both, alone = heard(stage, tmp_path, 1, 2), heard(stage, tmp_path, 1, 2, track)

    def power(samples: np.ndarray, hertz: float) -> float:
        spectrum = np.abs(np.fft.rfft(samples[:48_000] * np.hanning(48_000)))
        return float(spectrum[round(hertz)])

    assert power(alone, 3000) == pytest.approx(power(both, 3000), rel=0.02)
    assert power(alone, 300) < power(both, 300) / 1000
    assert stage.do(state) == before
    with pytest.raises(HostError, match="no timeline track"):
        stage.host.export_range(span(0, 1), tmp_path / "none.wav", "77.audio")
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".wav"] * 4


def test_cue_caption_and_marker_are_in_the_saved_file(stage: Room, tmp_path: Path) -> None:
    import opentimelineio as otio

    music = write_wav(tmp_path / "tone.wav", tone(5))
    placed = place(stage.host, music, segment=span(1, 3), fade_in=Fraction(1), gain_db=-3.0, key="kept")
    stage.host.annotate(placed.clip, "rain 暖")
    note = otio.schema.Marker(name="drums", marked_range=span(2, 1))
    note.comment = "come in here"
    stage.host.add_markers([note, otio.schema.Marker(name="x" * 80, marked_range=span(3, 0))])
    before = revision(stage.host)
    path = str(tmp_path / "saved film.blend")
    stage.do(f"bpy.ops.wm.save_as_mainfile(filepath={path!r}); fresh(25, 1.0, 1)")
    assert cues(stage.host.timeline()) == []
    stage.do(f"bpy.ops.wm.open_mainfile(filepath={path!r})")
    timeline = stage.host.timeline()
    assert revision(stage.host) == before
    (found,) = cues(timeline)
    assert (found.record, facts(found.clip)["caption"]) == (placed.record, "rain 暖")
    assert place(stage.host, music, segment=span(1, 3), key="kept").already
    markers = {marker.name: marker for marker in timeline.tracks.markers}
    assert (markers["drums"].comment, seconds(markers["drums"].marked_range.duration)) == (
        "come in here",
        24 / Fraction(24000, 1001),
    )
    assert markers["x" * 63].comment == "x" * 80
    with pytest.raises(HostError, match="not one of Cuefinder's"):
        stage.host.undo()
    assert abs(level(heard(stage, tmp_path, 2.5, 1)) - level(tone(1))) < 9
