"""The table of results: cells, order, marks, keys, versions and columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from find_fakes import found
from panel_fakes import suggestions
from PyQt6.QtCore import QPersistentModelIndex, QPoint, Qt
from PyQt6.QtGui import QGuiApplication, QPixmapCache
from PyQt6.QtTest import QAbstractItemModelTester
from PyQt6.QtWidgets import QApplication, QStyleOptionViewItem

from gui.find.painting import bar_share
from gui.find.results import ResultsView
from gui.find.table_model import ResultsTableModel
from gui.models.columns import NUMBER

Key = Qt.Key


@pytest.fixture
def view(qtbot):
    view = ResultsView()
    qtbot.addWidget(view)
    view.resize(1200, 400)
    view.marks, view.news_lines = [], []
    view.marked.connect(lambda *mark: view.marks.append(mark))
    view.news.connect(view.news_lines.append)
    QAbstractItemModelTester(view.rows, QAbstractItemModelTester.FailureReportingMode.Fatal, view)
    view.show_suggestions(suggestions("video", "text"))
    view.show()
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    return view


def titles(view) -> list[str]:
    return [view.rows.index(row, NUMBER["title"]).data() for row in range(view.rows.rowCount())]


def cell(view, row: int, name: str):
    return view.table.visualRect(view.rows.index(row, NUMBER[name]))


def click(qtbot, view, row: int, name: str, share: float = 0.5, press=None) -> None:
    place = cell(view, row, name)
    place.setLeft(place.left() + round(share * place.width()) - 1)
    press = press or qtbot.mouseClick
    press(view.table.viewport(), Qt.MouseButton.LeftButton, pos=place.adjusted(0, 5, 0, 0).topLeft())


@pytest.mark.parametrize(
    ("column", "descending", "expected"),
    [
        ("rank", False, ["Paper Boats", "harbour", "Untitled", "Glass <b>"]),
        ("rank", True, ["Glass <b>", "Untitled", "harbour", "Paper Boats"]),
        ("title", False, ["Glass <b>", "harbour", "Paper Boats", "Untitled"]),
        ("tempo", False, ["Paper Boats", "Glass <b>", "harbour", "Untitled"]),
        ("tempo", True, ["harbour", "Glass <b>", "Paper Boats", "Untitled"]),
        ("artist", True, ["harbour", "Paper Boats", "Glass <b>", "Untitled"]),
        ("key", False, ["Paper Boats", "Glass <b>", "harbour", "Untitled"]),
    ],
)
def test_sorting_puts_unknown_values_last_and_lasts(view, column, descending, expected) -> None:
    held = QPersistentModelIndex(view.rows.index(1, NUMBER["title"]))
    view.table.sortByColumn(NUMBER[column], Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder)
    assert titles(view) == expected
    assert held.data() == "harbour"  # the selection stays with its track
    view.show_suggestions(suggestions("text"))
    assert titles(view) == expected


def test_the_first_click_on_score_and_rating_puts_the_best_first(qtbot, view) -> None:
    header = view.table.header
    place = QPoint(header.sectionViewportPosition(NUMBER["score"]) + 20, 5)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
    assert titles(view)[0] == "Paper Boats"


def test_cells_say_what_is_known_and_nothing_else(view) -> None:
    cells = {name: view.rows.index(1, number).data() for name, number in NUMBER.items()}
    assert cells == {
        "rank": "2", "favourite": "♡", "title": "harbour", "artist": "North Quay", "part": "0:10-0:40",
        "length": "3:07", "tempo": "120", "key": "", "score": "+0.00", "rating": "☆☆☆☆☆", "tags": "calm",
        "caption": "A caption of harbour.",
    }  # fmt: skip
    details = view.rows.index(3, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "clip 0.20, words 0.20" in details
    assert "Glass &lt;b&gt;" in details
    spoken = view.rows.index(0, NUMBER["rating"]).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "0 stars"


def test_the_waveform_is_painted_once_and_marks_the_best_part(qtbot, view) -> None:
    QPixmapCache.clear()
    picture = view.table.viewport().grab(cell(view, 0, "part")).toImage()
    accent = view.palette().highlightedText().color().rgb()  # the row is selected
    columns = [x for x in range(picture.width()) if any(picture.pixel(x, y) == accent for y in range(picture.height()))]
    text_end = view.table.fontMetrics().horizontalAdvance("00:00-00:00") + 12
    part = [x - text_end for x in columns if x > text_end]
    width = picture.width() - text_end - 6
    assert part, "the best part stands out"
    assert 10 / 214 * width - 4 <= min(part) <= max(part) <= 40 / 214 * width + 4
    row = view.current_row().suggestion
    pixmaps = []
    insert = QPixmapCache.insert
    try:
        QPixmapCache.insert = lambda *args: pixmaps.append(args) or insert(*args)
        view.table.viewport().grab()
        assert all(str(row.track.id) != args[0].split()[1] for args in pixmaps), "the selected row was cached"
    finally:
        QPixmapCache.insert = insert


def test_bars_are_measured_by_the_best_of_the_answer() -> None:
    assert [bar_share(cosine, 0.5) for cosine in (0.5, 0.25, -0.2)] == [1.0, 0.5, 0.0]
    assert bar_share(-0.1, -0.1) == 0.0


def test_keys_rate_favour_hide_and_bring_back(qtbot, view) -> None:
    qtbot.keyClick(view.table, Key.Key_4)
    qtbot.keyClick(view.table, Key.Key_F)
    assert view.current_row().suggestion.track.rating == 4
    assert view.rows.index(0, NUMBER["rating"]).data() == "★★★★☆"
    qtbot.keyClick(view.table, Key.Key_0)
    qtbot.keyClick(view.table, Key.Key_F)
    qtbot.keyClick(view.table, Key.Key_Delete)
    assert titles(view) == ["harbour", "Untitled", "Glass <b>"]
    assert view.current_row().suggestion.track.title == "harbour"
    qtbot.keyClick(view.table, Key.Key_H)
    assert view.news_lines[-1] == "Hidden: harbour (Ctrl+Z brings it back)"
    for _ in range(3):
        qtbot.keyClick(view.table, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert titles(view) == ["Paper Boats", "harbour", "Untitled", "Glass <b>"]
    assert view.current_row().suggestion.track.title == "Paper Boats"
    changes = [(track_id, *marks.items()) for track_id, marks, _ in view.marks]
    assert changes == [
        (0, ("rating", 4)), (0, ("favourite", True)), (0, ("rating", 0)), (0, ("favourite", False)),
        (0, ("hidden", True)), (1, ("hidden", True)), (1, ("hidden", False)), (0, ("hidden", False)),
    ]  # fmt: skip


def test_stars_and_heart_are_set_by_the_mouse(qtbot, view) -> None:
    stars = view.table.fontMetrics().horizontalAdvance("★" * 5)
    width = cell(view, 2, "rating").width()
    third = 0.5 - stars / 2 / width + 2.5 * stars / 5 / width
    click(qtbot, view, 2, "rating", third)
    assert view.rows.results[2].suggestion.track.rating == 3
    click(qtbot, view, 2, "rating", third)  # the same star again
    assert view.rows.results[2].suggestion.track.rating == 0
    click(qtbot, view, 1, "favourite")
    assert view.rows.results[1].suggestion.track.favourite
    assert [marks for _, marks, _ in view.marks] == [{"rating": 3}, {"rating": 0}, {"favourite": True}]


def test_marks_that_could_not_be_saved_are_taken_back(qtbot, view) -> None:
    qtbot.keyClick(view.table, Key.Key_3)
    qtbot.keyClick(view.table, Key.Key_Delete)
    for track_id, _, before in reversed(view.marks):
        view.roll_back(track_id, before)
    assert titles(view) == ["Paper Boats", "harbour", "Untitled", "Glass <b>"]
    assert view.rows.results[0].suggestion.track.rating == 0
    count = len(view.marks)
    view.unhide()  # there is nothing to bring back any more
    view.roll_back(99, {"rating": 1})  # of an answer that is gone
    assert len(view.marks) == count


def test_a_hidden_track_comes_back_to_its_place_in_the_order(qtbot, view) -> None:
    view.table.sortByColumn(NUMBER["title"], Qt.SortOrder.AscendingOrder)
    view.table.selectRow(1)
    qtbot.keyClick(view.table, Key.Key_H)
    qtbot.keyClick(view.table, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert titles(view) == ["Glass <b>", "harbour", "Paper Boats", "Untitled"]


def test_hidden_tracks_stay_in_sight_where_they_are_asked_for(qtbot, view) -> None:
    rows = suggestions("text")
    rows = (replace(rows[0], track=replace(rows[0].track, hidden=True)), *rows[1:])
    view.show_suggestions(rows)
    assert len(titles(view)) == 3
    view.show_suggestions(rows, show_hidden=True)
    assert len(titles(view)) == 4
    qtbot.keyClick(view.table, Key.Key_H)
    assert not view.rows.results[0].suggestion.track.hidden


def test_keys_play_seed_copy_and_show(qtbot, view) -> None:
    with qtbot.waitSignal(view.play_requested):
        qtbot.keyClick(view.table, Key.Key_Space)
    with qtbot.waitSignal(view.place_requested):
        qtbot.keyClick(view.table, Key.Key_Return)
    click(qtbot, view, 0, "title")
    with qtbot.waitSignal(view.play_requested):
        click(qtbot, view, 0, "title", press=qtbot.mouseDClick)
    seeds: list[tuple[Path, bool]] = []
    view.seed_wanted.connect(lambda *seed: seeds.append(seed))
    qtbot.keyClick(view.table, Key.Key_Plus)
    qtbot.keyClick(view.table, Key.Key_Down)
    qtbot.keyClick(view.table, Key.Key_Minus)
    assert seeds == [(Path("/music/Paper Boats.wav"), True), (Path("/music/harbour.wav"), False)]
    qtbot.keyClick(view.table, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "/music/harbour.wav"
    with qtbot.waitSignal(view.folder_wanted) as shown:
        qtbot.keyClick(view.table, Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert shown.args == [Path("/music/harbour.wav")]


def test_the_current_track_is_told_also_when_there_is_none(qtbot, view) -> None:
    told: list[str | None] = []
    view.current_changed.connect(lambda found: told.append(found and found.track.title))
    qtbot.keyClick(view.table, Key.Key_Down)
    view.show_suggestions(())
    assert told[0] == "harbour"
    assert told[-1] is None
    for key in (Key.Key_F, Key.Key_5, Key.Key_Delete, Key.Key_Plus, Key.Key_C):
        qtbot.keyClick(view.table, key)  # nothing to do it with
    assert view.marks == []


def test_steps_end_at_the_ends(qtbot, view) -> None:
    rows = []
    for step in (1, 1, 9, -1, -9):
        view.step(step)
        rows.append(view.table.currentIndex().row())
    assert rows == [1, 2, 3, 2, 0]
    view.show_suggestions(())
    view.step(1)
    assert view.current_row() is None


def test_versions_and_copies_are_folded_and_a_version_can_take_the_row(qtbot, view) -> None:
    rows = suggestions("text")
    live = replace(rows[0].track, id=50, title="Paper Boats (Live)", path=Path("/music/live.wav"), duration=25.0)
    take = replace(rows[0].track, id=51, title="Paper Boats (Demo)", path=Path("/music/demo.wav"))
    folded = found(rows[0].track, 0, "text", versions=(live, take), duplicates=(Path("/b/copy.mp3"),))
    view.show_suggestions((folded, *rows[1:]))
    assert titles(view)[0] == "Paper Boats  +2 versions, +1 copy"
    details = view.rows.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert all(text in details for text in ("version: /music/live.wav", "copy: /b/copy.mp3"))
    assert view.actions_of_row.unfold in view.actions_of_row.menu(view.current_row()).actions()
    menu = view.actions_of_row.folded_menu(view.current_row())
    assert [action.text() for action in menu.actions()] == [
        "Use Paper Boats (Live)", "Use Paper Boats (Demo)", "", "Show the copy copy.mp3 in its folder",
    ]  # fmt: skip
    with qtbot.waitSignal(view.folder_wanted) as shown:
        menu.actions()[-1].trigger()
    assert shown.args == [Path("/b/copy.mp3")]
    with qtbot.waitSignal(view.current_changed) as changed:
        menu.actions()[0].trigger()
    current = changed.args[0]
    assert current.track == live
    assert (current.start, current.end) == (0.0, 25.0), "the part lies inside the shorter version"
    assert [track.title for track in current.versions] == ["Paper Boats", "Paper Boats (Demo)"]
    qtbot.keyClick(view.table, Key.Key_2)
    assert view.marks[-1][0] == 50
    menu.close()


def test_the_number_of_versions_opens_their_menu_and_so_does_v(qtbot, view) -> None:
    rows = suggestions("text")
    view.show_suggestions((found(rows[0].track, 0, "text", duplicates=(Path("/b/copy.mp3"),)), *rows[1:]))
    start = view.table.fontMetrics().horizontalAdvance("Paper Boats  ") / cell(view, 0, "title").width()
    for open_menu in (lambda: click(qtbot, view, 0, "title", start + 0.03),
                      lambda: qtbot.keyClick(view.table, Key.Key_V)):  # fmt: skip
        open_menu()
        menu = QApplication.activePopupWidget()
        assert [action.text() for action in menu.actions()][-1] == "Show the copy copy.mp3 in its folder"
        menu.close()
    click(qtbot, view, 0, "title", 0.02)
    qtbot.keyClick(view.table, Key.Key_Down)
    qtbot.keyClick(view.table, Key.Key_V)  # it stands for itself alone
    assert QApplication.activePopupWidget() is None


def test_letters_are_commands_and_choose_no_row(qtbot, view) -> None:
    qtbot.keyClick(view.table, Key.Key_U)
    assert view.current_row().suggestion.track.title == "Paper Boats"


def test_a_row_is_read_out_as_a_whole(view) -> None:
    assert view.rows.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole) == (
        "2: harbour, North Quay, 3:07, 120 BPM, best part 0:10-0:40, score +0.00, clip 0.40, words 0.40, 0 stars, calm,"
        " A caption of harbour."
    )


def test_the_menu_says_what_it_would_do(qtbot, view) -> None:
    view.mark({"favourite": True})
    menu = view.actions_of_row.menu(view.current_row())
    texts = [action.text() for action in menu.actions()]
    assert "No &Favourite" in texts
    assert "&Rating" in texts
    assert [action.text() for action in view.actions_of_row.menu(None).actions()] == ["&Columns"]
    menu.close()


def test_columns_are_hidden_moved_sorted_and_remembered(qtbot, view) -> None:
    columns = view.table.header.menu(view)
    next(action for action in columns.actions() if action.text() == "Artist").trigger()
    assert view.table.isColumnHidden(NUMBER["artist"])
    assert "Title" not in [action.text() for action in columns.actions()]
    view.table.header.moveSection(NUMBER["caption"], 1)
    view.table.sortByColumn(NUMBER["tempo"], Qt.SortOrder.DescendingOrder)
    state = view.column_state()
    other = ResultsView()
    qtbot.addWidget(other)
    other.restore_columns(b"nonsense")
    other.restore_columns(b"of,other,columns\n" + state.split(b"\n", 1)[1])
    assert not other.table.isColumnHidden(NUMBER["artist"])
    other.restore_columns(state)
    assert other.table.isColumnHidden(NUMBER["artist"])
    assert other.table.header.visualIndex(NUMBER["caption"]) == 1
    other.show_suggestions(suggestions("text"))
    assert titles(other)[0] == "harbour"


def test_a_row_can_be_dragged_as_a_file(view) -> None:
    data = view.rows.mimeData([view.rows.index(1, 0), view.rows.index(1, 3)])
    assert [url.toLocalFile() for url in data.urls()] == ["/music/harbour.wav"]
    assert view.rows.flags(view.rows.index(0, 0)) & Qt.ItemFlag.ItemIsDragEnabled


def test_many_rows_are_taken_in_and_sorted(qapp) -> None:
    table, one = ResultsTableModel(), suggestions("text")[0]
    table.replace(replace(one, track=replace(one.track, id=number, tempo=float(number % 97))) for number in range(5000))
    table.sort(NUMBER["tempo"], Qt.SortOrder.DescendingOrder)
    tempi = [table.results[number].suggestion.track.tempo for number in range(len(table.results))]
    assert tempi == sorted(tempi, reverse=True)
    assert table.results[0].rank == 97, "rows that are equal keep their order"


def test_a_long_title_is_cut_but_not_the_number_of_versions(view) -> None:
    track = replace(suggestions("text")[0].track, title="A title that goes on and on and on and on")
    view.show_suggestions((found(track, 0, "text", versions=(track,), duplicates=(Path("a"), Path("b"))),))
    option, index = QStyleOptionViewItem(), view.rows.index(0, NUMBER["title"])
    view.table.initViewItemOption(option)
    option.rect = view.table.visualRect(index)
    view.table.itemDelegateForColumn(NUMBER["title"]).initStyleOption(option, index)
    assert option.text.startswith("A title")
    assert option.text.endswith("…  +3")
    assert option.fontMetrics.horizontalAdvance(option.text) < option.rect.width()
