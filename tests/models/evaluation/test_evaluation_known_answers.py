"""Parts of the evaluation where the answer is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.data.vocabulary import load_vocabulary
from models.evaluation import captions, damage, ranking, report, rhythm, stems, tagging
from models.evaluation.agreement import compare
from models.evaluation.bench import Bench, another_has
from models.evaluation.result import Result, Row
from models.evaluation.scenes import mood_agreement, suiting_rows
from models.metrics.agreement import agreement, chance_agreement
from models.metrics.calibration import expected_calibration_error, reliability
from plugin.runtime.engine import MusicFeatures
from plugin.suggest import ranking as engine

RNG = np.random.default_rng(0)


def test_perfect_scores_have_areas_of_one_and_random_ones_of_a_half():
    truth = RNG.random((400, 6)) < 0.3
    known = np.ones_like(truth)
    assert tagging.mean_areas(truth.astype(float), truth, known)[:2] == (1.0, 1.0)
    auc, precision, share, tags = tagging.mean_areas(RNG.random((400, 6)), truth, known)
    assert auc == pytest.approx(0.5, abs=0.06) and precision == pytest.approx(share, abs=0.1) and tags == 6


def test_tags_of_which_too_little_is_known_are_not_judged():
    truth = np.array([[True], [True], [False], [False], [False], [True]])
    assert tagging.mean_areas(RNG.random((6, 1)), truth, np.ones_like(truth)) is not None
    known = np.array([[True], [True], [True], [True], [True], [False]])
    assert tagging.mean_areas(RNG.random((6, 1)), truth, known) is None


def test_a_calibrated_set_has_hardly_any_calibration_error():
    scores = RNG.random(50_000)
    right = RNG.random(50_000) < scores
    assert expected_calibration_error(scores, right) < 0.015
    assert expected_calibration_error(scores, RNG.random(50_000) < scores**3) > 0.1
    assert expected_calibration_error(np.ones(4), np.ones(4, bool)) == 0


def test_reliability_by_hand():
    bins = reliability(
        np.array([0.1, 0.6, 0.65, 1.0]), np.array([False, True, False, True]), np.array([0.0, 0.5, 0.7, 1.0])
    )
    assert [(b.count, b.right) for b in bins] == [(1, 0.0), (2, 0.5), (1, 1.0)]
    assert bins[1].score == pytest.approx(0.625)
    with pytest.raises(ValueError, match="between 0 and 1"):
        reliability(np.array([1.2]), np.array([True]), np.array([0.0, 1.0]))
    with pytest.raises(ValueError, match="one length"):
        reliability(np.zeros(2), np.zeros(3, bool), np.array([0.0, 1.0]))


def test_shown_scores_are_counted():
    scores = np.array([0.55, 0.65, 0.6, 0.69, 0.1, 0.9])
    rows, table = tagging.calibration(scores, np.array([True, True, False, True, False, True]), "a test")
    assert rows[0].measured == 0.75 and rows[0].of.startswith("4 of 6 scores")
    assert "| 0.6 to 0.7 | 3 |" in table


def test_agreement_of_a_thing_with_itself_is_one_and_chance_is_lower():
    scores = RNG.random((30, 50))
    rows, found = compare("itself", "tracks", scores, scores)
    assert found == pytest.approx((1.0, 1.0, 1.0))
    assert rows[0].of == "30 tracks" and all(row.chance < 0.3 for row in rows)
    blind = chance_agreement(scores, scores)
    assert abs(blind.across_tracks) < 0.1 and abs(blind.within_track) < 0.1 and blind.top_five < 0.25
    assert agreement(scores, -scores).across_tracks == pytest.approx(-1.0)


def test_chance_agreement_keeps_what_all_tracks_have_in_common():
    shared = RNG.random(50)[None] + RNG.normal(0, 0.01, (12, 50))
    chance = chance_agreement(shared, shared)
    assert chance.within_track > 0.95 and chance.across_tracks < 0.5


def test_tracks_that_one_was_not_asked_about_are_left_out():
    ours, theirs = RNG.random((9, 50)), RNG.random((9, 50))
    theirs[2] = np.nan
    assert compare("x", "tracks", ours, theirs)[0][0].of == "8 tracks"
    theirs[:5] = np.nan
    assert compare("x", "tracks", ours, theirs) == ([], None)


def test_top_three_and_its_chance():
    names = ["trumpet", "piano", "drums", "flute"]
    scores = np.array([[0.9, 0.2, 0.3, 0.1], [0.5, 0.4, 0.6, 0.7]])
    found = stems.in_top_three(scores, names, ["trumpet", "piano"])
    assert found.tolist() == [[True, True], [True, False]]
    assert stems.chance_of(found, ["trumpet", "piano"]) == 1.0
    assert not stems.in_top_three(scores, names, ["sitar", "sitar"]).any()


def test_a_teacher_speaks_by_its_surest_class():
    tags = {"voice": {"man": 0.5, "male": 0.25}, "piano": {"piano": 0.5}}
    said = stems.mapped(np.array([[0.1, 0.2, 0.4]]), ["man", "male", "piano"], tags)
    assert said.tolist() == [[pytest.approx(0.8), pytest.approx(0.8)]]


def test_tempi_are_right_within_four_percent_or_by_a_factor():
    true, found = np.array([100.0, 100.0, 100.0, 100.0]), np.array([103.0, 201.0, 66.0, 33.4])
    assert rhythm.right_tempi(found, true, (1.0,)) == 0.25
    assert rhythm.right_tempi(found, true, rhythm.FACTORS) == 0.75


def test_captions_that_claim_too_much_are_found_out():
    vocabulary = load_vocabulary()
    target, known = np.zeros((2, len(vocabulary))), np.ones((2, len(vocabulary)), bool)
    target[:, vocabulary.index("piano")] = 1
    texts = ["a sad piano melody", "a piano piece"]
    assert captions.support(texts, target, known) == (2, 3)
    known[:, vocabulary.index("sad")] = False  # nobody knows, so nobody can say that it is wrong
    assert captions.support(texts, target, known) == (2, 2)


def test_captions_of_others_are_supported_less():
    vocabulary = load_vocabulary()
    words = ["piano", "drums", "flute", "sitar", "tuba", "organ"]
    target = np.eye(len(vocabulary))[[vocabulary.index(word) for word in words]]
    texts = [f"music for {word}" for word in words]
    _, share, control = captions.factuality(texts, target, np.ones_like(target, bool), "tests")
    assert (share, control) == (1.0, 0.0)


def test_unlike_tracks_with_one_sentence_are_counted():
    target = np.eye(116)[[3, 3, 7, 9]]
    rows = captions.variety(["same", "same", "same", "other"], target, "tests")
    assert rows[0].measured == 0.5
    assert rows[1].measured == 2 and rows[1].of.startswith("5 unlike pairs")


def test_tracks_rank_as_the_engine_ranks_them():
    track = np.repeat(np.arange(5), [1, 4, 2, 6, 3])
    offsets = np.unique(track, return_index=True)[1]
    segments, queries = (ranking.unit(RNG.normal(size=(rows, 8))) for rows in (len(track), 2))
    similarity = queries @ segments.T
    for length in (1, 3):
        wanted = engine.best_windows(similarity[0], offsets, length)
        assert ranking.best_window(similarity, track, length)[0] == pytest.approx(wanted)
    means = np.stack([segments[track == number].mean(0) for number in range(5)])
    covariance = np.cov(means, rowvar=False, bias=True)
    for query, scores in zip(queries, ranking.standardise(similarity, track), strict=True):
        vector, shift = engine.fuse(query[None], np.ones(1), means.mean(0), covariance)
        assert scores == pytest.approx(segments @ vector - shift)


def test_music_that_suits_a_scene_is_found():
    suits = RNG.random((4, 60))
    share, agreed = suiting_rows("best", suits, suits)
    assert share.of == "4 scenes, pool of 60 tracks" and share.measured == pytest.approx(3 / 10)  # all 3 of the 10
    assert agreed.measured == pytest.approx(1.0) and agreed.chance < 0.7
    assert suiting_rows("worst", -suits, suits)[0].measured == 0
    assert mood_agreement(suits, suits) == pytest.approx(1.0)


def test_damage_changes_the_sound_but_not_its_length():
    t = np.arange(160_000) / 16_000
    audio = (0.4 * np.sin(2 * np.pi * 440 * t) + 0.4 * np.sin(2 * np.pi * 6000 * t)).astype(np.float32)
    spectrum = lambda x: np.abs(np.fft.rfft(x))[[4400, 60_000]] / np.abs(np.fft.rfft(audio))[[4400, 60_000]]  # noqa: E731
    phone, coded = damage.telephone(audio), damage.mp3(audio)
    assert len(phone) == len(coded) == len(audio) and phone.dtype == coded.dtype == np.float32
    assert spectrum(phone)[0] > 0.9 and spectrum(phone)[1] < 0.01
    assert spectrum(coded)[0] > 0.9
    assert np.abs(damage.clipped(audio, 6.0)).max() == 1.0 < np.abs(damage.louder(audio, 6.0)).max()


def test_speech_is_laid_over_at_its_level(monkeypatch: pytest.MonkeyPatch):
    noise, speech = (RNG.normal(0, level, 160_000).astype(np.float32) for level in (0.1, 0.3))
    monkeypatch.setattr(damage, "talk", lambda seed: speech)
    added = damage.talked_over(noise, 1) - noise
    assert 20 * np.log10(added.std() / noise.std()) == pytest.approx(-6.0, abs=0.1)


def test_results_come_back_from_their_file(tmp_path: Path):
    result = Result("Title", [Row("a", "3 things", 0.5, 0.25, "why"), Row("b", "4", 7)], {"x": 1.0}, ["line"], "abc")
    result.save(tmp_path / "results/a.json")
    assert Result.load(tmp_path / "results/a.json") == result
    assert "| a | 3 things | 0.500 | 0.250 (why) |\n| b | 4 | 7 | - |" in result.markdown()


def test_bars_are_met_missed_or_not_measured():
    bars = {"across_tracks": 0.81, "within_track": 0.5, "stems": 0.7,
            "stems by Musicnn": 0.75, "pack MB": 31.0, "recordings": 41.0}  # fmt: skip
    lines = report.bars_table(report.measured_bars({"a": Result("A", bars=bars)})).splitlines()
    missing = "not measured"
    assert [line.split(" | ")[-1].rstrip(" |") for line in lines[2:]] == [
        "yes", "**no**", missing, "yes", "**no**", "**no**", *[missing] * 3, "**no**", missing,
    ]  # fmt: skip
    assert "| solo stems: lead over the better Musicnn | > 0 | -0.050 | **no** |" in lines


def test_a_sentence_is_another_recordings_unless_the_recording_is_the_same() -> None:
    one, other = np.eye(256, dtype=np.float32)[:2]
    owners = {"A tune.": [one]}
    assert another_has(owners, other, "A tune.")
    assert not another_has(owners, one * np.float32(0.9999), "A tune.")
    assert not another_has(owners, other, "Another tune.")


class TwoSentences:
    """An engine that has two things to say."""

    def caption(self, features: MusicFeatures, *, taken: Callable[[str], bool] | None = None) -> str:
        return "Second." if taken is not None and taken("First.") else "First."


def test_captions_of_one_library_are_told_apart_and_those_of_sentences_alone_are_not(tmp_path: Path) -> None:
    bench = Bench(tmp_path, tmp_path, pack=tmp_path)
    bench.__dict__["engine"] = TwoSentences()
    scores, latents = np.zeros((3, 4), np.float32), np.zeros((3, 20, 8), np.float16)
    vectors = np.eye(256, dtype=np.float32)[[0, 1, 0]]
    assert bench.write(scores, latents, vectors) == ["First.", "Second.", "First."]
    assert bench.write(scores, latents) == ["First."] * 3
