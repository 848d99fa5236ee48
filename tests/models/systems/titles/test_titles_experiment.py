from __future__ import annotations

from pathlib import Path

import pytest

from models.datasets.folder import Folder
from models.experiments import titles
from models.experiments.base import Results

PER_BEAM = ("bleu1", "precision1", "chance1", "words", "rougeL", "distinct2")


def invented(condition: str, seed: int) -> dict[str, float]:
    """Numbers as a run gives them: a peak at 5 beams, time of 2 ms and 1 ms for each beam, a seed's own offset."""
    values = {"titles": 108.0, "left_out": 12.0, "perplexity": 6.0, "loss": 1.8}
    better = 10.0 if condition == titles.BASE else 0.0
    for beams in titles.BEAMS:
        values |= {f"{name}_k{beams}": 20.0 + better - abs(beams - 5) + 0.1 * seed for name in PER_BEAM}
        values |= {f"{name}_k{beams}": 0.002 + 0.001 * beams for name in ("seconds", "batched_seconds")}
        values |= {f"pictures_{name}_k{beams}": 30.0 for name in ("bleu1", "chance1")}
    for side in titles.TILES:
        values |= {f"tile{side}_{name}_k{beams}": 40.0 - side / 8 for name in ("bleu1", "chance1") for beams in (1, 5)}
    return values


def test_every_condition_has_valid_settings_and_all_seeds() -> None:
    runs = titles.runs([0, 1])
    assert len({(run.condition, run.seed) for run in runs}) == len(runs) == 12
    for run in runs:
        settings = titles.settings_of(run)
        assert settings.seed == run.seed
        assert settings.stages.train.learning_rate == 1e-3
        assert settings.stages.train.epochs == 40  # all conditions have the same budget


def test_the_report_says_what_the_numbers_say() -> None:
    results = Results({(run.condition, run.seed): invented(run.condition, run.seed) for run in titles.runs([0, 1, 2])})
    section = titles.report(results)
    verdicts = {claim.text: claim.verdict for claim in section.claims}
    assert verdicts["A beam of 5 beats greedy search (table 4)"] == "holds"
    assert verdicts["Greedy, the spectrogram beats timbre (table 4)"] == "holds"
    assert verdicts["With 5 beams, timbre is slightly ahead of the spectrogram (table 4)"] == "does not hold"
    assert verdicts["A shallower ResNet is no worse (section 6)"] == "holds"
    assert verdicts["Small tiles beat one large one (table 4)"] == "holds"
    assert verdicts["What learnt from pictures alone titles music (the paper's transfer)"] == "does not hold"
    timing = [claim for claim in section.claims if "linearly" in claim.text]
    assert [claim.verdict for claim in timing] == ["holds", "holds"]
    assert "2 ms + 1 ms x k, R² 1.000" in timing[0].numbers
    assert len(section.tables) == 5
    assert all(len(row) == len(table.heads) for table in section.tables for row in table.rows)


@pytest.mark.parametrize(
    ("gains", "verdict"), [((1, 1, 1), "holds"), ((-1, 2, -2), "leans"), ((-5, -5, -6), "does not hold")]
)
def test_no_worse_allows_for_the_spread(gains: tuple[float, ...], verdict: str) -> None:
    values = {("a", seed): {"x": 10.0 + gain} for seed, gain in enumerate(gains)}
    values |= {("b", seed): {"x": 10.0} for seed in range(3)}
    assert titles.no_worse(Results(values), "a", "b", "x").verdict == verdict


def test_the_gallery_is_a_data_set_that_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(titles, "SCENES", {"train": 3, "valid": 1, "test": 1})
    folder = titles.write_gallery(tmp_path)
    records = Folder(folder).records("train")
    assert len(records) == 3
    assert all(record.image is not None and len(record.texts[0].split()) >= 2 for record in records)
    monkeypatch.setattr(titles, "render_scene", lambda *_, **__: pytest.fail("painted again"))
    assert titles.write_gallery(tmp_path) == folder
