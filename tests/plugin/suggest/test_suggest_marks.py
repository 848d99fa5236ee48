"""What the user's marks and the tags of voices do to suggestions."""

from __future__ import annotations

import pytest
from questions import ask, names

from plugin.errors import InputError
from plugin.library.marks import set_marks
from plugin.library.tracks import all_tracks
from plugin.suggest.query import Filters, Query
from plugin.suggest.suggester import Suggester

pytestmark = pytest.mark.usefixtures("inline_decoding")


def test_marks_filter_and_hidden_tracks_are_not_suggested(library, engine) -> None:
    ids = {track.name: track.id for track in all_tracks(library)}
    set_marks(library.path, ids["low"], hidden=True)
    set_marks(library.path, ids["mid"], favourite=True, rating=2)
    set_marks(library.path, ids["high"], rating=4)

    def found(**filters) -> set[str]:
        return set(names(ask(library, engine, text="low", filters=Filters(**filters))))

    assert found() == {"mid", "high", "both"}
    assert found(show_hidden=True) == {"low", "mid", "high", "both"}
    assert found(favourites=True) == {"mid"}
    assert found(min_rating=2) == {"mid", "high"}
    assert found(min_rating=3) == {"high"}


def test_hidden_tracks_that_pass_the_filters_are_counted(library, engine) -> None:
    ids = {track.name: track.id for track in all_tracks(library)}
    suggester = Suggester(library, engine)
    assert suggester.suggest(Query(text="low")).hidden == 0
    set_marks(library.path, ids["low"], hidden=True)
    set_marks(library.path, ids["mid"], hidden=True)
    found = suggester.suggest(Query(text="low"))  # the same suggester: marks do not wait for a new revision
    assert (found.hidden, found.considered, found.total) == (2, 2, 4)
    short = suggester.suggest(Query(text="low", filters=Filters(max_length=15)))
    assert (short.hidden, names(short.results)) == (1, ["high"])
    assert suggester.suggest(Query(text="low", filters=Filters(show_hidden=True))).hidden == 0


def test_hidden_tracks_do_not_change_the_scores_of_others(library, engine) -> None:
    before = {r.track.id: r.score for r in ask(library, engine, text="low")}
    hidden = next(track.id for track in all_tracks(library) if track.name == "low")
    set_marks(library.path, hidden, hidden=True)
    after = {r.track.id: r.score for r in ask(library, engine, text="low")}
    assert after == {id_: score for id_, score in before.items() if id_ != hidden}


def test_vocal_takes_any_tag_of_voices(library, engine) -> None:
    with pytest.raises(InputError, match="the vocabulary has no tag for voices"):
        ask(library, engine, text="low", filters=Filters(vocal=True))
    ids = {track.name: track.id for track in all_tracks(library)}
    with library.writing() as connection:
        for voice, name, score in (("choir", "low", 0.7), ("female vocals", "mid", 0.4), ("choir", "high", 0.3)):
            connection.exec_driver_sql(
                "INSERT OR IGNORE INTO vocabulary VALUES (?, ?, 'vocal', 0.35)", (engine.space, voice)
            )
            connection.exec_driver_sql("INSERT INTO tags VALUES (?, ?, ?)", (ids[name], voice, score))
    assert set(names(ask(library, engine, text="low", filters=Filters(vocal=True)))) == {"low", "mid"}


@pytest.mark.parametrize("rating", [-1, 6])
def test_ratings_to_filter_by_have_bounds(rating) -> None:
    with pytest.raises(InputError, match="choose 0 to 5 stars"):
        Filters(min_rating=rating)


def test_instrumental_and_vocal_are_opposites() -> None:
    with pytest.raises(InputError, match="both instrumental and vocal"):
        Filters(instrumental=True, vocal=True)
