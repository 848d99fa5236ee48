"""The fields of a question: words, a clip with its range, a reference track, and how much each counts."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QSlider, QWidget

from gui.models.query import QueryDraft
from plugin.decode import AUDIO_SUFFIXES, VIDEO_SUFFIXES

WEIGHT_STEPS = 100
"""Position of a slider at which its weight is 1; it goes on to 2."""


class FileField(QLineEdit):
    """A path that can be written, pasted, dropped or chosen."""

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: D102
        if event is not None and event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: D102
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()] if event else []
        if event is not None and paths:
            self.setText(paths[0])
            event.acceptProposedAction()
        else:
            super().dropEvent(event)


class QueryBar(QWidget):
    """Writes what the user enters into a `QueryDraft`.

    Signals
    -------
    asked
        The user wants suggestions: the button, or Enter in any field.
    stopped
        The user does not want to wait for them any more.
    """

    asked = pyqtSignal()
    stopped = pyqtSignal()

    def __init__(self, draft: QueryDraft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self._busy = False
        self.words = QLineEdit(placeholderText=self.tr("What the music shall sound like: slow piano, hopeful, strings"))
        self.clip = FileField(placeholderText=self.tr("Drop the footage here"))
        self.start = QLineEdit(placeholderText=self.tr("start"), accessibleName=self.tr("Start of the clip"))
        self.end = QLineEdit(placeholderText=self.tr("end"), accessibleName=self.tr("End of the clip"))
        self.reference = FileField(placeholderText=self.tr("Drop music here that it shall take after"))
        self.sliders: dict[str, QSlider] = {}
        self.button = QPushButton(self.tr("&Suggest"))
        self.button.clicked.connect(lambda: (self.stopped if self._busy else self.asked).emit())
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        self._add_row(grid, "text", self.tr("&Words"), self.words)
        self._add_row(
            grid, "video", self.tr("&Clip"), self.clip, *self._times(), self._browse(self.clip, VIDEO_SUFFIXES)
        )
        browse = self._browse(self.reference, AUDIO_SUFFIXES | VIDEO_SUFFIXES)
        self._add_row(grid, "reference", self.tr("&Like"), self.reference, browse)
        self.button.setSizePolicy(self.button.sizePolicy().horizontalPolicy(), self.words.sizePolicy().Policy.Expanding)
        self.button.setMinimumWidth(110)
        grid.addWidget(self.button, 0, 4, 3, 1)

    def set_busy(self, busy: bool) -> None:
        """Let the button stop the question that is being answered, or ask the next one."""
        self._busy = busy
        self.button.setText(self.tr("&Stop") if busy else self.tr("&Suggest"))

    def _add_row(self, grid: QGridLayout, aspect: str, title: str, field: QLineEdit, *others: QWidget) -> None:
        label = QLabel(title)
        label.setBuddy(field)
        field.setAccessibleName(title.replace("&", ""))
        field.setClearButtonEnabled(True)
        field.returnPressed.connect(self.asked)
        line = QHBoxLayout()
        line.addWidget(field, 1)
        for widget in others:
            line.addWidget(widget)
        slider, number = QSlider(Qt.Orientation.Horizontal), QLabel()
        slider.setRange(0, 2 * WEIGHT_STEPS)
        slider.setPageStep(WEIGHT_STEPS // 4)
        slider.setFixedWidth(110)
        slider.setAccessibleName(self.tr("Weight: {aspect}").format(aspect=field.accessibleName()))
        slider.setToolTip(self.tr("How much this counts beside the others"))
        number.setMinimumWidth(number.fontMetrics().horizontalAdvance("0.00"))

        def weigh(value: int) -> None:
            self._draft.weights[aspect] = value / WEIGHT_STEPS
            number.setText(f"{value / WEIGHT_STEPS:.2f}")

        def write(text: str) -> None:
            setattr(self._draft, aspect, text)
            for widget in (slider, number, *(other for other in others if isinstance(other, QLineEdit))):
                widget.setEnabled(bool(text.strip()))

        slider.valueChanged.connect(weigh)
        field.textChanged.connect(write)
        slider.setValue(WEIGHT_STEPS)
        write("")
        self.sliders[aspect] = slider
        row = grid.rowCount() - 1 if grid.count() == 0 else grid.rowCount()
        grid.addWidget(label, row, 0)
        grid.addLayout(line, row, 1)
        grid.addWidget(slider, row, 2)
        grid.addWidget(number, row, 3)

    def _times(self) -> Iterable[QLineEdit]:
        for name in ("start", "end"):
            field: QLineEdit = getattr(self, name)
            field.setFixedWidth(64)
            field.setToolTip(self.tr("Time in the footage: 90 or 1:30"))
            field.textChanged.connect(lambda text, name=name: setattr(self._draft, name, text))
            field.returnPressed.connect(self.asked)
            yield field

    def _browse(self, field: FileField, suffixes: Iterable[str]) -> QPushButton:
        button = QPushButton(self.tr("Browse…"))
        button.setAutoDefault(False)
        patterns = " ".join(f"*{suffix}" for suffix in sorted(suffixes))
        filters = self.tr("Media files ({patterns});;All files (*)").format(patterns=patterns)

        def choose() -> None:
            path, _ = QFileDialog.getOpenFileName(self, field.accessibleName(), field.text(), filters)
            if path:
                field.setText(path)

        button.clicked.connect(choose)
        return button
