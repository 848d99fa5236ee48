"""The built-in renderer: every instrument sounds, in tune, for as long as it should."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from plugin.errors import InputError
from plugin.synth import render as rendering
from plugin.synth.arranger import arrange
from plugin.synth.builtin import play
from plugin.synth.drumkit import drum
from plugin.synth.midi import write_midi
from plugin.synth.render import PEAK, find_soundfonts, render, render_builtin, render_midi, renderer_name
from plugin.synth.score import Part, Score
from plugin.synth.timbres import timbre

RATE = 22_050
NOISES = (*range(119, 128),)
BELLS = (9, 12, 13, 14, 47, 98, 108, 112, 113, 115, 116, 117, 118)  # their partials are no multiples of the pitch


@pytest.fixture
def without_fluidsynth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering.shutil, "which", lambda name: None)


def one_note(program: int, pitch: float = 57.0, seconds: float = 1.0, *, is_drum: bool = False) -> Part:
    return Part("part", "lead", program, is_drum, (), np.array([[0.0, seconds, pitch, 100.0]]))


@pytest.mark.parametrize("program", range(128))
def test_every_program_sounds_and_stops(program: int) -> None:
    sound = play([one_note(program)], 1.0, RATE, 0)
    assert sound.shape == (2, RATE) and sound.dtype == np.float32
    assert np.isfinite(sound).all()
    assert float(np.sqrt(np.mean(sound[:, : RATE // 4] ** 2))) > 0.003


@pytest.mark.parametrize("program", [p for p in range(119) if p not in BELLS])
def test_pitched_programs_are_in_tune(program: int) -> None:
    frequency = 220.0
    tone = timbre(program).tone(frequency, RATE, RATE, 0.8, np.random.default_rng(0))
    power = np.abs(np.fft.rfft(tone * np.hanning(len(tone)))) ** 2
    f = np.fft.rfftfreq(len(tone), 1.0 / RATE)
    # an octave below counts too: some organs and bells have it
    nearest = np.maximum(np.round(f / (frequency / 2)), 1.0) * frequency / 2
    cents = 1200.0 * np.abs(np.log2(np.maximum(f, 1.0) / nearest))
    breathy = program in (72, 73, 74, 75, 76, 77, 82, 83)
    assert power[cents < 35.0].sum() / power.sum() > (0.6 if breathy else 0.85)


@pytest.mark.parametrize("key", range(35, 82))
def test_every_drum_sounds_and_dies_away(key: int) -> None:
    sound = drum(0, key, RATE, 0.8, np.random.default_rng(0))
    assert np.isfinite(sound).all()
    assert float(np.abs(sound).max()) > 0.05
    assert float(np.abs(sound[-20:]).max()) < 0.02


def test_kits_differ() -> None:
    kicks = [drum(kit, 36, RATE, 0.8, np.random.default_rng(0)) for kit in (0, 25)]
    assert len(kicks[1]) > len(kicks[0])


def test_held_tones_last_as_long_as_the_key_and_plucked_ones_fade() -> None:
    organ, guitar = (play([one_note(p, seconds=14.0)], 15.0, RATE, 0)[0] for p in (19, 24))

    def power(sound: np.ndarray, second: int) -> float:
        return float(np.mean(sound[second * RATE : (second + 1) * RATE] ** 2))

    assert power(organ, 13) > 0.3 * power(organ, 2)
    assert power(guitar, 8) < 0.01 * power(guitar, 0)


def test_velocity_makes_louder() -> None:
    soft = Part("p", "lead", 0, False, (), np.array([[0.0, 1.0, 60.0, 40.0]]))
    loud = Part("p", "lead", 0, False, (), np.array([[0.0, 1.0, 60.0, 120.0]]))
    powers = [float(np.mean(play([part], 1.0, RATE, 0) ** 2)) for part in (soft, loud)]
    assert powers[1] > 4 * powers[0]


def test_pan_moves_between_the_sides() -> None:
    left = Part("p", "bass", 33, False, (), np.array([[0.0, 1.0, 40.0, 100.0]]), 0.8, -0.9)
    sound = play([left], 1.0, RATE, 0)
    assert np.mean(sound[0] ** 2) > 10 * np.mean(sound[1] ** 2)


@pytest.mark.parametrize("style", ["metal", "ambient_pad", "lofi", "house", "celtic", "orchestral_epic"])
def test_a_piece_is_whole_and_never_clips(style: str) -> None:
    score = arrange(style, 1, 8.0)
    sound = render_builtin(score, rate=RATE)
    assert sound.shape == (2, 8 * RATE) and sound.dtype == np.float32
    assert float(np.abs(sound).max()) == pytest.approx(PEAK, abs=1e-4)
    assert float(np.sqrt(np.mean(sound**2))) > 0.02
    assert abs(float(sound.mean())) < 0.01
    assert float(np.abs(sound[:, -10:]).max()) < 0.01


def test_the_same_seed_gives_the_same_sound() -> None:
    score = arrange("lofi", 1, 6.0)
    assert np.array_equal(render_builtin(score, rate=RATE, seed=1), render_builtin(score, rate=RATE, seed=1))
    assert not np.array_equal(render_builtin(score, rate=RATE, seed=1), render_builtin(score, rate=RATE, seed=2))


def test_styles_sound_different() -> None:
    def bands(style: str) -> np.ndarray:
        sound = render_builtin(arrange(style, 1, 8.0), rate=RATE).mean(axis=0)
        power = np.abs(np.fft.rfft(sound)) ** 2
        edges = np.geomspace(50, 10_000, 17) * len(sound) / RATE
        return np.array([10 * np.log10(power[int(a) : int(b)].sum()) for a, b in pairwise(edges)])

    profiles = [bands(style) for style in ("metal", "ambient_pad", "solo_woodwind", "techno", "lullaby_music_box")]
    for n, first in enumerate(profiles):
        for second in profiles[:n]:
            assert np.std(first - second) > 3.0


def test_without_fluidsynth_the_built_in_voices_play(without_fluidsynth: None, tmp_path: Path) -> None:
    score = arrange("folk_guitar", 1, 6.0)
    assert renderer_name() == "built-in"
    assert np.array_equal(render(score, rate=RATE), render_builtin(score, rate=RATE))
    write_midi(score, tmp_path / "score.mid")
    sound = render_midi(tmp_path / "score.mid", rate=RATE)
    assert float(np.abs(sound).max()) == pytest.approx(PEAK, abs=1e-4)


def test_onsets_are_where_the_notes_are() -> None:
    rows = np.array([[t, 0.1, 60.0, 110.0] for t in (0.5, 1.25, 2.0)])
    sound = play([Part("p", "bass", 13, False, (), rows)], 3.0, RATE, 0)[0]
    for start in rows[:, 0]:
        place = round(start * RATE)
        before = np.mean(sound[place - 400 : place - 10] ** 2)
        assert np.mean(sound[place : place + 400] ** 2) > 20 * before


def test_a_soundfont_that_is_missing_is_named(tmp_path: Path) -> None:
    if rendering.shutil.which("fluidsynth") is None:
        pytest.skip("needs fluidsynth")
    with pytest.raises(InputError, match=r"none\.sf2"):
        render(arrange("pop", 0, 5.0), soundfont=tmp_path / "none.sf2")


@pytest.mark.skipif(renderer_name() == "built-in", reason="needs fluidsynth and a General MIDI soundfont")
def test_fluidsynth_renders_scores_and_files(tmp_path: Path) -> None:
    score = arrange("pop", 1, 6.0)
    sound = render(score, rate=RATE, soundfont=find_soundfonts()[-1])
    assert sound.shape == (2, 6 * RATE) and sound.dtype == np.float32
    assert float(np.abs(sound).max()) == pytest.approx(PEAK, abs=1e-4)
    assert float(np.sqrt(np.mean(sound**2))) > 0.02
    write_midi(score, tmp_path / "score.mid")
    again = render_midi(tmp_path / "score.mid", rate=RATE, soundfont=find_soundfonts()[-1])
    assert 5 * RATE < again.shape[1] <= 8.1 * RATE
    assert float(np.sqrt(np.mean(again**2))) > 0.02


@pytest.mark.skipif(renderer_name() == "built-in", reason="needs fluidsynth and a General MIDI soundfont")
def test_fluidsynth_says_which_soundfont_it_uses() -> None:
    assert renderer_name() == f"fluidsynth ({find_soundfonts()[0].stem})"


def test_a_file_that_is_no_midi_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.mid").write_bytes(b"words")
    with pytest.raises(InputError, match=r"bad\.mid"):
        render_midi(tmp_path / "bad.mid")


def test_silence_stays_silence() -> None:
    silent = Part("p", "lead", 0, False, (), np.array([[5.5, 0.1, 60.0, 100.0]]))
    score = Score("pop", 120.0, 0, "major", "4/4", (silent,), 5.0)
    assert float(np.abs(render_builtin(score, rate=RATE)).max()) == 0.0
