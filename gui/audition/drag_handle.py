"""What is dragged out to another program: the cue as a file."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QMimeData, QPoint, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDrag, QEnterEvent, QMouseEvent
from PyQt6.QtWidgets import QApplication, QToolButton, QWidget

from gui.audition.renders import Renders
from gui.models.audition import Cue
from plugin.errors import printable


class DragHandle(QToolButton):
    """Is dragged into an editor, a folder, a mail; a press without dragging puts the file on the clipboard.

    The file is made as soon as the mouse comes near, so that a drag need not wait; until it is there a drag says so.

    Parameters
    ----------
    renders : Renders

    Signals
    -------
    news : str
    """

    news = pyqtSignal(str)

    def __init__(self, renders: Renders, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._renders = renders
        self._cue: Cue | None = None
        self._pressed = QPoint()
        self.setText(self.tr("Drag &Out"))
        self.setAccessibleName(self.tr("Drag out"))
        self.setToolTip(self.tr("Drag what is heard into any program, as a file. A click copies the file."))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setEnabled(False)
        self.clicked.connect(self.copy)

    def set_cue(self, cue: Cue | None) -> None:
        """Offer another cue."""
        self._cue = cue
        self.setEnabled(cue is not None)

    def prepare(self) -> None:
        """Begin to make the file, unless it is there."""
        if self._cue is not None and self._renders.file(self._cue) is None:
            self._renders.make(self._cue)

    def copy(self) -> None:
        """Put the file on the clipboard, as soon as it is ready."""
        if self._cue is not None:
            self.news.emit(self.tr("Making the file…"))
            self._renders.make(self._cue, self._to_clipboard)

    def enterEvent(self, event: QEnterEvent | None) -> None:  # noqa: D102
        super().enterEvent(event)
        self.prepare()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: D102
        if event is not None:
            self._pressed = event.position().toPoint()
        self.prepare()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:  # noqa: D102
        if event is None or self._cue is None or not (self.isDown() and event.buttons() & Qt.MouseButton.LeftButton):
            return
        if (event.position().toPoint() - self._pressed).manhattanLength() < QApplication.startDragDistance():
            return
        self.setDown(False)
        path = self._renders.file(self._cue)
        if path is None or not path.is_file():
            self.prepare()
            self.news.emit(self.tr("The file is still being made: drag again in a moment"))
            return
        drag = QDrag(self)
        drag.setMimeData(mime_of(path))
        drag.exec(Qt.DropAction.CopyAction)

    def _to_clipboard(self, path: Path) -> None:
        clipboard = QApplication.clipboard()
        assert clipboard is not None
        clipboard.setMimeData(mime_of(path))
        self.news.emit(self.tr("Copied the file {name}").format(name=printable(path.name)))


def mime_of(path: Path) -> QMimeData:
    """Give a file as other programs take it."""
    data = QMimeData()
    # A name that is not UTF-8 has no other form that Qt takes.
    data.setUrls([QUrl(path.absolute().as_uri())])
    return data
