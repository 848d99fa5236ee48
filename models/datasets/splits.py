"""Splits by name, and by hash where a publisher gives none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from models.datasets.base import Split
from models.errors import DatasetError

_NAMES: dict[str, Split] = {
    "train": "train", "training": "train",
    "valid": "valid", "validation": "valid", "validate": "valid", "val": "valid", "dev": "valid",
    "test": "test", "testing": "test", "eval": "test", "evaluation": "test",
}  # fmt: skip


def split_named(name: str) -> Split:
    """Give the split that a publisher calls by any of the usual names; ValueError for others."""
    try:
        return _NAMES[name.strip().lower()]
    except KeyError:
        raise ValueError(f"split: {name[:30]!r} is none of train, valid, test") from None


def _share(group: str, salt: str) -> float:
    """A number in [0, 1) that depends on nothing but the words."""
    digest = hashlib.sha256(f"{salt}\0{group}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8]) / 2**64


def held_out(group: str, share: float = 0.1) -> Split:
    """Give `valid` for a share of the groups of a training split that comes without a validation split."""
    return "valid" if _share(group, "held out") < share else "train"


def split_by_hash(group: str, *, train: float = 0.8, valid: float = 0.1) -> Split:
    """Give a group's split by its name alone: adding or removing records moves no other record.

    Parameters
    ----------
    group : str
        What must not be divided.
    train, valid : float
        Shares; the rest is the test split.
    """
    share = _share(group, "split")
    return "train" if share < train else "valid" if share < train + valid else "test"


def split_by_fold(groups: Iterable[str], fold: int, *, folds: int = 5, valid: float = 0.125) -> dict[str, Split]:
    """Give each group's split in a cross-validation.

    Groups are dealt out to folds of equal size in an order that depends on their names alone. Fold `fold` is the test
    split; of the other folds a share is the validation split.

    Parameters
    ----------
    groups : iterable of str
        All groups of the data set.
    fold : int
        0 to `folds` - 1.
    folds : int
        Number of folds.
    valid : float
        Share of the groups outside the fold; 0.125 makes 70 / 10 / 20 with five folds.

    Raises
    ------
    DatasetError
        If there is no such fold.
    """
    if not 0 <= fold < folds:
        raise DatasetError(f"fold {fold}: there are {folds} folds, 0 to {folds - 1}")
    order = sorted(set(groups), key=lambda group: (_share(group, "fold"), group))
    rest: list[str] = []
    splits: dict[str, Split] = {}
    for place, group in enumerate(order):
        if place % folds == fold:
            splits[group] = "test"
        else:
            rest.append(group)
    rest.sort(key=lambda group: (_share(group, "valid"), group))
    count = round(len(rest) * valid)
    splits.update(dict.fromkeys(rest[:count], "valid"))
    splits.update(dict.fromkeys(rest[count:], "train"))
    return splits
