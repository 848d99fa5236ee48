"""Corpora that lack something: recordings, pieces to calibrate on, pieces of known key."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from models.data.corpus import REAL, load_corpus
from models.data.items import Item
from models.data.vocabulary import load_vocabulary
from models.evaluation.bench import subset
from models.training import key
from models.training.calibration import calibrate
from models.training.finish import levels, usual_scores
from models.training.key import START
from models.training.music import Student, mean_average_precision


@pytest.fixture
def made_alone(folders: tuple[Path, Path], tmp_path: Path) -> Path:
    """A work folder without any recording to learn from."""
    for name in ("teachers.json", "companions.npz"):
        shutil.copy(folders[1] / name, tmp_path)
    (tmp_path / "corpus").mkdir()
    for path in (folders[1] / "corpus").iterdir():
        with np.load(path) as fields:
            item = Item(str(fields["kind"]), str(fields["name"]))
        if item.kind != REAL or item.held_out:
            shutil.copy(path, tmp_path / "corpus")
    return tmp_path


def test_without_recordings_to_learn_from_the_usual_scores_are_those_of_made_music(made_alone: Path) -> None:
    corpus = load_corpus(made_alone)
    learnt = corpus.kind[~corpus.held_out]
    assert len(learnt) and REAL not in learnt and REAL in corpus.kind
    usual = usual_scores(Student(len(load_vocabulary())), corpus)
    assert len(usual) == len(load_vocabulary())
    assert all(0.001 <= score <= 1.0 for score in usual)


def test_without_pieces_to_calibrate_on_scores_and_thresholds_stay(made_alone: Path) -> None:
    corpus = load_corpus(made_alone)
    assert not any(item.calibrates for item in corpus.items)
    student = Student(len(load_vocabulary()))
    before = student.music.tag_head[-1].weight.detach().clone()
    calibrate(student.music, corpus)
    assert before.equal(student.music.tag_head[-1].weight)
    assert set(levels(student, corpus)) == {0.5}


@pytest.mark.parametrize("kind", ["stem", REAL])
def test_without_pieces_of_known_key_the_profiles_are_the_published_ones(made_alone: Path, kind: str) -> None:
    corpus = load_corpus(made_alone)
    found = key.train(subset(corpus, corpus.kinds == kind))
    for mode, published in START.items():
        wanted = (np.array(published) - np.mean(published)) / np.std(published)
        assert found[mode] == pytest.approx(wanted, abs=1e-3)


def test_precision_without_enough_positives_is_not_a_number() -> None:
    nothing = np.zeros((8, 2), np.float32)
    assert np.isnan(mean_average_precision(nothing, nothing, np.ones_like(nothing))).all()
