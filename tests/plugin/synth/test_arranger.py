"""Pieces are as their truth says: length, key, tempo, instruments; and the same seed gives the same piece."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from plugin.errors import InputError
from plugin.synth import gm
from plugin.synth.arranger import arrange
from plugin.synth.form import sections
from plugin.synth.harmony import MAJOR, MINOR
from plugin.synth.score import Part, Score
from plugin.synth.styles import METERS, STYLES

VOCABULARY = Path(__file__).resolve().parents[3] / "models" / "data" / "vocabulary.toml"
MACHINES = [name for name, style in STYLES.items() if style.loose == 0.0]


@pytest.fixture(scope="module")
def pieces() -> dict[str, Score]:
    return {name: arrange(name, 7, 40.0) for name in STYLES}


def pitch_classes(score: Score) -> np.ndarray:
    """Give the seconds that each pitch class sounds."""
    notes = np.concatenate([part.notes for part in score.parts if not part.is_drum])
    return np.bincount(notes[:, 2].astype(int) % 12, weights=notes[:, 1], minlength=12)


def same(first: Score, second: Score) -> bool:
    return len(first.parts) == len(second.parts) and all(
        a.program == b.program and np.array_equal(a.notes, b.notes)
        for a, b in zip(first.parts, second.parts, strict=True)
    )


@pytest.mark.parametrize("style", ["rock", "swing_trio", "ambient_pad", "celtic"])
def test_the_same_seed_gives_the_same_piece_and_another_seed_another(style: str) -> None:
    first = arrange(style, 3, 20.0)
    assert same(first, arrange(style, 3, 20.0))
    assert not same(first, arrange(style, 4, 20.0))


@pytest.mark.parametrize("style", STYLES)
def test_notes_are_playable_and_end_with_the_piece(style: str, pieces: dict[str, Score]) -> None:
    score = pieces[style]
    assert score.parts
    for part in score.parts:
        start, duration, pitch, velocity = part.notes.T
        assert part.notes.dtype == np.float64 and len(part.notes)
        assert start.min() >= 0.0 and duration.min() > 0.0
        assert (start + duration).max() <= score.seconds + 1e-9
        assert pitch.min() >= 24 and pitch.max() <= 100
        assert velocity.min() >= 1 and velocity.max() <= 127
        assert np.all(np.diff(start) >= 0.0)
    assert max(float((part.notes[:, 0]).max()) for part in score.parts) > 0.75 * score.seconds


def test_no_key_is_struck_while_it_still_sounds(pieces: dict[str, Score]) -> None:
    for score in pieces.values():
        for part in score.parts:
            for pitch in np.unique(part.notes[:, 2]):
                notes = part.notes[part.notes[:, 2] == pitch]
                gaps = np.diff(notes[:, 0])
                assert np.all(notes[:-1, 1] <= np.maximum(gaps, 0.02) + 1e-9), (score.style, part.name)


def test_some_part_sounds_in_every_five_seconds(pieces: dict[str, Score]) -> None:
    for score in pieces.values():
        for start in np.arange(0.0, score.seconds - 5.0, 2.5):
            assert score.active(start, start + 5.0), (score.style, start)


@pytest.mark.parametrize("style", STYLES)
def test_notes_agree_with_the_key(style: str, pieces: dict[str, Score]) -> None:
    score = pieces[style]
    seconds = pitch_classes(score)
    scale = [(score.tonic + step) % 12 for step in (MAJOR if score.mode == "major" else MINOR)]
    inside = seconds[scale].sum() / seconds.sum()
    chromatic = STYLES[style].scale in ("phrygian", "blues") or "soundtrack" in STYLES[style].genre
    assert inside > (0.6 if chromatic else 0.8)
    assert seconds[score.tonic] > seconds.sum() / 12


def test_pieces_end_at_home() -> None:
    for style in ("pop", "string_quartet", "country", "metal", "waltz", "funk"):
        for seed in range(5):
            score = arrange(style, seed, 40.0)
            bass = next(part.notes for part in score.parts if part.role == "bass")
            final = bass[bass[:, 0] > bass[-1, 0] - 0.06]
            assert int(final[:, 2].min()) % 12 == score.tonic, (style, seed)


def test_another_tonic_transposes_the_piece() -> None:
    here = pitch_classes(arrange("pop", 5, 30.0, tonic=0, mode="major"))
    there = pitch_classes(arrange("pop", 5, 30.0, tonic=5, mode="major"))
    shifts = [float(np.corrcoef(np.roll(here, shift), there)[0, 1]) for shift in range(12)]
    assert int(np.argmax(shifts)) == 5
    assert shifts[5] > 0.95


def test_major_and_minor_differ_in_the_third() -> None:
    for mode, third in (("major", 4), ("minor", 3)):
        seconds = pitch_classes(arrange("string_quartet", 2, 40.0, tonic=0, mode=mode))
        assert seconds[third] > 2 * seconds[7 - third]


@pytest.mark.parametrize("style", MACHINES)
def test_machines_play_on_the_grid_of_the_tempo(style: str, pieces: dict[str, Score]) -> None:
    score = pieces[style]
    step = 60.0 / score.tempo / METERS[score.meter][1]
    starts = np.concatenate([part.notes[:, 0] for part in score.parts if STYLES[style].swing == (0.5, 0.5)])
    assert np.abs(starts / step - np.round(starts / step)).max() < 1e-6


def test_people_play_near_the_grid(pieces: dict[str, Score]) -> None:
    score = pieces["rock"]
    step = 60.0 / score.tempo / 4
    starts = np.concatenate([part.notes[:, 0] for part in score.parts])
    off = np.abs(starts / step - np.round(starts / step)) * step
    assert 0.001 < off.mean() < 0.02


def test_swing_delays_the_second_eighth() -> None:
    score = arrange("swing_trio", 1, 30.0, tempo=120.0)
    ride = next(part for part in score.parts if part.is_drum).notes
    place = (ride[:, 0] / 0.5) % 1.0  # beats
    offbeats = place[(place > 0.4) & (place < 0.9)]
    assert len(offbeats) > 10
    assert 0.57 < np.median(offbeats) < 0.69


def test_what_is_asked_for_is_what_the_truth_says() -> None:
    truth = arrange("funk", 0, 12.0, tempo=101.5, tonic=6, mode="major").truth()
    assert truth["tempo"] == 101.5
    assert truth["key"] == "F# major"


def test_truth_uses_the_vocabulary(pieces: dict[str, Score]) -> None:
    with VOCABULARY.open("rb") as stream:
        words = tomllib.load(stream)
    for score in pieces.values():
        truth = score.truth()
        for group in ("genre", "mood", "instrument", "vocal"):
            assert set(truth[group]) <= set(words[group]), (score.style, group)
        assert truth["genre"] and truth["mood"] and truth["vocal"]
        assert truth["instrument"] or truth["vocal"] == ["choir"]
        assert max(truth["instrument"].values(), default=1.0) <= 1.0
        assert 0.1 < truth["density"] < 120.0
        assert np.isfinite(truth["dynamics"])


def test_drums_alone_have_no_key() -> None:
    drums = Part("drums", "drums", 0, True, ("drums",), np.array([[0.0, 0.1, 36.0, 100.0]]))
    assert Score("drum_solo", 100.0, 0, "major", "4/4", (drums,), 6.0).truth()["key"] is None


def test_words_are_heard_only_while_their_notes_sound() -> None:
    organ = Part("organ", "pad", 19, False, ("organ",), np.array([[0.0, 8.0, 60.0, 100.0]]))
    piano = Part("piano", "lead", 0, False, ("piano",), np.array([[10.0, 1.0, 60.0, 50.0], [12.0, 9.0, 60.0, 100.0]]))
    score = Score("pop", 120.0, 0, "major", "4/4", (organ, piano), 22.0)
    assert score.active(0.0, 9.0) == {"organ": 1.0}
    assert set(score.active(5.0, 15.0)) == {"organ", "piano"}
    assert score.active(9.0, 10.0) == {}
    # a piano fades although its key is held
    assert score.active(14.0, 21.0) == {}


def test_a_loud_part_has_level_one_and_a_soft_one_less() -> None:
    rows = np.array([[0.0, 10.0, 60.0, 100.0]])
    loud = Part("flute", "lead", 73, False, ("flute",), rows, 1.0)
    soft = Part("organ", "pad", 19, False, ("organ",), rows, 0.25)
    levels = Score("pop", 120.0, 0, "major", "4/4", (loud, soft), 10.0).active(0.0, 10.0)
    assert levels["flute"] == 1.0
    assert levels["organ"] == pytest.approx(0.25)


def test_choirs_are_vocals_not_instruments() -> None:
    truth = arrange("choir", 1, 30.0).truth()
    assert truth["vocal"] == ["choir"]
    assert "choir" not in truth["instrument"]


def test_minor_and_major_move_the_moods() -> None:
    sad = arrange("piano_ballad", 1, 20.0, mode="minor", tempo=60.0).truth()["mood"]
    bright = arrange("piano_ballad", 1, 20.0, mode="major", tempo=84.0).truth()["mood"]
    assert {"sad", "melancholic"} <= set(sad)
    assert not {"sad", "melancholic"} & set(bright)


def test_guests_bring_instruments_that_are_foreign_to_the_style() -> None:
    own = {program for part in STYLES["pop"].parts for program in part.programs}
    at_home = {part.program for seed in range(25) for part in arrange("pop", seed, 12.0).parts}
    with_guests = {part.program for seed in range(25) for part in arrange("pop", seed, 12.0, guests=True).parts}
    assert at_home <= own
    assert with_guests - own


def test_parts_that_share_the_drum_channel_share_the_kit(pieces: dict[str, Score]) -> None:
    for score in pieces.values():
        assert len({part.program for part in score.parts if part.is_drum}) <= 1, score.style


def test_no_piece_needs_more_channels_than_midi_has() -> None:
    for style in STYLES.values():
        leads = sum(part.role == "lead" for part in style.parts)
        assert len(style.parts) + leads <= 15


@pytest.mark.parametrize("bars", [1, 2, 3, 7, 8, 15, 24, 61, 200])
@pytest.mark.parametrize("arc", ["song", "build", "flat", "wave"])
def test_sections_fill_exactly_the_bars(bars: int, arc: str) -> None:
    for seed in range(5):
        plan = sections(bars, arc, np.random.default_rng(seed))
        assert sum(section.bars for section in plan) == bars
        assert all(section.bars > 0 and 0.0 < section.energy <= 1.0 for section in plan)


def test_sections_of_a_build_rise_from_first_to_last() -> None:
    for seed in range(5):
        body = [s.energy for s in sections(60, "build", np.random.default_rng(seed)) if s.kind == "body"]
        assert body[-1] > body[0] + 0.2
        assert np.corrcoef(body, np.arange(len(body)))[0, 1] > 0.8


def test_parts_keep_to_the_range_of_their_style(pieces: dict[str, Score]) -> None:
    for name, score in pieces.items():
        for part in score.parts:
            place = int(part.name.split()[1].rstrip("b")) - 1
            rules = STYLES[name].parts[place]
            assert rules.role == part.role
            if part.role in ("lead", "counter", "pad", "chords", "drone"):
                pitch = part.notes[:, 2]
                assert rules.low <= pitch.min() and pitch.max() <= rules.high, (name, part.name)
                assert abs(pitch.mean() - (rules.low + rules.high) / 2) < 0.4 * (rules.high - rules.low), part.name


def test_a_build_grows_louder() -> None:
    score = arrange("orchestral_epic", 3, 90.0)
    early = sum(len(p.notes[(p.notes[:, 0] >= 5) & (p.notes[:, 0] < 25)]) for p in score.parts)
    late = sum(len(p.notes[(p.notes[:, 0] >= 55) & (p.notes[:, 0] < 75)]) for p in score.parts)
    assert late > 1.3 * early


def test_verses_return() -> None:
    """The melody of a letter is heard again: some long run of pitches occurs twice."""
    lead = next(part for part in arrange("pop", 3, 90.0).parts if part.role == "lead")
    pitches = lead.notes[:, 2].astype(int).tolist()
    runs = [tuple(pitches[n : n + 6]) for n in range(len(pitches) - 6)]
    assert len(set(runs)) < 0.8 * len(runs)


def test_melodies_mostly_move_by_step() -> None:
    for style in ("pop", "waltz", "celtic", "classical_piano"):
        lead = next(part for part in arrange(style, 5, 60.0).parts if part.role == "lead")
        leaps = [abs(b - a) for a, b in pairwise(lead.notes[:, 2])]
        assert np.mean([leap <= 4 for leap in leaps]) > 0.6, style
        assert len(set(lead.notes[:, 2])) >= 5, style


@pytest.mark.parametrize("seconds", [5.0, 6.5, 11.0, 300.0])
def test_any_length_works(seconds: float) -> None:
    for style in ("ambient_pad", "metal", "celtic"):
        score = arrange(style, 1, seconds)
        assert score.seconds == seconds
        assert score.active(0.0, seconds)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"style": "polka metal"}, "unknown"), ({"seconds": 2.0}, "too short"), ({"seconds": float("nan")}, "too short"),
     ({"tempo": 5.0}, "out of range"), ({"tonic": 12}, "pitch class"), ({"mode": "dorian"}, "neither")],
)  # fmt: skip
def test_bad_values_are_refused_in_one_line(change: dict[str, object], message: str) -> None:
    values: dict[str, object] = {"style": "pop", "seed": 0, "seconds": 20.0, **change}
    with pytest.raises(InputError, match=message) as caught:
        arrange(**values)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_heard_time_of_plucked_notes_is_limited_and_of_held_notes_is_not() -> None:
    assert gm.heard_seconds(0, False) < 5.0
    assert gm.heard_seconds(19, False) == float("inf")
    assert gm.heard_seconds(0, True) < 1.0
