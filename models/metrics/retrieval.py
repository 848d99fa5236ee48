"""How well a model finds the right item of a pool.

Conventions
-----------
`similarity` is a matrix [Q, P], queries by items of the pool, higher is better, no NaN. `truth` is int [Q], the
column of every query's right item; `relevance` is bool [Q, P] where there may be several. Ranks begin at 1. Recall,
precision and chance levels of them are percentages, MRR is between 0 and 1.

Ties are broken at random and the expectation over all ways of doing so is given, worked out exactly: an item that
shares its score with others counts for R@K with the share of the tie that lies within the first K, for MRR with the
mean of 1 / rank over the tie, for the median with its mean rank. A model that gives all items the same score thus
gets exactly the chance level of every metric; with the best rank it would be perfect.

Metrics
-------
* :func:`ranks`: rank of the right item, its mean in a tie
* :func:`recall_at`: R@K, queries whose right item is among the first K
* :func:`mean_reciprocal_rank`: MRR
* :func:`precision_recall_at`: precision and recall among the first K for several right items
* :func:`through_captions`: text-to-music retrieval through generated captions
* :func:`evaluate`: recall, median rank and MRR with their chance levels and the size of the pool
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.metrics._order import matrix, places


def validate(similarity: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give both as arrays; ValueError with one line where they cannot be scored."""
    similarity = matrix(similarity, "retrieval: similarity")
    truth = np.asarray(truth)
    queries, pool = similarity.shape
    if truth.shape != (queries,) or not np.issubdtype(truth.dtype, np.integer):
        raise ValueError(
            f"retrieval: truth is {truth.dtype} {truth.shape}, but one integer a query ({queries}) is needed"
        )
    outside = (truth < 0) | (truth >= pool)
    if outside.any():
        query = int(outside.argmax())
        raise ValueError(f"retrieval: the right item of query {query} is {truth[query]}, outside the pool of {pool}")
    return similarity, truth


def _check_cutoffs(cutoffs: Sequence[int]) -> None:
    """Refuse cutoffs below 1."""
    if any(cutoff < 1 for cutoff in cutoffs):
        raise ValueError(f"retrieval: cutoffs {tuple(cutoffs)}: at least the first item has to count")


def _tie(similarity: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Items better than every query's right one, and items equal to it (itself counted); int64 [Q] each."""
    similarity, truth = validate(similarity, truth)
    right = np.take_along_axis(similarity, truth[:, None], axis=1)
    return (similarity > right).sum(1), (similarity == right).sum(1)


def ranks(similarity: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Rank of the right item from 1, float64 [Q]; in a tie the mean of the tie's ranks."""
    better, equal = _tie(similarity, truth)
    return better + (equal + 1) / 2


def recall_at(similarity: np.ndarray, truth: np.ndarray, cutoff: int) -> float:
    """R@K in percent, its expectation over the order of ties."""
    _check_cutoffs([cutoff])
    better, equal = _tie(similarity, truth)
    return float(100 * (np.clip(cutoff - better, 0, equal) / equal).mean())


def mean_reciprocal_rank(similarity: np.ndarray, truth: np.ndarray) -> float:
    """MRR, 0 to 1, its expectation over the order of ties."""
    better, equal = _tie(similarity, truth)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, np.shape(similarity)[1] + 1))])
    return float(((harmonic[better + equal] - harmonic[better]) / equal).mean())


def evaluate(similarity: np.ndarray, truth: np.ndarray, cutoffs: Sequence[int] = (1, 5, 10)) -> dict[str, float]:
    """All metrics of one right item a query.

    Returns
    -------
    dict of str to float
        recall@K and chance_recall@K for every cutoff, median_rank and chance_median_rank, mrr and chance_mrr, pool
        (items) and queries.
    """
    _check_cutoffs(cutoffs)
    similarity, truth = validate(similarity, truth)
    queries, pool = similarity.shape
    scores: dict[str, float] = {}
    for cutoff in cutoffs:
        scores[f"recall@{cutoff}"] = recall_at(similarity, truth, cutoff)
        scores[f"chance_recall@{cutoff}"] = 100 * min(cutoff, pool) / pool
    scores["median_rank"] = float(np.median(ranks(similarity, truth)))
    scores["chance_median_rank"] = (pool + 1) / 2
    scores["mrr"] = mean_reciprocal_rank(similarity, truth)
    scores["chance_mrr"] = float((1 / np.arange(1, pool + 1)).mean())
    return scores | {"pool": float(pool), "queries": float(queries)}


def precision_recall_at(
    similarity: np.ndarray, relevance: np.ndarray, cutoffs: Sequence[int] = (1, 5, 10)
) -> dict[str, float]:
    """Precision and recall among the first K items, means over the queries.

    Queries without a right item have no recall; they are left out of both and counted.

    Returns
    -------
    dict of str to float
        precision@K, recall@K and their chance levels in percent, pool, queries (scored) and unanswerable (left out).
    """
    _check_cutoffs(cutoffs)
    similarity = matrix(similarity, "retrieval: similarity")
    relevance = np.asarray(relevance).astype(bool)
    if relevance.shape != similarity.shape:
        raise ValueError(f"retrieval: relevance {relevance.shape} is not of the similarity's shape {similarity.shape}")
    answerable = relevance.any(1)
    if not answerable.any():
        raise ValueError("retrieval: no query has a relevant item")
    similarity, relevance = similarity[answerable], relevance[answerable]
    queries, pool = similarity.shape
    better, equal = (np.stack(rows) for rows in zip(*map(places, similarity), strict=True))
    relevant = relevance.sum(1)
    scores: dict[str, float] = {}
    for cutoff in cutoffs:
        found = (relevance * np.clip(cutoff - better, 0, equal) / equal).sum(1)
        share = min(cutoff, pool) / pool
        scores[f"precision@{cutoff}"] = float(100 * (found / cutoff).mean())
        scores[f"recall@{cutoff}"] = float(100 * (found / relevant).mean())
        scores[f"chance_precision@{cutoff}"] = float(100 * (share * relevant / cutoff).mean())
        scores[f"chance_recall@{cutoff}"] = 100 * share
    counts = {"pool": pool, "queries": queries, "unanswerable": int((~answerable).sum())}
    return scores | {name: float(count) for name, count in counts.items()}


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Cosine of every row of one [Q, D] with every row of the other [P, D]; a zero vector has cosine 0 with all."""
    one, other = matrix(one, "retrieval: query vectors"), matrix(other, "retrieval: item vectors")
    if one.shape[1] != other.shape[1]:
        raise ValueError(f"retrieval: vectors of {one.shape[1]} and of {other.shape[1]} numbers cannot be compared")
    first, second = (
        vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12) for vectors in (one, other)
    )
    return np.asarray(first @ second.T)


def through_captions(
    query_vectors: np.ndarray,
    caption_vectors: np.ndarray,
    truth: np.ndarray,
    cutoffs: Sequence[int] = (5, 10, 20, 30),
) -> dict[str, float]:
    """Text-to-music retrieval by the similarity of a text with the captions that a model wrote for the pool.

    ALCAP's second task (its Table 2): no joint space is needed, the sentences are compared. Precision is recall / K
    there and here, since one piece is right for a text.

    Parameters
    ----------
    query_vectors : ndarray
        [Q, D], sentence vectors of the texts that are searched with.
    caption_vectors : ndarray
        [P, D], sentence vectors of the generated captions, one a piece.
    truth : ndarray
        int [Q], the piece that each text describes.
    cutoffs : sequence of int
        K of recall and precision.

    Returns
    -------
    dict of str to float
        What `evaluate` gives, and precision@K in percent.
    """
    scores = evaluate(cosines(query_vectors, caption_vectors), truth, cutoffs)
    return scores | {f"precision@{cutoff}": scores[f"recall@{cutoff}"] / cutoff for cutoff in cutoffs}
