"""Choosing which part of a video file the music is for."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFormLayout, QFrame, QLabel, QLineEdit, QPushButton, QWidget

from gui.models.query import ClipRange
from plugin.cli.support.units import clock
from plugin.errors import InputError


class ClipRangePanel(QFrame):
    """Edits the range of a `ClipRange`.

    Signals
    -------
    changed : ClipRange
        By the user.
    """

    changed = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._clip: ClipRange | None = None
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.start = QLineEdit(accessibleName=self.tr("Start of the clip"), placeholderText=self.tr("file's start"))
        self.end = QLineEdit(accessibleName=self.tr("End of the clip"), placeholderText=self.tr("file's end"))
        self.problem = QLabel(wordWrap=True, visible=False)
        self.done = QPushButton(self.tr("&Use This Part"))
        form = QFormLayout(self)
        form.addRow(self.tr("&From"), self.start)
        form.addRow(self.tr("&To"), self.end)
        form.addRow(self.problem)
        form.addRow(self.done)
        for line in (self.start, self.end):
            line.setToolTip(self.tr("Time in the footage: 1:30, or seconds as 90"))
            line.returnPressed.connect(self._use)
        self.done.clicked.connect(self._use)

    def show_clip(self, clip: ClipRange) -> None:
        """Show the range of a clip."""
        self._clip = clip
        self.start.setText(_time(clip.start) if clip.start else "")
        self.end.setText("" if clip.end is None else _time(clip.end))
        self.problem.hide()

    def _use(self) -> None:
        assert self._clip is not None
        try:
            clip = self._clip.between(self.start.text(), self.end.text())
        except InputError as error:
            self.problem.setText(str(error))
            self.problem.show()
            self.adjustSize()
            return
        self.close()
        if clip != self._clip:
            self.changed.emit(clip)


def _time(value: float) -> str:
    """Write a time that is read back as the same one."""
    return clock(value) if value == round(value) else f"{value:g}"
