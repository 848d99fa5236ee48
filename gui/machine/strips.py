"""What goes on with models in the background: a line each, with how far it is and what can be done about it."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QLabel, QProgressBar, QPushButton, QWidget

from gui.messages import ElidedLabel
from gui.models.library import progress_words
from gui.models.service import IndexState
from gui.models.switching import Wish

STEPS = 1000


class InstallStrip(QWidget):
    """The model that is being installed; takes no room where none is.

    Signals
    -------
    cancelled
    """

    cancelled = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, visible=False)
        self.title = QLabel(accessibleName=self.tr("What is being installed"))
        self.bar = QProgressBar(textVisible=False, accessibleName=self.tr("Installing"))
        self.bar.setRange(0, 0)
        self.words = ElidedLabel()
        self.words.setAccessibleName(self.tr("How far the installing is"))
        self.cancel = QPushButton(self.tr("Cance&l"), toolTip=self.tr("Ends the installing; nothing is left of it"))
        self.cancel.clicked.connect(self.cancelled)
        _lay_out(self, self.title, self.bar, self.words, self.cancel)

    def show_running(self, name: str) -> None:
        """A model is being installed; empty for none."""
        self.title.setText(self.tr("Installing {model}").format(model=name))
        self.words.setText("")
        self.setVisible(bool(name))

    def show_line(self, line: str) -> None:
        """Show what the installing process says."""
        self.words.setText(line)
        self.words.setToolTip(line)


class HearingStrip(QWidget):
    """The models that shall come into use; takes no room where there are none.

    Signals
    -------
    stopped, gone_on, dropped
    """

    stopped = pyqtSignal()
    gone_on = pyqtSignal()
    dropped = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, visible=False)
        self.title = QLabel(accessibleName=self.tr("What shall come into use"))
        self.bar = QProgressBar(textVisible=False, accessibleName=self.tr("Hearing the library again"))
        self.words = ElidedLabel()
        self.words.setAccessibleName(self.tr("How far the hearing is"))
        self.stop = QPushButton(self.tr("St&op"), toolTip=self.tr("Ends it for now; what was heard is kept"))
        self.go_on = QPushButton(self.tr("Go &On"), toolTip=self.tr("Goes on where it was stopped"))
        self.drop = QPushButton(self.tr("Gi&ve Up"), toolTip=self.tr("Keeps the old models, and drops what was heard"))
        self.stop.clicked.connect(self.stopped)
        self.go_on.clicked.connect(self.gone_on)
        self.drop.clicked.connect(self.dropped)
        _lay_out(self, self.title, self.bar, self.words, self.stop, self.go_on, self.drop)

    def show_wish(self, wish: Wish | None, busy: bool) -> None:
        """Show what is wished, and whether something is done for it."""
        self.setVisible(wish is not None)
        if wish is None:
            return
        title = self.tr("Putting {model} into use") if busy else self.tr("{model} waits to be put into use")
        self.title.setText(title.format(model=wish.label))
        self.bar.setVisible(busy)
        self.bar.setRange(0, 0)
        self.words.setText("" if busy else self.tr("Stopped; what was heard is kept. Everything works as before."))
        for button, shown in ((self.stop, busy), (self.go_on, not busy), (self.drop, not busy)):
            button.setVisible(shown)

    def show_state(self, state: IndexState) -> None:
        """Show how far the hearing is."""
        self.bar.setRange(0, STEPS)
        self.bar.setValue(round(state.share * STEPS))
        words = progress_words(state)
        self.words.setText(words)
        self.words.setToolTip(state.problem or words)


def _lay_out(strip: QWidget, title: QLabel, bar: QProgressBar, words: QLabel, *buttons: QPushButton) -> None:
    grid = QGridLayout(strip)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.addWidget(title, 0, 0)
    grid.addWidget(bar, 0, 1)
    grid.addWidget(words, 1, 0, 1, 2)
    grid.setColumnStretch(1, 1)
    for column, button in enumerate(buttons, 2):
        grid.addWidget(button, 0, column, 2, 1)
