"""The library's page over real libraries, with a fake of the models only where a test needs them slow or failing."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import wave
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent, QGuiApplication
from PyQt6.QtWidgets import QAbstractItemView, QMessageBox, QPushButton, QTableWidget

from gui.library import indexing
from gui.library.first_start import FirstStart
from gui.library.folders import STATE, TRACKS, WATCH
from gui.library.page import LibraryPage
from gui.library.upkeep_dialogs import RestoreDialog
from gui.models.cancellation import Cancellation
from gui.models.engines import Engines
from gui.models.library import read_library
from gui.models.service import IndexState, LibraryService
from gui.models.upkeep import backup_words, repair_words
from plugin.errors import DeviceError
from plugin.library import watch
from plugin.library.backups import backups
from plugin.library.dropping import Forgotten, drop_tracks
from plugin.library.lock import WriterLock
from plugin.library.progress import IndexReport
from plugin.library.rebuilding import RepairReport
from plugin.library.roots import roots
from plugin.library.store import Library
from plugin.library.tracks import all_tracks
from plugin.library.watch_event import WatchEvent
from plugin.paths import library_path

WAIT = {"timeout": 60_000}


class Page(LibraryPage):
    """The page, with all that it says."""

    def __init__(self, service: object, tasks: object) -> None:
        super().__init__(service, tasks)
        self.said: list[str] = []
        self.failed: list[str] = []
        self.news.connect(self.said.append)
        self.problem.connect(self.failed.append)


class SlowService:
    """A service whose index run lasts until `gate` is set."""

    def __init__(self) -> None:
        self.path = library_path()
        self.gate = threading.Event()
        self.asked: list[tuple[list[Path], bool]] = []
        self.error: Exception | None = None

    def index(self, paths: list[Path], on_state: Callable[[IndexState], None], run: Cancellation,
              *, retry: bool = False) -> IndexReport:  # fmt: skip
        self.asked.append((list(paths), retry))
        if self.error is not None:
            raise self.error
        on_state(IndexState(3, 9, 1, 0.4, 61.0, 33.0, 12.0, "a.mp3: damaged"))
        while not (run.cancelled or self.gate.wait(0.01)):
            pass
        return IndexReport(indexed=3, failures=[(Path("/m/a.mp3"), "damaged")] if not run.cancelled else [])

    def watch(self, write: object, on_event: Callable[[WatchEvent], None], stop: threading.Event) -> None:
        if self.error is not None:
            raise self.error
        on_event(WatchEvent("lost"))
        on_event(WatchEvent("waiting", text="the library is being written by process 7"))
        stop.wait()


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    write_chord(folder / "minor.wav", [220, 261.6, 329.6])
    (folder / "broken.mp3").write_text("This is no music. " * 50)
    return folder


def write_chord(path: Path, notes: list[float], seconds: float = 6.0, rate: int = 16000) -> None:
    time = np.arange(round(seconds * rate)) / rate
    sound = sum(np.sin(2 * np.pi * note * time) for note in notes) * np.exp(-(time % 0.5) * 4)
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((sound / np.abs(sound).max() * 2e4).astype("<i2").tobytes())


@pytest.fixture
def slow() -> SlowService:
    return SlowService()


@pytest.fixture
def open_page(qtbot, tasks) -> Iterator[Callable[[object], Page]]:
    pages: list[Page] = []

    def open_one(service: object) -> Page:
        page = Page(service, tasks)
        qtbot.addWidget(page)
        page.show()
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        page.shut_down()


def folder_texts(page: LibraryPage, column: int) -> list[str]:
    return [page.folders.item(row, column).text() for row in range(page.folders.rowCount())]


def drop(widget: object, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    widget.dropEvent(QDropEvent(QPointF(1, 1), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                                Qt.KeyboardModifier.NoModifier))  # fmt: skip


def button(box: QMessageBox, text: str) -> QPushButton:
    return next(found for found in box.findChildren(QPushButton) if text in found.text())


def test_real_folders_are_indexed_watched_and_removed(qtbot, open_page, music, monkeypatch) -> None:
    monkeypatch.setattr(watch, "ROOTS_SECONDS", 0.1)
    monkeypatch.setattr(watch, "REST_SECONDS", 0.5)
    service = LibraryService(library_path(), Engines(device="cpu"))
    service.watch = partial(_quick_watch, service)
    page = open_page(service)
    changes: list[bool] = []
    page.library_changed.connect(lambda: changes.append(True))
    page.start()
    drop(page.folders, music)
    qtbot.waitUntil(lambda: page.view.indexed == 1 and folder_texts(page, STATE) == ["Watched"], **WAIT)
    assert [failure.path for failure in page.view.failures] == [music / "broken.mp3"]
    assert page.failures.table.item(0, 0).text() == "broken.mp3"
    assert page.failures.table.item(0, 1).text() == page.view.failures[0].reason != ""
    assert folder_texts(page, TRACKS) == ["2"]
    assert "1 tracks" in page.stats.numbers.text()
    assert page.stats.bars["key"].accessibleDescription().endswith(" 1")
    write_chord(music / "major.wav", [523.3, 659.3, 784])
    qtbot.waitUntil(lambda: page.view.indexed == 2, **WAIT)
    shutil.copy(music / "minor.wav", music / "broken.mp3")  # repaired
    qtbot.waitUntil(lambda: page.view.indexed == 3 and not page.view.failures, **WAIT)
    assert changes
    page.folders.selectRow(0)
    qtbot.mouseClick(page.remove, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(button(page.findChild(QMessageBox), "Forget"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.view.indexed == 0 and page.folders.rowCount() == 0, **WAIT)
    assert sorted(path.name for path in music.iterdir()) == ["broken.mp3", "major.wav", "minor.wav"]
    service.close()


def _quick_watch(service: LibraryService, write: object, on_event: object, stop: threading.Event) -> None:
    space = service.engines.engine().space
    watch.Watcher(service.path, space, write, on_event, rest=0.5).run(stop)


def test_a_removed_folder_keeps_its_tracks_unless_asked(qtbot, open_page, music) -> None:
    service = LibraryService(library_path(), Engines(device="cpu"))
    page = open_page(service)
    page.changes.add([music])
    qtbot.waitUntil(lambda: page.view.indexed == 1 and not page.work.busy, **WAIT)
    page.folders.setFocus()
    page.folders.selectRow(0)
    qtbot.keyClick(page.folders, Qt.Key.Key_Delete)
    box = page.findChild(QMessageBox)
    assert box.defaultButton().text() == "&Remove, Keep Tracks"
    qtbot.mouseClick(box.defaultButton(), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.folders.rowCount() == 0, **WAIT)
    assert page.said[-1].endswith("its tracks stay in the library")
    assert read_library(library_path()).indexed == 1
    service.close()


def test_progress_shows_rate_time_left_and_the_last_problem(qtbot, open_page, slow, music) -> None:
    page = open_page(slow)
    runs: list[bool] = []
    page.indexing.connect(runs.append)
    page.changes.add([music])
    qtbot.waitUntil(lambda: "3 of 9 files" in page.progress.words.text())
    assert page.progress.words.text() == "3 of 9 files · 33× real time · 12 files/min · 1:01 left · 1 failed"
    assert page.progress.problem.text() == "Last failed: a.mp3: damaged"
    assert page.progress.isVisible() and page.stop.isVisible() and not page.index_now.isVisible()
    page.index([music])
    assert page.said[-1] == "Indexing already: stop it first, or wait"
    qtbot.mouseClick(page.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.progress.isVisible())
    assert page.said[-1] == "Stopped: 3 indexed; index again to go on"
    assert runs == [True, False]


def test_index_now_takes_the_selected_folders_or_all_that_are_there(qtbot, open_page, slow, tmp_path) -> None:
    slow.gate.set()
    folders = [tmp_path / name for name in ("a", "b", "c")]
    for folder in folders:
        folder.mkdir()
    page = open_page(slow)
    page.changes.add(folders)
    qtbot.waitUntil(lambda: len(slow.asked) == 1 and not page.work.busy)
    folders[2].rmdir()
    page.refresh()
    qtbot.waitUntil(lambda: "Not there: its tracks are kept" in folder_texts(page, STATE))
    qtbot.mouseClick(page.index_now, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(slow.asked) == 2 and not page.work.busy)
    page.folders.selectRow(1)
    qtbot.mouseClick(page.index_now, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(slow.asked) == 3)
    assert [paths for paths, _ in slow.asked] == [folders, folders[:2], [folders[1]]]


def test_failed_files_are_retried_copied_and_shown(qtbot, open_page, slow, music, monkeypatch) -> None:
    service = LibraryService(library_path(), Engines(device="cpu"))
    for number in range(3):
        (music / f"{number}.mp3").write_text("no music")
    (music / "minor.wav").unlink()
    service.index([music], lambda state: None, Cancellation())
    page = open_page(slow)
    page.refresh()
    table = page.failures.table
    qtbot.waitUntil(lambda: table.rowCount() == 4)
    assert not page.failures.retry_selected.isEnabled()
    table.setFocus()
    table.selectRow(1)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == f"{music / '1.mp3'}: {page.view.failures[1].reason}"
    qtbot.mouseClick(page.failures.retry_selected, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: slow.asked == [([music / "1.mp3"], True)])
    slow.gate.set()
    qtbot.waitUntil(lambda: not page.work.busy)
    qtbot.mouseClick(page.failures.retry_all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(slow.asked) == 2)
    assert len(slow.asked[1][0]) == 4
    opened: list[str] = []
    monkeypatch.setattr("gui.library.failures.QDesktopServices.openUrl", lambda url: not opened.append(url.path()))
    table.selectRow(0)
    page.failures.show_in_folder()
    assert opened == [str(music)]
    shutil.rmtree(music)
    page.failures.show_in_folder()
    assert page.failed[-1] == f"cannot show the folder {music}"
    service.close()


def test_a_retried_file_that_was_repaired_is_indexed(qtbot, open_page, music) -> None:
    service = LibraryService(library_path(), Engines(device="cpu"))
    page = open_page(service)
    page.changes.add([music])
    qtbot.waitUntil(lambda: len(page.view.failures) == 1 and not page.work.busy, **WAIT)
    shutil.copy(music / "minor.wav", music / "broken.mp3")
    qtbot.mouseClick(page.failures.retry_all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.view.indexed == 2 and not page.view.failures, **WAIT)
    service.close()


def test_a_library_locked_by_another_process_is_said_and_tried_again(
    qtbot, open_page, music, monkeypatch
) -> None:  # fmt: skip
    monkeypatch.setattr(indexing, "RETRY_MS", 50)
    service = LibraryService(library_path(), Engines(device="cpu"))
    page = open_page(service)
    with Library(library_path(), writable=True):
        pass
    lock = WriterLock(library_path())
    page.changes.add([music])
    qtbot.waitUntil(lambda: bool(page.failed), **WAIT)
    assert "is being written by process" in page.failed[0]
    assert page.failed[0].endswith("trying again until it is free")
    assert page.stop.isVisible()
    lock.release()
    qtbot.waitUntil(lambda: page.view.indexed == 1, **WAIT)
    service.close()


def test_waiting_for_a_lock_can_be_stopped(qtbot, open_page, music) -> None:
    service = LibraryService(library_path(), Engines(device="cpu"))
    page = open_page(service)
    with Library(library_path(), writable=True):
        page.changes.add([music])
        qtbot.waitUntil(lambda: bool(page.failed), **WAIT)
        qtbot.mouseClick(page.stop, Qt.MouseButton.LeftButton)
        assert not page.stop.isVisible()
    service.close()


def test_watching_is_switched_by_its_box(qtbot, open_page, slow, music) -> None:
    slow.gate.set()
    page = open_page(slow)
    page.changes.add([music])
    qtbot.waitUntil(lambda: page.folders.rowCount() == 1)
    page.folders.item(0, WATCH).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: not page.view.folders[0].watched)
    assert [root.watched for root in roots(library_path())] == [False]


def test_what_the_watcher_meets_is_said(qtbot, open_page, slow) -> None:
    page = open_page(slow)
    page.start()
    qtbot.waitUntil(lambda: bool(page.failed))
    assert page.said == ["So much changed at once that all folders are looked through"]
    assert page.failed == ["the library is being written by process 7"]


def test_models_that_do_not_load_are_said_and_watching_is_tried_again(qtbot, open_page, slow, music) -> None:
    slow.error = DeviceError("no CUDA on this machine")
    page = open_page(slow)
    page.start()
    qtbot.waitUntil(lambda: page.failed == ["no CUDA on this machine"])
    page.changes.add([music])
    qtbot.waitUntil(lambda: len(page.failed) == 2 and not page.work.busy and page.folders.rowCount() == 1)
    slow.error = None
    page.folders.item(0, WATCH).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: page.failed[-1] == "the library is being written by process 7")


def test_folders_that_cannot_be_added_or_changed_are_said(qtbot, open_page, slow, tmp_path) -> None:
    page = open_page(slow)
    page.changes.add([tmp_path / "gone"])
    qtbot.waitUntil(lambda: bool(page.failed))
    assert "gone: there is no such folder" in page.failed[0]
    assert slow.asked == []
    library_path().parent.mkdir(parents=True, exist_ok=True)
    library_path().write_text("This is no library. " * 100)
    page.refresh()
    qtbot.waitUntil(lambda: len(page.failed) == 2)
    assert "damaged or no library" in page.failed[1]


def test_what_changed_waits_for_the_users_run_and_is_then_taken_in(qtbot, open_page, music, tasks) -> None:
    class Both(LibraryService):
        gate = threading.Event()

        def index(self, *arguments: object, **options: object) -> IndexReport:
            self.gate.wait(20)
            return IndexReport(indexed=1)

    service = Both(library_path(), Engines(device="cpu"))
    service.watch = partial(_quick_watch, service)
    page = open_page(service)
    page.start()
    page.changes.add([music])
    waits = "Changes of files are taken in after this index run"
    qtbot.waitUntil(lambda: waits in page.said, **WAIT)
    assert page.view.indexed == 0
    service.gate.set()
    qtbot.waitUntil(lambda: page.view.indexed == 1, **WAIT)
    with Library(library_path()) as library:
        assert {track.status for track in all_tracks(library)} == {"indexed", "failed"}
    service.close()


def test_first_start_offers_folders_and_says_when_suggestions_are_possible(qtbot, tmp_path) -> None:
    start = FirstStart(tmp_path)
    qtbot.addWidget(start)
    start.show()
    chosen: list[list[Path]] = []
    ready: list[bool] = []
    start.folders_chosen.connect(chosen.append)
    start.ready.connect(lambda: ready.append(True))
    assert start.suggested.text() == f"&Use {tmp_path}"
    qtbot.mouseClick(start.suggested, Qt.MouseButton.LeftButton)
    drop(start, tmp_path / "a", tmp_path / "b")
    assert chosen == [[tmp_path], [tmp_path / "a", tmp_path / "b"]]
    start.begin()
    assert not start.choose.isVisible() and start.progress.isVisible()
    start.show_state(IndexState(3, 90, 1, 0.1, 60.0))
    assert start.when.text() == "First suggestions are possible after 3 more tracks, soon."
    for done in (6, 7):
        start.show_state(IndexState(done, 90, 1, 0.1, 60.0))
    assert ready == [True]
    assert start.when.text().startswith("You can ask for suggestions now")
    start.show_choice()
    assert start.choose.isVisible() and not start.progress.isVisible()


def test_a_few_tracks_are_enough_where_there_are_no_more(qtbot, tmp_path) -> None:
    start = FirstStart(tmp_path)
    qtbot.addWidget(start)
    with qtbot.waitSignal(start.ready):
        start.show_state(IndexState(2, 2, 1, 1.0, 0.0))


def test_everything_on_the_page_has_a_name(qtbot, open_page, slow) -> None:
    page = open_page(slow)
    assert all(table.accessibleName() for table in page.findChildren(QTableWidget))
    assert all(found.text() for found in page.findChildren(QPushButton))
    assert page.folders.editTriggers() == QAbstractItemView.EditTrigger.NoEditTriggers


@pytest.fixture
def kept(small_library) -> Iterator[LibraryService]:
    """A library of four tracks in its usual place."""
    library_path().parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(small_library / "library.db", library_path())
    service = LibraryService(library_path(), Engines(device="cpu"))
    yield service
    service.close()


def test_a_sound_library_is_checked_backed_up_and_brought_back(qtbot, open_page, kept) -> None:
    page = open_page(kept)
    page.refresh()
    qtbot.waitUntil(lambda: page.view.indexed == 4)
    page.upkeep.check.trigger()
    qtbot.waitUntil(lambda: page.said[-1:] == ["The library is sound"])
    page.upkeep.back_up.trigger()
    qtbot.waitUntil(lambda: "Backed up to" in page.said[-1])
    with closing(sqlite3.connect(library_path())) as store:
        drop_tracks(store, Forgotten([id_ for (id_,) in store.execute("SELECT id FROM tracks")], []))
        store.commit()
    page.refresh()
    qtbot.waitUntil(lambda: page.view.indexed == 0)
    page.upkeep.restore.trigger()
    qtbot.waitUntil(lambda: page.findChild(RestoreDialog) is not None)
    dialog = page.findChild(RestoreDialog)
    count = dialog.table.count()
    assert count == len(backups(library_path())) > 0
    assert dialog.table.item(0).text() == backup_words(backups(library_path())[0])
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.view.indexed == 4)
    assert page.said[-1].startswith(f"The library is as it was at {backup_words(backups(library_path())[-1])[:10]}")
    assert "; what it was until now is kept as " in page.said[-1]
    assert page.failed == []


def test_a_damaged_library_is_said_and_repaired_when_asked(qtbot, open_page, kept) -> None:
    with closing(sqlite3.connect(library_path())) as store:
        store.execute("DELETE FROM segments WHERE track_id = (SELECT min(id) FROM tracks)")
        store.commit()
    page = open_page(kept)
    page.upkeep.check.trigger()
    qtbot.waitUntil(lambda: page.findChild(QMessageBox) is not None)
    box = page.findChild(QMessageBox)
    assert page.failed == ["the library is damaged: 1 tracks without segments"]
    assert box.detailedText() == "1 tracks without segments"
    qtbot.mouseClick(button(box, "Repair"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Repaired: 3 tracks are as they were, 1 must be heard again" in page.said[-1], **WAIT)
    assert "the damaged library is kept as " in page.said[-1]
    qtbot.waitUntil(lambda: page.view.indexed == 3)


def test_damage_leads_to_the_backups_too(qtbot, open_page, kept) -> None:
    page = open_page(kept)
    page.upkeep.work.damaged.emit(["something"])
    qtbot.mouseClick(button(page.findChild(QMessageBox), "Restore a"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.failed))
    assert page.failed == ["there are no backups yet; one a day is made by itself"]


def test_upkeep_that_cannot_be_done_is_said(qtbot, open_page, slow) -> None:
    page = open_page(slow)
    page.upkeep.check.trigger()
    qtbot.waitUntil(lambda: len(page.failed) == 1)
    page.upkeep.back_up.trigger()
    qtbot.waitUntil(lambda: len(page.failed) == 2)
    assert all("there is no library at" in line for line in page.failed)


def test_a_backup_that_is_no_library_leaves_everything_as_it_is(qtbot, open_page, kept) -> None:
    bad = library_path().with_name("library.db.20260102-030405.bak")
    bad.write_text("This is no library. " * 100)
    page = open_page(kept)
    page.upkeep.work.restore(bad)
    qtbot.waitUntil(lambda: bool(page.failed))
    assert "cannot restore the library" in page.failed[0]
    assert read_library(library_path()).indexed == 4


def test_what_a_repair_did_is_a_line() -> None:
    assert repair_words(RepairReport([])) == "the library is sound: there is nothing to repair"
    report = RepairReport(["x"], 3, [Path("/a.mp3")], {"marks": 0, "saved searches": 2}, Path("/l.db.damaged-1"))
    assert repair_words(report) == (
        "3 tracks are as they were, 1 must be heard again, lost: an unknown number of marks, lost: 2 saved searches; "
        "the damaged library is kept as /l.db.damaged-1"
    )
    assert backup_words(Path("library.db.v3.bak")) == "library.db.v3.bak"
