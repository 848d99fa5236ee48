"""Watching real folders with the system's own events, with an engine of a few lines."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fakes import FakeEngine, tone, write_wav

from plugin.errors import CuefinderError, LockedError, StoreError
from plugin.library import filing, watch
from plugin.library.indexing import IndexRun
from plugin.library.mounts import on_network
from plugin.library.records import Track
from plugin.library.rehearing import Rehearing
from plugin.library.roots import add_root, roots, set_watched
from plugin.library.store import Library
from plugin.library.tracks import all_tracks
from plugin.library.watch import Watcher
from plugin.library.watch_event import WatchEvent
from plugin.library.watch_folders import WatchedFolders

pytestmark = pytest.mark.usefixtures("inline_decoding")

REST = 0.4


class Watching:
    """A watcher that runs on a thread of its own."""

    def __init__(self, library: Path, space: str = "fake-1", **options: object) -> None:
        self.path, self.engine, self.events = library, FakeEngine(space=space), list[WatchEvent]()
        self.locked = threading.Event()
        self._stop = threading.Event()
        self.watcher = Watcher(library, self.engine.space, self._write, self.events.append, rest=REST, **options)
        self.error: CuefinderError | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.watcher.run(self._stop)
        except CuefinderError as error:
            self.error = error

    def join(self) -> None:
        self._thread.join(30)
        assert not self._thread.is_alive(), "the watcher goes on"

    def _write(self, work: Callable[[IndexRun], None]) -> None:
        if self.locked.is_set():
            raise LockedError("the library is being written by process 7")
        with Library(self.path, writable=True) as library:
            work(IndexRun(library, self.engine))

    def tracks(self) -> dict[str, Track]:
        with Library(self.path) as library:
            return {track.path.name: track for track in all_tracks(library)}

    def status(self) -> dict[str, str]:
        return {name: track.status for name, track in self.tracks().items()}

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def wait(self, condition: Callable[[], bool], seconds: float = 20.0) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, f"waited in vain: {self.events} {self.status()}"
            assert self._thread.is_alive(), "the watcher has ended"
            time.sleep(0.05)

    def close(self) -> None:
        self._stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive(), "the watcher does not stop"


@pytest.fixture
def begin(music: Path, tmp_path: Path, monkeypatch) -> Iterator[Callable[..., Watching]]:
    """Start to watch the folder of music; the first walk is done when it returns."""
    monkeypatch.setattr(watch, "ROOTS_SECONDS", 0.1)
    monkeypatch.setattr(watch, "RETRY_SECONDS", 0.2)
    library = tmp_path / "library.db"
    add_root(library, music)
    begun: list[Watching] = []
    before = set(threading.enumerate())

    def start(**options: object) -> Watching:
        watching = Watching(library, **options)
        begun.append(watching)
        watching.wait(lambda: len(watching.tracks()) >= 3)
        return watching

    yield start
    for watching in begun:
        watching.close()
    assert set(threading.enumerate()) <= before, "a thread was left behind"


def test_what_is_there_is_caught_up_with_and_what_comes_is_taken_in(begin, music) -> None:
    watching = begin()
    assert watching.kinds()[0] == "watched"
    write_wav(music / "new" / "deep" / "fourth.wav", tone(900, 1))
    (music / "new" / "cover.jpg").touch()
    write_wav(music / ".hidden" / "fifth.wav", tone(900, 1))
    watching.wait(lambda: len(watching.tracks()) == 4)
    assert watching.status() == dict.fromkeys(["low.wav", "mid.wav", "high.wav", "fourth.wav"], "indexed")
    assert roots(watching.path)[0].scanned_at


def test_a_file_is_read_only_when_it_is_wholly_written(begin, music, tmp_path) -> None:
    watching = begin()
    data = write_wav(tmp_path / "long.wav", tone(900, 6)).read_bytes()
    with (music / "long.wav").open("wb") as file:
        for first in range(0, len(data), len(data) // 12):
            file.write(data[first : first + len(data) // 12])
            file.flush()
            assert "long.wav" not in watching.tracks()
            time.sleep(REST / 3)
    watching.wait(lambda: "long.wav" in watching.tracks())
    assert watching.tracks()["long.wav"].duration == pytest.approx(6.0)
    assert sum(event.report.indexed for event in watching.events if event.report) == 4  # not read before its end


def test_moved_files_and_folders_keep_their_ids_and_are_not_heard_again(begin, music) -> None:
    watching = begin()
    ids, heard = {name: track.id for name, track in watching.tracks().items()}, watching.engine.heard
    (music / "low.wav").rename(music / "sub" / "renamed.wav")
    (music / "sub").rename(music / "elsewhere")
    watching.wait(lambda: {track.path.parent for track in watching.tracks().values()} == {music, music / "elsewhere"})
    assert {name: track.id for name, track in watching.tracks().items()} == {
        "renamed.wav": ids["low.wav"],
        "mid.wav": ids["mid.wav"],
        "high.wav": ids["high.wav"],
    }
    assert watching.engine.heard == heard
    assert set(watching.status().values()) == {"indexed"}


def test_deleted_files_are_missing_and_changed_ones_heard_again(begin, music) -> None:
    watching = begin()
    shutil.rmtree(music / "sub")
    write_wav(music / "low.wav", tone(4000, 8))
    watching.wait(lambda: watching.status()["high.wav"] == "missing")
    watching.wait(lambda: watching.tracks()["low.wav"].caption == "A sound in the high register.")
    assert watching.status()["mid.wav"] == "indexed"


def test_lyrics_alone_are_taken_in(begin, music) -> None:
    watching = begin()
    heard = watching.engine.heard
    (music / "low.lrc").write_text("Rivers run")
    watching.wait(lambda: watching.tracks()["low.wav"].lyrics == "Rivers run")
    (music / "low.lrc").unlink()
    watching.wait(lambda: watching.tracks()["low.wav"].lyrics == "")
    assert watching.engine.heard == heard + 4  # two segments, twice


def test_an_unplugged_folder_loses_nothing_and_is_watched_again_when_it_is_back(begin, music) -> None:
    watching = begin()
    before, heard = watching.tracks(), watching.engine.heard
    away = music.with_name("unplugged")
    music.rename(away)
    watching.wait(lambda: "offline" in watching.kinds())
    music.mkdir()  # its mount point, empty
    watching.wait(lambda: "problem" in watching.kinds())
    assert watching.tracks() == before
    music.rmdir()
    write_wav(away / "came with it.wav", tone(900, 1))
    (away / "mid.wav").unlink()
    away.rename(music)
    watching.wait(lambda: "came with it.wav" in watching.tracks())
    watching.wait(lambda: watching.status()["mid.wav"] == "missing")
    write_wav(music / "later.wav", tone(500, 1))
    watching.wait(lambda: "later.wav" in watching.tracks())
    assert watching.engine.heard == heard + 2


def test_a_folder_that_is_made_anew_is_watched_again(begin, music) -> None:
    watching = begin()
    shutil.rmtree(music)
    write_wav(music / "only.wav", tone(500, 1))
    watching.wait(lambda: "only.wav" in watching.tracks())
    write_wav(music / "later.wav", tone(700, 1))
    watching.wait(lambda: "later.wav" in watching.tracks())


def test_a_burst_of_thousands_is_taken_in_by_few_runs(begin, music) -> None:
    watching = begin()
    sound = (music / "low.wav").read_bytes()
    (music / "many").mkdir()
    for number in range(1500):
        (music / "many" / f"{number}.mp3").write_bytes(b"no music %d" % number)
        (music / "many" / f"{number}.mp3").rename(music / "many" / f"renamed {number}.mp3")
    for number in range(1500):
        (music / "many" / f"renamed {number}.mp3").unlink()
    (music / "many" / "last.wav").write_bytes(sound + b"\0" * 32)
    watching.wait(lambda: "last.wav" in watching.tracks())
    watching.wait(lambda: len(watching.watcher._settling) == 0)
    assert set(watching.status()) == {"low.wav", "mid.wav", "high.wav", "last.wav"}
    assert watching.kinds().count("changes") < 10


def test_events_that_were_lost_are_made_good_by_a_walk(begin, music, monkeypatch) -> None:
    watching = begin()
    monkeypatch.setattr(Watcher, "_hear", lambda *heard: None)  # nothing is heard any more
    write_wav(music / "unheard.wav", tone(900, 1))
    logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed; filesystem events were lost")
    watching.wait(lambda: "unheard.wav" in watching.tracks())
    assert "lost" in watching.kinds()


@pytest.mark.skipif(not Path("/proc/sys/fs/inotify").exists(), reason="needs inotify")
def test_an_overflow_of_the_systems_queue_is_noticed(tmp_path) -> None:
    from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent

    lost = threading.Event()
    with WatchedFolders(lambda path, is_folder: None, lost.set) as folders:
        assert folders.update([tmp_path]) == {tmp_path: "watched"}
        folders._observer._inotify_fd.handle_event(InotifyEvent(-1, InotifyConstants.IN_Q_OVERFLOW, 0, b""))
        assert lost.is_set()


def test_memory_that_runs_full_is_made_good_by_a_walk(begin, music) -> None:
    watching = begin()
    watching.watcher._settling._most = 2
    for number in range(9):
        write_wav(music / f"{number}.wav", tone(300 + 50 * number, 0.5))
    watching.wait(lambda: len(watching.tracks()) == 12)


def test_a_locked_library_is_said_and_tried_again(begin, music) -> None:
    watching = begin()
    watching.locked.set()
    write_wav(music / "new.wav", tone(900, 1))
    watching.wait(lambda: "waiting" in watching.kinds())
    assert next(event.text for event in watching.events if event.kind == "waiting").endswith("by process 7")
    watching.locked.clear()
    watching.wait(lambda: "new.wav" in watching.tracks())


def test_others_may_write_between_two_portions(begin, music, monkeypatch) -> None:
    watching = begin()
    monkeypatch.setattr(watch, "FILES_AT_ONCE", 2)
    before = len(watching.events)
    for number in range(6):
        write_wav(music / f"{number}.wav", tone(300 + 50 * number, 0.5))
    watching.wait(lambda: len(watching.tracks()) == 9)
    watching.wait(lambda: sum(event.report.indexed for event in watching.events[before:] if event.report) == 6)
    assert max(event.report.indexed for event in watching.events[before:] if event.report) == 2


def test_a_disk_that_was_full_for_a_while_costs_no_work_twice(begin, music, monkeypatch) -> None:
    watching = begin()
    real = filing.save_track
    failed: list[Path] = []

    def full_once(library, space, words, analysis):
        if not failed and analysis.file.path.name == "1.wav":
            failed.append(analysis.file.path)
            raise StoreError("cannot use the library (database or disk is full): check the disk")
        return real(library, space, words, analysis)

    monkeypatch.setattr(filing, "save_track", full_once)
    heard = watching.engine.heard
    for number in range(2):
        write_wav(music / f"{number}.wav", tone(300 + 50 * number, 0.5))
    watching.wait(lambda: len(watching.tracks()) == 5)
    assert failed
    assert "waiting" in watching.kinds()
    # The file that was not kept is heard again; the other is where it was heard but not written by then.
    assert watching.engine.heard <= heard + 4
    kept = watching.engine.heard
    (music / "sub" / "more.wav").write_bytes((music / "0.wav").read_bytes())
    watching.wait(lambda: len(watching.tracks()) == 6)
    assert watching.engine.heard == kept + 1


def test_tracks_of_another_pack_are_heard_again_at_the_start(begin, music) -> None:
    first = begin()
    first.close()
    second = begin(space="fake-2")
    second.wait(lambda: {track.space for track in second.tracks().values()} == {"fake-2"})
    assert second.engine.heard == first.engine.heard


def test_polling_finds_the_same(begin, music) -> None:
    watching = begin(poll=True, poll_seconds=0.2)
    assert watching.kinds()[0] == "polled"
    id_ = watching.tracks()["low.wav"].id
    (music / "low.wav").rename(music / "moved.wav")
    (music / "mid.wav").unlink()
    write_wav(music / "new.wav", tone(900, 1))
    watching.wait(lambda: watching.status().get("mid.wav") == "missing" and "new.wav" in watching.tracks())
    watching.wait(lambda: "moved.wav" in watching.tracks())
    assert watching.tracks()["moved.wav"].id == id_


def test_a_folder_no_longer_watched_is_left_alone(begin, music, tmp_path) -> None:
    watching = begin()
    other = tmp_path / "other"
    write_wav(other / "there.wav", tone(500, 1))
    add_root(watching.path, other)
    watching.wait(lambda: "there.wav" in watching.tracks())
    set_watched(watching.path, music, False)
    watching.wait(lambda: music not in watching.watcher._walks)
    write_wav(music / "unwatched.wav", tone(900, 1))
    write_wav(other / "watched.wav", tone(700, 1))
    watching.wait(lambda: "watched.wav" in watching.tracks())
    assert "unwatched.wav" not in watching.tracks()


def test_where_the_system_takes_no_more_watches_folders_are_polled(tmp_path, monkeypatch) -> None:
    class FullObserver:
        def start(self) -> None: ...
        def stop(self) -> None: ...
        def join(self) -> None: ...
        def schedule(self, *arguments: object, **options: object) -> None:
            raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr("plugin.library.watch_folders.Observer", FullObserver)
    with WatchedFolders(lambda path, is_folder: None, lambda: None) as folders:
        assert folders.update([tmp_path]) == {tmp_path: "polled"}


def test_network_drives_are_known_by_their_file_system(monkeypatch) -> None:
    mounts = [("/", "ext4", "rw"), ("/nas", "cifs", "rw"), ("/nas/disk", "ext4", "rw"), ("/usb", "fuseblk", "rw"),
              ("/srv/music", "nfs4", "ro"), ("/sshfs", "fuse.sshfs", "rw"), ("/z", "NTFS", "rw,remote")]  # fmt: skip
    rows = [SimpleNamespace(mountpoint=point, fstype=kind, opts=opts) for point, kind, opts in mounts]
    monkeypatch.setattr("psutil.disk_partitions", lambda all: rows)
    asked = ["/home", "/nas", "/nas/music", "/nas/disk/music", "/usb/music", "/srv/music", "/srv", "/sshfs", "/z/m"]
    assert [path for path in asked if on_network(Path(path))] == ["/nas", "/nas/music", "/srv/music", "/sshfs", "/z/m"]
    assert os.sep == "/" or on_network(Path("\\\\server\\music"))


def test_watching_with_old_models_ends_when_the_library_was_heard_again_with_new_ones(begin, music) -> None:
    watching = begin()
    new = FakeEngine(space="fake-2")
    Rehearing(watching.path, new).run()
    assert Rehearing(watching.path, new).adopt() == 3
    watching.join()
    assert "heard again with other models: begin to watch anew" in str(watching.error)
    assert {track.space for track in watching.tracks().values()} == {"fake-2"}
