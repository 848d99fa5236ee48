"""The line above the results: what they are sorted by, and whether they are a table or cards."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from gui.find.table_model import ResultsTableModel
from gui.models.columns import COLUMNS
from gui.models.settings import ResultsLook

Order = Qt.SortOrder


class ResultsBar(QWidget):
    """Chooses the order and the look of the results.

    Signals
    -------
    sort_chosen : int, Qt.SortOrder
        Number of a column and its order, by the user.
    look_chosen : str
        "table" or "cards", by the user.
    """

    sort_chosen = pyqtSignal(int, Qt.SortOrder)
    look_chosen = pyqtSignal(str)

    def __init__(self, rows: ResultsTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sorting = QComboBox(accessibleName=self.tr("Sort by"))
        for column in COLUMNS:
            spoken = {"rank": self.tr("Best fit"), "favourite": self.tr("Favourites"), "tempo": self.tr("Tempo")}
            self.sorting.addItem(spoken.get(column.name, rows.titles[column.name]))
        label = QLabel(self.tr("Sort b&y"))
        label.setBuddy(self.sorting)
        self.direction = QToolButton()
        self.direction.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.looks: dict[ResultsLook, QPushButton] = {
            "table": self._look(self.tr("Ta&ble"), self.tr("A row for each track")),
            "cards": self._look(self.tr("Car&ds"), self.tr("A card for each track, with tags and caption")),
        }
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        for widget in (label, self.sorting, self.direction):
            line.addWidget(widget)
        line.addStretch()
        group = QButtonGroup(self)
        for look, button in self.looks.items():
            group.addButton(button)
            line.addWidget(button)
            button.clicked.connect(lambda _, look=look: self.look_chosen.emit(look))
        self.sorting.activated.connect(self._choose_column)
        self.direction.clicked.connect(self._turn_round)
        self.show_sort(0, Order.AscendingOrder)

    def show_sort(self, column: int, order: Qt.SortOrder) -> None:
        """Show what the results are sorted by."""
        self.sorting.setCurrentIndex(column)
        self._order = order
        rising = order == Order.AscendingOrder
        text = self.tr("Rising; turn round") if rising else self.tr("Falling; turn round")
        self.direction.setText("↑" if rising else "↓")
        self.direction.setAccessibleName(text)
        self.direction.setToolTip(text)

    def show_look(self, look: ResultsLook) -> None:
        """Show which look the results have."""
        self.looks[look].setChecked(True)

    def _choose_column(self, column: int) -> None:
        order = Order.DescendingOrder if COLUMNS[column].best_first else Order.AscendingOrder
        self.sort_chosen.emit(column, order)

    def _turn_round(self) -> None:
        rising = self._order == Order.AscendingOrder
        self.sort_chosen.emit(self.sorting.currentIndex(), Order.DescendingOrder if rising else Order.AscendingOrder)

    def _look(self, text: str, tip: str) -> QPushButton:
        return QPushButton(text, checkable=True, toolTip=tip)
