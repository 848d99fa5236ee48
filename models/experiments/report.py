"""Write sections as markdown with plots beside it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

from models.experiments.base import Plot, Section, Table

mpl.use("Agg")
import matplotlib.pyplot as plt

PLAIN = {"svg.hashsalt": "cuefinder", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}


def markdown(table: Table) -> str:
    """Give a table in markdown."""
    lines = [f"**{table.title}**", "", "| " + " | ".join(table.heads) + " |", "|" + "---|" * len(table.heads)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in table.rows)])


def draw(plot: Plot, path: Path) -> None:
    """Draw a plot as SVG; the same numbers give the same file."""
    with mpl.rc_context(PLAIN):
        figure, axes = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
        for number, line in enumerate(plot.lines):
            if plot.ticks is None:
                axes.errorbar(line.x, line.mean, yerr=line.spread, label=line.label, marker="o", ms=4, capsize=3)
            else:
                width = 0.8 / len(plot.lines)
                places = [x + (number - (len(plot.lines) - 1) / 2) * width for x in line.x]
                axes.bar(places, line.mean, width, yerr=line.spread, label=line.label, capsize=3)
        if plot.ticks is not None:
            axes.set_xticks(range(len(plot.ticks)), plot.ticks, rotation=20, ha="right")
        if plot.log:
            axes.set_xscale("symlog", linthresh=1e-3)
        axes.set(title=plot.title, xlabel=plot.x, ylabel=plot.y)
        if len(plot.lines) > 1:
            axes.legend(frameon=False)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
        plt.close(figure)
    path.parent.mkdir(parents=True, exist_ok=True)
    # matplotlib ends some lines of path data with a space, which linters of text files refuse.
    path.write_text("\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n", encoding="utf-8")


def write(sections: Sequence[Section], out: Path, head: str) -> Path:
    """Write `out`/experiments.md and `out`/images/experiments-*.svg."""
    parts = ["# The papers' claims in miniature", "", head, ""]
    for section in sections:
        parts += [f"## {section.title}", "", section.text.strip(), ""]
        if section.claims:
            parts += ["| claim | here | numbers |", "|---|---|---|"]
            parts += [f"| {claim.text} | **{claim.verdict}** | {claim.numbers} |" for claim in section.claims]
            parts.append("")
        for table in section.tables:
            parts += [markdown(table), ""]
        for plot in section.plots:
            name = f"images/experiments-{plot.name}.svg"
            draw(plot, out / name)
            parts += [f"![{plot.title}]({name})", ""]
    path = out / "experiments.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")
    return path
