"""What the music must be like, as a small form below its button."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gui.find.words import TagsLine
from gui.models.columns import STARS
from plugin.cli.support.units import clock, seconds
from plugin.errors import InputError
from plugin.suggest.query import Filters

PITCHES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
TEMPO_LIMIT = 400


class FilterPanel(QFrame):
    """Edits `Filters`; what cannot be meant is said in the form and goes nowhere.

    Signals
    -------
    changed : Filters
        By the user.
    """

    changed = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._filters = Filters()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.slowest, self.fastest = self._tempo(self.tr("Slowest tempo")), self._tempo(self.tr("Fastest tempo"))
        self.key = QComboBox(accessibleName=self.tr("Key"))
        self.key.addItem(self.tr("any"), None)
        for mode in ("major", "minor"):
            for pitch in PITCHES:
                self.key.addItem(f"{pitch} {mode}", f"{pitch} {mode}")
        self.least, self.most = self._length(self.tr("Shortest length")), self._length(self.tr("Longest length"))
        self.voice = QComboBox(accessibleName=self.tr("Voice"))
        self.voice.addItem(self.tr("any"), "")
        self.voice.addItem(self.tr("vocal"), "vocal")
        self.voice.addItem(self.tr("instrumental"), "instrumental")
        self.tags, self.not_tags = TagsLine(), TagsLine()
        self.tags.setAccessibleName(self.tr("Tags to carry"))
        self.not_tags.setAccessibleName(self.tr("Tags not to carry"))
        self.tags.setPlaceholderText(self.tr("piano, calm"))
        self.rating = QComboBox(accessibleName=self.tr("Lowest rating"))
        self.rating.addItem(self.tr("any"), 0)
        for stars in range(1, STARS + 1):
            self.rating.addItem("★" * stars, stars)
        self.favourites = QCheckBox(self.tr("Fa&vourites only"))
        self.show_hidden = QCheckBox(self.tr("&Hidden tracks too"))
        self.problem = QLabel(wordWrap=True, visible=False)
        self.clear = QPushButton(self.tr("&Clear"))
        self.clear.setToolTip(self.tr("Take all filters away"))
        self.done = QPushButton(self.tr("&Done"))
        self._lay_out()
        self._connect()

    def set_vocabulary(self, tags: Sequence[str]) -> None:
        """Take the words that tags are completed from."""
        self.tags.vocabulary = self.not_tags.vocabulary = tags

    def show_filters(self, filters: Filters) -> None:
        """Show filters that were set elsewhere."""
        self._filters = filters
        low, high = filters.tempo or (0.0, 0.0)
        widgets = (self.slowest, self.fastest, self.key, self.voice, self.rating, self.favourites, self.show_hidden)
        for widget in widgets:
            widget.blockSignals(True)
        self.slowest.setValue(round(low))
        self.fastest.setValue(0 if math.isinf(high) else round(high))
        if filters.key is not None and self.key.findData(filters.key) < 0:
            self.key.addItem(filters.key, filters.key)
        self.key.setCurrentIndex(self.key.findData(filters.key))
        voice = "vocal" if filters.vocal else "instrumental" if filters.instrumental else ""
        self.voice.setCurrentIndex(self.voice.findData(voice))
        self.rating.setCurrentIndex(filters.min_rating)
        self.favourites.setChecked(filters.favourites)
        self.show_hidden.setChecked(filters.show_hidden)
        for widget in widgets:
            widget.blockSignals(False)
        self.least.setText("" if filters.min_length is None else clock(filters.min_length))
        self.most.setText("" if filters.max_length is None else clock(filters.max_length))
        self.tags.setText(", ".join(filters.tags))
        self.not_tags.setText(", ".join(filters.not_tags))
        self.problem.hide()

    def filters(self) -> Filters:
        """Read the form.

        Raises
        ------
        InputError
            A range is empty, or a length is no time.
        """
        low, high = self.slowest.value(), self.fastest.value()
        return Filters(
            tempo=(float(low), float(high) if high else math.inf) if low or high else None,
            min_length=_time(self.least.text()),
            max_length=_time(self.most.text()),
            key=self.key.currentData(),
            vocal=self.voice.currentData() == "vocal",
            instrumental=self.voice.currentData() == "instrumental",
            tags=self.tags.tags(),
            not_tags=self.not_tags.tags(),
            favourites=self.favourites.isChecked(),
            min_rating=self.rating.currentData(),
            show_hidden=self.show_hidden.isChecked(),
        )

    def _read(self) -> None:
        try:
            filters = self.filters()
        except InputError as error:
            self.problem.setText(str(error))
            self.problem.show()
            self.adjustSize()
            return
        self.problem.hide()
        if filters != self._filters:
            self._filters = filters
            self.changed.emit(filters)

    def _clear(self) -> None:
        self.show_filters(Filters())
        self.changed.emit(Filters())

    def _lay_out(self) -> None:
        form = QFormLayout()
        for title, *widgets in (
            (self.tr("&Tempo (BPM)"), self.slowest, QLabel("–"), self.fastest),
            (self.tr("&Key"), self.key),
            (self.tr("&Length"), self.least, QLabel("–"), self.most),
            (self.tr("V&oice"), self.voice),
            (self.tr("Ta&gs"), self.tags),
            (self.tr("&Not tags"), self.not_tags),
            (self.tr("&Rating from"), self.rating),
        ):
            label, line = QLabel(title), QHBoxLayout()
            label.setBuddy(widgets[0])
            for widget in widgets:
                line.addWidget(widget, 0 if isinstance(widget, QLabel) else 1)
            form.addRow(label, line)
        form.addRow(self.favourites)
        form.addRow(self.show_hidden)
        form.addRow(self.problem)
        buttons = QHBoxLayout()
        buttons.addWidget(self.clear)
        buttons.addStretch()
        buttons.addWidget(self.done)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addLayout(buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 48)

    def _connect(self) -> None:
        for spin in (self.slowest, self.fastest):
            spin.valueChanged.connect(self._read)
        for choice in (self.key, self.voice, self.rating):
            choice.currentIndexChanged.connect(self._read)
        for line in (self.least, self.most, self.tags, self.not_tags):
            line.editingFinished.connect(self._read)
        for box in (self.favourites, self.show_hidden):
            box.toggled.connect(self._read)
        self.clear.clicked.connect(self._clear)
        self.done.clicked.connect(self.close)

    def _tempo(self, name: str) -> QSpinBox:
        spin = QSpinBox(accessibleName=name, maximum=TEMPO_LIMIT, singleStep=5)
        spin.setSpecialValueText(self.tr("any"))
        spin.setKeyboardTracking(False)
        return spin

    def _length(self, name: str) -> QLineEdit:
        line = QLineEdit(accessibleName=name, placeholderText=self.tr("any"))
        line.setToolTip(self.tr("Minutes and seconds as 1:30, or seconds as 90"))
        return line


def _time(text: str) -> float | None:
    return seconds(text) if text.strip() else None
