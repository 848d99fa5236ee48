"""The middle of the page: results with what is known of one, or a notice in their place."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui.find.details import Details
from gui.find.notice import Notice
from gui.find.results import ResultsView


class AnswerArea(QStackedWidget):
    """Shows `results` and `details`, or the `notice`; cards say by themselves what the details would."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notice, self.results, self.details = Notice(), ResultsView(), Details()
        self.results.current_changed.connect(self.details.show_suggestion)
        self.results.views.currentChanged.connect(lambda look: self.details.setVisible(look == 0))
        self._answer = QWidget()
        column = QVBoxLayout(self._answer)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.results, 1)
        column.addWidget(self.details)
        self.addWidget(self.notice)
        self.addWidget(self._answer)

    def show_results(self) -> None:
        """Turn to the results."""
        self.setCurrentWidget(self._answer)

    def show_notice(self, text: str, button: str = "", act: Callable[[], None] = lambda: None) -> None:
        """Say something in place of results, with a button where there is something to do."""
        self.notice.show_text(text, button, act)
        self.setCurrentWidget(self.notice)
