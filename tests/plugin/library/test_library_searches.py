"""Past and saved questions are kept in the library."""

from __future__ import annotations

import os
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.errors import InputError, StoreError
from plugin.library import beside, opening, searches
from plugin.library.store import Library


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library.db"


def texts(found: list[searches.Search]) -> list[str]:
    return [search.question["text"] for search in found]


def test_history_gives_the_last_question_first_and_each_once(path: Path) -> None:
    assert searches.history(path) == []
    for text in ("a", "b", "a", "c"):
        searches.remember(path, {"text": text, "likes": ["/x.wav"]})
    assert texts(searches.history(path)) == ["c", "a", "b"]
    assert texts(searches.history(path, limit=2)) == ["c", "a"]


def test_history_does_not_grow_for_ever_and_leaves_saved_ones_alone(path: Path, monkeypatch) -> None:
    monkeypatch.setattr(searches, "KEPT", 3)
    searches.save(path, "mine", {"text": "saved"})
    for number in range(6):
        searches.remember(path, {"text": str(number)})
    assert texts(searches.history(path)) == ["5", "4", "3"]
    assert texts(searches.saved(path)) == ["saved"]


def test_a_saved_search_is_replaced_by_name_and_removed(path: Path) -> None:
    searches.save(path, " rain  scenes ", {"text": "rain"})
    searches.save(path, "rain scenes", {"text": "heavy rain"})
    searches.save(path, "Dawn", {"text": "dawn"})
    found = searches.saved(path)
    assert [(search.name, search.question) for search in found] == [
        ("Dawn", {"text": "dawn"}),
        ("rain scenes", {"text": "heavy rain"}),
    ]
    searches.remove(path, found[0].id)
    searches.remove(path, found[0].id)
    assert [search.name for search in searches.saved(path)] == ["rain scenes"]
    with pytest.raises(InputError, match="needs a name"):
        searches.save(path, "  ", {})


def test_they_are_kept_while_another_indexes_and_the_search_matrix_stays(path: Path) -> None:
    with Library(path, writable=True) as library:
        before = library.revision
        searches.remember(path, {"text": "a"})
        assert texts(searches.history(path)) == ["a"]
        assert library.revision == before


def test_reading_and_removing_make_no_library(path: Path) -> None:
    assert searches.saved(path) == []
    searches.remove(path, 1)
    assert not path.exists()


def test_a_question_may_name_files_whose_names_are_no_text(path: Path) -> None:
    odd = os.fsdecode(b"/music/\xff.wav")
    searches.remember(path, {"likes": [odd], "filters": {"tempo": [80.0, None]}})
    assert searches.history(path)[0].question == {"likes": [odd], "filters": {"tempo": [80.0, None]}}


def test_a_full_store_is_said_and_the_old_searches_stay(path: Path, monkeypatch) -> None:
    searches.save(path, "mine", {"text": "a"})
    connect = beside._connect

    def full(file: Path) -> sqlite3.Connection:
        connection = connect(file)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    with monkeypatch.context() as small:
        small.setattr(beside, "_connect", full)
        with pytest.raises(StoreError, match=r"cannot use the library .*disk is full.*check the disk"):
            for number in range(100):
                searches.remember(path, {"text": f"{number} " * 1000})
    assert texts(searches.saved(path)) == ["a"]
    searches.remember(path, {"text": "b"})
    assert texts(searches.history(path, 1)) == ["b"]


def test_a_store_that_stays_busy_is_said(path: Path, monkeypatch) -> None:
    searches.save(path, "mine", {"text": "a"})
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"database is locked.*try again in a moment"):
            searches.save(path, "mine", {"text": "b"})
        other.execute("ROLLBACK")
    assert texts(searches.saved(path)) == ["a"]


QUESTION = st.fixed_dictionaries({"text": st.sampled_from("abcd")})


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(QUESTION, max_size=8))
def test_history_is_the_distinct_questions_the_last_first(tmp_path: Path, asked) -> None:
    path = tmp_path / f"{uuid.uuid4().hex}.db"
    for question in asked:
        searches.remember(path, question)
    expected = list(dict.fromkeys(question["text"] for question in reversed(asked)))
    assert texts(searches.history(path)) == expected
