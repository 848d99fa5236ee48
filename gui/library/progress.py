"""How far indexing is: a bar, rate and time left in words, and the last file that failed."""

from __future__ import annotations

from PyQt6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from gui.models.library import progress_words
from gui.models.service import IndexState

STEPS = 1000


class ProgressStrip(QWidget):
    """Takes no room while nothing is read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = QProgressBar(accessibleName=self.tr("Indexing"), textVisible=False)
        self.words = QLabel(accessibleName=self.tr("Progress"))
        self.problem = QLabel(accessibleName=self.tr("Last problem"), wordWrap=True)
        self.problem.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.bar, self.words, self.problem):
            column.addWidget(part)
        self.end()

    def begin(self) -> None:
        """It looks for files; nothing is known yet."""
        self.bar.setRange(0, 0)
        self.words.setText(self.tr("Looking for music…"))
        self.problem.hide()
        self.show()

    def show_state(self, state: IndexState) -> None:
        """Show how far it is."""
        self.bar.setRange(0, STEPS)
        self.bar.setValue(round(state.share * STEPS))
        self.words.setText(progress_words(state))
        self.problem.setVisible(bool(state.problem))
        self.problem.setText(self.tr("Last failed: {problem}").format(problem=state.problem) if state.problem else "")
        self.show()

    def end(self) -> None:
        """Nothing is read any more."""
        self.hide()
