"""The experiment's conditions differ in their switch alone, and its report says what the numbers say."""

from __future__ import annotations

import torch

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
    assert all(each.weight is None for each in structures)  # the released code's


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
    verdicts = {claim.text.partition(" than ")[0]: claim.verdict for claim in section.claims}
    assert verdicts == {
        "GTP writes better captions": "holds",
        "GTP keeps the sentences' topology better": "does not hold",
    }
    assert len(section.tables[0].rows) == len(experiment.CONDITIONS) and len(section.tables[1].rows) == 1
    assert all(len(plot.lines[0].mean) == len(plot.ticks or ()) for plot in section.plots)
