"""The results as cards: all that the table can do, on the same rows with the same selection."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from find_fakes import found
from panel_fakes import suggestions
from PyQt6.QtCore import QModelIndex, QPoint, QRect, Qt
from PyQt6.QtGui import QGuiApplication, QPainter, QPixmapCache
from PyQt6.QtWidgets import QApplication, QStyleOptionViewItem

from gui.find.card_delegate import CardDelegate
from gui.find.card_layout import CardLayout
from gui.find.card_view import CardView
from gui.find.results import ResultsView
from gui.models.columns import NUMBER

Key, Order = Qt.Key, Qt.SortOrder
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot):
    view = ResultsView()
    qtbot.addWidget(view)
    view.show_look("cards")
    view.show_suggestions(suggestions("video", "text"))
    view.marks, view.news_lines, view.plays = [], [], []
    view.marked.connect(lambda *mark: view.marks.append(mark))
    view.news.connect(view.news_lines.append)
    view.play_requested.connect(lambda: view.plays.append(view.current_row().rank))
    least = view.cards.fontMetrics().averageCharWidth() * 62
    view.resize(round(2.5 * least), 420)
    view.show()
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.cards.hasFocus)
    return view


def titles(view) -> list[str]:
    return [view.rows.index(row, NUMBER["title"]).data() for row in range(view.rows.rowCount())]


def current(view) -> str:
    return view.current_row().suggestion.track.title


def places(view, row: int) -> CardLayout:
    option = QStyleOptionViewItem()
    view.cards.initViewItemOption(option)
    option.rect = view.cards.visualRect(view.cards.index_of(row))
    return view.cards.card.layout(option, view.cards.index_of(row))


def click(qtbot, view, place: QRect | QPoint, press=None) -> None:
    point = place.center() if isinstance(place, QRect) else place
    (press or qtbot.mouseClick)(view.cards.viewport(), LEFT, pos=point)


def press_keys(qtbot, view, *keys) -> None:
    for key in keys:
        qtbot.keyClick(view.cards, key)


def many(count: int):
    one = suggestions("text")[0]
    return [replace(one, track=replace(one.track, id=number, tempo=float(number % 97))) for number in range(count)]


def test_the_look_is_switched_with_row_and_keyboard(qtbot, view) -> None:
    chosen: list[str] = []
    view.look_chosen.connect(chosen.append)
    press_keys(qtbot, view, Key.Key_Right)
    assert view.bar.looks["cards"].isChecked()
    click(qtbot, view, places(view, 2).caption)
    view.bar.looks["table"].click()
    assert view.table.isVisible() and view.table.hasFocus() and not view.cards.isVisible()
    assert len(view.table.selectedIndexes()) == len(NUMBER), "the whole row of the card that was clicked"
    assert current(view) == "Untitled"
    qtbot.keyClick(view.table, Key.Key_Up)
    view.bar.looks["cards"].click()
    assert view.cards.hasFocus() and current(view) == "harbour"
    press_keys(qtbot, view, Key.Key_Down)
    assert current(view) == "Glass <b>"
    assert chosen == ["table", "cards"]


def test_cards_lie_side_by_side_as_there_is_room(qtbot, view) -> None:
    rects = [view.cards.visualRect(view.cards.index_of(row)) for row in range(4)]
    assert rects[0].top() == rects[1].top() < rects[2].top() == rects[3].top()
    assert rects[0].left() == rects[2].left() < rects[1].left()
    view.resize(view.width() // 2, view.height())
    rects = [view.cards.visualRect(view.cards.index_of(row)) for row in range(4)]
    assert len({rect.left() for rect in rects}) == 1
    for row, rect in enumerate(rects):
        assert view.cards.indexAt(rect.center()).row() == row
    assert not view.cards.indexAt(QPoint(5, rects[-1].bottom() + 5)).isValid()


def test_arrow_keys_go_over_the_grid_and_end_at_its_ends(qtbot, view) -> None:
    view.show_suggestions(many(5))  # two, two, one
    way = []
    for key in (Key.Key_Up, Key.Key_Right, Key.Key_Down, Key.Key_Down, Key.Key_Down, Key.Key_Up, Key.Key_Left,
                Key.Key_End, Key.Key_Home, Key.Key_Left, Key.Key_PageDown, Key.Key_PageUp):  # fmt: skip
        press_keys(qtbot, view, key)
        way.append(view.views.number)
    assert way[:10] == [0, 1, 3, 4, 4, 2, 1, 4, 0, 0]
    assert way[10] in (2, 4) and way[11] == 0


def test_in_a_language_that_runs_to_the_left_cards_do_too(qtbot, view) -> None:
    wave, heart = places(view, 0).wave, places(view, 0).heart
    view.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert places(view, 0).heart.center().x() > places(view, 1).heart.center().x()
    assert places(view, 0).heart.center().x() > places(view, 0).stars.center().x() > heart.center().x()
    assert places(view, 0).wave.width() == wave.width()
    press_keys(qtbot, view, Key.Key_Left)
    assert current(view) == "harbour"
    stars = places(view, 1).stars
    click(qtbot, view, QPoint(stars.right() - 2, stars.center().y()))
    assert view.marks[-1][1] == {"rating": 1}, "the first star is at the right"
    view.grab()


def test_keys_rate_favour_hide_and_bring_back(qtbot, view) -> None:
    press_keys(qtbot, view, Key.Key_4, Key.Key_F, Key.Key_Delete)
    assert titles(view) == ["harbour", "Untitled", "Glass <b>"]
    assert current(view) == "harbour"
    press_keys(qtbot, view, Key.Key_H)
    assert view.news_lines[-1] == "Hidden: harbour (Ctrl+Z brings it back)"
    for _ in range(2):
        qtbot.keyClick(view.cards, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert titles(view) == ["Paper Boats", "harbour", "Untitled", "Glass <b>"]
    assert [(track_id, *marks.items()) for track_id, marks, _ in view.marks] == [
        (0, ("rating", 4)), (0, ("favourite", True)), (0, ("hidden", True)), (1, ("hidden", True)),
        (1, ("hidden", False)), (0, ("hidden", False)),
    ]  # fmt: skip
    assert view.current_row().suggestion.track.rating == 4


def test_keys_play_place_seed_copy_and_show(qtbot, view) -> None:
    press_keys(qtbot, view, Key.Key_Space)
    assert view.plays == [1]
    with qtbot.waitSignal(view.place_requested):
        press_keys(qtbot, view, Key.Key_Return)
    with qtbot.waitSignal(view.place_requested):
        press_keys(qtbot, view, Key.Key_Enter)
    seeds: list[tuple[Path, bool]] = []
    view.seed_wanted.connect(lambda *seed: seeds.append(seed))
    press_keys(qtbot, view, Key.Key_Plus, Key.Key_Right, Key.Key_Minus)
    assert seeds == [(Path("/music/Paper Boats.wav"), True), (Path("/music/harbour.wav"), False)]
    qtbot.keyClick(view.cards, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "/music/harbour.wav"
    with qtbot.waitSignal(view.folder_wanted) as shown:
        qtbot.keyClick(view.cards, Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert shown.args == [Path("/music/harbour.wav")]
    press_keys(qtbot, view, Key.Key_U)
    assert current(view) == "harbour", "letters choose no card"


def test_heart_and_stars_are_set_by_the_mouse(qtbot, view) -> None:
    stars = places(view, 2).stars
    third = QPoint(stars.left() + round(2.5 / 5 * stars.width()), stars.center().y())
    click(qtbot, view, third)
    click(qtbot, view, third)  # the same star again
    click(qtbot, view, places(view, 1).heart)
    assert [(track_id, marks) for track_id, marks, _ in view.marks] == [
        (2, {"rating": 3}), (2, {"rating": 0}), (1, {"favourite": True}),
    ]  # fmt: skip
    assert current(view) == "harbour", "what is clicked is the current card"


def test_a_double_click_plays_unless_it_meant_a_star(qtbot, view) -> None:
    click(qtbot, view, places(view, 1).caption)
    click(qtbot, view, places(view, 1).caption, qtbot.mouseDClick)
    assert view.plays == [2]
    click(qtbot, view, places(view, 1).stars, qtbot.mouseDClick)
    below = view.cards.visualRect(view.cards.index_of(3)).bottomLeft() + QPoint(5, 5)
    click(qtbot, view, below, qtbot.mouseDClick)
    assert view.plays == [2]


def test_versions_and_copies_are_shown_and_can_be_opened(qtbot, view) -> None:
    rows = suggestions("text")
    live = replace(rows[1].track, id=50, title="harbour (Live)", path=Path("/music/live.wav"))
    folded = found(rows[1].track, 1, "text", versions=(live,), duplicates=(Path("/b/copy.mp3"),))
    view.show_suggestions((rows[0], folded, *rows[2:]))
    assert places(view, 0).folded.isEmpty()
    click(qtbot, view, places(view, 1).folded)
    menu = QApplication.activePopupWidget()
    texts = [action.text() for action in menu.actions()]
    assert texts == ["Use harbour (Live)", "", "Show the copy copy.mp3 in its folder"]
    menu.actions()[0].trigger()
    menu.close()
    assert current(view) == "harbour (Live)"
    press_keys(qtbot, view, Key.Key_V)
    menu = QApplication.activePopupWidget()
    assert menu.actions()[0].text() == "Use harbour"
    menu.close()


def test_the_menu_of_a_card_has_all_but_columns(qtbot, view) -> None:
    shown: list[list[str]] = []
    view.views.menu_wanted.connect(
        lambda _: shown.append([action.text() for action in QApplication.activePopupWidget().actions()])
    )
    view.cards.customContextMenuRequested.emit(places(view, 0).caption.center())
    QApplication.activePopupWidget().close()
    expected = {"&Play or Stop", "Pl&ace", "&More Like This", "&Less Like This", "&Favourite", "&Rating", "&Hide",
                "&Copy Path", "Show in F&older"}  # fmt: skip
    assert expected <= set(shown[0])
    assert "&Columns" not in shown[0]


def test_cards_are_sorted_from_the_bar_and_the_table_shows_the_same_order(qtbot, view) -> None:
    def choose(name: str) -> None:
        view.bar.sorting.setCurrentIndex(NUMBER[name])
        view.bar.sorting.activated.emit(NUMBER[name])

    choose("title")
    assert titles(view) == ["Glass <b>", "harbour", "Paper Boats", "Untitled"]
    assert current(view) == "Paper Boats", "the selection stays with its track"
    choose("score")
    assert titles(view)[0] == "Paper Boats", "the best come first"
    assert view.bar.direction.text() == "↓"
    choose("tempo")
    qtbot.mouseClick(view.bar.direction, LEFT)
    assert titles(view) == ["harbour", "Glass <b>", "Paper Boats", "Untitled"]
    header = view.table.header
    assert (header.sortIndicatorSection(), header.sortIndicatorOrder()) == (NUMBER["tempo"], Order.DescendingOrder)
    other = ResultsView()
    qtbot.addWidget(other)
    other.restore_columns(view.column_state())
    assert (other.bar.sorting.currentIndex(), other.bar.direction.text()) == (NUMBER["tempo"], "↓")
    header.setSortIndicator(NUMBER["artist"], Order.AscendingOrder)
    assert view.bar.sorting.currentText() == "Artist"


def test_a_card_is_dragged_out_as_a_file(qtbot, view, monkeypatch) -> None:
    dragged: list[list[str]] = []

    def start_drag(cards: CardView, actions: Qt.DropAction) -> None:
        data = cards.model().mimeData(cards.selectedIndexes())
        dragged.append([url.toLocalFile() for url in data.urls()])

    monkeypatch.setattr(CardView, "startDrag", start_drag)
    other = ResultsView()
    qtbot.addWidget(other)
    other.resize(view.size())
    other.show_look("cards")
    other.show_suggestions(suggestions("text"))
    other.show()
    start = places(other, 1).caption.center()
    qtbot.mousePress(other.cards.viewport(), LEFT, pos=start)
    for step in (10, 40, 60):
        qtbot.mouseMove(other.cards.viewport(), start + QPoint(step, step))
    qtbot.waitUntil(lambda: dragged == [["/music/harbour.wav"]])


def test_the_waveform_marks_the_best_part_where_it_lies(view) -> None:
    QPixmapCache.clear()
    view.views.select_row(1)
    place = places(view, 0).wave
    picture = view.cards.viewport().grab(place).toImage()
    accent = view.palette().highlight().color().rgb()
    columns = [x for x in range(picture.width()) if any(picture.pixel(x, y) == accent for y in range(picture.height()))]
    assert 0 <= min(columns) <= 4
    assert abs(max(columns) - 30 / 214 * place.width()) <= 4, "the part ends after 30 s of 214"


def test_a_card_says_all_that_is_known_of_a_track(view, monkeypatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("gui.find.card_delegate.paint_lines", lambda painter, room, text, *_: said.append(text))
    monkeypatch.setattr("gui.find.card_delegate.paint_chips", lambda painter, room, words, *_: said.extend(words))
    monkeypatch.setattr(CardDelegate, "_text", lambda card, painter, place, text, *_: said.append(text))
    view.grab()
    assert said[:5] == ["Paper Boats", "Lena · 3:34 · 78 BPM · A minor", "", "calm", "A caption of Paper Boats."]
    assert said[11] == "", "an unknown artist, length and tempo leave no dots behind"


def test_scrolling_paints_what_is_seen_and_nothing_else(qtbot, view, monkeypatch) -> None:
    view.show_suggestions(many(20_000))
    painted: list[int] = []
    paint = CardDelegate.paint

    def noted(card: CardDelegate, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        painted.append(index.row())
        paint(card, painter, option, index)

    monkeypatch.setattr(CardDelegate, "paint", noted)
    bar = view.cards.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 20_000)
    painted.clear()
    bar.setValue(bar.maximum())
    view.cards.viewport().repaint()
    high = view.cards.visualRect(view.cards.index_of(0)).height()
    assert painted and max(painted) == 19_999
    assert len(set(painted)) <= 2 * (view.cards.viewport().height() // high + 2)
    view.step(-10_000)
    assert view.views.number == 0
    assert bar.value() == 0, "the current card is in sight"
    press_keys(qtbot, view, Key.Key_End, Key.Key_Delete)
    assert view.rows.rowCount() == 19_999
    assert view.views.number == 19_998
    rect = view.cards.visualRect(view.cards.currentIndex())
    assert view.cards.viewport().rect().contains(rect)


def test_an_empty_answer_has_no_card_and_keys_do_nothing(qtbot, view) -> None:
    view.show_suggestions(())
    press_keys(qtbot, view, Key.Key_Down, Key.Key_5, Key.Key_Delete, Key.Key_V, Key.Key_F)
    click(qtbot, view, QPoint(20, 20))
    view.grab()
    assert view.marks == [] and view.current_row() is None
