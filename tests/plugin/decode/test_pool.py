"""Decoding in other processes: nothing that one file does touches the others, and nothing is left behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import decode_hooks
import numpy as np
import pytest
from media_maker import noise, write_media

from plugin.decode import Block, DecodePool, Failed, Finished, Started, decode_file, read_audio
from plugin.errors import CuefinderError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def no_process_is_left():
    yield
    assert multiprocessing.active_children() == []


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("songs")
    return [
        write_media(folder / f"{number}.flac", noise(3 + number, seed=number)[None], codec="flac")
        for number in range(5)
    ]


def is_running(pid):
    """Tell whether a process runs; a zombie that waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(is_true, seconds=10.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not is_true():
        time.sleep(0.02)
    return is_true()


def test_events_of_each_file_are_those_of_decoding_it_here(songs):
    with DecodePool(workers=2, rate=8000, block_seconds=1.5) as pool:
        events = list(pool.decode(songs))
    for song in songs:
        got = [event for event in events if event.path == song]
        wanted = list(decode_file(song, 8000, 1.5))
        assert [type(event) for event in got] == [type(event) for event in wanted]
        for mine, other in zip(got, wanted, strict=True):
            if isinstance(mine, Block):
                assert mine.start == other.start
                np.testing.assert_array_equal(mine.samples, other.samples)
                assert mine.samples.flags.writeable
            else:
                assert mine == other


@pytest.mark.parametrize("workers", [1, 2])
def test_no_more_files_at_once_than_workers(workers, songs):
    running, most, ended, taken = set(), 0, 0, []

    def paths():
        for song in songs:
            taken.append(song)
            yield song

    with DecodePool(workers=workers, block_seconds=1) as pool:
        for event in pool.decode(paths()):
            if isinstance(event, Started):
                running.add(event.path)
            most = max(most, len(running))
            assert len(taken) - ended <= workers
            if isinstance(event, Finished):
                running.remove(event.path)
                ended += 1
    assert (running, taken) == (set(), songs)
    assert 1 <= most <= workers


def test_pool_is_used_again_and_again_with_the_same_processes(songs):
    with DecodePool(workers=1) as pool:
        first = list(pool.decode(songs[:1]))
        children = multiprocessing.active_children()
        assert list(pool.decode([])) == []
        second = list(pool.decode([str(song) for song in songs[:2]]))
        assert multiprocessing.active_children() == children
    assert [type(event) for event in first] == [Started, Block, Finished]
    assert [type(event) for event in second] == [Started, Block, Finished] * 2


def test_file_that_cannot_be_read_fails_alone_with_its_reason(songs, tmp_path):
    (tmp_path / "text.mp3").write_text("no music")
    with DecodePool() as pool:
        events = list(pool.decode([songs[0], tmp_path / "text.mp3", tmp_path / "missing.mp3", songs[1]]))
    assert {event.path for event in events if isinstance(event, Finished)} == set(songs[:2])
    assert {(event.path.name, event.reason) for event in events if isinstance(event, Failed)} == {
        ("text.mp3", "not a media file, or damaged beyond reading"),
        ("missing.mp3", "no such file"),
    }


def test_crashes_bugs_and_hangs_cost_only_their_own_file(songs, tmp_path):
    bad = [tmp_path / name for name in ("crash", "hang", "segfault", "bug")]
    order = [songs[0], bad[0], bad[1], songs[1], bad[2], bad[3], songs[2]]
    with DecodePool(workers=2, deadline=3, decode=decode_hooks.misbehave) as pool:
        events = list(pool.decode(order))
        assert [type(event) for event in pool.decode(songs[:1])] == [Started, Block, Finished]
    ends = [event for event in events if isinstance(event, Finished | Failed)]
    assert sorted(event.path for event in ends) == sorted(order)
    assert {event.path.name: event.reason for event in ends if isinstance(event, Failed)} == {
        "crash": "the decoder crashed (exit status 3)",
        "hang": "the decoder hung: silent for 3 s",
        "segfault": "the decoder crashed (Segmentation fault)",
        "bug": "the decoder crashed (exit status 1)",
    }
    for path in bad:  # what came before the crash was not lost
        assert [type(event) for event in events if event.path == path] == [Block, Failed]


def test_file_that_fills_the_memory_costs_only_itself(songs, tmp_path):
    order = [songs[0], tmp_path / "greedy", songs[1], tmp_path / "greedy", songs[2]]
    with DecodePool(workers=2, memory=400 * 2**20, decode=decode_hooks.misbehave) as pool:
        events = list(pool.decode(order))
    assert [event.path for event in events if isinstance(event, Finished)] == songs[:3]
    reasons = [event.reason for event in events if isinstance(event, Failed)]
    assert reasons == ["the decoder took more than 400 MiB of memory"] * 2


def test_slow_consumer_is_not_a_hung_decoder(songs):
    with DecodePool(workers=2, block_seconds=1.0, deadline=2) as pool:
        ends = []
        for event in pool.decode(songs[:2]):
            if isinstance(event, Finished | Failed):
                ends.append(type(event))
            elif event.path == songs[0] and isinstance(event, Block) and event.start == 0:
                time.sleep(2.5)
    assert ends == [Finished, Finished]


def test_decoder_waits_for_its_consumer(tmp_path):
    with DecodePool(workers=1, rate=16000, block_seconds=60.0, decode=decode_hooks.endless) as pool:
        events = pool.decode([tmp_path / "log"])
        for _ in range(3):
            next(events)
        time.sleep(0.5)
        assert int((tmp_path / "log").read_text().split()[1]) <= 3 + 2


def test_leaving_early_ends_the_work_and_the_pool_goes_on(songs, tmp_path):
    with DecodePool(workers=2, decode=decode_hooks.endless) as pool:
        logs = [tmp_path / "1", tmp_path / "2"]
        events = pool.decode(logs)
        assert wait_until(lambda: next(events) is not None and all(log.exists() for log in logs))
        events.close()
        assert not any(is_running(log.read_text().split()[0]) for log in logs)
        assert isinstance(next(pool.decode([tmp_path / "3"])), Block)
    assert not is_running((tmp_path / "3").read_text().split()[0])


def test_error_in_the_consumer_or_its_paths_leaves_no_process(tmp_path):
    def paths():
        yield tmp_path / "1"
        raise LookupError

    with pytest.raises(LookupError), DecodePool(workers=2, decode=decode_hooks.endless) as pool:
        list(pool.decode(paths()))
    with pytest.raises(ZeroDivisionError), DecodePool(decode=decode_hooks.endless) as pool:
        for _ in pool.decode([tmp_path / "1"]):
            raise ZeroDivisionError


def test_idle_process_that_was_killed_costs_no_file(songs):
    with DecodePool(workers=1) as pool:
        list(pool.decode(songs[:1]))
        [child] = multiprocessing.active_children()
        child.kill()
        child.join()
        assert isinstance(list(pool.decode(songs[:1]))[-1], Finished)


def test_two_iterations_at_once_are_refused(songs):
    with DecodePool() as pool:
        events = pool.decode(songs)
        next(events)
        with pytest.raises(RuntimeError, match="still decoding"):
            next(pool.decode(songs))
        events.close()


def test_pool_that_cannot_start_says_so_once(tmp_path, monkeypatch):
    ghost = type(sys)("ghost_module")
    exec("def decode(path, rate, block_seconds): yield", ghost.__dict__)
    monkeypatch.setitem(sys.modules, "ghost_module", ghost)  # the other process will not find it
    with (
        pytest.raises(CuefinderError, match=r"cannot start a process for decoding: .*exit status 1"),
        DecodePool(decode=ghost.decode) as pool,
    ):
        list(pool.decode([tmp_path / "a"] * 9))


def test_pool_without_workers_is_refused():
    with pytest.raises(ValueError, match="at least one worker"):
        DecodePool(workers=0)


def test_workers_import_no_models_no_store_and_no_panel(tmp_path):
    with DecodePool(decode=decode_hooks.list_modules) as pool:
        [event] = pool.decode([tmp_path / "a"])
    modules = set(event.reason.split())
    assert "av" in modules
    assert not modules & {"onnxruntime", "torch", "sqlalchemy", "PyQt6", "tokenizers", "pedalboard"}


@pytest.mark.skipif(not hasattr(os, "nice"), reason="priorities are classes here")
def test_workers_leave_the_cores_to_the_window(tmp_path):
    with DecodePool(decode=decode_hooks.tell_priority) as pool:
        [event] = pool.decode([tmp_path / "a"])
    assert int(event.reason) == min(19, os.nice(0) + 5)


def script(tmp_path, hook):
    """Start a program that decodes endlessly; give it and the pids of its two workers."""
    code = f"""
        import sys
        from pathlib import Path
        sys.path[:0] = [{str(ROOT)!r}, {str(Path(__file__).parent)!r}]
        import decode_hooks
        from plugin.decode import DecodePool
        if __name__ == "__main__":
            folder = Path({str(tmp_path)!r})
            try:
                with DecodePool(workers=2, decode=decode_hooks.{hook}) as pool:
                    for event in pool.decode([folder / "1", folder / "2"]):
                        pass
            except KeyboardInterrupt:
                print("interrupted")
    """
    (tmp_path / "program.py").write_text(textwrap.dedent(code))
    program = subprocess.Popen(
        [sys.executable, str(tmp_path / "program.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    logs = [tmp_path / "1", tmp_path / "2"]
    assert wait_until(lambda: all(log.exists() for log in logs), 30)
    return program, [log.read_text().split()[0] for log in logs]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize("hook", ["endless", "stuck"])
def test_workers_end_when_their_parent_is_killed(hook, tmp_path):
    program, workers = script(tmp_path, hook)
    assert all(map(is_running, workers))
    program.kill()
    program.communicate()
    assert wait_until(lambda: not any(map(is_running, workers)))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_ctrl_c_ends_all_without_a_word_from_the_workers(tmp_path):
    program, workers = script(tmp_path, "endless")
    os.killpg(program.pid, signal.SIGINT)
    out, err = program.communicate(timeout=20)
    assert (out, err, program.returncode) == ("interrupted\n", "", 0)
    assert not any(map(is_running, workers))


def test_real_recordings(shared_data):
    paths = sorted((shared_data / "audio").glob("*.ogg"))
    total = dict.fromkeys(paths, 0)
    with DecodePool(workers=2, rate=16000) as pool:
        for event in pool.decode(paths):
            if isinstance(event, Block):
                total[event.path] += event.samples.size
            if isinstance(event, Finished):
                assert event.duration == total[event.path] / 16000
                assert event.warnings == ()
                assert -30 < event.loudness < -8
    assert total[paths[0]] == read_audio(paths[0], 16000).size
    assert min(total.values()) > 60 * 16000
