"""The middle of the window: a hint until there is an answer, then the list with details of one track."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QLabel, QSizePolicy, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from gui.results_view import ResultsView


class Pages(QStackedWidget):
    """Shows the hint at first.

    Parameters
    ----------
    results : ResultsView
    index_action : QAction
        Offered while the library is empty.
    """

    def __init__(self, results: ResultsView, index_action: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hint = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.hint_button = QToolButton(visible=False)
        self.hint_button.setDefaultAction(index_action)
        self.details = QLabel(wordWrap=True, accessibleName=self.tr("About the current track"))
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        results.chosen.connect(self.details.setText)
        hint_page, self._answer_page = QWidget(), QWidget()
        hint_column = QVBoxLayout(hint_page)
        hint_column.addStretch()
        hint_column.addWidget(self.hint)
        hint_column.addWidget(self.hint_button, alignment=Qt.AlignmentFlag.AlignCenter)
        hint_column.addStretch()
        answer_column = QVBoxLayout(self._answer_page)
        answer_column.setContentsMargins(0, 0, 0, 0)
        answer_column.addWidget(results, 1)
        answer_column.addWidget(self.details)
        self.addWidget(hint_page)
        self.addWidget(self._answer_page)

    def show_hint(self, *, empty: bool) -> None:
        """Say how to begin, with an empty library or another."""
        self.hint_button.setVisible(empty)
        self.hint.setText(
            self.tr("Your library is empty. Index a folder of music to begin: your files are only read.")
            if empty
            else self.tr("Describe the music, or drop the footage or a track that it shall take after.")
        )

    def show_answer(self) -> None:
        """Turn to the list."""
        self.setCurrentWidget(self._answer_page)
