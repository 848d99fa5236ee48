"""Captions: against musicians' sentences, for what they claim, and for saying different things of different music."""

from __future__ import annotations

import numpy as np

from models.data.musiccaps import read_musiccaps
from models.data.phrases import sentences
from models.data.vocabulary import load_vocabulary
from models.evaluation.bench import Bench, columns, middle
from models.evaluation.material import heard_pool
from models.evaluation.ranking import unit
from models.evaluation.result import Result, Row
from models.evaluation.tagging import KNOWN
from models.metrics.captions import bleu, cider, different, rouge, unigram_bleu

MOST_ROWS = 600
"""Rows of MusicCaps' evaluation part that are captioned, drawn once."""
PRESENT, ABSENT = 0.9, 0.02
"""Scores of tags that a row's aspects name, and of all others."""
SHUFFLES = 10
ALL_RECORDINGS = "all held-out recordings"
UNLIKE = 0.5
"""Cosine of two tracks' tags below which they are unlike."""


def support(captions: list[str], target: np.ndarray, known: np.ndarray) -> tuple[int, int]:
    """Tags that captions name and that are true, and all they name of which that is known.

    Parameters
    ----------
    target : float [N, V]
        True above 0.5.
    known : bool [N, V]
    """
    vocabulary, true, named = load_vocabulary(), 0, 0
    for text, row, sure in zip(captions, target, known, strict=True):
        judged = [tag for tag in vocabulary.find(text) if sure[tag]]
        named += len(judged)
        true += int((row[judged] > 0.5).sum())
    return true, named


def factuality(captions: list[str], target: np.ndarray, known: np.ndarray, of: str) -> tuple[list[Row], float, float]:
    """Rows, the share of words supported, and the same against other tracks' truth (mean of several shifts)."""
    true, named = support(captions, target, known)
    share = true / max(1, named)
    steps = np.unique(np.linspace(1, len(captions) - 1, min(SHUFFLES, len(captions) - 1)).astype(int))
    moved = [support(captions, np.roll(target, step, 0), np.roll(known, step, 0)) for step in steps]
    control = float(np.mean([t / max(1, n) for t, n in moved]))
    of = f"{len(captions)} captions, {of}"
    rows = [Row("tag words that are supported", f"{named} words of {of}", share, control, "another track's truth"),
            Row("ratio to the shuffled control", of, share / max(control, 1e-9), 1.0)]  # fmt: skip
    return rows, share, control


def variety(captions: list[str], target: np.ndarray, of: str) -> list[Row]:
    """Different sentences, and pairs of unlike tracks (by tags [N, V]) that are given one sentence."""
    tags = unit(np.where(target > 0.5, 1.0, 0.0))
    above = np.triu_indices(len(captions), 1)
    unlike = (tags @ tags.T)[above] < UNLIKE
    texts = np.unique(captions, return_inverse=True)[1]
    same = (texts[:, None] == texts[None])[above]
    of = f"{len(captions)} captions, {of}"
    return [
        Row("different sentences", of, different(captions) / 100),
        Row(f"pairs of unlike tracks (cosine of tags below {UNLIKE}) with one sentence",
            f"{int(unlike.sum())} unlike pairs of {of}", int((same & unlike).sum())),
    ]  # fmt: skip


def musiccaps_rows(bench: Bench) -> list[Row]:
    """Sentences from the tags that a row's aspects name, without sound, against the row's own caption.

    Musicians wrote some four sentences and ours is one, so it is compared with each of theirs as well.
    """
    vocabulary = load_vocabulary()
    rows = read_musiccaps(bench.data / "captions/musiccaps.csv", train=False)
    tags = [vocabulary.find(", ".join(row.aspects)) for row in rows]
    usable = [i for i, found in enumerate(tags) if found and rows[i].caption]
    chosen = np.random.default_rng(11).permutation(usable)[:MOST_ROWS]
    if len(chosen) < 2:
        return []
    scores = np.full((len(chosen), len(vocabulary)), ABSENT, np.float32)
    for place, i in enumerate(chosen):
        scores[place, tags[i]] = PRESENT
    captions = bench.write(scores, np.zeros((len(chosen), 20, bench.captioner.config["music"]), np.float32))
    of = f"{len(chosen)} of {len(rows)} evaluation rows of MusicCaps"
    references = {"the caption": [[rows[i].caption] for i in chosen],
                  "its sentences": [sentences(rows[i].caption) for i in chosen]}  # fmt: skip
    measures = {
        "BLEU-1 (%)": unigram_bleu, "BLEU-4 (%)": bleu, "ROUGE-L (%)": lambda h, r: rouge(h, r)["rougeL"],
        "CIDEr-D (0 to 10)": cider,
    }  # fmt: skip
    return [
        Row(f"tags to a sentence, against {what}: {name}", of, measure(captions, texts),
            measure(captions, texts[1:] + texts[:1]), "another row's")
        for what, texts in references.items() for name, measure in measures.items()
    ]  # fmt: skip


def made_rows(bench: Bench, result: Result) -> None:
    """Captions of the pool's middle segments; adds rows and bars."""
    material, heard = heard_pool(bench)
    rows = middle(material.track, len(material.items))
    captions = bench.write(heard.scores[rows], heard.latents[rows], heard.embeddings[rows])
    target, known = material.target[rows], material.weight[rows] > KNOWN
    lines, share, _ = factuality(captions, target, known, "held-out made tracks")
    result.rows += [*lines, *variety(captions, target, "held-out made tracks")]
    result.bars["caption words supported"] = share


def recording_rows(bench: Bench, result: Result) -> None:
    """Captions of recordings' middle segments, by the word of the teachers; adds rows and bars.

    The bar is on all recordings that nothing was learnt from: those of one album are so alike that another's truth
    often fits as well.
    """
    corpus = bench.tested
    everywhere = middle(corpus.track, len(corpus.items))
    parts = bench.recordings()
    for of, tracks in {**parts, ALL_RECORDINGS: np.concatenate(list(parts.values()))}.items():
        if len(tracks) < 2:
            result.lines.append(f"Skipped: captions of {of}, of which there are {len(tracks)}.")
            continue
        rows = everywhere[tracks]
        heard = bench.heard
        captions = bench.write(heard.scores[rows], heard.latents[rows], heard.embeddings[rows])
        target, known = corpus.target[rows], corpus.weight[rows] > KNOWN
        lines, share, control = factuality(captions, target, known, f"{of}, the teachers' word")
        known[:, columns("mood")] = False
        more, *_ = factuality(captions, target, known, f"{of}, the teachers' word, moods left out")
        result.rows += [*lines, *more, *variety(captions, np.where(known, target, 0.0), of)]
        if of == ALL_RECORDINGS:
            result.bars["caption ratio on recordings"] = share / max(control, 1e-9)


def run(bench: Bench) -> Result:
    """Measure captions."""
    result = Result("Captions", musiccaps_rows(bench))
    made_rows(bench, result)
    recording_rows(bench, result)
    return result
