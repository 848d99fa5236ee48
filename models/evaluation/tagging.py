"""Whether tags are right: against the truth of made music, against the teachers on recordings, and as probabilities."""

from __future__ import annotations

import json

import numpy as np

from models.data.companions import known_tags
from models.data.corpus import TAGGERS
from models.data.labels import teacher_map
from models.data.vocabulary import GROUPS, load_vocabulary
from models.evaluation.bench import Bench, columns
from models.evaluation.material import heard_pool
from models.evaluation.result import Result, Row, counted, table
from models.evaluation.stems import mapped
from models.metrics.calibration import expected_calibration_error, reliability
from models.metrics.tags import pr_auc, roc_auc
from models.teachers.yamnet import MUSIC_CLASSES

KNOWN = 0.3
"""Weight above which a tag's truth is known well enough to be judged."""
FEWEST = 3
"""Clips with a tag, and without it, that it takes to judge the tag."""
SURE = 0.6
"""A teacher's word above which it says that a tag is there."""


def areas(scores: np.ndarray, truth: np.ndarray, known: np.ndarray) -> tuple[float, float, float] | None:
    """ROC-AUC, average precision and share of clips with the tag, of one tag; None where too few clips say.

    Parameters
    ----------
    scores : float [N]
    truth, known : bool [N]
        Whether the tag is there, and whether that is known.
    """
    right = truth[known]
    if min(right.sum(), (~right).sum()) < FEWEST:
        return None
    return roc_auc(right, scores[known]), pr_auc(right, scores[known]), float(right.mean())


def mean_areas(scores: np.ndarray, truth: np.ndarray, known: np.ndarray) -> tuple[float, float, float, int] | None:
    """Means of `areas` over the tags of [N, T] that can be judged, and their number; None where there is none."""
    found = [areas(*column) for column in zip(scores.T, truth.T, known.T, strict=True)]
    kept = [area for area in found if area is not None]
    return (*(float(np.mean(column)) for column in zip(*kept, strict=True)), len(kept)) if kept else None


def rows_of(name: str, of: str, found: tuple[float, float, float, int] | None) -> list[Row]:
    """ROC-AUC and average precision as two rows."""
    if found is None:
        return []
    auc, precision, share, tags = found
    of = f"{counted(tags, 'tag', 'tags')}, {of}"
    return [Row(f"{name}: ROC-AUC", of, auc, 0.5), Row(f"{name}: average precision", of, precision, share)]


def against_truth(bench: Bench) -> list[Row]:
    """By group, on segments of held-out made music."""
    material, heard = heard_pool(bench)
    of = f"{len(material.mel)} segments of {len(material.items)} held-out made tracks"
    rows = []
    for group in GROUPS:
        kept = columns(group)
        found = mean_areas(heard.scores[:, kept], material.target[:, kept] > 0.5, material.weight[:, kept] > KNOWN)
        rows += rows_of(group, of, found)
    return rows


def against_teachers(bench: Bench) -> list[Row]:
    """On test recordings, track means: the tags that each teacher has classes for, its word above 0.6 as truth."""
    corpus, tracks = bench.tested, bench.recordings()["test recordings"]
    if not len(tracks):
        return []
    names = load_vocabulary().names
    classes = json.loads((bench.work / "teachers.json").read_text(encoding="utf-8"))
    ours = corpus.by_track(bench.heard.scores, tracks)
    theirs = {name: (corpus.taught[:, place], name.split("-")[1]) for place, name in enumerate(TAGGERS)}
    theirs["yamnet"] = corpus.yamnet, "yamnet"
    classes["yamnet"] = [classes["yamnet"][i] for i in MUSIC_CLASSES]
    rows = []
    for name, (scores, set_name) in theirs.items():
        heard = classes[set_name]
        tags = {tag: sources for tag, sources in teacher_map()[set_name].items() if set(sources) <= set(heard)}
        said = mapped(corpus.by_track(scores, tracks), heard, tags)
        kept = [names.index(tag) for tag in tags]
        found = mean_areas(ours[:, kept], said > SURE, ~np.isnan(said))
        rows += rows_of(f"tags by {name}'s word", f"{len(tracks)} test recordings", found)
    return rows


def calibration(scores: np.ndarray, right: np.ndarray, of: str) -> tuple[list[Row], str]:
    """Rows on scores [N] that should be probabilities, and the table of their reliability."""
    shown = (scores >= 0.5) & (scores < 0.7)
    rows = [
        Row("scores from 0.5 to 0.7: share that is right", f"{int(shown.sum())} of {len(scores)} scores, {of}",
            float(right[shown].mean()) if shown.any() else float("nan"), float(right.mean()), "any score"),
        Row("scores from 0.5 to 0.7: mean score", of, float(scores[shown].mean()) if shown.any() else float("nan")),
        Row("expected calibration error, all scores", of, expected_calibration_error(scores, right)),
    ]  # fmt: skip
    if (high := scores >= 0.25).any():
        rows.append(Row("expected calibration error, scores from 0.25", f"{int(high.sum())} scores, {of}",
                        expected_calibration_error(scores[high], right[high])))  # fmt: skip
    bins = reliability(scores, right, np.arange(11) / 10)
    cells = [
        (f"{b.low:.1f} to {b.high:.1f}", str(b.count), f"{b.score:.2f}", f"{b.right:.2f}") for b in bins if b.count
    ]
    return rows, table((f"score, {of}", "scores", "mean score", "share right"), cells)


def run(bench: Bench) -> Result:
    """Measure the tags."""
    result = Result("Tags", [*against_truth(bench), *against_teachers(bench)])
    material, heard = heard_pool(bench)
    known = material.weight > KNOWN
    sets = {"held-out made music": (heard.scores[known], material.target[known] > 0.5)}
    corpus = bench.tested
    if (tests := corpus.test_only).any():
        moods = np.isin(load_vocabulary().groups, "mood")
        for of, tags in (("the teachers' word", known_tags()), ("moods by teachers and MusicCaps", moods)):
            taught = tags[None] & (corpus.weight > 0) & tests[:, None]
            for sure in (SURE, 0.5):
                sets[f"test recordings, {of} above {sure}"] = bench.heard.scores[taught], corpus.target[taught] > sure
    for of, (scores, right) in sets.items():
        rows, reliable = calibration(scores, right, of)
        result.rows += rows
        result.lines += ["", reliable]
    return result
