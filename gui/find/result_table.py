"""Suggestions as a table."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, pyqtSignal
from PyQt6.QtWidgets import QAbstractItemView, QTableView, QWidget

from gui.find.delegates import PartDelegate, ScoreDelegate, StarsDelegate, TitleDelegate
from gui.find.header import ResultsHeader
from gui.find.table_model import ResultsTableModel
from gui.models.columns import NUMBER


class ResultTable(QTableView):
    """A row for each suggestion.

    Signals
    -------
    play_wanted
        A row was double-clicked.
    favoured : int
        The heart of a row was clicked.
    unfolded : int
        The number of a row's versions and copies was clicked.
    rated : int, int
        Number of a row and its rating.
    """

    play_wanted = pyqtSignal()
    favoured = pyqtSignal(int)
    unfolded = pyqtSignal(int)
    rated = pyqtSignal(int, int)

    def __init__(self, rows: ResultsTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        stars, title = StarsDelegate(self), TitleDelegate(self)
        self.setModel(rows)
        self.setItemDelegateForColumn(NUMBER["title"], title)
        self.setItemDelegateForColumn(NUMBER["part"], PartDelegate(self))
        self.setItemDelegateForColumn(NUMBER["score"], ScoreDelegate(rows.results, self))
        self.setItemDelegateForColumn(NUMBER["rating"], stars)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.header = ResultsHeader(rows.titles, self)
        self.setHorizontalHeader(self.header)
        lines = self.verticalHeader()
        assert lines is not None
        lines.hide()
        lines.setSectionResizeMode(lines.ResizeMode.Fixed)
        lines.setDefaultSectionSize(round(self.fontMetrics().height() * 2.1))
        self.setSortingEnabled(True)
        self.header.set_up()
        self.doubleClicked.connect(self._double_click)
        self.clicked.connect(self._click)
        stars.rated.connect(self.rated)
        title.unfolded.connect(self.unfolded)

    def select_row(self, number: int) -> None:
        """Make a row the current one."""
        self.selectRow(number)

    def keyboardSearch(self, search: str | None) -> None:
        """Letters are commands here."""

    def _click(self, index: QModelIndex) -> None:
        if index.column() == NUMBER["favourite"]:
            self.favoured.emit(index.row())

    def _double_click(self, index: QModelIndex) -> None:
        if index.column() not in (NUMBER["favourite"], NUMBER["rating"]):
            self.play_wanted.emit()
