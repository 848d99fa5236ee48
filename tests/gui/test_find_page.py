"""The page that finds music: asking, states, marks and searches that are kept, and what fails."""

from __future__ import annotations

import sqlite3
import threading
import wave
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from find_fakes import FindService, make_library
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDesktopServices, QDropEvent
from PyQt6.QtWidgets import QInputDialog, QLabel

from gui.find.page import FindPage
from gui.models.cancellation import Cancellation
from gui.models.engines import Engines
from gui.models.query import QueryDraft
from gui.models.service import LibraryService
from gui.models.settings import Settings
from plugin.errors import StoreError
from plugin.library import searches
from plugin.library.marks import set_marks
from plugin.library.store import Library
from plugin.library.tracks import get_tracks
from plugin.suggest.query import Filters
from plugin.suggest.suggestion import Suggestions

Key = Qt.Key


@pytest.fixture
def service(tmp_path) -> FindService:
    make_library(tmp_path / "library.db")
    return FindService(tmp_path / "library.db")


@pytest.fixture
def open_page(qtbot, tasks):
    pages = []

    def open_page(service) -> FindPage:
        page = FindPage(service, tasks, Settings(results=3))
        qtbot.addWidget(page)
        page.bar.timer.setInterval(20)
        page.said, page.failed = [], []
        page.news.connect(page.said.append)
        page.problem.connect(page.failed.append)
        page.resize(940, 640)
        page.show()
        pages.append(page)
        qtbot.waitUntil(lambda: page._holdings is not None)
        return page

    yield open_page
    for page in pages:
        page.shut_down()


@pytest.fixture
def page(open_page, service) -> FindPage:
    return open_page(service)


def ask(page, words: str) -> None:
    page.bar.words.setText(words)
    page.bar.ask()


def answered(qtbot, page, words: str = "piano", rows: int = 3) -> None:
    ask(page, words)
    qtbot.waitUntil(lambda: page.results.isVisible() and page.results.rows.rowCount() == rows)


def kept(service, track_id: int):
    with Library(service.path) as library:
        return get_tracks(library, [track_id])[track_id]


def test_a_hint_stands_until_there_is_an_answer(qtbot, page) -> None:
    assert page.area.notice.text.text().startswith("Describe the music")
    assert not page.area.notice.button.isVisible()
    told: list[object] = []
    page.current_changed.connect(told.append)
    answered(qtbot, page)
    assert page.said[-1] == "3 of 4 tracks, parts of 0:30"
    assert page.area.details.lines[0].text() == "Paper Boats · Lena"
    assert told[-1].track.id == 1
    assert not page.area.notice.isVisible()


def test_an_empty_library_says_how_to_begin(qtbot, open_page, tmp_path) -> None:
    page = open_page(FindService(tmp_path / "none.db"))
    qtbot.waitUntil(lambda: "empty" in page.area.notice.text.text())
    with qtbot.waitSignal(page.library_wanted):
        qtbot.mouseClick(page.area.notice.button, Qt.MouseButton.LeftButton)
    ask(page, "piano")
    assert page.failed == ["the library is empty: add a folder of music first"]
    make_library(tmp_path / "none.db")
    page.library_changed()
    qtbot.waitUntil(lambda: page.area.notice.text.text().startswith("Describe"))
    answered(qtbot, page)


def test_what_cannot_be_asked_and_what_fails_is_one_line(qtbot, page) -> None:
    page.bar.ask()
    assert page.failed.pop().startswith("nothing to go by")
    page.add_seed(Path("/music/gone.mp3"), True)
    qtbot.waitUntil(lambda: page.failed == ["/music/gone.mp3: No such file or directory"])
    assert page.area.notice.text.text() == page.failed[0]
    qtbot.mouseClick(page.area.notice.button, Qt.MouseButton.LeftButton)  # try again
    qtbot.waitUntil(lambda: len(page.failed) == 2)
    page.bar.row.chips[0].removed.emit()
    answered(qtbot, page)
    assert len(page.failed) == 2


def test_a_question_can_be_stopped(qtbot, page, service) -> None:
    service.gate.clear()
    ask(page, "piano")
    assert page.bar.button.text() == "&Stop"
    qtbot.mouseClick(page.bar.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.said[-1] == "Stopped")
    qtbot.waitUntil(lambda: page.bar.button.text() == "&Suggest")
    assert page.failed == []


def test_a_newer_question_wins_and_late_answers_are_dropped(qtbot, page, service) -> None:
    service.gate.clear()
    ask(page, "slow")
    ask(page, "slow nothing")
    qtbot.waitUntil(lambda: len(service.asked) == 2)
    service.gate.set()
    qtbot.waitUntil(lambda: page.area.notice.text.text().startswith("No track passes"))
    assert page.results.rows.rowCount() == 0
    assert [text for text in page.said if "tracks, parts" in text] == ["0 of 4 tracks, parts of 0:30"]


def test_closing_ends_the_question(qtbot, page, service, tasks) -> None:
    service.gate.clear()
    ask(page, "piano")
    page.shut_down()
    assert tasks.close(5)


def test_nothing_found_says_which_filter_is_the_strictest(qtbot, page, service) -> None:
    draft = QueryDraft("nothing", filters=Filters(tempo=(65.0, 85.0), key="A minor", tags=("choir",), show_hidden=True))
    page.bar._go(draft)
    qtbot.waitUntil(lambda: "alone" in page.area.notice.text.text())
    assert page.area.notice.text.text().splitlines() == [
        "No track passes all filters.", "choir: 0 tracks pass it alone", "65-85 BPM: 2 tracks pass it alone",
        "A minor: 2 tracks pass it alone",
    ]  # fmt: skip
    page.bar.words.setText("piano")
    qtbot.mouseClick(page.area.notice.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.results.isVisible())
    assert service.asked[-1].filters == Filters()


@pytest.mark.parametrize(
    ("answer", "notice"),
    [
        (Suggestions((), 0, 4, 0, 30.0, hidden=3), "All 3 tracks that fit are hidden: a filter shows hidden tracks."),
        (Suggestions((), 1, 4, 0, 30.0), "There is no other track than those that you asked with."),
    ],
)
def test_an_answer_without_tracks_says_why(qtbot, page, service, monkeypatch, answer, notice) -> None:
    monkeypatch.setattr(service, "suggest", lambda query, cancellation: answer)
    ask(page, "calm")
    qtbot.waitUntil(lambda: page.area.notice.text.text() == notice)
    assert page.area.notice.isVisible()


def test_tracks_of_another_pack_are_counted(qtbot, page, service, monkeypatch) -> None:
    suggest = service.suggest
    monkeypatch.setattr(service, "suggest", lambda query, work: replace(suggest(query, work), stale=7))
    ask(page, "calm")
    qtbot.waitUntil(lambda: any("7 more must be indexed again" in line for line in page.said))


def test_settings_say_how_many_results(qtbot, page) -> None:
    page.apply(Settings(results=2))
    answered(qtbot, page, rows=2)


def test_marks_are_kept_in_the_library(qtbot, page, service) -> None:
    answered(qtbot, page)
    page.results.mark({"rating": 4})
    page.results.mark({"rating": 2})
    page.results.toggle("favourite")
    page.results.toggle("hidden")
    qtbot.waitUntil(lambda: kept(service, 1).hidden)
    assert (kept(service, 1).rating, kept(service, 1).favourite) == (2, True)
    answered(qtbot, page, "piano again")
    assert page.results.current_row().suggestion.track.id == 2
    assert page.failed == []


def test_marks_that_cannot_be_kept_are_taken_back_and_said(qtbot, page, service, monkeypatch) -> None:
    gate = threading.Event()

    def fail(*_: object, **__: object) -> None:
        gate.wait(5)
        raise StoreError("cannot change the library: database or disk is full")

    answered(qtbot, page)
    set_marks(service.path, 1, rating=1)
    ask(page, "again")
    qtbot.waitUntil(lambda: page.results.rows.results[0].suggestion.track.rating == 1)
    monkeypatch.setattr("plugin.library.marks.set_marks", fail)
    page.results.mark({"rating": 3})
    page.results.mark({"rating": 4})
    page.results.toggle("hidden")
    assert page.results.rows.rowCount() == 2
    gate.set()
    qtbot.waitUntil(lambda: page.results.rows.rowCount() == 3)
    assert page.results.rows.results[0].suggestion.track.rating == 1
    assert page.failed == ["cannot change the library: database or disk is full"]
    monkeypatch.undo()
    page.results.views.select_row(0)
    page.results.mark({"rating": 5})
    qtbot.waitUntil(lambda: kept(service, 1).rating == 5)


def test_marks_made_just_before_closing_are_kept(qtbot, page, service, tasks, monkeypatch) -> None:
    answered(qtbot, page)
    for rating in (1, 2, 3):
        page.results.mark({"rating": rating})
    page.shut_down()
    qtbot.waitUntil(lambda: kept(service, 1).rating == 3)


def test_questions_are_remembered_saved_and_removed(qtbot, page, service, open_page, monkeypatch) -> None:
    answered(qtbot, page)
    qtbot.waitUntil(lambda: len(searches.history(service.path)) == 1)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, text: ("Mine", True))
    page.bar.saved_menu.save_action.trigger()
    qtbot.waitUntil(lambda: page.said[-1] == "Saved as Mine")
    assert [search.name for search in searches.saved(service.path)] == ["Mine"]
    later = open_page(service)
    qtbot.waitUntil(later.bar.history.back.isEnabled)
    assert later.bar.words._complete("pi") == ["piano"]
    later.bar.saved_menu.removal.actions()[0].trigger()
    qtbot.waitUntil(lambda: "Search removed" in later.said)
    assert searches.saved(service.path) == []


def test_a_library_that_cannot_be_read_is_said(qtbot, tasks, tmp_path) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(b"no library at all, but more than a hundred bytes. " * 5)
    page = FindPage(FindService(path), tasks, Settings())
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.problem) as said:
        pass
    assert "broken.db" in said.args[0]
    page.shut_down()


def test_searches_of_another_version_are_counted(qtbot, open_page, service) -> None:
    searches.remember(service.path, {"clip": "?"})
    page = open_page(service)
    qtbot.waitUntil(lambda: any("1 searches of another version" in text for text in page.failed))


def test_more_like_this_asks_with_a_seed(qtbot, page, service, tmp_path) -> None:
    answered(qtbot, page)
    page.results.seed(True)
    page.results.views.select_row(1)
    page.results.seed(False)
    qtbot.waitUntil(lambda: len(service.asked) == 2)
    query = service.asked[-1]
    assert (query.like, query.unlike) == ((tmp_path / "0.wav",), (tmp_path / "1.wav",))


def test_a_file_is_shown_in_its_folder_if_it_is_there(qtbot, page, tmp_path, monkeypatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or len(opened) == 1)
    answered(qtbot, page)
    page.results.show_in_folder()
    qtbot.waitUntil(lambda: page.failed == [f"{tmp_path}/0.wav: the file is not there: is its drive connected?"])
    (tmp_path / "0.wav").touch()
    page.results.show_in_folder()
    qtbot.waitUntil(lambda: opened == [str(tmp_path)])
    page.results.show_in_folder()
    qtbot.waitUntil(lambda: page.failed[-1] == f"no program shows the folder {tmp_path}")


def test_files_can_be_dropped_anywhere_on_the_page(qtbot, page) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/music/a.mp3")])
    where = (QPointF(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton)
    page.dropEvent(QDropEvent(*where, Qt.KeyboardModifier.NoModifier))
    assert page.bar.draft.likes == (Path("/music/a.mp3"),)


def test_the_bar_that_plays_lies_at_the_bottom(qtbot, page) -> None:
    label = QLabel("audition")
    page.set_audition(label)
    answered(qtbot, page)
    assert label.y() > page.area.geometry().bottom()
    page.activateWindow()
    page.results.setFocus()
    qtbot.waitUntil(page.results.hasFocus)
    with qtbot.waitSignal(page.play_requested):
        qtbot.keyClick(page.results.table, Key.Key_Space)


def test_with_the_real_engine_and_library(qtbot, tasks, tmp_path) -> None:
    rate, rng = 16000, np.random.default_rng(1)
    for name, notes in {"minor": (220.0, 261.6, 329.6), "major": (523.3, 659.3, 784.0)}.items():
        time = np.arange(12 * rate) / rate
        sound = sum(np.sin(2 * np.pi * note * time) for note in notes) * np.exp(-(time % 0.5) * 4)
        sound = sound / np.abs(sound).max() * 2e4 + rng.normal(0, 10, sound.size)
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", ""))
            file.writeframes(sound.astype("<i2").tobytes())
    service = LibraryService(tmp_path / "library.db", Engines(device="cpu"))
    service.index([tmp_path], lambda state: None, Cancellation())
    page = FindPage(service, tasks, Settings())
    qtbot.addWidget(page)
    page.show()
    wait = {"timeout": 30_000}
    qtbot.waitUntil(lambda: page._holdings is not None and len(page._holdings.tags) > 50, **wait)
    page.bar.words.setText("a calm piano piece")
    page.add_seed(tmp_path / "minor.wav", True)
    qtbot.waitUntil(lambda: page.results.rows.rowCount() == 1, **wait)  # the seed itself is not suggested
    found = page.results.current_row().suggestion
    assert found.track.path == tmp_path / "major.wav"
    assert set(found.aspects) == {"text", "reference"}
    page.results.toggle("hidden")
    qtbot.waitUntil(lambda: kept(service, found.track.id).hidden, **wait)
    page.bar._change(replace(page.bar.draft, filters=Filters(tempo=(1.0, 2.0))))
    qtbot.waitUntil(lambda: "1-2 BPM: 0 tracks pass it alone" in page.area.notice.text.text(), **wait)
    with closing(sqlite3.connect(service.path)) as store:
        assert store.execute("SELECT count(*) FROM searches").fetchone()[0] >= 1
    page.shut_down()
    service.close()


def test_words_are_completed_to_synonyms_too(qtbot, page) -> None:
    qtbot.waitUntil(lambda: "soothing" in page.bar._vocabulary)
    assert "calm" in page.bar._vocabulary
