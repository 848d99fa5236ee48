"""The line with the connected editors, and what can be done in the chosen one."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QWidget

from gui.models.hosts import HostRow


class HostBar(QWidget):
    """Shows the hosts; the newest is chosen until the user chooses.

    Signals
    -------
    place, undo : int
        The host to do it in.
    """

    place = pyqtSignal(int)
    undo = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[HostRow] = []
        self._busy = False
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Editor"))
        self.choice.setMinimumWidth(200)
        self.place_button = QPushButton(self.tr("&Place in Timeline"))
        self.place_button.setToolTip(self.tr("Under the selected clip, else at the playhead (Ctrl+Return)"))
        self.place_button.setShortcut("Ctrl+Return")
        self.undo_button = QPushButton(self.tr("Take &Back"))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        label = QLabel(self.tr("&Editor:"))
        label.setBuddy(self.choice)
        for widget in (label, self.choice, self.place_button, self.undo_button):
            line.addWidget(widget)
        line.addStretch(1)
        self.choice.currentIndexChanged.connect(self._enable)
        self.place_button.clicked.connect(lambda: self.place.emit(self._rows[self.choice.currentIndex()].id))
        self.undo_button.clicked.connect(lambda: self.undo.emit(self._rows[self.choice.currentIndex()].id))
        self.show_hosts([])

    def show_hosts(self, rows: Sequence[HostRow]) -> None:
        """Show the hosts that are connected now; the choice stays where its host does."""
        index = self.choice.currentIndex()
        old = self._rows[index].id if 0 <= index < len(self._rows) else None
        self._rows = list(rows)
        self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItems([row.title for row in self._rows] or [self.tr("none connected")])
        kept = next((i for i, row in enumerate(self._rows) if row.id == old), 0)
        self.choice.setCurrentIndex(kept)
        self.choice.blockSignals(False)
        self._enable()

    def set_busy(self, busy: bool) -> None:
        """Take no further order while one is done."""
        self._busy = busy
        self._enable()

    def _enable(self) -> None:
        index = self.choice.currentIndex()
        row = self._rows[index] if 0 <= index < len(self._rows) else None
        self.choice.setEnabled(bool(self._rows))
        self.place_button.setEnabled(row is not None and row.can_place and not self._busy)
        self.undo_button.setEnabled(row is not None and row.can_undo and not self._busy)
