"""Promises of `cuefinder suggest`: what comes first, which part of it, and what is left out."""

from __future__ import annotations

import numpy as np
import pytest
from fakes import FakeEngine, embed, tone, write_video, write_wav
from questions import ask, names

from plugin.errors import InputError, StoreError
from plugin.library.indexing import IndexRun
from plugin.library.store import Library
from plugin.suggest.query import Filters, Query
from plugin.suggest.suggester import Suggester

pytestmark = pytest.mark.usefixtures("inline_decoding")


def test_words_decide_the_order(library, engine) -> None:
    assert names(ask(library, engine, text="low"))[0] == "low"
    assert names(ask(library, engine, text="high"))[0] == "high"
    assert set(names(ask(library, engine, text="mid"))) == {"low", "mid", "high", "both"}


def test_best_segment_has_the_clips_length_and_lies_where_the_question_fits(library, engine) -> None:
    parts = {}
    for word in ("low", "high"):
        results = ask(library, engine, text=word, length=15.0)
        parts[word] = next((r.start, r.end) for r in results if r.track.name == "both")
    assert parts == {"low": (0.0, 15.0), "high": (20.0, 35.0)}


def test_segment_is_the_whole_track_where_that_is_shorter_than_the_clip(library, engine) -> None:
    for result in ask(library, engine, text="low", length=30.0):
        assert result.end - result.start == pytest.approx(min(30.0, result.track.duration))
        assert 0 <= result.start <= result.end <= result.track.duration


def test_clip_that_ends_with_the_track_is_moved_back_into_it(library, engine) -> None:
    part = next(r for r in ask(library, engine, text="high", length=20.0) if r.track.name == "both")
    assert (part.start, part.end) == (20.0, 40.0)


def test_video_gives_the_order_and_the_length(library, engine, tmp_path) -> None:
    dark = write_video(tmp_path / "dark.mkv", [0.08, 0.08])
    results = ask(library, engine, video=dark)
    assert names(results)[0] == "low"
    assert results[0].end - results[0].start == pytest.approx(12.0)  # the whole of a 12 s track, for a 20 s clip
    bright = write_video(tmp_path / "bright.mkv", [0.08, 0.92])
    results = ask(library, engine, video=bright, start=10.0)
    assert names(results)[0] == "high"
    assert {r.end - r.start for r in results if r.track.name in ("low", "mid")} == {10.0}


def test_embedded_video_is_taken_as_it_is(library, engine) -> None:
    assert names(ask(library, engine, video=np.stack([embed(2.0)] * 2)))[0] == "low"


def test_range_outside_the_video_is_bad_input(library, engine, tmp_path) -> None:
    clip = write_video(tmp_path / "clip.mkv", [0.5])
    for start, end in ((60.0, None), (0.0, 60.0), (5.0, 2.0)):
        with pytest.raises(InputError) as caught:
            ask(library, engine, video=clip, start=start, end=end)
        assert "\n" not in str(caught.value)


def test_long_footage_is_watched_in_parts_with_the_same_result(library, engine, tmp_path, monkeypatch) -> None:
    film = write_video(tmp_path / "film.mkv", [0.1, 0.3, 0.5, 0.7, 0.9], seconds=10.0)
    from plugin.suggest import look

    whole = look.look_at(engine, film, 5.0)
    monkeypatch.setattr(look, "CHUNK_SEGMENTS", 1)
    parts = look.look_at(engine, film, 5.0)
    np.testing.assert_allclose(parts.embedding, whole.embedding, atol=1e-5)
    assert [word for word, _ in parts.moods] == [word for word, _ in whole.moods]
    np.testing.assert_allclose([s for _, s in parts.moods], [s for _, s in whole.moods], atol=0.01)


def test_clip_without_a_picture_is_asked_for_by_its_sound(library, engine, tmp_path) -> None:
    for name, frequency in (("low", 85), ("high", 4100)):
        clip = write_wav(tmp_path / "clip.wav", tone(frequency, 12))
        assert names(ask(library, engine, video=clip))[0] == name


def test_weights_turn_the_order(library, engine, tmp_path) -> None:
    clip = write_video(tmp_path / "dark.mkv", [0.08])
    for aspect, first in (("video", "low"), ("text", "high")):
        weights = {"video": 0.1, "text": 0.1} | {aspect: 3.0}
        results = ask(library, engine, video=clip, text="high", weights=weights)
        assert names(results)[0] == first
        assert set(results[0].aspects) == {"video", "text"}


def test_cosines_by_aspect_are_plain(library, engine) -> None:
    best = ask(library, engine, text="low", length=10.0)[0]
    expected = engine.music(tone(80, 10)[None].astype(np.float32)).embedding[0] @ embed(2.0)
    assert best.aspects["text"] == pytest.approx(float(expected), abs=0.01)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(min_length=20), {"mid", "both"}),
        (Filters(max_length=12), {"low", "high"}),
        (Filters(tags=("flute",)), {"high"}),
        (Filters(tags=("Calm ", "bass guitar")), {"low"}),
        (Filters(not_tags=("flute", "piano")), {"low", "both"}),
        (Filters(instrumental=True), {"low", "high", "both"}),
        (Filters(tags=("flute",), min_length=60), set()),
    ],
)
def test_filters_leave_out_what_does_not_pass(library, engine, filters, expected) -> None:
    found = Suggester(library, engine).suggest(Query(text="low", filters=filters))
    # "both" is half low and half high: neither tag, and no piano
    assert {name for name in names(found.results) if name != "both"} == expected - {"both"}
    assert found.considered == len(found.results)
    assert found.total == 4


def test_tempo_and_key_are_those_of_the_store(library, engine) -> None:
    with library.writing() as connection:
        connection.exec_driver_sql("UPDATE tracks SET tempo = NULL, key = NULL")
        connection.exec_driver_sql("UPDATE tracks SET tempo = 100, key = 'A# major' WHERE path LIKE '%low.wav'")
        connection.exec_driver_sql("UPDATE tracks SET tempo = 140, key = 'A minor' WHERE path LIKE '%high.wav'")
    assert names(ask(library, engine, text="low", filters=Filters(tempo=(80, 110)))) == ["low"]
    assert names(ask(library, engine, text="low", filters=Filters(tempo=(80, float("inf"))))) == ["low", "high"]
    assert names(ask(library, engine, text="low", filters=Filters(key="Bb"))) == ["low"]


def test_filters_do_not_change_the_scores(library, engine) -> None:
    free = {r.track.id: r.score for r in ask(library, engine, text="low")}
    filtered = ask(library, engine, text="low", filters=Filters(max_length=12))
    assert {r.track.id: r.score for r in filtered} == {r.track.id: free[r.track.id] for r in filtered}


def test_unknown_tag_names_the_nearest_words(library, engine) -> None:
    with pytest.raises(InputError, match="'flut' is no tag of the vocabulary: did you mean flute"):
        ask(library, engine, text="low", filters=Filters(tags=("flut",)))


def test_tracks_of_other_packs_are_counted_and_never_compared(library, engine, music) -> None:
    write_wav(music / "new.wav", tone(900, 4))
    other = FakeEngine(space="fake-2")
    with pytest.raises(StoreError, match="another model pack: run 'cuefinder index'"):
        ask(library, other, text="low")
    IndexRun(library, other).run([music / "new.wav"])
    found = Suggester(library, other).suggest(Query(text="low"))
    assert names(found.results) == ["new"]
    assert found.stale == 4


def test_missing_tracks_are_not_suggested(library, engine, music) -> None:
    suggester = Suggester(library, engine)
    assert "low" in names(suggester.suggest(Query(text="low")).results)
    (music / "low.wav").unlink()
    IndexRun(library, engine).run([music])
    assert "low" not in names(suggester.suggest(Query(text="low")).results)


def test_empty_library_is_bad_input(tmp_path, engine) -> None:
    with Library(tmp_path / "empty.db", writable=True) as library, pytest.raises(InputError, match="holds no tracks"):
        ask(library, engine, text="low")


def test_another_engine_between_two_questions_is_never_compared_with_the_old_ones_vectors(library, engine) -> None:
    suggester = Suggester(library, engine)
    assert suggester.suggest(Query(text="low")).results
    suggester.engine = FakeEngine(space="fake-2")
    with pytest.raises(StoreError, match="another model pack"):
        suggester.suggest(Query(text="low"))
    suggester.engine = engine
    assert suggester.suggest(Query(text="low")).results
