"""Words, tracks by name, and the search matrix."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEngine, embed, tone, write_wav

import plugin.library.matrix as matrix_module
import plugin.library.words as words_module
from plugin.errors import InputError
from plugin.library.export import write_csv, write_json
from plugin.library.forgetting import forget
from plugin.library.indexing import IndexRun
from plugin.library.matrix import load_matrix
from plugin.library.stats import stats
from plugin.library.store import Library
from plugin.library.tracks import all_tracks, embeddings_of, find_track, get_tracks, spaces
from plugin.library.words import search

pytestmark = pytest.mark.usefixtures("inline_decoding")


@pytest.fixture
def library(tmp_path: Path, music: Path, engine: FakeEngine):
    (music / "mid.lrc").write_text("The café by the running river")
    (music / "words.mp3").write_text("no music")
    with Library(tmp_path / "library.db", writable=True) as library:
        IndexRun(library, engine).run([music])
        yield library


def names(tracks) -> list[str]:
    return [track.name for track in tracks]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("low", ["low"]),
        ("flu", ["high"]),  # the beginning of a tag
        ("piccolo", ["high"]),  # a synonym of a tag
        ("run rivers", ["mid"]),  # stems, in any order
        ("cafe", ["mid"]),  # accents do not count
        ('"running river"', ["mid"]),
        ('"river running"', []),
        ("bass guitar", ["low"]),
        ("high low", []),
        ('lo" OR title:*', []),  # no operators
        ("ambient", []),  # a tag below its threshold is no word of the track
    ],
)
def test_search_finds_tracks_that_hold_all_words(library, words, found) -> None:
    assert names(search(library, words)) == found


def test_title_counts_more_than_caption(library, music, engine) -> None:
    write_wav(music / "register.wav", tone(600, 4))  # all captions hold the word "register"
    IndexRun(library, engine).run([music])
    assert names(search(library, "register"))[0] == "register"
    assert len(search(library, "register", limit=2)) == 2


def test_of_words_that_very_many_tracks_hold_those_in_titles_come_first(library, music, engine, monkeypatch) -> None:
    write_wav(music / "register.wav", tone(600, 4))
    write_wav(music / "zebra.wav", tone(600, 4))
    IndexRun(library, engine).run([music])
    everything = {"low", "mid", "high", "register", "zebra"}
    monkeypatch.setattr(words_module, "MOST", 2)
    found = names(search(library, "register"))  # only the first two would be ranked otherwise
    assert found[0] == "register"
    assert set(found[1:]) < everything
    assert len(found) == len(set(found)) == 3
    assert len(search(library, "register", limit=1)) == 1
    assert names(search(library, "zebra")) == ["zebra"]
    monkeypatch.setattr(words_module, "MOST", 5)
    assert set(names(search(library, "register"))) == everything


def test_search_for_nothing_is_bad_input(library) -> None:
    with pytest.raises(InputError, match="no word to search for"):
        search(library, ' "" -*')


def test_track_is_found_by_id_path_and_part_of_its_title(library, music) -> None:
    track = find_track(library, "LO")
    assert track.path == music / "low.wav"
    assert find_track(library, str(track.path)) == track
    assert find_track(library, str(track.id)) == track


def test_parts_of_titles_are_found_whatever_their_case_and_after_a_change_of_name(library, music) -> None:
    id_ = find_track(library, "low").id
    (music / "low.wav").rename(music / "Große Ärzte.wav")
    IndexRun(library, FakeEngine()).run([music])
    assert find_track(library, "ROSSE ä").id == id_
    with pytest.raises(InputError, match="no track has"):
        find_track(library, "low")


def test_unclear_and_unknown_names_are_bad_input(library) -> None:
    with pytest.raises(InputError, match="2 tracks fit 'i', name one by its id: "):
        find_track(library, "i")
    with pytest.raises(InputError, match="no track has the id, path or title 'polka'"):
        find_track(library, "polka")


def test_matrix_gives_the_plain_cosines(library, engine) -> None:
    matrix = load_matrix(library, engine.space)
    queries = np.stack([embed(2.0), embed(20.0)])
    with library.reading() as connection:
        blobs = connection.exec_driver_sql("SELECT embedding FROM segments ORDER BY track_id, idx").scalars().all()
    assert len(matrix) == len(blobs) == 6  # 2 + 3 + 1 segments
    rows = np.frombuffer(b"".join(blobs), "<f2").reshape(6, -1).astype(np.float64)
    expected = queries @ (rows / np.linalg.norm(rows, axis=1, keepdims=True)).T
    cosines = matrix.products(matrix.turned(queries))
    np.testing.assert_allclose(cosines, expected, atol=1e-6)
    found = get_tracks(library, matrix.spans["track"][cosines.argmax(axis=1)].tolist())
    assert [track.name for track in found.values()] == ["low", "high"]
    assert matrix.offsets.tolist() == np.unique(matrix.spans["track"], return_index=True)[1].tolist()
    assert matrix.ids.tolist() == np.unique(matrix.spans["track"]).tolist()


def test_matrix_knows_the_mean_and_the_spread_of_the_tracks(library, engine) -> None:
    matrix = load_matrix(library, engine.space)
    means = np.stack(
        [part.mean(axis=0) for part in np.split(np.hstack([matrix.head, matrix.tail]), matrix.offsets[1:])]
    )
    np.testing.assert_allclose(matrix.centre, means.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(matrix.covariance, np.cov(means.T, bias=True), atol=1e-6)


def test_matrix_is_cached_until_the_library_changes(library, engine, monkeypatch) -> None:
    built = []
    real = matrix_module._build
    monkeypatch.setattr(matrix_module, "_build", lambda *args: built.append(1) or real(*args))
    first = load_matrix(library, engine.space)
    second = load_matrix(library, engine.space)
    assert len(built) == 1
    np.testing.assert_array_equal(first.head, second.head)
    np.testing.assert_array_equal(first.spans, second.spans)
    forget(library, [int(first.spans["track"][0])])
    assert len(load_matrix(library, engine.space)) < len(first)


def test_damaged_cache_is_made_anew(library, engine) -> None:
    whole = load_matrix(library, engine.space)
    cache = library.path.with_name(library.path.name + ".segments")
    data = cache.read_bytes()
    for damaged in (data[:300], data[: len(data) - 10], b"", b"no matrix at all" * 50):
        cache.write_bytes(damaged)
        np.testing.assert_array_equal(load_matrix(library, engine.space).head, whole.head)


def test_what_a_killed_process_left_of_a_cache_is_swept_away(library, engine) -> None:
    cache = library.path.with_name(library.path.name + ".segments")
    old, young = (cache.with_name(f"{cache.name}.{name}.tmp") for name in ("old", "young"))
    for left in (old, young):
        left.write_bytes(b"half of it")
    os.utime(old, (1, 1))
    load_matrix(library, engine.space)
    assert (old.exists(), young.exists(), cache.exists()) == (False, True, True)


def test_processes_that_search_one_library_share_the_cache_and_keep_what_they_mapped(library, engine) -> None:
    with Library(library.path) as other:
        first, second = load_matrix(library, engine.space), load_matrix(other, engine.space)
        kept = np.array(first.head)
        forget(library, [int(first.ids[0])])
        assert len(load_matrix(other, engine.space).ids) == len(load_matrix(library, engine.space).ids) == 2
        np.testing.assert_array_equal(first.head, kept)
        np.testing.assert_array_equal(second.head, kept)


def test_search_works_where_the_cache_cannot_be_kept(library, engine, monkeypatch, caplog) -> None:
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(matrix_module, "write_arrays", full)
    assert len(load_matrix(library, engine.space)) == 6
    assert "No space left" in caplog.text


def test_matrix_never_mixes_spaces_and_leaves_missing_tracks_out(library, engine, music) -> None:
    write_wav(music / "new.wav", tone(900, 4))
    IndexRun(library, FakeEngine(space="fake-2")).run([music / "new.wav"])
    assert spaces(library) == {"fake-1": 3, "fake-2": 1}
    assert len(load_matrix(library, "fake-2")) == 1
    (music / "low.wav").unlink()
    (music / "low.lrc").unlink(missing_ok=True)
    IndexRun(library, FakeEngine(space="fake-2")).run([music])
    assert spaces(library) == {"fake-1": 1, "fake-2": 3}
    assert len(load_matrix(library, "fake-1")) == 0
    assert len(load_matrix(library, "fake-2")) == 5


def test_forgotten_track_leaves_nothing_and_its_id_is_not_used_again(library, music, engine) -> None:
    track = find_track(library, "low")
    forget(library, [track.id])
    assert search(library, "low") == []
    assert embeddings_of(library, [track.id], engine.space) == {}
    IndexRun(library, engine).run([music])
    assert find_track(library, "low").id > track.id
    assert (music / "low.wav").exists()


def test_stats_count_what_is_there(library) -> None:
    found = stats(library)
    assert found["tracks"] == {"indexed": 3, "silent": 0, "failed": 1, "missing": 0}
    assert found["segments"] == 6
    assert found["hours"] == pytest.approx(41 / 3600)
    assert found["tags"]["instrument"] == {"bass guitar": 1, "flute": 1, "piano": 1}


def test_export_holds_every_track(library, music) -> None:
    text = io.StringIO(newline="")
    write_csv(all_tracks(library), text)
    rows = list(csv.DictReader(io.StringIO(text.getvalue(), newline="")))
    assert [row["path"] for row in rows] == sorted(str(path) for path in music.rglob("*.[wm][ap][v3]"))
    assert {Path(row["path"]).stem: (row["status"], row["tags"].split(", ")[0]) for row in rows} == {
        "low": ("indexed", "instrumental"),
        "mid": ("indexed", "piano"),
        "high": ("indexed", "instrumental"),
        "words": ("failed", ""),
    }
    text = io.StringIO()
    write_json(all_tracks(library), text)
    assert [track["path"] for track in json.loads(text.getvalue())] == [row["path"] for row in rows]


def test_export_of_an_empty_library_is_an_empty_table(tmp_path) -> None:
    with Library(tmp_path / "empty.db", writable=True) as library:
        text = io.StringIO()
        write_json(all_tracks(library), text)
    assert json.loads(text.getvalue()) == []
