"""Whether an instrument that plays alone is among the three highest of the instrument and vocal tags."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

import numpy as np

from models.data.labels import teacher_map
from models.data.pieces import TEST_FONT
from models.data.vocabulary import load_vocabulary
from models.evaluation.bench import Bench, columns, hear
from models.evaluation.result import Result, Row, number, table
from models.evaluation.solos import INSTRUMENTS, Solos, solos
from models.teachers.panel import SHORT

LEFT_OUT = "instrumental"
"""Not an instrument, and true of nearly every stem."""
OURS = "core pack"
SETS = {**{name: name.split("-")[1] for name in SHORT}, "yamnet": "yamnet"}


def rankable() -> list[str]:
    """Instrument and vocal tags."""
    names = load_vocabulary().names
    return [names[i] for i in columns("instrument", "vocal") if names[i] != LEFT_OUT]


def mapped(scores: np.ndarray, classes: list[str], tags: dict[str, dict[str, float]]) -> np.ndarray:
    """What a teacher says of tags: its classes' scores over their levels of certainty, the highest of each tag.

    Parameters
    ----------
    scores : float [N, C]
    classes : list of str
        Names of the columns.
    tags : dict
        The part of `models.data.labels.teacher_map` for this teacher, of the tags wanted.

    Returns
    -------
    float [N, T]
        In the order of `tags`.
    """
    return np.stack([np.max([scores[:, classes.index(name)] / sure for name, sure in sources.items()], axis=0)
                     for sources in tags.values()], axis=1)  # fmt: skip


def in_top_three(scores: np.ndarray, names: list[str], wanted: list[str]) -> np.ndarray:
    """Bool [N, N]: whether the tag wanted of stem i is among the three highest of stem j; False for unknown tags."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :3]
    places = np.array([names.index(tag) if tag in names else -1 for tag in wanted])
    return np.asarray((best[None] == places[:, None, None]).any(2))


def chance_of(found: np.ndarray, wanted: list[str]) -> float:
    """How often a stem's tag is among the first three of stems of other instruments."""
    tags = np.array(wanted)
    return float(found[tags[:, None] != tags[None]].mean())


def listen(bench: Bench, stems: Solos) -> dict[str, tuple[np.ndarray, list[str]]]:
    """Scores [N, T] of stems and the tags of their columns, by listener."""
    classes = json.loads((bench.work / "teachers.json").read_text(encoding="utf-8"))
    names, kept = load_vocabulary().names, rankable()
    ours = hear(bench.music, stems.mel).scores[:, [names.index(tag) for tag in kept]]
    means = np.stack([ours[stems.track == number].mean(0) for number in range(len(stems.wanted))])
    out = {OURS: (means, kept)}
    for teacher, set_name in SETS.items():
        tags = {
            tag: sources
            for tag, sources in teacher_map()[set_name].items()
            if tag in kept and not (teacher == "yamnet" and tag.endswith("vocals"))
        }  # rapping is all it knows of them
        out[teacher] = mapped(stems.teachers[teacher], classes[set_name], tags), list(tags)
    return out


@dataclass
class Part:
    """One set of stems: what each listener scores, with its tags, and whether it found each stem (bool [N])."""

    stems: Solos
    heard: dict[str, tuple[np.ndarray, list[str]]]
    hits: dict[str, np.ndarray]

    def of(self, tag: str) -> np.ndarray:
        """Which stems are of a tag, bool [N]."""
        return np.array([wanted == tag for wanted in self.stems.wanted])


def score(where: str, stems: Solos, heard: dict[str, tuple[np.ndarray, list[str]]]) -> tuple[list[Row], Part]:
    """Rows of one set of stems, and what they were made from."""
    found = {listener: in_top_three(*scores, stems.wanted) for listener, scores in heard.items()}
    hits = {listener: np.diag(right) for listener, right in found.items()}
    of = f"{len(stems.wanted)} stems, {where}"
    rows = [
        Row(f"{listener}: in the top three", of, float(hits[listener].mean()), chance_of(right, stems.wanted),
            "another instrument's stem") for listener, right in found.items()
    ]  # fmt: skip
    for teacher in SETS:
        known = np.isin(stems.wanted, heard[teacher][1])
        some = f"{int(known.sum())} stems, {where}"
        if known.any():
            rows += [
                Row(f"{listener}: in the top three, instruments that {teacher} knows", some,
                    float(hits[listener][known].mean())) for listener in (teacher, OURS)
            ]  # fmt: skip
    return rows, Part(stems, heard, hits)


def mistaken(part: Part, tag: str) -> str:
    """The tags that are most often among our first three of missed stems of a tag."""
    scores, names = part.heard[OURS]
    best = np.argsort(-scores[~part.hits[OURS] & part.of(tag)], axis=1, kind="stable")[:, :3]
    return ", ".join(name for name, _ in Counter(names[i] for i in best.ravel()).most_common(3)) or "-"


def by_instrument(parts: dict[str, Part]) -> str:
    """Share found of each instrument, as a table: ours on every set of stems, then the teachers on the first."""
    first = next(iter(parts))
    heads = [(where, OURS) for where in parts if where != "voices"] + [(first, teacher) for teacher in SETS]
    rows = []
    for tag in (*INSTRUMENTS, "male vocals", "female vocals"):
        cells = []
        for where, listener in heads:
            part = parts["voices" if tag.endswith("vocals") and "voices" in parts else where]
            cells.append(f"{part.hits[listener][part.of(tag)].mean():.2f}" if part.of(tag).any() else "-")
        rows.append((tag, *cells, mistaken(parts["voices" if tag.endswith("vocals") else first], tag)))
    return table(("tag", *(f"{listener}, {where}" for where, listener in heads), "heard where missed"), rows)


def run(bench: Bench) -> Result:
    """Measure stems."""
    result, parts = Result("Solo stems"), {}
    for where, stems in solos(bench).items():
        rows, parts[where] = score(where, stems, listen(bench, stems))
        result.rows += rows
    if TEST_FONT in parts:
        both = parts[TEST_FONT].hits, parts["voices"].hits
        shares = {name: float(np.concatenate([hits[name] for hits in both]).mean()) for name in (OURS, *SETS)}
        result.bars = {"stems": shares[OURS], "stems by Musicnn": max(shares[name] for name in SHORT)}
        said = ", ".join(f"{name} {number(share)}" for name, share in shares.items())
        result.lines.append(f"On {TEST_FONT} and voices together: {said}.")
    else:
        result.lines.append(f"Skipped: the soundfont {TEST_FONT} is not installed (Debian's csound-soundfont).")
    result.lines += ["", by_instrument(parts)]
    return result
