"""Back and forward among the questions that were asked."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from gui.models.history import History
from gui.models.query import QueryDraft


class HistoryButtons(QWidget):
    """Two buttons over a `History`.

    Signals
    -------
    went : QueryDraft
        The user went to another question.
    """

    went = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = History()
        keys = QKeySequence.StandardKey
        self.back = self._button("←", self.tr("Back to the question before ({keys})"), keys.Back)
        self.forward = self._button("→", self.tr("Forward to the question after ({keys})"), keys.Forward)
        self.back.clicked.connect(lambda: self._go(self._history.back()))
        self.forward.clicked.connect(lambda: self._go(self._history.forward()))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.back)
        line.addWidget(self.forward)

    def visit(self, draft: QueryDraft) -> None:
        """Note that a question was asked."""
        self._history.visit(draft)
        self._allow()

    def recall(self, past: Sequence[QueryDraft]) -> None:
        """Take the questions of earlier days, the oldest first."""
        self._history.recall(past)
        self._allow()

    def _go(self, draft: QueryDraft) -> None:
        self._allow()
        self.went.emit(draft)

    def _allow(self) -> None:
        self.back.setEnabled(self._history.can_go_back)
        self.forward.setEnabled(self._history.can_go_forward)

    def _button(self, text: str, tip: str, keys: QKeySequence.StandardKey) -> QToolButton:
        sequence = QKeySequence(keys)
        tip = tip.format(keys=sequence.toString(QKeySequence.SequenceFormat.NativeText))
        button = QToolButton(text=text, toolTip=tip, accessibleName=tip, enabled=False)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setShortcut(sequence)
        return button
