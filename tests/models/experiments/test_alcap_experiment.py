"""The lyrics that suit the music, the facts that captions name, and the report."""

import numpy as np
import pytest

from models.data.lyrics import themes
from models.datasets.base import Record
from models.experiments import alcap
from models.experiments.base import Results


def record(mood: str, genre: str, number: int) -> Record:
    return Record(
        key=f"{mood} {number}", texts=("", "", f"A slow {mood} {genre} song about faith, with piano."),
        lyrics="pray", tags={genre: 1.0, mood: 1.0, "piano": 1.0, "slow": 1.0},
        tag_groups={genre: "genre", mood: "mood", "piano": "instrument", "slow": "tempo"},
    )  # fmt: skip


def test_every_theme_suits_some_mood_and_only_once():
    suitable = [theme for _, choice in alcap.SUITS for theme in choice]
    assert sorted(suitable) == sorted(themes())
    moods = [mood for group, _ in alcap.SUITS for mood in group]
    assert len(moods) == len(set(moods)) == 30


def test_lyrics_and_text_agree_and_suit_the_mood_mostly():
    changed = [alcap.suit(record("dark", "rock", i)) for i in range(400)]
    assert all(alcap.theme_of(each.texts[alcap.SONG]) in each.texts[2] for each in changed)
    dark = next(choice for moods, choice in alcap.SUITS if "dark" in moods)
    share = np.mean([alcap.theme_of(each.texts[2]) in dark for each in changed])
    assert share == pytest.approx(0.8 + 0.2 / 4, abs=0.05)
    assert alcap.suit(record("dark", "rock", 1)).lyrics == changed[1].lyrics != "pray"


def test_facts_are_counted_by_kind_with_chance():
    records = [record("dark", "rock", 0), record("happy", "jazz", 1)]
    found = alcap.facts([("a slow dark rock song about faith", records[0]), ("a fast dark jazz song", records[1])])
    assert found["named_genre"] == 100 and found["chance_named_genre"] == 0
    assert found["named_mood"] == 50 and found["chance_named_mood"] == 50  # "dark" is true of the other
    assert found["named_tempo"] == 50 and found["named_theme"] == 50 and found["named_instrument"] == 0
    assert found["named"] == 50 and found["named_heard"] == 50


def test_conditions_share_data_and_steps_and_differ_in_the_switch():
    runs = alcap.runs([0, 1])
    assert len(runs) == 18
    settings = {run.condition: alcap.settings_of(run) for run in runs if run.seed == 0}
    first = settings[alcap.ALCAP]
    assert first.model.variant == "alcap" and first.model.alignment_weight == 0.02
    assert {each.stages.model_dump_json() for each in settings.values()} == {first.stages.model_dump_json()}
    assert [each.model.alignment_weight for name, each in settings.items() if name.startswith("ALCAP ")][:4] == [
        0.002, 0.02, 0.2, 2.0,
    ]  # fmt: skip
    assert not settings[alcap.MUSIC].data.lyrics and settings[alcap.LYRICS].model.variant == "bart"


def test_the_report_can_be_written_of_any_numbers():
    names = [*alcap.SHOWN, *alcap.TRUTH, alcap.FOUND, alcap.CHANCE_FOUND, "tagger_roc_auc", "tagger_pr_auc"]
    rng = np.random.default_rng(0)
    values = {(run.condition, run.seed): {name: float(rng.random()) for name in names} for run in alcap.runs([0, 1, 2])}
    section = alcap.report(Results(values))
    assert "{" not in section.text and len(section.claims) == 8
    assert [len(table.rows) for table in section.tables] == [7, 9, 2]
    assert "METEOR is left out" not in section.text
    for each in values.values():
        del each["meteor"]
    assert "METEOR is left out" in alcap.report(Results(values)).text
