"""Questions as values: drafts, chips, history, and how they are kept."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gui.models.chips import chips, title
from gui.models.history import LIMIT, History
from gui.models.query import ClipRange, QueryDraft
from gui.models.searches import read_kept
from plugin.errors import InputError
from plugin.library import searches
from plugin.suggest.query import Filters

FULL = QueryDraft(
    text="slow piano",
    clip=ClipRange(Path("/film/scene 4.mov"), 65.0, 95.5, "Scene 4"),
    likes=(Path("/music/one.mp3"), Path("/music/two.mp3")),
    unlikes=(Path(os.fsdecode(b"/music/\xff.mp3")),),
    weights={"text": 0.5},
    filters=Filters(
        tempo=(80.0, math.inf), min_length=60.0, max_length=200.0, key="A minor", instrumental=True,
        tags=("piano", "calm"), not_tags=("drums",), favourites=True, min_rating=3, show_hidden=True,
    ),
)  # fmt: skip


@pytest.mark.parametrize("draft", [QueryDraft(), FULL, QueryDraft("a", filters=Filters(tempo=(0.0, 90.0), vocal=True))])
def test_a_draft_is_the_same_after_it_was_kept(draft) -> None:
    text = json.dumps(draft.as_dict(), allow_nan=False)
    assert QueryDraft.from_dict(json.loads(text)) == draft


@pytest.mark.parametrize(
    "kept",
    [{"clip": {"start": 0}}, {"clip": 3}, {"weights": 2}, {"likes": [None]}, {"filters": {"tempo": [1]}},
     {"filters": {"min_rating": 9}}, {"weights": {"text": "much"}}, []],
)  # fmt: skip
def test_what_is_no_question_is_said_in_one_line(kept) -> None:
    with pytest.raises(InputError, match=r"cannot be read|out of range"):
        QueryDraft.from_dict(kept)


def test_fields_of_a_newer_version_are_passed_over() -> None:
    assert QueryDraft.from_dict({"text": "a", "colour": "red", "filters": {"smell": 1}}) == QueryDraft("a")


def test_draft_becomes_a_question_with_weights_of_what_is_asked_alone() -> None:
    query = replace(FULL, text=" slow piano ", likes=(), unlikes=(), weights={"text": 0.5, "reference": 0.0}).query(7)
    assert (query.text, query.video, query.start, query.end, query.top) == (
        "slow piano", Path("/film/scene 4.mov"), 65.0, 95.5, 7)  # fmt: skip
    assert query.weights == {"video": 1.0, "text": 0.5}
    assert FULL.query(5).like == FULL.likes
    assert FULL.query(5).unlike == FULL.unlikes


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        (QueryDraft(text="  "), "nothing to go by: write some words"),
        (QueryDraft(filters=Filters(favourites=True)), "nothing to go by"),
        (QueryDraft(unlikes=(Path("a.mp3"),)), "to keep away from a track is not enough"),
        (QueryDraft(text="a", weights={"text": 0.0, "video": 1.0}), "all weights are 0: move a slider"),
    ],
)
def test_draft_that_is_no_question(draft, message) -> None:
    with pytest.raises(InputError, match=message):
        draft.query(10)


def test_times_of_a_clip_are_read_as_they_are_written() -> None:
    clip = ClipRange(Path("a.mov"), 3.0, 9.0)
    assert clip.between("1:05", "95.5") == replace(clip, start=65.0, end=95.5)
    assert clip.between("", " ") == replace(clip, start=0.0, end=None)
    with pytest.raises(InputError, match="'soon' is not a time"):
        clip.between("soon", "")
    with pytest.raises(InputError, match="the clip ends at 1, before it starts"):
        clip.between("2", "1")


def test_a_seed_is_plus_or_minus_and_never_both() -> None:
    seed = Path("a.mp3")
    plus = QueryDraft().seeded(seed, plus=True).seeded(seed, plus=True)
    assert (plus.likes, plus.unlikes) == ((seed,), ())
    minus = plus.seeded(seed, plus=False)
    assert (minus.likes, minus.unlikes) == ((), (seed,))


def test_chips_say_every_part_and_each_can_go() -> None:
    parts = chips(FULL)
    assert [part.text for part in parts] == [
        "Scene 4 1:05-1:36", "+ one", "+ two", "− \\xff", "from 80 BPM", "A minor", "1:00-3:20 long", "instrumental",
        "piano", "calm", "not drums", "favourites", "★★★ or better", "hidden too",
    ]  # fmt: skip
    assert [part.aspect for part in parts[:4]] == ["video", "reference", "", ""]
    assert parts[0].details == "/film/scene 4.mov"
    for part in parts:
        left = [other.text for other in chips(part.without)]
        assert left == [other.text for other in parts if other != part]
    draft = FULL
    while chips(draft):
        draft = chips(draft)[0].without
    assert draft == QueryDraft(FULL.text, weights=FULL.weights)
    assert title(FULL).startswith("slow piano, Scene 4 1:05-1:36, + one")


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        (Filters(tempo=(0.0, 90.0)), "up to 90 BPM"),
        (Filters(tempo=(80.0, 110.0)), "80-110 BPM"),
        (Filters(min_length=60.0), "at least 1:00"),
        (Filters(max_length=60.0), "at most 1:00"),
        (Filters(vocal=True), "vocal"),
    ],
)
def test_filters_in_words(filters, text) -> None:
    assert [part.text for part in chips(QueryDraft(filters=filters))] == [text]


def test_history_goes_as_a_browser_does() -> None:
    history, (a, b, c, d) = History(), (QueryDraft(text) for text in "abcd")
    assert not history.can_go_back
    history.visit(b)
    history.visit(b)  # the same again is no step
    history.visit(c)
    history.recall([a])
    assert history.back() == b
    assert history.can_go_forward
    history.visit(d)  # what lay ahead is gone
    assert not history.can_go_forward
    assert [history.back() for _ in range(3)] == [b, QueryDraft(), a]
    assert not history.can_go_back
    assert history.back() == a
    assert history.forward() == QueryDraft()
    for number in range(LIMIT + 5):
        history.visit(QueryDraft(str(number)))
    assert len(history._drafts) == LIMIT


def test_kept_searches_are_read_and_unreadable_ones_counted(tmp_path) -> None:
    path = tmp_path / "library.db"
    assert read_kept(path).past == ()
    searches.remember(path, {"text": "old"})
    searches.remember(path, FULL.as_dict())
    searches.remember(path, {"clip": "broken"})
    searches.save(path, "mine", FULL.as_dict())
    kept = read_kept(path)
    assert [draft.text for draft in kept.past] == ["old", "slow piano"]
    assert [(search.name, search.draft) for search in kept.saved] == [("mine", FULL)]
    assert kept.unreadable == 1


def test_models_know_no_qt() -> None:
    names = "gui.models.query, gui.models.chips, gui.models.history, gui.models.results, gui.models.finding"
    code = f"import sys, {names}; sys.exit('PyQt6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
