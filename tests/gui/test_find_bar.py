"""The query bar: chips, weights, filters, files, history and saved searches."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QAbstractButton, QComboBox, QFileDialog, QInputDialog, QLineEdit, QSlider

from gui.find.query_bar import QueryBar
from gui.models.query import ClipRange, QueryDraft
from gui.models.searches import SavedSearch
from plugin.suggest.query import Filters

Key = Qt.Key


@pytest.fixture
def bar(qtbot):
    bar = QueryBar()
    qtbot.addWidget(bar)
    bar.timer.setInterval(20)
    bar.asks = []
    bar.asked.connect(bar.asks.append)
    bar.show()
    yield bar
    bar.shut_down()
    assert not bar.timer.isActive()


def drop(target, paths, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    where = QPointF(1, 1)
    target.dropEvent(QDropEvent(where, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, modifiers))


def texts(bar) -> list[str]:
    return [widget.chip.text for widget in bar.row.chips]


def asked(qtbot, bar, count: int = 1) -> QueryDraft:
    qtbot.waitUntil(lambda: len(bar.asks) == count)
    return bar.asks[-1]


def test_words_are_asked_with_enter_and_never_by_themselves(qtbot, bar) -> None:
    qtbot.keyClicks(bar.words, "slow")
    qtbot.wait(60)
    assert bar.asks == []
    qtbot.keyClick(bar.words, Key.Key_Return)
    assert bar.asks == [QueryDraft("slow")]


def test_dropped_files_become_clip_and_seeds_and_are_asked_once(qtbot, bar) -> None:
    problems: list[str] = []
    bar.problem.connect(problems.append)
    drop(bar, ["/films/scene 4.MOV", "/music/a.mp3", "/x/notes.txt"])
    drop(bar, ["/music/b.flac"], Qt.KeyboardModifier.AltModifier)
    draft = asked(qtbot, bar)
    assert draft == QueryDraft(
        clip=ClipRange(Path("/films/scene 4.MOV")), likes=(Path("/music/a.mp3"),), unlikes=(Path("/music/b.flac"),)
    )
    assert problems == ["/x/notes.txt is neither music nor footage by its name: drop another file"]
    assert texts(bar) == ["scene 4.MOV", "+ a", "− b"]


def test_a_clip_from_the_timeline_takes_the_place_of_the_one_before(qtbot, bar) -> None:
    bar.set_clip(Path("/a.mov"), 1.0, 2.0, "A")
    bar.set_clip(Path("/b.mov"), 3.0, 9.0, "B")
    assert asked(qtbot, bar).clip == ClipRange(Path("/b.mov"), 3.0, 9.0, "B")
    assert "/b.mov" in bar.row.chips[0].button.toolTip()


def test_only_a_track_to_keep_away_from_is_not_asked_by_itself(qtbot, bar) -> None:
    bar.add_seed(Path("/a.mp3"), False)
    qtbot.wait(60)
    assert bar.asks == []


def test_chips_go_by_key_and_by_mouse_and_the_focus_stays_near(qtbot, bar) -> None:
    bar.words.setText("piano")
    for name in "abc":
        bar.add_seed(Path(f"/{name}.mp3"), True)
    bar.activateWindow()
    bar.row.chips[1].button.setFocus()
    qtbot.waitUntil(bar.row.chips[1].button.hasFocus)
    qtbot.keyClick(bar.row.chips[1].button, Key.Key_Delete)
    assert texts(bar) == ["+ a", "+ c"]
    assert bar.row.chips[1].button.hasFocus()
    qtbot.mouseClick(bar.row.chips[0].away, Qt.MouseButton.LeftButton)
    assert asked(qtbot, bar) == QueryDraft("piano", likes=(Path("/c.mp3"),))


def test_weights_are_set_where_there_is_something_to_weigh(qtbot, bar) -> None:
    bar.words.setText("piano")
    assert not bar.word_weight.isVisible()
    bar.set_clip(Path("/a.mov"), 0.0, None, "")
    bar.add_seed(Path("/a.mp3"), True)
    bar.add_seed(Path("/b.mp3"), True)
    sliders = [widget.weight for widget in bar.row.chips]
    assert [slider is not None for slider in sliders] == [True, True, False]
    qtbot.keyClick(sliders[0].slider, Key.Key_Home)
    qtbot.keyClick(bar.word_weight.slider, Key.Key_Right)
    assert bar.row.chips[0].weight is sliders[0], "a slider stays while it is dragged"
    draft = asked(qtbot, bar)
    assert draft.weights == {"video": 0.0, "text": 1.05}
    bar.row.chips[0].removed.emit()
    assert bar.draft.weight("text") == 1.05


def test_filters_are_chosen_in_the_form_and_asked(qtbot, bar) -> None:
    bar.words.setText("piano")
    bar.set_vocabulary(("calm", "piano", "grand piano"), ())
    qtbot.mouseClick(bar.row.filter_button, Qt.MouseButton.LeftButton)
    panel = bar.row.filter_panel
    assert panel.isVisible()
    panel.slowest.setValue(80)
    panel.key.setCurrentText("A minor")
    panel.voice.setCurrentText("instrumental")
    panel.rating.setCurrentIndex(4)
    panel.favourites.setChecked(True)
    panel.show_hidden.setChecked(True)
    for line, text in ((panel.most, "3:30"), (panel.tags, "Calm, piano,"), (panel.not_tags, "drums")):
        line.setText(text)
        line.editingFinished.emit()
    draft = asked(qtbot, bar)
    assert draft.filters == Filters(
        tempo=(80.0, float("inf")), max_length=210.0, key="A minor", instrumental=True, tags=("calm", "piano"),
        not_tags=("drums",), favourites=True, min_rating=4, show_hidden=True,
    )  # fmt: skip
    qtbot.mouseClick(panel.clear, Qt.MouseButton.LeftButton)
    assert asked(qtbot, bar, 2).filters == Filters()
    assert panel.tags.text() == ""
    qtbot.mouseClick(panel.done, Qt.MouseButton.LeftButton)
    assert not panel.isVisible()


def test_filters_that_cannot_be_meant_are_said_in_the_form(qtbot, bar) -> None:
    bar.words.setText("piano")
    panel = bar.row.filter_panel
    panel.show()
    panel.fastest.setValue(60)
    panel.slowest.setValue(100)
    assert "the tempo range 100-60 is empty" in panel.problem.text()
    panel.slowest.setValue(50)
    assert not panel.problem.isVisible()
    panel.least.setText("long")
    panel.least.editingFinished.emit()
    assert "'long' is not a time" in panel.problem.text()
    assert bar.draft.filters == Filters(tempo=(50.0, 60.0))
    panel.close()


def test_what_is_being_written_in_the_form_outlives_a_clip_from_the_timeline(qtbot, bar) -> None:
    bar.row.filter_panel.tags.setText("pian")
    bar.set_clip(Path("/a.mov"), 0.0, 5.0, "")
    assert bar.row.filter_panel.tags.text() == "pian"


def test_a_kept_key_in_another_spelling_is_shown(qtbot, bar) -> None:
    bar.row.filter_panel.show_filters(Filters(key="Am"))
    assert bar.row.filter_panel.filters() == Filters(key="Am")


def test_the_part_of_a_clip_is_changed_below_its_chip(qtbot, bar) -> None:
    bar.set_clip(Path("/a.mov"), 0.0, None, "")
    qtbot.mouseClick(bar.row.chips[0].button, Qt.MouseButton.LeftButton)
    panel = bar.row.range_panel
    panel.start.setText("soon")
    qtbot.keyClick(panel.start, Key.Key_Return)
    assert "'soon' is not a time" in panel.problem.text()
    panel.start.setText("1:05")
    panel.end.setText("80.5")
    qtbot.mouseClick(panel.done, Qt.MouseButton.LeftButton)
    assert asked(qtbot, bar).clip == ClipRange(Path("/a.mov"), 65.0, 80.5)
    panel.show_clip(bar.draft.clip)
    assert (panel.start.text(), panel.end.text()) == ("1:05", "80.5")


def test_words_are_completed_from_the_vocabulary_and_past_questions(qtbot, bar) -> None:
    bar.set_vocabulary(("calm", "piano"), ("calm", "piano"))
    bar.set_history([QueryDraft("slow piano, hopeful"), QueryDraft("slow strings")])
    qtbot.keyClicks(bar.words, "slow p")
    assert bar.words.offered() == ["slow piano, hopeful", "slow piano"]
    bar.words.clear()
    qtbot.keyClicks(bar.words, "slow")
    qtbot.keyClick(bar.words.completer().popup(), Key.Key_Down)
    qtbot.keyClick(bar.words.completer().popup(), Key.Key_Return)
    assert bar.words.text() == "slow strings"
    line = bar.row.filter_panel.tags
    line.textEdited.emit("piano, ca")
    assert line.offered() == ["piano, calm"]


def test_enter_asks_for_what_is_written_and_not_for_the_first_offer(qtbot, bar) -> None:
    bar.set_vocabulary((), ("calming", "calm sea"))
    asked = []
    bar.asked.connect(lambda draft: asked.append(draft.text))
    bar.show()
    qtbot.keyClicks(bar.words, "calm")
    popup = bar.words.completer().popup()
    qtbot.waitUntil(lambda: popup.isVisible() and not popup.currentIndex().isValid())
    qtbot.keyClick(popup, Key.Key_Return)
    assert (bar.words.text(), asked) == ("calm", ["calm"])
    qtbot.keyClicks(bar.words, " ")
    qtbot.keyClicks(bar.words, "s")
    qtbot.waitUntil(popup.isVisible)
    qtbot.keyClick(popup, Key.Key_Down)
    qtbot.keyClick(popup, Key.Key_Return)
    assert bar.words.text() == "calm sea"


def test_back_and_forward_ask_again(qtbot, bar) -> None:
    assert not bar.history.back.isEnabled()
    bar.set_history([QueryDraft("yesterday")])
    for text in ("one", "two"):
        bar.words.setText(text)
        bar.ask()
    bar.activateWindow()
    qtbot.waitUntil(bar.isActiveWindow)
    qtbot.keyClick(bar, Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: bar.asks[-1] == QueryDraft("one"))
    qtbot.mouseClick(bar.history.back, Qt.MouseButton.LeftButton)  # the empty page that the day began with asks nothing
    assert (bar.words.text(), len(bar.asks)) == ("", 3)
    qtbot.mouseClick(bar.history.back, Qt.MouseButton.LeftButton)
    assert bar.asks[-1] == QueryDraft("yesterday")
    assert not bar.history.back.isEnabled()
    for _ in range(3):
        qtbot.mouseClick(bar.history.forward, Qt.MouseButton.LeftButton)
    assert bar.asks[-1] == QueryDraft("two")
    assert not bar.history.forward.isEnabled()


def test_searches_are_saved_chosen_and_removed(qtbot, bar, monkeypatch) -> None:
    wishes: list[tuple] = []
    bar.save_wanted.connect(lambda *wish: wishes.append(wish))
    bar.remove_wanted.connect(lambda *wish: wishes.append(wish))
    bar.saved_menu.aboutToShow.emit()
    assert not bar.saved_menu.save_action.isEnabled()
    bar.words.setText("piano")
    bar.saved_menu.aboutToShow.emit()
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, text: (f" {text} 1 ", True))
    bar.saved_menu.save_action.trigger()
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, text: (text, False))
    bar.saved_menu.save_action.trigger()
    kept = QueryDraft("choir", filters=Filters(favourites=True))
    bar.set_saved([SavedSearch(7, "A & B", kept)])
    bar.saved_menu.removal.actions()[0].trigger()
    assert wishes == [("piano 1", QueryDraft("piano")), (7,)]
    next(action for action in bar.saved_menu.actions() if action.text() == "A && B").trigger()
    assert bar.asks == [kept]
    assert texts(bar) == ["favourites"]


def test_files_are_chosen_in_a_dialog(qtbot, bar, monkeypatch) -> None:
    chosen = iter(["/a.mov", "/b.mp3", "/c.mp3", ""])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (next(chosen), ""))
    for action in (*bar.row.add_menu.actions(), bar.row.add_menu.actions()[0]):
        action.trigger()
    draft = asked(qtbot, bar)
    assert (draft.clip, draft.likes, draft.unlikes) == (ClipRange(Path("/a.mov")), (Path("/b.mp3"),), (Path("/c.mp3"),))


def test_the_button_stops_while_a_question_is_answered(qtbot, bar) -> None:
    bar.set_busy(True)
    with qtbot.waitSignal(bar.stopped):
        qtbot.mouseClick(bar.button, Qt.MouseButton.LeftButton)
    bar.set_busy(False)
    with qtbot.waitSignal(bar.asked):
        qtbot.mouseClick(bar.button, Qt.MouseButton.LeftButton)


def test_a_narrow_bar_grows_in_height_and_hides_nothing(qtbot, bar) -> None:
    for name in ("first track", "second track", "third track", "fourth track"):
        bar.add_seed(Path(f"/{name}.mp3"), True)
    heights = []
    for width in (1200, 400):
        bar.resize(width, bar.heightForWidth(width))
        qtbot.waitUntil(lambda width=width: bar.row.width() <= width)
        heights.append(bar.row.heightForWidth(bar.row.width()))
        assert all(widget.geometry().right() < width for widget in bar.row.chips)
    assert heights[1] > heights[0]


def test_everything_that_can_be_used_has_a_name(bar) -> None:
    bar.set_clip(Path("/a.mov"), 0.0, None, "")
    for kind in (QLineEdit, QSlider, QComboBox, QAbstractButton):
        for widget in bar.findChildren(kind):
            inner = widget.parent().inherits("QAbstractSpinBox") or widget.objectName().startswith("qt_")
            name = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
            assert inner or name or isinstance(widget.parent(), QLineEdit), widget
