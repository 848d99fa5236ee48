"""Tracks to take after, and to keep away from."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from fakes import tone, write_wav
from questions import ask, names

from plugin.errors import InputError
from plugin.library.indexing import IndexRun
from plugin.library.tracks import all_tracks, embeddings_of
from plugin.suggest.aspects import find_aspects
from plugin.suggest.query import AWAY, Query

pytestmark = pytest.mark.usefixtures("inline_decoding")


def test_reference_finds_its_like_but_not_itself(library, engine, music) -> None:
    write_wav(music / "near.wav", tone(85, 7))
    IndexRun(library, engine).run([music])
    heard = engine.heard
    results = ask(library, engine, like=(music / "low.wav",))
    assert names(results)[0] == "near"
    assert "low" not in names(results)
    assert engine.heard == heard  # known from the library


def test_reference_from_outside_the_library_is_heard(library, engine, tmp_path) -> None:
    outside = write_wav(tmp_path / "outside.wav", tone(4400, 6))
    assert names(ask(library, engine, like=(outside,)))[0] == "high"


def test_copy_of_the_reference_is_no_suggestion(library, engine, music, tmp_path) -> None:
    shutil.copy(music / "low.wav", tmp_path / "copy.wav")
    assert "low" not in names(ask(library, engine, like=(tmp_path / "copy.wav",)))


def test_silent_reference_is_bad_input(library, engine, tmp_path) -> None:
    silent = write_wav(tmp_path / "silent.wav", tone(80, 3, level=0.0))
    with pytest.raises(InputError, match="silent"):
        ask(library, engine, like=(silent,))


def test_a_track_to_keep_away_from_pushes_its_like_down_and_is_no_suggestion(library, engine, music) -> None:
    write_wav(music / "mixed.wav", (tone(600, 14) + tone(4000, 14)) / 2)
    IndexRun(library, engine).run([music])
    assert names(ask(library, engine, text="mid high"))[0] == "mixed"
    unlike = (music / "sub" / "high.wav",)
    away = ask(library, engine, text="mid high", unlike=unlike)
    assert names(away)[:2] == ["mixed", "mid"]  # words count more
    assert away[0].aspects["reference"] < -0.5
    assert away[0].score - away[1].score < 0.1
    further = names(ask(library, engine, text="mid high", unlike=unlike, weights={"reference": 2}))
    assert further[0] == "mid"
    assert "high" not in names(away) + further


def test_seeds_to_like_count_together(library, engine, music) -> None:
    found = names(ask(library, engine, like=(music / "low.wav", music / "sub" / "high.wav")))
    assert found[0] == "both"
    assert not {"low", "high"} & set(found)


def test_many_seeds_give_the_direction_of_rocchio(library, engine, music) -> None:
    paths = {name: music / f"{name}.wav" for name in ("low", "mid", "both")}
    like, unlike = (paths["low"], paths["mid"]), (paths["both"],)
    found = find_aspects(engine, library, Query(like=like, unlike=unlike))
    ids = {track.path: track.id for track in all_tracks(library)}
    vectors = embeddings_of(library, ids.values(), "fake-1")
    plus = sum(vectors[ids[path]] for path in like)
    expected = plus / np.linalg.norm(plus) - AWAY * vectors[ids[paths["both"]]]
    np.testing.assert_allclose(found.embeddings[0], expected / np.linalg.norm(expected), atol=1e-6)
    assert found.seed_ids == tuple(ids[path] for path in (*like, *unlike))


def test_a_seed_on_a_drive_that_is_away_is_known_from_the_library(library, engine, music) -> None:
    write_wav(music / "near.wav", tone(85, 7))
    IndexRun(library, engine).run([music])
    before = ask(library, engine, like=(music / "low.wav",))
    (music / "low.wav").unlink()
    assert names(ask(library, engine, like=(music / "low.wav",))) == names(before)
    with pytest.raises(InputError, match=r"none\.wav"):
        ask(library, engine, like=(music / "none.wav",))


def test_a_seed_that_changed_since_is_heard_again_and_still_no_suggestion(library, engine, music) -> None:
    write_wav(music / "low.wav", tone(4200, 9))
    results = ask(library, engine, like=(music / "low.wav",))
    assert names(results)[0] == "high"
    assert "low" not in names(results)


def test_what_to_keep_away_from_alone_counts_less_than_the_words() -> None:
    away = Query(text="low", unlike=(Path("a.wav"),))
    assert (away.weight("text"), away.weight("reference")) == (1.0, AWAY)
    assert Query(text="low", unlike=(Path("a.wav"),), weights={"reference": 2.0}).weight("reference") == 2 * AWAY
    assert Query(like=(Path("b.wav"),), unlike=(Path("a.wav"),)).weight("reference") == 1.0


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ({"unlike": (Path("a.wav"),)}, "to keep away from a track is not enough"),
        ({"like": (Path("a.wav"),), "unlike": (Path("a.wav"),)}, "a.wav: it cannot be liked and disliked at once"),
    ],
)
def test_seeds_that_say_nothing_are_bad_input(question, line) -> None:
    with pytest.raises(InputError, match=line):
        Query(**question)
