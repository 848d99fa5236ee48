"""What stands in the place of results while there are none: a text, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget


class Notice(QWidget):
    """A text in the middle, with a button below where there is something to do."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QPushButton(visible=False)
        self._act: Callable[[], None] = lambda: None
        self.button.clicked.connect(lambda: self._act())
        column = QVBoxLayout(self)
        column.addStretch()
        column.addWidget(self.text)
        column.addSpacing(self.fontMetrics().height())
        column.addWidget(self.button, alignment=Qt.AlignmentFlag.AlignCenter)
        column.addStretch()

    def show_text(self, text: str, button: str = "", act: Callable[[], None] = lambda: None) -> None:
        """Say something else."""
        self.text.setText(text)
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self._act = act
