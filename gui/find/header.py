"""The heads of the columns: widths that suit the font, a menu of what is shown, and a state to keep."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QFontMetrics
from PyQt6.QtWidgets import QHeaderView, QMenu, QWidget

from gui.models.columns import COLUMNS, NUMBER

if TYPE_CHECKING:
    from gui.find.result_table import ResultTable

WIDTHS = {
    "rank": 5,
    "favourite": 4,
    "title": 26,
    "artist": 15,
    "part": 32,
    "length": 8,
    "tempo": 6,
    "key": 12,
    "score": 15,
    "rating": 11,
    "tags": 24,
    "caption": 40,
}
"""In characters of middling width."""


class ResultsHeader(QHeaderView):
    """Columns that the user can order, size and put away; the title stays."""

    def __init__(self, titles: Mapping[str, str], view: ResultTable) -> None:
        super().__init__(Qt.Orientation.Horizontal, view)
        self._titles, self._view = titles, view
        self._sorted = NUMBER["rank"]

    def set_up(self) -> None:
        """Set the widths and the order; call it once the view has its model."""
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setStretchLastSection(True)
        self.setSortIndicator(NUMBER["rank"], Qt.SortOrder.AscendingOrder)
        width = QFontMetrics(self.font()).averageCharWidth()
        for name, characters in WIDTHS.items():
            self.resizeSection(NUMBER[name], characters * width)
        self.sectionClicked.connect(self._sort_best_first)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)

    def sort_by(self, number: int, order: Qt.SortOrder) -> None:
        """Sort by a column that was not chosen here."""
        self._sorted = number
        self.setSortIndicator(number, order)

    def menu(self, parent: QWidget) -> QMenu:
        """Make a menu of the columns that are shown."""
        menu = QMenu(self.tr("&Columns"), parent)
        for number, column in enumerate(COLUMNS):
            if column.name == "title":
                continue
            action = menu.addAction(self._titles[column.name])
            assert action is not None
            action.setCheckable(True)
            action.setChecked(not self.isSectionHidden(number))
            action.toggled.connect(partial(self._show_column, number))
        return menu

    def column_state(self) -> bytes:
        """Give the state, headed by the columns it is about."""
        return _head() + self.saveState().data()

    def restore_columns(self, state: bytes) -> None:
        """Take a state back; one about other columns is passed over."""
        if state.startswith(_head()) and self.restoreState(state[len(_head()) :]):
            self._sorted = self.sortIndicatorSection()
            self._view.sortByColumn(self._sorted, self.sortIndicatorOrder())

    def _show_column(self, number: int, shown: bool) -> None:
        self.setSectionHidden(number, not shown)

    def _sort_best_first(self, number: int) -> None:
        # Qt begins with the rising order when another column is clicked.
        fresh, self._sorted = number != self._sorted, number
        if fresh and COLUMNS[number].best_first:
            self.setSortIndicator(number, Qt.SortOrder.DescendingOrder)

    def _show_menu(self, place: QPoint) -> None:
        menu = self.menu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(place))


def _head() -> bytes:
    return ",".join(column.name for column in COLUMNS).encode() + b"\n"
