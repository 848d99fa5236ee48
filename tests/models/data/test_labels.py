from __future__ import annotations

import numpy as np
import pytest

from models.data.companions import Companions, add_companions, known_tags
from models.data.labels import by_set, from_teachers, instruments_from_truth, styles_from_truth, targets, teacher_map
from models.data.vocabulary import load_vocabulary
from models.teachers.panel import LONG, SETS, SHORT

VOCABULARY = load_vocabulary()


def at(name: str) -> int:
    return VOCABULARY.index(name)


def silent(count: int = 1) -> dict[str, dict[str, np.ndarray]]:
    return {t: {c: np.zeros(count) for s in tags.values() for c in s} for t, tags in teacher_map().items()}


def test_the_surest_teacher_and_the_mean_count_half_each() -> None:
    scores = silent()
    scores["mtat"]["piano"][:], scores["yamnet"]["piano"][:] = 0.5, 0.0
    target, weight = from_teachers(scores)
    sources = sum("piano" in tags for tags in teacher_map().values())
    assert target[0, at("piano")] == pytest.approx((1.0 + 1.0 / sources) / 2)
    assert weight[0, at("piano")] in (0.5, 1.0)
    assert weight[0, at("waltz")] == 0.0 and target[0, at("instrumental")] == 1.0


def test_a_teacher_that_was_not_asked_says_nothing() -> None:
    scores = silent()
    for name in scores["msd"]:
        scores["msd"][name][:] = np.nan
    target, weight = from_teachers(scores)
    assert np.isfinite(target).all()
    only_msd = set(teacher_map()["msd"]) - {t for s, tags in teacher_map().items() if s != "msd" for t in tags}
    assert only_msd and all(weight[0, at(name)] == 0 for name in only_msd)


def test_sets_are_averaged_by_trust_over_those_asked() -> None:
    taught = np.full((2, 8, 50), np.nan, np.float16)
    names = [*SHORT, *LONG]
    taught[:, names.index("musicnn-mtat")] = 0.5
    taught[1, names.index("fcn-mtat")] = 0.9
    scores = by_set(taught)
    assert set(scores) == set(SETS)
    assert scores["mtat"][0] == pytest.approx(0.5, abs=1e-3)
    assert scores["mtat"][1] == pytest.approx((0.6 * 0.5 + 0.2 * 0.9) / 0.8, abs=1e-3)
    assert np.isnan(scores["msd"]).all()


def test_truth_overrules_teachers_and_stems_have_no_genre() -> None:
    taught = np.full((3, 8, 50), 0.9, np.float16)
    tags = {name: [f"{name}{i}" for i in range(50)] for name in SETS}
    for name in SETS:
        classes = sorted({c for s in teacher_map()[name].values() for c in s})
        tags[name][: len(classes)] = classes
    yamnet = {c: np.zeros(3, np.float32) for s in teacher_map()["yamnet"].values() for c in s}
    truths = [
        {},
        {"genre": ["jazz"], "mood": ["calm"], "style": "x", "instrument": {"flute": 1.0}, "vocal": "instrumental"},
        {"style": "x", "instrument": {"trumpet": 1.0, "brass": 1.0}, "vocal": "instrumental"},
    ]
    target, weight = targets(truths, taught, yamnet, tags)
    assert target[0, at("rock")] > 0.5 and weight[0, at("rock")] > 0
    assert target[1, at("jazz")] == 1.0 and target[1, at("metal")] == 0.0 and weight[1, at("metal")] == 1.0
    assert target[1, at("piano")] == 0.0 and target[1, at("flute")] == 1.0
    assert target[2, at("trumpet")] == 1.0 and target[2, at("piano")] == 0.0
    genres = [i for i, group in enumerate(VOCABULARY.groups) if group in ("genre", "mood")]
    assert not weight[2, genres].any()


def test_truth_of_instruments_and_styles() -> None:
    target, weight = instruments_from_truth({"piano": 1.0, "flute": 0.01}, VOCABULARY)
    assert target[at("piano")] == 1.0 and weight[at("piano")] == 1.0
    assert target[at("flute")] == 1.0 and weight[at("flute")] < 0.4  # hardly heard
    assert target[at("violin")] == 0.0 and weight[at("violin")] == 1.0
    target, weight = styles_from_truth(["jazz"], ["calm"], VOCABULARY)
    assert target[at("jazz")] == 1.0 and target[at("metal")] == 0.0 and weight[at("metal")] == 1.0
    assert weight[at("swing")] == 0.0  # may well be true beside jazz
    assert target[at("calm")] == 1.0 and weight[at("sad")] < 1.0


def test_companions_fill_what_is_unknown_and_make_moods_relative() -> None:
    known = known_tags()
    assert known[at("rock")] and not known[at("waltz")] and not known[at("happy")]
    others = np.flatnonzero(~known).tolist()
    coefficients = np.zeros((known.sum() + 1, len(others)), np.float32)
    coefficients[-1] = 0.2
    rock = int(known[: at("rock")].sum())
    coefficients[rock, others.index(at("energetic"))] = 0.5
    companions = Companions(coefficients, np.full(len(VOCABULARY), 0.25, np.float32))
    target, weight = np.zeros((2, 40, len(VOCABULARY)), np.float32)
    target[:, at("rock")] = np.linspace(0, 1, 40)
    target[:, at("waltz")], weight[:, at("waltz")] = 1.0, 1.0
    add_companions(target, weight, np.ones(40, bool), companions)
    assert (target[:, at("waltz")] == 1.0).all() and (weight[:, at("waltz")] == 1.0).all()
    assert target[:, at("slap bass")] == pytest.approx(0.2) and (weight[:, at("slap bass")] > 0).all()
    assert (weight[:, at("rock")] == 0.0).all()
    energetic = target[:, at("energetic")]
    assert (np.diff(energetic) >= 0).all() and energetic[0] == 0.0 and energetic[-1] == 1.0
    assert 0.15 < (energetic > 0.5).mean() < 0.4  # about as many as musicians say
