"""A short table of texts, as wide as its part of the page."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget


class Table(QTreeWidget):
    """Rows of texts.

    Parameters
    ----------
    name : str
        For screen readers.
    columns : sequence of str
        The last one takes the room that is left.
    right : collection of int
        Columns of numbers.
    """

    def __init__(
        self, name: str, columns: Sequence[str], right: Collection[int] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._right = right
        self.setAccessibleName(name)
        self.setHeaderLabels(list(columns))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setAllColumnsShowFocus(True)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.header()
        assert header is not None
        header.setSectionsMovable(False)
        for column in range(len(columns) - 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        for column in right:
            self.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight)

    def show_rows(self, rows: Sequence[Sequence[str]], bold: Collection[int] = ()) -> None:
        """Show rows, some of them in bold."""
        self.clear()
        for number, texts in enumerate(rows):
            item = QTreeWidgetItem(list(texts))
            for column, text in enumerate(texts):
                item.setToolTip(column, text)
                if column in self._right:
                    item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if number in bold:
                    font = self.font()
                    font.setBold(True)
                    item.setFont(column, font)
            self.addTopLevelItem(item)
        # Room for all rows of a pack, and no more than eight of them.
        height = self.sizeHintForRow(0) if rows else self.fontMetrics().height()
        head = self.header()
        assert head is not None
        self.setMinimumHeight(head.sizeHint().height() + min(len(rows), 8) * height + 2 * self.frameWidth() + 2)
