"""The first start: choose folders, then watch them being indexed."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.drops import dropped_files
from gui.library.progress import ProgressStrip
from gui.models.library import music_folder
from gui.models.service import IndexState
from plugin.errors import printable

FIRST_TRACKS = 5
"""From so many tracks on a suggestion means something."""
COLUMNS = 96
"""Characters that the text is wide."""


class FirstStart(QWidget):
    """A page for a library that is empty.

    Parameters
    ----------
    suggested : pathlib.Path, optional
        Folder that one click takes; the user's own folder of music by default.

    Signals
    -------
    folders_chosen : list of Path
    ready
        The first suggestions are possible.
    """

    folders_chosen = pyqtSignal(list)
    ready = pyqtSignal()

    def __init__(self, suggested: Path | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._suggested = suggested or music_folder()
        self._is_ready = False
        self.setAcceptDrops(True)
        self.title = QLabel(f"<h2>{self.tr('Where is your music?')}</h2>")
        self.text = QLabel(
            self.tr(
                "Cuefinder listens to each track once and keeps what it heard on this computer. Your files are only "
                "read, never changed. What you add to these folders later is taken in by itself."
            ),
            wordWrap=True,
        )
        self.suggested = QPushButton(default=True)
        if self._suggested is not None:
            self.suggested.setText(self.tr("&Use {folder}").format(folder=printable(self._suggested)))
        self.suggested.setVisible(self._suggested is not None)
        self.suggested.clicked.connect(lambda: self.folders_chosen.emit([self._suggested]))
        self.choose = QPushButton(self.tr("&Choose a Folder…"))
        self.choose.clicked.connect(self._choose)
        self.hint = QLabel(self.tr("or drop folders here"), enabled=False)
        self.progress = ProgressStrip()
        self.when = QLabel(wordWrap=True, accessibleName=self.tr("When suggestions are possible"), visible=False)
        row = QHBoxLayout()
        for widget in (self.suggested, self.choose, self.hint):
            row.addWidget(widget)
        row.addStretch()
        inner = QVBoxLayout()
        for part in (self.title, self.text):
            inner.addWidget(part)
        inner.addLayout(row)
        inner.addWidget(self.progress)
        inner.addWidget(self.when)
        inner.setSpacing(self.fontMetrics().height())
        middle = QWidget()
        middle.setLayout(inner)
        middle.setFixedWidth(COLUMNS * self.fontMetrics().averageCharWidth())
        across = QHBoxLayout()
        across.addStretch()
        across.addWidget(middle)
        across.addStretch()
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addLayout(across)
        column.addStretch(3)

    def begin(self) -> None:
        """Folders were chosen: look for music in them."""
        self._is_ready = False
        for widget in (self.suggested, self.choose, self.hint):
            widget.hide()
        self.title.setText(f"<h2>{self.tr('Listening to your music')}</h2>")
        self.progress.begin()
        self._say()

    def show_state(self, state: IndexState | None) -> None:
        """Show how far indexing is; None where it has ended."""
        if state is None:
            self.progress.end()
            return
        self.progress.show_state(state)
        heard = state.files_done - state.failed
        if not self._is_ready and (heard >= FIRST_TRACKS or (heard and state.files_done == state.files_total)):
            self._is_ready = True
            self.ready.emit()
        self._say(state)

    def show_choice(self) -> None:
        """Ask again: nothing was found, or it was stopped."""
        self.title.setText(f"<h2>{self.tr('Where is your music?')}</h2>")
        self.progress.end()
        self.when.hide()
        self.suggested.setVisible(self._suggested is not None)
        self.choose.show()
        self.hint.show()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: D102
        if event is not None and event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: D102
        paths = dropped_files(event.mimeData()) if event is not None else []
        if event is not None and paths:
            event.acceptProposedAction()
            self.folders_chosen.emit(paths)

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder of music"))
        if folder:
            self.folders_chosen.emit([Path(folder)])

    def _say(self, state: IndexState | None = None) -> None:
        self.when.show()
        if self._is_ready:
            text = self.tr("You can ask for suggestions now; there will be more as more tracks are heard.")
        else:
            left = FIRST_TRACKS if state is None else max(FIRST_TRACKS - state.files_done + state.failed, 1)
            text = self.tr("First suggestions are possible after {count} more tracks, soon.").format(count=left)
        self.when.setText(text)
