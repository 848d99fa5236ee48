"""The experiment's conditions differ in their switch alone, and its report says what the numbers say."""

from __future__ import annotations

import torch

from models.datasets.base import Record
from models.experiments import synaesthesia as experiment
from models.experiments.base import Results

METRICS = ("bleu4", "rougeL", "cider", "different", "topology_bleu", "topology_latents", "median_rank", "pool",
           "chance_median_rank", "heuristic_bleu4", "heuristic_rougeL", "heuristic_cider", "tags_roc_auc")  # fmt: skip


def test_conditions_differ_in_their_switch_alone() -> None:
    runs = experiment.runs([0, 1])
    assert len(runs) == 2 * len(experiment.CONDITIONS)
    assert [run.seed for run in runs[:4]] == [0, 1, 0, 1]
    settings = {run.condition: experiment.settings_of(0, run.options) for run in runs}
    shared = [
        each.model_copy(update={"model": each.model.model_copy(update={"structure": None})})
        for each in settings.values()
    ]
    assert all(each == shared[0] for each in shared)
    structures = [each.model.structure for each in settings.values()]
    assert len({str(each) for each in structures}) == len(structures)
    weights = {name: each.model.structure.weight for name, each in settings.items()}
    assert weights.pop(experiment.LIGHT) == 5.0
    assert set(weights.values()) == {None}  # the released code's


def test_report_says_what_came_out() -> None:
    generator = torch.Generator().manual_seed(0)
    values = {}
    for condition in experiment.CONDITIONS:
        better = float(condition == experiment.GTP)
        for seed in range(3):
            noise = 0.01 * torch.rand(len(METRICS), generator=generator)
            values[condition, seed] = {
                name: 1 + float(extra) + (better if name == "cider" else -better)
                for name, extra in zip(METRICS, noise, strict=True)
            }
    section = experiment.report(Results(values))
    verdicts: dict[str, set[str]] = {}
    for claim in section.claims:
        verdicts.setdefault(claim.text.partition(" than ")[0], set()).add(claim.verdict)
    assert verdicts.pop("GTP writes better captions") == {"holds"}
    assert verdicts.pop("GTP keeps the sentences' topology better") == {"does not hold"}
    assert all(text.startswith("GTP at a hundredth of its weight") for text in verdicts)
    assert len(section.tables[0].rows) == len(experiment.CONDITIONS) and len(section.tables[1].rows) == 1
    assert all(len(plot.lines[0].mean) == len(plot.ticks or ()) for plot in section.plots)


def test_sentences_differ_in_what_is_heard_alone() -> None:
    heard = {"slow": "tempo", "ambient": "genre", "new age": "genre", "calm": "mood", "dreamy": "mood", "warm": "mood",
             "synth pad": "instrument", "flute": "instrument", "piano": "instrument", "minor": "mode"}  # fmt: skip
    record = Record("a", tags=dict.fromkeys(heard, 1.0), tag_groups=heard, texts=("Anything.",))
    assert experiment.describe(record) == (
        "Slow ambient music with synth pad and flute, calm and dreamy, in a minor key."
    )
