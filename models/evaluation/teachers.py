"""What the teachers themselves get right: each class that speaks for a tag, against the truth of made music."""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np

from models.data.corpus import TAGGERS, Corpus
from models.data.labels import teacher_map
from models.data.vocabulary import load_vocabulary
from models.evaluation.bench import Bench
from models.evaluation.result import Result, Row, counted, table
from models.evaluation.tagging import KNOWN, areas
from models.teachers.yamnet import MUSIC_CLASSES

MATERIAL = {"stems": ("stem",), "MIDI": ("midi",), "arranged": ("arranged", "sung")}
SHOWN = 10
FEWEST_PIECES = 4
"""Pieces with a tag, and without it, that it takes to judge a class: segments of one piece are much alike."""


class Finding(NamedTuple):
    """ROC-AUC of a teacher's class as a sign of a tag, on one kind of made music; `clips` were heard by it."""

    teacher: str
    named: str
    tag: str
    where: str
    auc: float
    clips: int


def settled(corpus: Corpus) -> np.ndarray:
    """Bool [S, V]: where the truth of the score, not a teacher, says whether a tag is there."""
    groups = np.array(load_vocabulary().groups)
    out = np.zeros(corpus.weight.shape, bool)
    for row, truth in enumerate(corpus.truths):
        for key, known in (("genre", ("genre", "mood")), ("instrument", ("instrument", "vocal"))):
            if key in truth:
                out[row] |= np.isin(groups, known)
    return out & (corpus.weight > KNOWN)


def findings(corpus: Corpus, classes: dict[str, list[str]]) -> list[Finding]:
    """Every class on every kind of made music where enough clips have the tag and enough have not."""
    names, known = load_vocabulary().names, settled(corpus)
    scores = {
        name: (corpus.taught[:, place].astype(np.float32), name.split("-")[1]) for place, name in enumerate(TAGGERS)
    }
    scores["yamnet"] = corpus.yamnet.astype(np.float32), "yamnet"
    order = {name: list(tags) for name, tags in classes.items()}
    order["yamnet"] = [classes["yamnet"][i] for i in MUSIC_CLASSES]
    out = []
    for where, kinds in MATERIAL.items():
        of = np.isin(corpus.kind, kinds)
        for teacher, (heard, set_name) in scores.items():
            for tag, sources in teacher_map()[set_name].items():
                index = names.index(tag)
                for source in (source for source in sources if source in order[set_name]):
                    said = heard[:, order[set_name].index(source)]
                    asked = of & known[:, index] & ~np.isnan(said)
                    truth = corpus.target[:, index] > 0.5
                    pieces = min(len(np.unique(corpus.track[asked & has])) for has in (truth, ~truth))
                    if pieces >= FEWEST_PIECES and (found := areas(said, truth, asked)) is not None:
                        out.append(Finding(teacher, source, tag, where, found[0], int(asked.sum())))
    return out


def compact(found: list[Finding]) -> str:
    """All classes as one table, a column for each kind of music."""
    rows: dict[tuple[str, str, str], dict[str, Finding]] = {}
    for finding in found:
        rows.setdefault((finding.tag, finding.teacher, finding.named), {})[finding.where] = finding
    cells = []
    for key, parts in sorted(rows.items()):
        numbers = (f"{parts[where].auc:.3f} ({parts[where].clips})" if where in parts else "-" for where in MATERIAL)
        cells.append((*key, *numbers))
    return table(("tag", "teacher", "class", *(f"{where}: ROC-AUC (clips)" for where in MATERIAL)), cells)


def run(bench: Bench) -> Result:
    """Measure the teachers; the whole table goes to `results/teachers.md`, the ends of it into the card."""
    classes = json.loads((bench.work / "teachers.json").read_text(encoding="utf-8"))
    found = findings(bench.corpus, classes)
    result = Result("What the teachers get right on made music")
    if not found:
        result.lines.append("Skipped: no class of a teacher met enough clips with its tag.")
        return result
    folder = bench.work / "results"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "teachers.md").write_text(compact(found) + "\n", encoding="utf-8")
    for teacher in dict.fromkeys(finding.teacher for finding in found):
        for where in MATERIAL:
            mine = [finding for finding in found if (finding.teacher, finding.where) == (teacher, where)]
            if mine:
                clips = max(finding.clips for finding in mine)
                of = f"{counted(len(mine), 'class', 'classes')}, up to {clips} segments, {where}"
                area = float(np.mean([finding.auc for finding in mine]))
                result.rows.append(Row(f"{teacher}: mean ROC-AUC of its classes", of, area, 0.5))
    ordered = sorted(found, key=lambda finding: -finding.auc)
    ends = [*ordered[:SHOWN], *ordered[max(SHOWN, len(ordered) - SHOWN) :]]
    cells = [(f.teacher, f.named, f.tag, f.where, f"{f.auc:.3f}", str(f.clips)) for f in ends]
    result.lines += [f"The {SHOWN} best and the {SHOWN} worst of {len(found)} classes and kinds of music:", "",
                     table(("teacher", "class", "tag", "on", "ROC-AUC", "segments"), cells)]  # fmt: skip
    return result
