"""MIDI files carry a score unchanged, and any file's notes and instruments are read back."""

from __future__ import annotations

from pathlib import Path

import mido
import numpy as np
import pytest

from plugin.errors import DecodeError, InputError
from plugin.synth.arranger import arrange
from plugin.synth.midi import read_truth, write_midi
from plugin.synth.midi_truth import LONGEST
from plugin.synth.score import Part, Score
from plugin.synth.styles import STYLES


def note(channel: int, pitch: int, time: int = 0, velocity: int = 90) -> mido.Message:
    return mido.Message("note_on", channel=channel, note=pitch, velocity=velocity, time=time)


def save(path: Path, *tracks: list[object], ticks: int = 480, kind: int = 1) -> Path:
    midi = mido.MidiFile(type=kind, ticks_per_beat=ticks)
    midi.tracks.extend(mido.MidiTrack(track) for track in tracks)
    midi.save(str(path))
    return path


@pytest.mark.parametrize("style", ["salsa", "celtic", "waltz", "orchestral_epic", "chiptune"])
def test_a_score_comes_back_from_its_file(style: str, tmp_path: Path) -> None:
    score = arrange(style, 4, 20.0)
    path = tmp_path / "score.mid"
    write_midi(score, path)
    truth = read_truth(path)
    melodic = [part for part in score.parts if not part.is_drum]
    read = [part for part in truth.parts if not part.is_drum]
    assert sorted(part.program for part in read) == sorted(part.program for part in melodic)
    for part in melodic:
        candidates = [other for other in read if other.program == part.program and len(other.notes) == len(part.notes)]
        by_start = part.notes[np.lexsort((part.notes[:, 2], part.notes[:, 0].round(2)))]
        assert any(
            np.allclose(other.notes[:, 0], part.notes[:, 0], atol=0.003)
            and sorted(other.notes[:, 2]) == sorted(by_start[:, 2])
            for other in candidates
        ), part.name
    ends = max(float((part.notes[:, 0] + part.notes[:, 1]).max()) for part in score.parts)
    assert truth.seconds == pytest.approx(ends, abs=0.05)


@pytest.mark.parametrize("style", ["rock", "bossa_nova", "choir"])
def test_instruments_read_back_are_those_of_the_score(style: str, tmp_path: Path) -> None:
    score = arrange(style, 2, 25.0)
    write_midi(score, tmp_path / "score.mid")
    truth = read_truth(tmp_path / "score.mid")
    expected = score.truth()
    assert set(truth.instruments) == set(expected["instrument"])
    assert truth.vocal == expected["vocal"]
    for word, level in expected["instrument"].items():
        assert truth.instruments[word] == pytest.approx(level, abs=0.2)


def test_the_file_says_tempo_and_meter(tmp_path: Path) -> None:
    write_midi(arrange("waltz", 1, 10.0, tempo=150.0), tmp_path / "waltz.mid")
    midi = mido.MidiFile(str(tmp_path / "waltz.mid"))
    assert midi.type == 1
    head = {message.type: message for message in midi.tracks[0]}
    assert mido.tempo2bpm(head["set_tempo"].tempo) == pytest.approx(150.0, abs=0.01)
    assert (head["time_signature"].numerator, head["time_signature"].denominator) == (3, 4)
    assert read_truth(tmp_path / "waltz.mid").tempo == pytest.approx(150.0, abs=0.01)


def test_six_eight_counts_dotted_quarters(tmp_path: Path) -> None:
    write_midi(arrange("celtic", 1, 10.0, tempo=100.0), tmp_path / "jig.mid")
    # the quarter note of the file is two thirds of the beat
    assert read_truth(tmp_path / "jig.mid").tempo == pytest.approx(150.0, abs=0.01)


def test_drums_are_on_channel_ten_and_nothing_else_is(tmp_path: Path) -> None:
    score = arrange("samba", 1, 12.0)
    write_midi(score, tmp_path / "samba.mid")
    channels = {
        m.channel for track in mido.MidiFile(str(tmp_path / "samba.mid")).tracks for m in track if m.type == "note_on"
    }
    assert 9 in channels
    assert len(channels) == 1 + sum(not part.is_drum for part in score.parts)


def test_more_parts_than_channels_are_refused(tmp_path: Path) -> None:
    rows = np.array([[0.0, 1.0, 60.0, 90.0]])
    parts = tuple(Part(f"part {n}", "pad", n, False, (), rows) for n in range(16))
    score = Score("pop", 120.0, 0, "major", "4/4", parts, 5.0)
    with pytest.raises(InputError, match="16 melodic parts"):
        write_midi(score, tmp_path / "many.mid")
    assert not (tmp_path / "many.mid").exists()


@pytest.mark.parametrize("style", STYLES)
def test_every_style_fits_into_a_file(style: str, tmp_path: Path) -> None:
    write_midi(arrange(style, 0, 6.0), tmp_path / "score.mid")
    assert read_truth(tmp_path / "score.mid").seconds <= 6.0 + 0.1


def test_tempo_is_that_of_most_of_the_time(tmp_path: Path) -> None:
    tempos = [
        mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(60)),
        mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(140), time=960),
    ]
    path = save(tmp_path / "two.mid", tempos, [note(0, 60), note(0, 60, 480 * 60, 0)])
    truth = read_truth(path)
    assert truth.tempo == pytest.approx(140.0, abs=0.01)
    assert [round(bpm) for _, bpm in truth.tempo_map] == [120, 60, 140]
    assert truth.tempo_map[2][0] == pytest.approx(2.0)
    assert truth.seconds == pytest.approx(2.0 + 58 * 60 / 140, abs=0.01)


def test_a_program_that_changes_midway_is_two_instruments(tmp_path: Path) -> None:
    track = [
        mido.Message("program_change", program=73), note(0, 60), note(0, 60, 960, 0),
        mido.Message("program_change", program=56), note(0, 62), note(0, 62, 960, 0),
    ]  # fmt: skip
    truth = read_truth(save(tmp_path / "change.mid", track))
    assert set(truth.active(0.0, 0.9)) == {"flute"}
    assert set(truth.active(1.1, 2.0)) == {"trumpet", "brass"}


def test_volume_lowers_the_level(tmp_path: Path) -> None:
    def track(channel: int, program: int, volume: int) -> list[object]:
        return [
            mido.Message("program_change", channel=channel, program=program),
            mido.Message("control_change", channel=channel, control=7, value=volume),
            note(channel, 60), note(channel, 60, 960, 0),
        ]  # fmt: skip

    levels = read_truth(save(tmp_path / "mix.mid", track(0, 73, 127), track(1, 19, 32))).instruments
    assert levels["flute"] == 1.0
    assert levels["organ"] == pytest.approx(32 / 127, abs=0.02)


def test_a_note_that_is_never_released_ends_with_the_file(tmp_path: Path) -> None:
    path = save(tmp_path / "held.mid", [note(0, 60), mido.MetaMessage("end_of_track", time=1920)])
    assert read_truth(path).seconds == pytest.approx(2.0, abs=0.01)


def test_a_note_struck_twice_ends_where_it_is_struck_again(tmp_path: Path) -> None:
    path = save(tmp_path / "twice.mid", [note(0, 60), note(0, 60, 480), note(0, 60, 480, 0)])
    assert read_truth(path).parts[0].notes[:, 1].tolist() == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "ends too early"), (b"this is no music", "not a readable MIDI file"), (b"MThd\x00\x00", "ends too early")],
)
def test_what_is_no_midi_file_is_named(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.mid"
    path.write_bytes(content)
    with pytest.raises(DecodeError, match=reason) as caught:
        read_truth(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match=r"none\.mid"):
        read_truth(tmp_path / "none.mid")


def test_a_file_without_notes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="no notes"):
        read_truth(save(tmp_path / "empty.mid", [mido.Message("program_change", program=3)]))


def test_separate_songs_and_endless_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="type 2"):
        read_truth(save(tmp_path / "songs.mid", [note(0, 60), note(0, 60, 10, 0)], kind=2))
    endless = int(LONGEST * 2 * 480) + 1000
    with pytest.raises(DecodeError, match="hours"):
        read_truth(save(tmp_path / "endless.mid", [note(0, 60), note(0, 60, endless, 0)]))


def test_damage_never_gives_anything_but_an_answer_or_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "damaged.mid"
    write_midi(arrange("folk_guitar", 0, 8.0), path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    reasons = 0
    for _ in range(120):
        data = bytearray(whole[: int(rng.integers(1, len(whole)))] if rng.random() < 0.3 else whole)
        for place in rng.integers(0, len(data), size=3):
            data[place] = int(rng.integers(256))
        path.write_bytes(bytes(data))
        try:
            assert np.isfinite(read_truth(path).tempo)
        except DecodeError:
            reasons += 1
    assert 0 < reasons < 120
