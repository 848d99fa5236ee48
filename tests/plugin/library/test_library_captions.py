"""Sentences vary: no recording of a library has the sentence of another one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeEngine, tone, write_wav

from plugin.library.captions import caption_taken
from plugin.library.indexing import IndexRun
from plugin.library.store import Library
from plugin.library.tracks import all_tracks
from plugin.runtime.engine import MusicFeatures

pytestmark = pytest.mark.usefixtures("inline_decoding")


class Laconic(FakeEngine):
    """Says "Music." of everything, and counts on where that is taken."""

    facts: Sequence[str] = ()

    def caption(
        self, features: MusicFeatures, *, taken: Callable[[str], bool] | None = None, facts: Sequence[str] = (),
        **_: Any,
    ) -> str:  # fmt: skip
        self.facts = facts
        for number in range(1, 10):
            sentence = f"Music {number}."
            if taken is None or not taken(sentence):
                return sentence
        raise AssertionError("all are taken")


@pytest.fixture
def library(tmp_path: Path):
    with Library(tmp_path / "library.db", writable=True) as library:
        yield library


def captions(library: Library) -> dict[str, str]:
    return {track.path.name: track.caption for track in all_tracks(library)}


def test_each_recording_has_its_own_sentence_and_a_copy_has_the_same(library: Library, music: Path) -> None:
    shutil.copy(music / "low.wav", music / "copy.wav")
    IndexRun(library, Laconic()).run([music])
    found = captions(library)
    assert found["copy.wav"] == found["low.wav"]
    assert len(set(found.values())) == 3


def test_a_track_that_is_read_again_may_keep_its_sentence(library: Library, music: Path) -> None:
    engine = Laconic()
    IndexRun(library, engine).run([music])
    before = captions(library)
    write_wav(music / "mid.wav", tone(600, 21))
    assert IndexRun(library, engine).run([music]).indexed == 1
    assert captions(library) == before


def test_sentences_of_an_older_pack_are_free(library: Library, music: Path) -> None:
    """They are written anew in the same run, so the sentences begin again."""
    IndexRun(library, Laconic()).run([music])
    IndexRun(library, Laconic(space="fake-2")).run([music])
    assert sorted(captions(library).values()) == ["Music 1.", "Music 2.", "Music 3."]


def test_tempo_is_handed_on_as_something_more_to_say(library: Library, tmp_path: Path) -> None:
    engine = Laconic()
    beat = np.tile(np.r_[np.ones(800), np.zeros(7200)], 40) * np.random.default_rng(0).normal(0, 0.3, 320_000)
    write_wav(tmp_path / "m/beat.wav", beat.astype(np.float32))
    IndexRun(library, engine).run([tmp_path / "m"])
    assert any(fact.startswith("120 beats a minute") for fact in engine.facts), engine.facts
    assert any(fact.startswith("in ") for fact in engine.facts), engine.facts


def test_asking_for_a_sentence_uses_the_index(library: Library) -> None:
    assert not caption_taken(library, "fake-1", Path("/a.wav"), np.ones(256, np.float32), "Music.")
    with library.reading() as connection:
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN SELECT embedding FROM tracks WHERE caption = 'x' "
                                          "AND space = 'y' AND path != 'z'").all()  # fmt: skip
    assert "tracks_by_caption" in str(plan)
