"""What is heard of a suggestion, without widgets."""

from __future__ import annotations

from pathlib import Path

import pytest
from audition_fakes import found

from gui.models.audition import Audition
from gui.models.settings import Settings
from plugin.treatment import NEUTRAL

PATH = Path("/music/a.wav")
PLAIN = Settings(match_loudness=False, fade_in=0.0, fade_out=0.0)


def audition(settings: Settings = PLAIN, clip: float | None = None, **more: object) -> Audition:
    made = Audition(settings)
    made.load(found(PATH, 40.0, 70.0, 200.0, **more), clip)
    return made


def test_the_part_is_the_best_one_and_as_long_as_the_clip() -> None:
    assert audition().part == (40.0, 70.0)
    assert audition(clip=12.0).part == (40.0, 52.0)
    assert audition(clip=500.0).part == (40.0, 200.0), "the track ends"
    longer = audition(clip=12.0)
    longer.as_long_as_clip = False
    assert longer.part == (40.0, 70.0)


def test_a_part_that_is_moved_stays_within_the_track() -> None:
    moved = audition(clip=12.0)
    moved.move_to(195.0)
    assert moved.part == (188.0, 200.0)
    moved.move_to(-3.0)
    assert moved.part == (0.0, 12.0)


def test_the_tempo_fits_whole_bars_to_the_clip_or_says_that_it_cannot() -> None:
    fitted = audition(clip=31.0, tempo=120.0)
    fitted.fit_tempo = True
    cue = fitted.cue()
    assert cue is not None
    assert (cue.start, cue.end) == (40.0, 72.0)
    assert cue.treatment.tempo == pytest.approx(32 / 31)
    assert cue.length == pytest.approx(31.0)
    assert cue.at(31.0) == pytest.approx(72.0)
    short = audition(clip=250.0, tempo=120.0)
    short.fit_tempo = True
    assert short.fit is not None and not short.fit.fits
    assert short.fit.tempo == 0.9


def test_loudness_is_matched_where_the_user_wants_that() -> None:
    level = audition(Settings(loudness=-18.0), loudness=-10.0)
    level.gain_db = 2.0
    assert level.cue().treatment.gain_db == -6.0
    assert audition(loudness=-10.0).cue().treatment.gain_db == 0.0
    assert audition(Settings(), loudness=None).cue().treatment.gain_db == 0.0


def test_fades_are_those_of_the_settings_where_the_music_is_cut() -> None:
    settings = Settings(match_loudness=False, fade_in=0.5, fade_out=2.0)
    inside = audition(settings).cue().treatment
    assert (inside.fade_in, inside.fade_out) == (0.5, 2.0)
    whole = Audition(settings)
    whole.load(found(PATH, 0.0, 10.0, 10.0), None)
    assert whole.cue().treatment == NEUTRAL
    assert whole.cue().is_original
    own = audition(settings)
    own.fade_in = 0.0
    own.fade_out = 45.0
    assert own.cue().treatment.fade_in == 0.0
    assert own.cue().treatment.fade_out == 30.0, "no longer than the part"


def test_level_and_fit_stay_for_the_next_track_and_tone_does_not() -> None:
    first = audition(clip=30.0)
    first.gain_db, first.low_db, first.fade_in, first.fit_tempo = -3.0, 4.0, 1.0, True
    first.load(found(PATH, 40.0, 70.0, 200.0), 20.0)
    assert (first.low_db, first.fade_in) == (4.0, 1.0), "the same track for another clip"
    first.load(found(Path("/music/b.wav"), 10.0, 40.0, 200.0), 20.0)
    assert (first.gain_db, first.fit_tempo, first.low_db, first.fade_in) == (-3.0, True, 0.0, None)
    assert first.part[0] == 10.0


def test_what_goes_to_the_editor_is_what_is_heard() -> None:
    placed = audition(clip=12.0)
    placed.high_db = 3.0
    request = placed.cue().request(to_clip=True)
    assert (request.track, request.start, request.end, request.duration) == (PATH, 40.0, 52.0, 200.0)
    assert request.treatment == placed.cue().treatment
    assert (request.title, request.artist) == ("a", "Lena")


def test_nothing_is_heard_of_no_suggestion() -> None:
    empty = Audition(PLAIN)
    assert (empty.cue(), empty.fit, empty.part, empty.duration) == (None, None, (0.0, 0.0), 0.0)
    assert audition().from_here(200.0) is None
