"""Several files through one pipeline: the same as each alone, bounded, and no thread is left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEngine, tone, write_wav

from plugin.analysis import TrackAnalyser, TrackFeatures
from plugin.errors import PackError, StoreError
from plugin.library import filing
from plugin.library.indexing import IndexRun
from plugin.library.pipeline import FILES_WAITING, SECONDS_WAITING, Pipeline
from plugin.library.progress import Progress
from plugin.library.store import Library
from plugin.library.tracks import all_tracks
from plugin.paths import pack_dir
from plugin.runtime.engine import Engine

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library.db", writable=True) as library:
        yield library


def sounds(rate: int) -> list[np.ndarray]:
    """Short and long, whole segments and not, and silence."""
    lengths = (25, 4, 30, 13, 61, 10, 5)
    made = [tone(200 * (n + 1), seconds, rate=rate).astype(np.float32) for n, seconds in enumerate(lengths)]
    return [*made[:-1], made[-1] * 0]


def alone(engine, sound: np.ndarray, block: int) -> TrackFeatures:
    analyser = TrackAnalyser(engine)
    for start in range(0, len(sound), block):
        analyser.feed(sound[start : start + block])
    return analyser.finish()


def together(engine, many: list[np.ndarray], block: int) -> dict[int, TrackFeatures]:
    """Hear the sounds as if decoded side by side."""
    analysers, found = [TrackAnalyser(engine) for _ in many], {}
    with Pipeline(engine) as pipeline:
        for start in range(0, max(map(len, many)), block):
            for number, (sound, analyser) in enumerate(zip(many, analysers, strict=True)):
                if start < len(sound):
                    pipeline.hear(analyser, sound[start : start + block])
                    if start + block >= len(sound):
                        pipeline.finish(analyser, lambda n=number, one=analyser: found.__setitem__(n, one.features()))
    return found


def assert_same(one: TrackFeatures, other: TrackFeatures, tolerance: float) -> None:
    assert (one.duration, one.tempo, one.key, one.caption) == (other.duration, other.tempo, other.key, other.caption)
    for name in ("starts", "ends", "peaks"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for name in ("embeddings", "segment_tags", "embedding", "tags", "onset", "chroma"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=tolerance, err_msg=name)


def test_files_in_one_batch_are_heard_as_each_alone() -> None:
    engine = FakeEngine()
    many = sounds(engine.rate)[:-1]
    found = together(engine, many, 7 * engine.rate)
    assert len(found) == len(many)
    for number, sound in enumerate(many):
        assert_same(found[number], alone(engine, sound, 7 * engine.rate), 0.0)


def test_shipped_models_hear_batches_across_files_as_each_alone() -> None:
    engine = Engine(pack_dir(), device="cpu", parts={})
    many = sounds(engine.rate)[:3]
    found = together(engine, many, 20 * engine.rate)
    for number, sound in enumerate(many):
        assert_same(found[number], alone(engine, sound, 20 * engine.rate), 1e-5)


def test_segments_of_several_files_go_to_the_models_together(monkeypatch) -> None:
    engine, batches, first = FakeEngine(), [], threading.Event()
    real = engine.music

    def music(windows):
        batches.append(len(windows))
        assert first.wait(PATIENCE)
        return real(windows)

    monkeypatch.setattr(engine, "music", music)
    analysers = [TrackAnalyser(engine) for _ in range(9)]
    with Pipeline(engine) as pipeline:
        for analyser in analysers:
            pipeline.hear(analyser, tone(300, 10).astype(np.float32))
        first.set()
    assert sum(batches) == 9
    assert max(batches) >= 4


def test_decoding_waits_for_slow_models(monkeypatch) -> None:
    engine, slow, fed = FakeEngine(), threading.Event(), []
    real = engine.music
    monkeypatch.setattr(engine, "music", lambda windows: slow.wait(PATIENCE) and real(windows))
    block = tone(300, 60).astype(np.float32)

    def feed(pipeline: Pipeline) -> None:
        analyser = TrackAnalyser(engine)
        for _ in range(20):
            pipeline.hear(analyser, block)
            fed.append(60)

    with Pipeline(engine) as pipeline:
        feeder = threading.Thread(target=feed, args=(pipeline,))
        feeder.start()
        feeder.join(0.7)
        assert sum(fed) <= SECONDS_WAITING + 120  # what waits, and what is being heard
        slow.set()
        feeder.join(PATIENCE)
    assert sum(fed) == 1200


def test_models_wait_for_a_slow_writer(library, engine, inline_decoding, tmp_path, monkeypatch) -> None:
    folder, slow, heard = tmp_path / "many", threading.Event(), []
    for number in range(30):
        write_wav(folder / f"{number:02}.wav", tone(200 + 10 * number, 0.5))
    real = filing.save_track

    def save(*args):
        assert slow.wait(PATIENCE)
        return real(*args)

    def watch(progress: Progress) -> None:
        if progress.audio_seconds >= 15:  # all is decoded
            heard.append(engine.heard)
        if len(heard) > 4:
            slow.set()

    monkeypatch.setattr(filing, "save_track", save)
    report = IndexRun(library, engine, on_progress=watch).run([folder])
    assert report.indexed == 30
    assert heard[4] <= FILES_WAITING + 1 + 8  # waiting, being written, and a batch whose files wait for room


def test_failing_model_fails_the_run(library, engine, music, inline_decoding, monkeypatch) -> None:
    def broken(windows):
        raise PackError("the model is broken")

    monkeypatch.setattr(engine, "rhythm", broken)
    run = IndexRun(library, engine)
    with pytest.raises(PackError, match="broken"):
        run.run([music])
    assert (run.report.indexed, list(all_tracks(library))) == (0, [])


def test_error_of_the_writer_comes_out_and_what_was_kept_is_kept(
    library, engine, music, inline_decoding, monkeypatch
) -> None:
    real, kept = filing.save_track, []

    def second_fails(*args):
        if kept:
            raise StoreError("the disk is full")
        kept.append(real(*args))

    monkeypatch.setattr(filing, "save_track", second_fails)
    run = IndexRun(library, engine)
    with pytest.raises(StoreError, match="full"):
        run.run([music])
    assert (run.report.indexed, len(list(all_tracks(library)))) == (1, 1)


@pytest.mark.parametrize("error", [KeyboardInterrupt, LookupError])
def test_error_of_who_watches_ends_the_run_with_a_report_that_is_right(
    error, library, engine, music, inline_decoding
) -> None:
    def stop(progress: Progress) -> None:
        if progress.audio_seconds > 20:
            raise error

    run = IndexRun(library, engine, on_progress=stop)
    with pytest.raises(error):
        run.run([music])
    assert run.report.indexed == len(list(all_tracks(library))) < 3
    assert run.report.seconds > 0
    assert run.report.audio_seconds > 0
