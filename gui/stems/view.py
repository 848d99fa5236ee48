"""The tree view of stems."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QTreeView, QWidget

from gui.stems.table import StemsModel, WaveDelegate

WIDTHS = {"original": 11, "wave": 9, "proposed": 14, "instrument": 8, "tags": 12, "tempo": 3, "key": 5, "loudness": 4,
          "notes": 9}  # fmt: skip
"""Of the columns, in heights of the font; the last one takes the rest."""


class StemsView(QTreeView):
    """Stems under their roles; F2 or a double click writes a name."""

    def __init__(self, model: StemsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stems = model
        self.setModel(model)
        self.setAccessibleName(self.tr("Stems"))
        self.setItemDelegateForColumn(model.COLUMNS.index("wave"), WaveDelegate(self))
        self.setAlternatingRowColors(True)
        self.setAllColumnsShowFocus(True)
        self.setUniformRowHeights(True)
        self.setEditTriggers(QTreeView.EditTrigger.DoubleClicked | QTreeView.EditTrigger.EditKeyPressed)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        height = self.fontMetrics().height()
        for number, column in enumerate(model.COLUMNS[:-1]):
            self.setColumnWidth(number, WIDTHS[column] * height)

    def refresh(self) -> None:
        """Show the list as it is now, all groups open and the first proposed name current."""
        self._stems.refresh()
        for row in range(self._stems.rowCount()):
            self.setFirstColumnSpanned(row, self.rootIndex(), True)
        self.expandAll()
        self.setCurrentIndex(self._stems.index(0, self._stems.COLUMNS.index("proposed"), self._stems.index(0, 0)))
