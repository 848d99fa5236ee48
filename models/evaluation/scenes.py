"""Find music for held-out procedural scenes, by the picture, by words, and by both."""

from __future__ import annotations

import numpy as np
import torch

from models.data.footage import HELD_OUT_EVERY
from models.data.scene_texts import prior_tags
from models.data.vocabulary import load_vocabulary
from models.evaluation.bench import Bench
from models.evaluation.material import heard_pool
from models.evaluation.ranking import best_window, standardise
from models.evaluation.result import Result, Row
from models.metrics.retrieval import precision_recall_at
from models.training.video import load_footage, moods

SUITING = 0.05
"""Share of the pool, those whose tags suit a scene's prior best, that counts as right for it."""
FIRST = 10
ASKED = 3


def brief(prior: np.ndarray) -> str:
    """The first tags of a scene's prior [V], in words."""
    names = load_vocabulary().names
    return ", ".join(names[i] for i in np.argsort(-prior, kind="stable")[:ASKED])


@torch.inference_mode()
def watch(bench: Bench, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Joint vectors [N, 256] and moods [N, M] of scenes uint8 [N, 40, 96, 96, 3]."""
    parts = [bench.video(torch.from_numpy(frame[None])) for frame in frames]
    return torch.cat([e for e, _ in parts]).numpy(), torch.cat([m for _, m in parts]).numpy()


def mood_agreement(scores: np.ndarray, prior: np.ndarray) -> float:
    """Mean correlation of moods [N, M] with those of the prior."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = [np.corrcoef(a, b)[0, 1] for a, b in zip(scores, prior, strict=True)]
    return float(np.nanmean(found))


def suiting_rows(name: str, similarity: np.ndarray, suits: np.ndarray) -> list[Row]:
    """How well the first ten tracks by `similarity` [N, T] suit scenes, by the prior's agreement `suits` [N, T]."""
    count, pool = suits.shape
    wanted = max(1, round(SUITING * pool))
    relevant = np.zeros(suits.shape, bool)
    np.put_along_axis(relevant, np.argsort(-suits, axis=1)[:, :wanted], True, axis=1)
    found = precision_recall_at(similarity, relevant, (min(FIRST, pool),))
    first = np.argsort(-similarity, axis=1)[:, :FIRST]
    best = np.sort(suits, axis=1)[:, ::-1][:, :FIRST].mean()
    of = f"{count} scenes, pool of {pool} tracks"
    key = f"precision@{min(FIRST, pool)}"
    return [
        Row(f"{name}: share of the first {FIRST} among the {wanted} that suit best", of, found[key] / 100,
            found[f"chance_{key}"] / 100),
        Row(f"{name}: agreement of the first {FIRST} with the prior, share of the best possible", of,
            float(np.take_along_axis(suits, first, axis=1).mean() / best), float(suits.mean() / best)),
    ]  # fmt: skip


def run(bench: Bench) -> Result:
    """Measure video to track."""
    result = Result("Video to a track, with and without words")
    if not (bench.work / "scenes").is_dir():
        result.lines.append("Skipped: no scenes were made (`models.data.footage.make_scenes`).")
        return result
    footage = load_footage(bench.work)
    scenes = [i for i, truth in enumerate(footage.truths) if truth is not None][::HELD_OUT_EVERY]
    truths = [footage.truths[i] or {} for i in scenes]
    prior = np.stack([prior_tags(truth) for truth in truths])
    seen, scores = watch(bench, footage.frames[scenes])
    columns = [load_vocabulary().index(word) for word in moods()]
    of = f"{len(scenes)} held-out procedural scenes"
    result.rows.append(Row("moods, correlation with the scene's prior", of, mood_agreement(scores, prior[:, columns]),
                           mood_agreement(scores, np.roll(prior[:, columns], 1, 0)), "another scene's"))  # fmt: skip
    material, heard = heard_pool(bench)
    kept = np.array([item.kind in ("arranged", "sung") for item in material.items])
    rows = np.flatnonzero(kept[material.track])
    track = (np.cumsum(kept) - 1)[material.track[rows]]
    known = material.known()[kept]
    suits = prior @ (known / np.sqrt(known.sum(1, keepdims=True) + 1.0)).T
    texts = {"description": [str(truth["description"]) for truth in truths], "brief": [brief(row) for row in prior]}
    vectors = {"video": seen} | {name: bench.words(lines) for name, lines in texts.items()}
    aspects = {name: standardise(part @ heard.embeddings[rows].T, track) for name, part in vectors.items()}
    aspects |= {f"video and {name}": aspects["video"] + aspects[name] for name in texts}
    for name, similarity in aspects.items():
        result.rows += suiting_rows(name, best_window(similarity, track), suits)
    result.lines.append(
        f'A description says what is seen ("{texts["description"][0]}"), a brief names the {ASKED} first tags of the '
        f'prior, as an editor might ask ("{texts["brief"][0]}"). What suits a scene is its stated prior, not '
        "taste; the pool holds arrangements alone, for their genre and mood are known."
    )
    return result
