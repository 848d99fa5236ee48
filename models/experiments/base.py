"""Runs, results and what is reported of them."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Run:
    """One training with all its evaluations; runs share nothing but the corpus and caches.

    Attributes
    ----------
    experiment, condition : str
        The experiment's NAME, and which switch is set.
    seed : int
        Of weights, order, dropout; the same seeds for every condition.
    options : mapping of str to JSON-able values
        What `run` needs to know.
    """

    experiment: str
    condition: str
    seed: int
    options: Mapping[str, Any] = field(default_factory=dict)


class Results:
    """Numbers by condition and seed.

    Parameters
    ----------
    values : mapping of (condition, seed) to mapping of metric to float
    """

    def __init__(self, values: Mapping[tuple[str, int], Mapping[str, float]]) -> None:
        self.values = values

    @property
    def conditions(self) -> list[str]:
        """Conditions in the order of their runs."""
        return list(dict.fromkeys(condition for condition, _ in self.values))

    @property
    def seeds(self) -> list[int]:
        """All seeds."""
        return sorted({seed for _, seed in self.values})

    def of(self, condition: str, metric: str) -> list[float]:
        """Values of a metric in a condition, by seed."""
        return [self.values[condition, seed][metric] for seed in self.seeds if (condition, seed) in self.values]

    def mean(self, condition: str, metric: str) -> float:
        """Mean over seeds."""
        return statistics.fmean(self.of(condition, metric))

    def spread(self, condition: str, metric: str) -> float:
        """Standard deviation over seeds (0 for one seed)."""
        found = self.of(condition, metric)
        return statistics.stdev(found) if len(found) > 1 else 0.0

    def difference(self, metric: str, first: str, second: str) -> list[float]:
        """`first` minus `second`, paired by seed."""
        return [a - b for a, b in zip(self.of(first, metric), self.of(second, metric), strict=True)]

    def claim(self, text: str, metric: str, better: str, worse: str, *, lower: bool = False) -> Claim:
        """Test the claim that `better` beats `worse` in `metric` (the lower value wins if `lower`).

        It holds if every seed agrees and the mean difference is larger than its standard deviation over seeds, leans
        that way if only the mean does, and does not hold otherwise.
        """
        gains = [-gain if lower else gain for gain in self.difference(metric, better, worse)]
        mean, spread = statistics.fmean(gains), statistics.stdev(gains) if len(gains) > 1 else 0.0
        verdict = "holds" if min(gains) > 0 and mean > spread else "leans" if mean > 0 else "does not hold"
        shown = f"{metric}: {self.mean(better, metric):.3g} against {self.mean(worse, metric):.3g}"
        return Claim(text, verdict, f"{shown}; gain {mean:+.3g} ± {spread:.2g}, {sum(g > 0 for g in gains)} of "
                     f"{len(gains)} seeds agree")  # fmt: skip

    def table(
        self, title: str, metrics: Mapping[str, str], conditions: Sequence[str] | None = None, digits: int = 3
    ) -> Table:
        """Mean ± spread of metrics (name to heading), one row a condition."""
        rows = [
            [condition, *(f"{self.mean(condition, metric):.{digits}g} ± {self.spread(condition, metric):.2g}"
                          for metric in metrics)]
            for condition in (conditions or self.conditions)
        ]  # fmt: skip
        return Table(title, ("", *metrics.values()), rows)

    def line(self, label: str, metric: str, conditions: Mapping[str, float]) -> Line:
        """A line of a plot over `conditions` (name to place on the x axis)."""
        return Line(
            label,
            list(conditions.values()),
            [self.mean(condition, metric) for condition in conditions],
            [self.spread(condition, metric) for condition in conditions],
        )


@dataclass(frozen=True)
class Claim:
    """A claim of a paper, and what came out here.

    Attributes
    ----------
    verdict : str
        "holds", "leans" or "does not hold".
    numbers : str
        The figures that say so.
    """

    text: str
    verdict: str
    numbers: str


@dataclass(frozen=True)
class Table:
    """A table of the report."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Line:
    """A line with spread: x, mean and standard deviation, all of one length."""

    label: str
    x: Sequence[float]
    mean: Sequence[float]
    spread: Sequence[float]


@dataclass(frozen=True)
class Plot:
    """A plot of lines, or of bars where `ticks` names the places on the x axis."""

    name: str
    title: str
    x: str
    y: str
    lines: Sequence[Line]
    ticks: Sequence[str] | None = None
    log: bool = False


@dataclass(frozen=True)
class Section:
    """What the report says of one experiment.

    Attributes
    ----------
    text : str
        Markdown: what was trained and measured, on how much, with which chance levels; what was left out and why.
    """

    title: str
    text: str
    claims: Sequence[Claim] = ()
    tables: Sequence[Table] = ()
    plots: Sequence[Plot] = ()
